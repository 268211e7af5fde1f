"""Attacks on the machine, the run and the neighbours: time, memory, disk, processes, output, signals.

All are bounded: without any wall each ends by itself within a minute, and takes no more than 3 GB.
"""

# %% hostile="exit-in-cell" exercise="cube" loses="*"
# Ends its kernel in the cell.
import os

os._exit(0)

# %% hostile="exit-when-asked" exercise="cube" loses="*"
# Ends its kernel when it is asked for an answer.
import os


def cube(x):
    os._exit(0)


# %% hostile="segfault" exercise="cube" loses="*"
# Reads address zero when it is asked.
import ctypes


def cube(x):
    return ctypes.string_at(0)


# %% hostile="stack-overflow" exercise="cube" loses="*" may="*"
# Calls itself until the stack is full.
import sys

sys.setrecursionlimit(10**9)


def cube(x):
    return repr(nested)


nested = []
for _ in range(2_000_000):
    nested = [nested]

# %% hostile="stops-itself" exercise="cube" loses="*"
# Sends itself SIGSTOP: alive, and never to answer.
import os
import signal

os.kill(os.getpid(), signal.SIGSTOP)

# %% hostile="endless-cell" exercise="cube" loses="*"
# Never ends (here: for a minute).
import time

began = time.monotonic()
while time.monotonic() - began < 60:
    pass

# %% hostile="endless-answer" exercise="cube" loses="*"
# Never ends when it is asked for an answer (here: for a minute).
import time


def cube(x):
    began = time.monotonic()
    while time.monotonic() - began < 60:
        pass


# %% hostile="ignores-interrupts" exercise="cube" loses="*"
# Catches SIGINT and every KeyboardInterrupt, and goes on for a minute.
import signal
import time

signal.signal(signal.SIGINT, signal.SIG_IGN)
began = time.monotonic()
while time.monotonic() - began < 60:
    try:
        time.sleep(0.01)
    except BaseException:
        pass

# %% hostile="long-system-call" exercise="cube" loses="*"
# Holds the interpreter's lock inside one call of C for a minute, so that no thread of the kernel can act.
import ctypes

ctypes.PyDLL(None).sleep(60)

# %% hostile="slow-answers" exercise="cube" loses="cube/many, softmax/*, affine/*, countdown/*"
# Answers each question just before its time is over: every answer is in time, their sum is not.
import time


def cube(x):
    time.sleep(1.7)
    return x**3


# %% hostile="daemon" exercise="cube" loses=""
# Starts a daemon by a double fork, out of the session, to live on after its kernel and to write when it is gone.
import os
import time

from ipykernel import get_connection_file

folder = os.path.dirname(get_connection_file())
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for descriptor in range(64):
            try:
                os.close(descriptor)
            except OSError:
                pass
        for second in range(60):
            time.sleep(1)
            try:
                os.makedirs(folder, exist_ok=True)
                open(os.path.join(folder, "course-attack-daemon"), "w").close()
            except OSError:
                pass
    os._exit(0)


def cube(x):
    return x**3


# %% hostile="kills-others" exercise="cube" loses=""
# Sends SIGKILL to its parent, to a process of the grader's by its number, and to all that it can see.
import os
import signal

attempt("killing the grader", lambda: os.kill(PLACES["victim"], signal.SIGKILL) is None)
attempt("killing its parent", lambda: os.getppid() and os.kill(os.getppid(), signal.SIGKILL) is None)
attempt("killing everybody", lambda: os.kill(-1, signal.SIGKILL) is None)


def cube(x):
    return x**3


# %% hostile="fork-bomb" exercise="cube" loses="" may="*"
# Starts processes until it is stopped (at 300, which end after 3 seconds).
import os
import time

children = []
try:
    while len(children) < 300:
        pid = os.fork()
        if pid == 0:
            time.sleep(3)
            os._exit(0)
        children.append(pid)
    attempt("300 processes", lambda: True)
except OSError as error:
    print(f"=> stopped at {len(children)} processes: {type(error).__name__}: {error}")
for pid in children:
    os.kill(pid, 9)
    os.waitpid(pid, 0)


def cube(x):
    return x**3


