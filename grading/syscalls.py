"""Inside the walls: the calls to Linux that a student's program cannot make.

A stand-alone file, like `agent.py`. All kernels belong to one user, and some things Linux counts for each user or for
the whole machine: what one kernel takes of them its neighbours lack. Others are memory that no process's limits count,
or doors into Linux that no notebook needs and that most of its holes lay behind. Such calls are answered as by a Linux
that has never heard of them.
"""

import contextlib
import ctypes
import errno
import fcntl
import os
import re
import select
import struct

MACHINES = {  # name -> (number of the machine, of clone, mmap and seccomp, of the calls that have different numbers)
    "x86_64": (0xC000003E, 56, 9, 317, {
        "unshare": 272, "setns": 308, "mount": 165, "umount2": 166, "pivot_root": 155,
        "inotify_init": 253, "inotify_init1": 294, "fanotify_init": 300,
        "add_key": 248, "request_key": 249, "keyctl": 250, "io_setup": 206, "mq_open": 240,
        "shmget": 29, "semget": 64, "msgget": 68, "memfd_create": 319,
        "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311,
        "perf_event_open": 298, "bpf": 321, "userfaultfd": 323}),
    "aarch64": (0xC00000B7, 220, 222, 277, {
        "unshare": 97, "setns": 268, "mount": 40, "umount2": 39, "pivot_root": 41,
        "inotify_init1": 26, "fanotify_init": 262,
        "add_key": 217, "request_key": 218, "keyctl": 219, "io_setup": 0, "mq_open": 180,
        "shmget": 194, "semget": 190, "msgget": 186, "memfd_create": 279,
        "ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271,
        "perf_event_open": 241, "bpf": 280, "userfaultfd": 282}),
}  # fmt: skip
SAME = {"io_uring_setup": 425, "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432,
        "fspick": 433, "clone3": 435, "pidfd_getfd": 438, "mount_setattr": 442, "memfd_secret": 447}  # fmt: skip
SHARED = {"x86_64": (233, 46, 307), "aarch64": (21, 211, 269)}  # epoll_ctl, sendmsg, sendmmsg
EPOLL_CTL_ADD = 1
MAP_SHARED, MAP_ANONYMOUS = 1, 32  # such pages stay in memory when they are given back, and then count as nobody's
NEW_NAMESPACES = 0x7E020000  # the flags of clone; clone3 has them in memory, and programs fall back on clone
OTHER_NUMBERS = 0x40000000  # x86_64: from here on the same calls once more, for 32-bit programs
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # of Linux's filter language
NUMBER, MACHINE, FIRST_ARGUMENT, SECOND_ARGUMENT, FOURTH_ARGUMENT = 0, 4, 16, 24, 40  # offsets in what a filter sees
ALLOW, UNKNOWN_CALL, ASK = 0x7FFF0000, 0x00050000 | errno.ENOSYS, 0x7FC00000
PR_GET_NO_NEW_PRIVS, SET_FILTER, KEEP_SPECULATION, NEW_LISTENER = 39, 1, 4, 8
RECEIVE, SEND = 0xC0502100, 0xC0182101  # what a listener can do
CAN_ASK = 5, 5  # the Linux since which an answer may be: go on
libc = ctypes.CDLL(None, use_errno=True)


def machine() -> str:
    return os.uname().machine


def program(name: str) -> bytes:
    """The filter: refuses other machines' calls, the forbidden ones, clone for namespaces, mmap for shared memory."""
    number, clone, mmap, _, different = MACHINES[name]
    forbidden = [*different.values(), *SAME.values()]
    return assembled([
        (LOAD, MACHINE), (EQUAL, number, None, "refuse"),
        (LOAD, NUMBER), (AT_LEAST, OTHER_NUMBERS, "refuse", None),
        *((EQUAL, call, "refuse", None) for call in forbidden),
        (EQUAL, clone, "clone", None), (EQUAL, mmap, None, "allow"),
        (LOAD, FOURTH_ARGUMENT), (ANY_BIT, MAP_SHARED, None, "allow"), (ANY_BIT, MAP_ANONYMOUS, "refuse", "allow"),
        "clone", (LOAD, FIRST_ARGUMENT), (ANY_BIT, NEW_NAMESPACES, "refuse", None),
        "allow", (RETURN, ALLOW), "refuse", (RETURN, UNKNOWN_CALL)])  # fmt: skip


def program_for_many(name: str, ask: int = ASK) -> bytes:
    """The filter for kernels that share a user: each new watch of a file is asked for, no descriptors are sent."""
    watch, *sends = SHARED[name]
    return assembled([
        (LOAD, NUMBER), *((EQUAL, send, "refuse", None) for send in sends), (EQUAL, watch, None, "allow"),
        (LOAD, SECOND_ARGUMENT), (EQUAL, EPOLL_CTL_ADD, None, "allow"), (RETURN, ask),
        "allow", (RETURN, ALLOW), "refuse", (RETURN, UNKNOWN_CALL)])  # fmt: skip


def assembled(steps: list) -> bytes:
    """Steps (code, value, where to go on if it holds, if not), None: the next; a text is a place's name."""
    places, lines = {}, []
    for step in steps:
        if isinstance(step, str):
            places[step] = len(lines)
        else:
            lines.append(step)
    packed = b""
    for place, (code, value, *jumps) in enumerate(lines):
        jumps = [places[jump] - place - 1 if jump else 0 for jump in jumps] or [0, 0]
        packed += struct.pack("HBBI", code, *jumps, value)
    return packed


def install(text: bytes, flags: int = 0) -> int:
    """From now on, for this process and all that it starts. Returns what Linux does; OSError where it does not want."""
    steps = ctypes.create_string_buffer(text, len(text))
    description = struct.pack("HP", len(text) // 8, ctypes.addressof(steps))
    # Linux would otherwise slow down the whole program of a process that has a filter.
    result = libc.syscall(MACHINES[machine()][3], SET_FILTER, KEEP_SPECULATION | flags, description)
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"seccomp: {os.strerror(error)}")
    return result


def refuse():
    """No forbidden calls any more. Without walls (no_new_privs stands for them) nothing is changed."""
    if machine() in MACHINES and libc.prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1:
        install(program(machine()))


def share() -> int | None:
    """Count what kernels of one user share. Returns the listener for `answer`; None: this Linux does not ask."""
    if tuple(map(int, re.findall(r"\d+", os.uname().release)[:2])) >= CAN_ASK:
        with contextlib.suppress(OSError):  # who started us listens already
            return install(program_for_many(machine()), NEW_LISTENER)
    install(program_for_many(machine(), ask=ALLOW))
    return None


def answer(listener: int, child: int, allowed: int):
    """Let the processes under `child` watch so many files, until it ends. Each watch counts, also one that is over."""
    ended, poll = os.pidfd_open(child), select.poll()
    poll.register(ended, select.POLLIN)
    poll.register(listener, select.POLLIN)
    while ended not in dict(poll.poll()):
        with contextlib.suppress(OSError):  # who asked has ended
            asked = bytearray(80)
            fcntl.ioctl(listener, RECEIVE, asked)
            allowed -= 1
            error, go_on = (0, 1) if allowed >= 0 else (-errno.ENOSPC, 0)
            fcntl.ioctl(listener, SEND, asked[:8] + struct.pack("qiI", 0, error, go_on))
