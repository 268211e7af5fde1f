"""Inside the walls: the calls to Linux that a student's program cannot make.

A stand-alone file, like `agent.py`. All kernels belong to one user, and some things Linux counts for each user or for
the whole machine: what one kernel takes of them its neighbours lack. Others are memory that no process's limits count,
or doors into Linux that no notebook needs and that most of its holes lay behind. Such calls are answered as by a Linux
that has never heard of them.
"""

import ctypes
import os
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
MAP_SHARED, MAP_ANONYMOUS = 1, 32  # such pages stay in memory when they are given back, and then count as nobody's
NEW_NAMESPACES = 0x7E020000  # the flags of clone; clone3 has them in memory, and programs fall back on clone
OTHER_NUMBERS = 0x40000000  # x86_64: from here on the same calls once more, for 32-bit programs
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # of Linux's filter language
NUMBER, MACHINE, FIRST_ARGUMENT, FOURTH_ARGUMENT = 0, 4, 16, 40  # offsets in what a filter sees of a call
ALLOW, UNKNOWN_CALL = 0x7FFF0000, 0x00050000 | 38
PR_GET_NO_NEW_PRIVS, SET_FILTER, KEEP_SPECULATION = 39, 1, 4


def program(machine: str) -> bytes:
    """The filter: refuses other machines' calls, the forbidden ones, clone for namespaces, mmap for shared memory."""
    number, clone, mmap, _, different = MACHINES[machine]
    forbidden = [*different.values(), *SAME.values()]
    steps = [(LOAD, MACHINE), (EQUAL, number, None, "refuse"),
             (LOAD, NUMBER), (AT_LEAST, OTHER_NUMBERS, "refuse", None),
             *((EQUAL, call, "refuse", None) for call in forbidden),
             (EQUAL, clone, "clone", None), (EQUAL, mmap, None, "allow"),
             (LOAD, FOURTH_ARGUMENT), (ANY_BIT, MAP_SHARED, None, "allow"), (ANY_BIT, MAP_ANONYMOUS, "refuse", "allow"),
             (LOAD, FIRST_ARGUMENT), (ANY_BIT, NEW_NAMESPACES, "refuse", None),
             (RETURN, ALLOW), (RETURN, UNKNOWN_CALL)]  # fmt: skip
    places = {"clone": len(steps) - 4, "allow": len(steps) - 2, "refuse": len(steps) - 1}
    packed = b""
    for place, (code, value, *jumps) in enumerate(steps):
        jumps = [places[jump] - place - 1 if jump else 0 for jump in jumps] or [0, 0]
        packed += struct.pack("HBBI", code, *jumps, value)
    return packed


def refuse():
    """From now on, for this process and all that it starts. Without walls (no_new_privs stands for them): nothing."""
    libc, machine = ctypes.CDLL(None, use_errno=True), os.uname().machine
    if machine not in MACHINES or libc.prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1:
        return
    text = program(machine)
    steps = ctypes.create_string_buffer(text, len(text))
    description = struct.pack("HP", len(text) // 8, ctypes.addressof(steps))
    # Linux would otherwise slow down the whole program of a process that has a filter.
    if libc.syscall(MACHINES[machine][3], SET_FILTER, KEEP_SPECULATION, description) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"seccomp: {os.strerror(error)}")