# %% hostile="thread-bomb" exercise="cube" loses=""
# Starts threads until it is stopped (at 300, which end after 2 seconds).
import threading
import time

threads = []
try:
    while len(threads) < 300:
        threads.append(threading.Thread(target=time.sleep, args=(2,), daemon=True))
        threads[-1].start()
    attempt("300 threads", lambda: True)
except RuntimeError as error:
    print(f"=> stopped at {len(threads)} threads: {type(error).__name__}: {error}")


def cube(x):
    return x**3


# %% hostile="memory-bomb" exercise="cube" loses="" may="*"
# Takes memory until it is stopped (at 2.5 GB; 1.5 are allowed).
blocks = []
try:
    while len(blocks) < 25:
        blocks.append(np.ones(100 * 2**17))
    attempt("2.5 GB", lambda: True)
except MemoryError as error:
    print(f"=> stopped at {len(blocks) / 10} GB: {type(error).__name__}: {error}")
blocks.clear()


def cube(x):
    return x**3


# %% hostile="memory-by-children" exercise="cube" loses="" may="*"
# Takes memory in several processes, each of them below the limit of one (2.5 GB in all; 1.5 are allowed).
import os
import time

children = []
reading, writing = os.pipe()
for _ in range(5):
    pid = os.fork()
    if pid == 0:
        try:
            block = np.ones(500 * 2**17)
            os.write(writing, b"!")
            time.sleep(2)
        finally:
            os._exit(0)
    children.append(pid)
os.close(writing)
time.sleep(1.5)
alive = sum(os.waitpid(pid, os.WNOHANG)[0] == 0 for pid in children)
held = len(os.read(reading, 5)) / 2
attempt("2.5 GB in five processes", lambda: alive == 5 and held == 2.5)


def cube(x):
    return x**3


# %% hostile="shared-memory" exercise="cube" loses="" may="*"
# Takes memory that it shares with nobody, in anonymous maps that are not counted as its data (2.5 GB).
import mmap
import time

maps = []
try:
    while len(maps) < 25:
        maps.append(mmap.mmap(-1, 100 * 2**20))
        for page in range(0, 100 * 2**20, 4096):
            maps[-1][page] = 1
    time.sleep(0.7)
    attempt("2.5 GB of shared maps", lambda: True)
except (OSError, MemoryError) as error:
    print(f"=> stopped at {len(maps) / 10} GB: {type(error).__name__}: {error}")
for one in maps:
    one.close()


def cube(x):
    return x**3


# %% hostile="memory-files" exercise="cube" loses="" may="*"
# Takes memory in files that are in no folder, each below the limit of a file (2.5 GB).
import os
import time

files = []
try:
    while len(files) < 160:
        files.append(os.memfd_create("bomb"))
        os.write(files[-1], bytes(15 * 2**20))
    time.sleep(0.7)
    attempt("2.4 GB in memory files", lambda: True)
except OSError as error:
    print(f"=> stopped at {len(files) * 15 / 1000} GB: {type(error).__name__}: {error}")
for one in files:
    os.close(one)


def cube(x):
    return x**3


# %% hostile="memory-while-asked" exercise="cube" loses="*"
# Takes all its memory when it is asked for an answer.
def cube(x):
    return [np.ones(2**24) for _ in range(20)][0]


# %% hostile="disk-in-tmp" exercise="cube" loses=""
# Fills /tmp, the home and /dev/shm (up to 300 MB; 32 each are allowed).
import os

for folder in ("/tmp", os.path.expanduser("~"), "/dev/shm"):
    written = 0
    try:
        for number in range(20):
            with open(f"{folder}/bomb{number}", "wb", buffering=0) as file:
                written += file.write(bytes(5 * 2**20))
                if file.tell() < 5 * 2**20:
                    written += file.write(bytes(5 * 2**20))
        attempt(f"{written / 1e6:.0f} MB in {folder}", lambda: True)
    except OSError as error:
        print(f"=> stopped at {written / 1e6:.0f} MB: {type(error).__name__}: {error}")
    for number in range(20):
        if os.path.exists(f"{folder}/bomb{number}"):
            os.remove(f"{folder}/bomb{number}")


def cube(x):
    return x**3


