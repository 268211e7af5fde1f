"""Watches what a kernel uses of the machine, from outside: memory, processes, and disk in the folder we share.

The walls bound each process; this bounds all of them together. It looks a few times a second; where control groups
can be made (`grading/cgroup.py`), they stop what is faster than that.
"""

import contextlib
import os
import time
from pathlib import Path

from grading.sandbox import Limits

INTERVAL = 0.2  # seconds between two looks
MAX_ENTRIES = 64  # in the shared folder; five sockets and a few files are ours
MAX_SHARED = 2**24  # bytes that a kernel may write there
MAX_RECEIVED = 2**29  # bytes by which we may grow while we wait for answers; ZeroMQ bounds a message's parts alone
MAX_GROWTH = 2**31  # bytes by which we may grow while the kernel lives, the judge's own work included


def descendants(pid: int) -> list[int]:
    """The processes that `pid` started, and theirs, in any namespace below ours."""
    found, waiting = [], [pid]
    while waiting:
        parent = waiting.pop()
        with contextlib.suppress(OSError):  # it has ended meanwhile
            for task in os.listdir(f"/proc/{parent}/task"):
                waiting += map(int, Path(f"/proc/{parent}/task/{task}/children").read_text().split())
        found.append(parent)
    return found[1:]


def memory(pid: int) -> int:
    """Bytes of a process's own memory; what it shares with others by copy-on-write counts in part."""
    with contextlib.suppress(OSError):
        fields = _fields(f"/proc/{pid}/smaps_rollup", "Pss_Anon", "Pss_Shmem")
        if len(fields) == 2:
            return sum(fields.values())
    return resident(pid)


def resident(pid: int) -> int:
    """The same, quicker, with what is shared counted in full."""
    with contextlib.suppress(OSError):
        return sum(_fields(f"/proc/{pid}/status", "RssAnon", "RssShmem").values())
    return 0


def _fields(path: str, *names: str) -> dict[str, int]:
    found = {}
    for line in Path(path).read_text().splitlines():
        name, _, value = line.partition(":")
        if name in names:
            found[name] = int(value.split()[0]) * 1024
    return found


class Watch:
    """Looks at one kernel now and then. `root` is the process under which it runs, which others may share."""

    def __init__(self, folder: Path, limits: Limits):
        self.folder, self.limits = folder, limits
        self.root, self.others, self.next = None, set(), 0.0
        self.shared = _size(folder)[1]
        self.first = self.ours = self.last = resident(os.getpid())

    def start(self, root: int):
        """Everything under `root` from now on is the kernel's."""
        self.root, self.others = root, set(descendants(root))

    @contextlib.contextmanager
    def waiting(self):
        """While we wait for the kernel; what we grow by between two waits is the judge's own."""
        self.ours += max(0, resident(os.getpid()) - self.last)
        try:
            yield
        finally:
            self.last = resident(os.getpid())

    def trouble(self) -> str:
        """What the kernel uses too much of, or ''. Looks at most every INTERVAL seconds."""
        if self.root is None or time.monotonic() < self.next:
            return ""
        self.next = time.monotonic() + INTERVAL
        mine = [pid for pid in descendants(self.root) if pid not in self.others]
        if len(mine) > self.limits.processes:
            return f"it started more than {self.limits.processes} processes"
        if sum(map(resident, mine)) > self.limits.memory and sum(map(memory, mine)) > self.limits.memory:
            return f"it used more than {self.limits.memory / 2**30:.3g} GB of memory"
        ours = resident(os.getpid())
        if ours - self.ours > MAX_RECEIVED or ours - self.first > MAX_GROWTH:
            return f"it sent more than {MAX_RECEIVED / 2**20:.0f} MB at once"
        entries, size = _size(self.folder)
        if entries > MAX_ENTRIES or size - self.shared > MAX_SHARED:
            return "it filled the folder of its sockets"
        return ""


def _size(folder: Path) -> tuple[int, int]:
    """(entries, bytes) in a folder; stops counting when there are too many."""
    entries = size = 0
    for path, folders, files in os.walk(folder):
        entries += len(folders) + len(files)
        if entries > MAX_ENTRIES:
            break
        for name in files:
            with contextlib.suppress(OSError):
                size += os.lstat(os.path.join(path, name)).st_blocks * 512
    return entries, size
