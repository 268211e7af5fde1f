"""A worker on another machine, with a clone of the course of its own: here, another folder and Dask over loopback,
with the certificate that docs/engine.md says how to make.

    pytest tests/grading/test_workers.py
"""

import json
import re
import shutil
import subprocess

import pytest
from distributed import Client
from distributed.security import Security

from grading.course import ROOT
from tests.grading.conftest import BIN, clean_environment

pytestmark = pytest.mark.kernel


@pytest.fixture
def other(new_school):
    """The other machine's clone: no data set is there yet."""
    folder = new_school()
    shutil.copy(ROOT / "data" / "polish.xz", folder / "data")
    return folder


@pytest.fixture
def certificate(tmp_path, monkeypatch):
    """Made as the documentation says, in a home of its own, from which every Dask takes its configuration."""
    text = (ROOT / "docs" / "engine.md").read_text()
    said = re.search(r"^```\n(umask.*?)^```", text, re.DOTALL | re.MULTILINE)
    subprocess.run(["bash", "-euc", said[1]], env=clean_environment(tmp_path) | {"HOME": str(tmp_path)}, check=True,
                   capture_output=True)
    folder = tmp_path / ".config" / "dask"
    monkeypatch.setenv("DASK_CONFIG", str(folder))
    return {"tls_ca_file": str(folder / "course.crt"), "tls_client_cert": str(folder / "course.crt"),
            "tls_client_key": str(folder / "course.key")}


@pytest.fixture
def address(other, certificate, tmp_path):
    """Where the scheduler is to which its one worker belongs."""
    found = tmp_path / "scheduler.json"
    commands = [("scheduler", "--scheduler-file", found, "--port", "0", "--host", "127.0.0.1", "--no-dashboard"),
                ("worker", "--scheduler-file", found, "--nthreads", "1", "--no-dashboard")]
    processes = [subprocess.Popen([BIN / "dask", *command], cwd=other, env=clean_environment(other),
                                  start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                 for command in commands]
    with Client(scheduler_file=str(found), security=Security(**certificate, require_encryption=True)) as client:
        client.wait_for_workers(1, timeout=60)
    yield json.loads(found.read_text())["address"]
    for process in processes:
        process.terminate()
        process.wait()


@pytest.fixture
def class_of_two(new_school, command, mini, hand_in):
    """A course in which somebody's work waits for an assignment without data and for one with."""
    folder = new_school()
    text = mini.text.replace("# %% [markdown]", '# %% [markdown] data="polish_words"', 1)
    (folder / "solutions" / "w98_words.py").write_text(text, encoding="utf-8")
    command(folder, "course", "release", "w98_words")
    for name in ("w98_words", "w99_mini"):
        submission = folder / "build" / "submitted" / "ada" / name
        submission.mkdir(parents=True)
        (submission / f"{name}.ipynb").write_bytes(hand_in(mini))
    return folder


def test_a_worker_fetches_a_data_set_that_it_lacks(class_of_two, other, address, command):
    assert address.startswith("tls://")
    assert "2 graded" in command(class_of_two, "course", "grade", "--cluster", address)
    assert (other / "data" / "cache" / "polish_words" / "words.tsv").is_file()
    assert not (class_of_two / "data" / "cache").exists(), "the coordinator needs none"


def test_a_data_set_that_a_worker_cannot_fetch_is_named_and_the_rest_is_graded(class_of_two, other, address, command):
    (other / "data" / "polish.xz").unlink()
    for machine in (["--cluster", address], []):
        said = command(class_of_two, "course", "grade", "--force", *machine, code=1)
        assert "1 graded, 1 could not be graded" in said and "ada/w98_words: DataUnavailable" in said
        assert "polish_words" in said and "polish.xz" in said, "which set, and what is missing"