# %% hostile="disk-in-dev" exercise="cube" loses=""
# Fills /dev, which is memory too (up to 200 MB; 32 are allowed).
import os

written = 0
try:
    for number in range(20):
        with open(f"/dev/bomb{number}", "wb", buffering=0) as file:
            written += file.write(bytes(10 * 2**20))
    attempt("200 MB in /dev", lambda: True)
except OSError as error:
    print(f"=> stopped at {written / 1e6:.0f} MB: {type(error).__name__}: {error}")
for number in range(20):
    if os.path.exists(f"/dev/bomb{number}"):
        os.remove(f"/dev/bomb{number}")


def cube(x):
    return x**3


# %% hostile="disk-in-exchange" exercise="cube" loses="" may="*"
# Fills the folder where the kernel's sockets lie, which is on the grader's disk (up to 150 MB; 32 are allowed).
import os
import time

from ipykernel import get_connection_file

folder = os.path.dirname(get_connection_file())
written = 0
try:
    for number in range(15):
        with open(f"{folder}/bomb{number}", "wb", buffering=0) as file:
            written += file.write(bytes(10 * 2**20))
    time.sleep(0.7)
    attempt("150 MB on the grader's disk", lambda: True)
except OSError as error:
    print(f"=> stopped at {written / 1e6:.0f} MB: {type(error).__name__}: {error}")
for number in range(15):
    if os.path.exists(f"{folder}/bomb{number}"):
        os.remove(f"{folder}/bomb{number}")


def cube(x):
    return x**3


# %% hostile="deep-folders" exercise="cube" loses="" may="*"
# Makes folders nested so deep, beside the kernel's sockets, that removing them fails.
import os

from ipykernel import get_connection_file

home = os.getcwd()
try:
    os.chdir(os.path.dirname(get_connection_file()))
    for _ in range(3000):
        os.mkdir("d")
        os.chdir("d")
except OSError as error:
    print(f"=> stopped: {type(error).__name__}: {error}")
os.chdir(home)


def cube(x):
    return x**3


# %% hostile="large-file" exercise="cube" loses=""
# Writes one file of 40 MB (16 are allowed).
try:
    with open("/tmp/large", "wb", buffering=0) as file:
        written = sum(file.write(bytes(2**20)) for _ in range(30))
    attempt("a file of 30 MB", lambda: written > 17 * 2**20)
except OSError as error:
    print(f"=> stopped: {type(error).__name__}: {error}")


def cube(x):
    return x**3


# %% hostile="open-files" exercise="cube" loses=""
# Opens files until it is stopped (at 2000).
files = []
try:
    while len(files) < 2000:
        files.append(open("/dev/null"))
    attempt("2000 open files", lambda: True)
except OSError as error:
    print(f"=> stopped at {len(files)} files: {type(error).__name__}: {error}")
for file in files:
    file.close()


def cube(x):
    return x**3


# %% hostile="output-flood" exercise="cube" loses="" may="cube/*"
# Prints a hundred thousand lines.
for number in range(100_000):
    print("the same line again, number", number)


def cube(x):
    return x**3


# %% hostile="one-long-line" exercise="cube" loses="" may="*"
# Prints one line of 200 MB.
print("x" * 200_000_000)


def cube(x):
    return x**3


# %% hostile="output-beside-python" exercise="cube" loses=""
# Writes 100 MB to the process's own output, past Python.
import os

for _ in range(100):
    os.write(1, b"x" * 2**20)
    os.write(2, b"x" * 2**20)


def cube(x):
    return x**3


# %% hostile="long-error" exercise="cube" loses="*"
# Fails with a message of 50 MB.
raise ValueError("x" * 50_000_000)

# %% hostile="output-when-asked" exercise="cube" loses=""
# Prints megabytes each time it is asked for an answer.
def cube(x):
    print("x" * 2_000_000)
    return x**3


# %% hostile="warning-on-stderr" exercise="cube" loses=""
# No attack: an honest answer that warns on stderr in the test's own cell, which some graders take for a failure.
import sys
import warnings


def cube(x):
    warnings.warn("cube is deprecated")
    print("a line on stderr", file=sys.stderr)
    return x**3
