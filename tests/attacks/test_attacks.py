"""The attack suite on the engine: `pytest tests/attacks`. `course attacks` prints the same as a table."""

import socket
import tempfile
import time

import pytest

from grading import warm
from grading.attack_pages import MARK, running
from grading.attack_suite import load_attacks
from grading.attacks import attack_table
from grading.kernel import Kernel
from grading.sandbox import Sandbox
from grading.watch import descendants


def test_there_are_attacks_of_every_kind_each_with_a_sentence():
    attacks = load_attacks()
    assert len({attack.name for attack in attacks}) == len(attacks) >= 100
    assert {attack.name.split("/")[0] for attack in attacks} == {
        "channel", "harm", "hooks", "reading", "sharing", "values", "submissions"}  # fmt: skip
    for attack in attacks:
        assert attack.tries.endswith(".") or attack.tries.endswith(")."), f"{attack.name} does not say what it tries"


@pytest.mark.parametrize("page", [
    f"<script>{MARK}()</script>", f"<IMG SRC=x OnError={MARK}()>", f"<a href=' java\nscript:{MARK}()'>x</a>",
    f"<iframe src=//{MARK}.example>", f"<style>@import '{MARK}'</style>", f"<img src=//{MARK}.example/x.png>",
    f"<a href='/formgrader?path={MARK}'>x</a>",
    f"<svg><a xlink:href='javascript:{MARK}()'>", f"<p style='background:url(//{MARK}.example)'>",
])  # fmt: skip
def test_what_would_run_or_load_in_a_page_is_found(page):
    assert running(f"<html><body><p>before</p>{page}")


@pytest.mark.parametrize("page", [
    f"<p>{MARK}()</p>", f"&lt;script&gt;{MARK}()&lt;/script&gt;", f"<a href='https://example.org/{MARK}'>x</a>",
    f"<script>mine()</script><code>{MARK}</code>", f"<img alt='{MARK}' src='data:image/png;base64,{MARK}'>",
])  # fmt: skip
def test_text_of_a_page_is_let_alone(page):
    assert running(f"<html><body>{page}") == []


@pytest.mark.kernel
def test_no_attack_gets_what_it_should_not():
    rows, failures = attack_table()
    assert not failures, "\n".join(failures)
    assert len(rows) == len(load_attacks()) + 2


@pytest.mark.kernel
@pytest.mark.parametrize("temporary", ["/tmp", "/var/tmp"])
def test_a_kernel_does_not_see_the_sockets_of_its_neighbour(temporary, monkeypatch):
    """Wherever the grader keeps its temporary files."""
    monkeypatch.setattr(warm, "_open", {})
    with tempfile.TemporaryDirectory(dir=temporary) as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        with Kernel(Sandbox()) as one, Kernel(Sandbox()):
            ran = one.run("import os\nfrom ipykernel import get_connection_file\n"
                          "print(os.listdir(os.path.dirname(get_connection_file()) + '/..'))")  # fmt: skip
        warm.close_all()
    assert str(ran.outputs[0].text).count("course-") == 1


@pytest.mark.kernel
def test_a_kernel_lacks_nothing_while_its_neighbour_takes_all_it_can(monkeypatch):
    """Of what Linux counts for each user or for the machine."""
    monkeypatch.setattr(warm, "_open", {})
    takes = """
import ctypes, os, select, socket
library, none, held = ctypes.CDLL("librt.so.1"), ctypes.c_void_p(), []
watcher, pair = select.epoll(), socket.socketpair()
try:
    while True:
        watcher.register(pair[0])
        watcher.unregister(pair[0])
except OSError:
    pass
try:
    while True:
        socket.send_fds(pair[0], [b"x"], [0])
except OSError:
    pass
try:
    while True:
        held.append(os.openpty())
except OSError:
    pass
while library.timer_create(1, None, ctypes.byref(none)) == 0:
    pass
for n in range(64):
    library.inotify_init()
    library.mq_open(b"/%d" % n, os.O_CREAT, 0o600, None)
"""
    needs = """
import ctypes, multiprocessing, os, select
select.epoll().register(os.eventfd(0))
print(os.listdir("/dev/pts"), os.ttyname(os.openpty()[1]))
print(ctypes.CDLL("librt.so.1").timer_create(1, None, ctypes.byref(ctypes.c_void_p())))
with multiprocessing.Pool(2) as pool:
    print(pool.map(abs, [-1, -2]))
"""
    with Kernel(Sandbox()) as one, Kernel(Sandbox()) as other:
        assert one.run(takes).status == "ok"
        ran = other.run(needs)
        assert "".join(one.text for one in ran.outputs) == "['ptmx'] /dev/pts/0\n0\n[1, 2]\n"
        assert one.alive
    warm.close_all()


@pytest.mark.kernel
def test_a_kernel_ends_with_its_fork_server_also_when_it_does_not_want_to(monkeypatch):
    """It outlives no worker that was killed, though the zygote lives on: its namespace has no other end."""
    monkeypatch.setattr(warm, "_open", {})
    server = warm.fork_server(Sandbox())
    zygote = next(one.process.pid for one in warm._open.values() if isinstance(one, warm.Zygote))
    kernel = Kernel(Sandbox()).__enter__()
    before = descendants(zygote)
    assert kernel.run("import ctypes\nctypes.CDLL(None).prctl(1, 0)").status == "ok"  # no signal when its parent ends
    server.socket.shutdown(socket.SHUT_RDWR)  # what Linux does for a worker that ends
    deadline = time.monotonic() + 5
    while len(left := descendants(zygote)) > len(before) - 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    kernel.__exit__()
    warm.close_all()
    assert len(left) == len(before) - 3, "the fork server, the launcher or the kernel is still there"
