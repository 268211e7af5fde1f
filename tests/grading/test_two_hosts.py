"""Two Dask workers as two hosts, each in a network namespace of its own; one of them is killed.

Needs root and `ip` (iproute2), and is skipped, saying so, where namespaces cannot be made.

    pytest tests/grading/test_two_hosts.py
"""

import json
import os
import shutil
import subprocess
import sys
import time

import pytest

from tests.grading.conftest import BIN, clean_environment

pytestmark = pytest.mark.kernel
STUDENTS = [f"student{number}" for number in range(8)]
PREFIX = f"course{os.getpid()}"
HOSTS = {f"{PREFIX}a": "10.77.1", f"{PREFIX}b": "10.77.2"}  # namespace -> its network; the coordinator is .1, it is .2
COORDINATOR = f"{PREFIX}c"


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


@pytest.fixture(scope="module")
def network():
    """Three namespaces: the coordinator's, and a host on each of its two links. The hosts don't reach each other."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        pytest.skip("making network namespaces needs root and iproute2 (`apt install iproute2`)")
    made = []
    try:
        for name in (COORDINATOR, *HOSTS):
            try:
                ip("netns", "add", name)
            except subprocess.CalledProcessError as error:
                pytest.skip(f"no network namespaces here: {error.stderr.strip()}")
            made.append(name)
            ip("-n", name, "link", "set", "lo", "up")
        for number, (host, net) in enumerate(HOSTS.items()):
            ip("link", "add", f"v{number}", "netns", COORDINATOR, "type", "veth", "peer", "name", "eth0", "netns", host)
            ip("-n", COORDINATOR, "addr", "add", f"{net}.1/24", "dev", f"v{number}")
            ip("-n", COORDINATOR, "link", "set", f"v{number}", "up")
            ip("-n", host, "addr", "add", f"{net}.2/24", "dev", "eth0")
            ip("-n", host, "link", "set", "eth0", "up")
        yield
    finally:
        for name in made:
            ip("netns", "del", name)


@pytest.fixture
def start(new_school):
    """start(namespace, folder, *command) -> a process there; all are ended at the end."""
    processes = []

    def run(namespace, folder, *command):
        process = subprocess.Popen(["ip", "netns", "exec", namespace, *command], cwd=folder, start_new_session=True,
                                   env=clean_environment(folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True)
        processes.append(process)
        return process

    yield run
    for process in processes:
        process.kill()
        process.wait()


def wait_until(condition, seconds):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)


def test_a_host_that_dies_leaves_its_work_to_the_other(network, start, new_school, hand_in, mini):
    folder = new_school()
    for student in STUDENTS:
        submission = folder / "build" / "submitted" / student / "w99_mini"
        submission.mkdir(parents=True)
        (submission / "w99_mini.ipynb").write_bytes(hand_in(mini))
    start(COORDINATOR, folder, BIN / "dask", "scheduler", "--host", "0.0.0.0", "--port", "8786", "--no-dashboard")
    workers = [start(host, folder, BIN / "dask", "worker", f"tcp://{net}.1:8786", "--host", f"{net}.2", "--nthreads",
                     "1", "--no-dashboard", "--local-directory", folder / "build" / host)
               for host, net in HOSTS.items()]
    code = ("import sys\nfrom distributed import Client\nwith Client('tcp://127.0.0.1:8786') as client:\n"
            "    client.wait_for_workers(2, timeout=60)")
    assert start(COORDINATOR, folder, sys.executable, "-c", code).wait(90) == 0
    grading = start(COORDINATOR, folder, BIN / "course", "grade", "--cluster", "tcp://127.0.0.1:8786")
    results = folder / "build" / "results" / "w99_mini"
    wait_until(lambda: results.is_dir() and len(list(results.glob("*.json"))) >= 2, 120)
    assert len(list(results.glob("*.json"))) < len(STUDENTS)
    os.killpg(workers[0].pid, 9)
    said, _ = grading.communicate(timeout=120)
    assert grading.returncode == 0 and f"{len(STUDENTS)} graded" in said, said
    marks = {path.stem: json.loads(path.read_text())["score"] for path in results.glob("*.json")}
    assert marks == dict.fromkeys(STUDENTS, 4.0)
