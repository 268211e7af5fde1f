"""Inside the walls: one process does the imports, a fork server for each worker is forked from it, and from that a
kernel for each submission.

A stand-alone file, like `agent.py`. The first process, the zygote, accepts workers on a socket that it was given; each
connection is a fork server's. Requests come as JSON lines, events go out as JSON lines:

    {"start": key, "connection": file, "log": file, "limits": {…}, "disk": bytes, "exchange": folder, "keep": [path, …]}
    {"kill": key}           {"ready": true}           {"ready": false, "why": …}           {"exit": key, "status": n}

Every kernel gets namespaces of its own (user, mount, PID, IPC, network), its own /tmp, home and /dev/shm, and no
rights in them. The processes above it have no threads (a fork would not copy them), hold nothing of any submission,
and are not dumpable, so that their /proc entries are of no use to a kernel, which is the same user.

usage: python -I forkserver.py <number of the listening socket> [module]...
"""

import contextlib
import ctypes
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import agent
import syscalls

sys.path.pop(0)

PRELOAD = ["ipykernel.ipkernel", "ipykernel.kernelapp", "matplotlib_inline.backend_inline", "matplotlib.pyplot",
           "numpy",
           # What a kernel would import while it starts: a third of its time.
           "ipykernel.debugger", "IPython.core.completerlib", "IPython.core.debugger", "IPython.core.logger",
           "IPython.core.oinspect", "sqlite3", "tornado.platform.asyncio", "faulthandler"]
CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = (
    0x00020000, 0x08000000, 0x10000000, 0x20000000, 0x40000000)
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = (
    1, 2, 4, 8, 32, 4096, 16384, 1 << 18)
BYTES_FOR_A_FILE = 2**14  # of `disk`; each file takes a kilobyte of the machine's memory, also an empty one
TERMINALS = 16  # of a kernel; the whole machine has some thousands
WATCHES = 4000  # of files by epoll, that a kernel may begin in its life; a user has millions, a notebook needs dozens
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 4, 24, 38
SYS_CAPSET = {"x86_64": 126, "aarch64": 91}.get(os.uname().machine)
libc = ctypes.CDLL(None, use_errno=True)


def checked(result, what):
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def prctl(option, value):
    return libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0)


def mount(source, target, kind, flags, data=None):
    texts = [text.encode() if text is not None else None for text in (source, target, kind, data)]
    checked(libc.mount(*texts[:3], ctypes.c_ulong(flags), texts[3]), f"mount {target}")


def new_namespaces():
    """Leave the server's namespaces; the PID namespace is the next child's. The user stays the same."""
    uid, gid = os.getuid(), os.getgid()
    checked(libc.unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNET), "unshare")
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def private_folders(disk, exchange, own, keep):
    """Fresh /tmp, home, /dev/shm of limited size and /dev/pts, through which only `own` and the paths `keep` shine.

    own: the kernel's folder in the exchange folder, where its neighbours' lie too. keep: the course, where its clone
    lies in /tmp.
    """
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    folders = ["/tmp", os.environ["HOME"], "/dev/shm"]
    if not exchange.startswith(tuple(f"{folder}/" for folder in folders)):
        folders.append(exchange)
    covered = [path for path in sorted([own, *keep]) if path.startswith(tuple(f"{folder}/" for folder in folders))]
    kept = {path: os.open(path, os.O_PATH) for path in covered}
    for folder in folders:
        mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV,
              f"size={disk},nr_inodes={disk // BYTES_FOR_A_FILE},mode=0700")
    for path, descriptor in kept.items():
        if os.path.exists(path):
            continue  # part of one before it
        if os.path.isdir(f"/proc/self/fd/{descriptor}"):
            os.makedirs(path)
        else:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            open(path, "x").close()
        mount(f"/proc/self/fd/{descriptor}", path, None, MS_BIND | MS_REC)
    for descriptor in kept.values():
        os.close(descriptor)
    # Terminals of all kernels would otherwise lie in one folder, and belong to one user.
    mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, f"newinstance,ptmxmode=0666,max={TERMINALS}")
    os.chdir(os.environ["HOME"])


def private_proc():
    """A /proc without other processes. A fresh one can't be mounted here, so it has the parts of ours that are read.

    In it, `self` is the kernel, also when a child of it looks.
    """
    staging = "/tmp/proc"
    os.mkdir(staging)
    mount("tmpfs", staging, "tmpfs", MS_NOSUID | MS_NODEV, "size=65536,mode=0755")
    for name in ("self", "sys", "cpuinfo", "meminfo", "stat", "uptime", "loadavg", "version", "filesystems"):
        if os.path.isdir(f"/proc/{name}"):
            os.mkdir(f"{staging}/{name}")
        else:
            open(f"{staging}/{name}", "x").close()
        mount(f"/proc/{name}", f"{staging}/{name}", None, MS_BIND | MS_REC)
    for name, target in (("1", "self"), ("mounts", "self/mounts"), ("net", "self/net")):
        os.symlink(target, f"{staging}/{name}")
    mount(staging, "/proc", None, MS_BIND | MS_REC)
    mount(None, "/proc", None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV)
    checked(libc.umount2(staging.encode(), MNT_DETACH), f"umount {staging}")
    os.rmdir(staging)


def copy_between_processes():
    """What a kernel's processes give each other travels by value: no descriptors can be sent, of shared memory neither.

    multiprocessing looks for the name of such messages, and chooses how it starts processes; torch registers ways of
    its own (the other one has a program that does not start with the /proc that is here).
    """
    del socket.SCM_RIGHTS
    from multiprocessing import reduction

    others = reduction.register
    reduction.register = lambda kind, reduce: None if kind.__module__.split(".")[0] == "torch" else others(kind, reduce)


def drop_rights():
    """Give up every capability for good: what we mounted cannot be taken away by the student's program."""
    for capability in range(64):
        prctl(PR_CAPBSET_DROP, capability)
    checked(prctl(PR_SET_NO_NEW_PRIVS, 1), "no_new_privs")
    header, nothing = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    checked(libc.syscall(SYS_CAPSET, header, nothing), "capset")


def kernel(request):
    """The process of one submission, PID 1 of its namespace. Never returns."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    prctl(PR_SET_DUMPABLE, 1)
    private_folders(request["disk"], request["exchange"], os.path.dirname(request["connection"]), request["keep"])
    private_proc()
    drop_rights()
    agent.main(request["connection"], json.dumps(request["limits"]))


def launcher(request, server):
    """Between server and kernel: enters the namespaces, waits for the kernel, ends as it ended.

    SIGTERM ends the kernel, and is what comes when the server has ended: the kernel's own program could ask not to be
    told that the launcher has. A PID namespace's first process is only gone when all the others are, so when the
    launcher has ended nothing that the student's program started is left.
    """
    os.setsid()
    prctl(PR_SET_DUMPABLE, 1)  # or /proc/self/uid_map could not be written
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])  # until there is a kernel to end
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, stream in enumerate((nothing, log, log)):
        os.dup2(stream, number)
    os.closerange(3, 1024)
    new_namespaces()
    prctl(PR_SET_PDEATHSIG, signal.SIGTERM)  # after it: new credentials clear this
    if os.getppid() != server:
        return 1
    listener = syscalls.share()
    child = os.fork()
    if child == 0:
        if listener is not None:
            os.close(listener)
        kernel(request)
    prctl(PR_SET_DUMPABLE, 0)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGKILL))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    if listener is not None:
        syscalls.answer(listener, child, WATCHES)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def fork(work):
    """Run `work()` in a child; its result is the exit status. Returns the child's pid."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        status = work() or 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(status & 0xFF)


def why_not():
    """What keeps us from forking kernels here, or ''."""
    if (threads := len(os.listdir("/proc/self/task"))) != 1:
        return f"an imported package has started threads ({threads})"
    if SYS_CAPSET is None:
        return f"unknown machine {os.uname().machine}"

    def inside():
        mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "size=65536")
        drop_rights()

    def attempt():
        prctl(PR_SET_DUMPABLE, 1)
        new_namespaces()
        return os.waitpid(fork(inside), 0)[1]

    _, status = os.waitpid(fork(attempt), 0)
    return "" if status == 0 else "this machine forbids nested namespaces"


def serve(connection):
    """A fork server: kernels for one worker, until that hangs up."""
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
    children, pending, server = {}, b"", os.getpid()
    tell(connection, ready=True)
    while True:
        ready, _, _ = select.select([connection, read_end], [], [])
        if read_end in ready:
            os.read(read_end, 4096)
            while children:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    break
                if key := children.pop(pid, None):
                    tell(connection, exit=key, status=os.waitstatus_to_exitcode(status))
        if connection in ready:
            if not (data := connection.recv(65536)):
                return  # the worker has gone; its kernels end with us
            *lines, pending = (pending + data).split(b"\n")
            for request in map(json.loads, lines):
                if "start" in request:
                    children[fork(lambda request=request: launcher(request, server))] = request["start"]
                else:
                    for pid in [pid for pid, key in children.items() if key == request["kill"]]:
                        os.kill(pid, signal.SIGTERM)


def tell(connection, **event):
    connection.sendall(json.dumps(event).encode() + b"\n")


def zygote(listener, modules):
    """Import, then fork a fork server for each worker that connects, until the grader has gone."""
    copy_between_processes()
    for name in PRELOAD:
        __import__(name)
    for name in modules:
        with contextlib.suppress(Exception):  # a name in a module is no module; what else fails will fail in its cell
            importlib.import_module(name)
    prctl(PR_SET_DUMPABLE, 0)
    reason = why_not()
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for fork servers
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in ready:
            return  # hung up; bubblewrap ends all that is left
        connection, _ = listener.accept()
        with connection:
            if reason:
                tell(connection, ready=False, why=reason)
            else:
                fork(lambda connection=connection: serve(connection))


if __name__ == "__main__":
    zygote(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:])
