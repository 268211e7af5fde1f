"""Our end of the warm kernels: the zygote, one for each machine and assignment, and a fork server for each worker.

    Zygote         a process inside the walls, with the assignment's imports done
    ForkServer     forked from it for one worker, whose kernels it forks, one after the other
    WarmProcess    one of these; to jupyter_client it looks like a process it started itself
"""

import contextlib
import itertools
import json
import logging
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from multiprocessing import util
from pathlib import Path

from grading.cgroup import Cgroup
from grading.sandbox import ROOT, Limits, Sandbox, bubblewrap_command, readable, remove

START_SECONDS = 120
log = logging.getLogger(__name__)


class NotWarm(RuntimeError):
    """Kernels cannot be forked on this machine; the text says why."""


class Zygote:
    """Starts at once and imports while we do something else; whoever connects waits until it is ready.

    folder: its listening socket, and what it shares with us, a folder for each worker.
    """

    def __init__(self, sandbox: Sandbox):
        self.folder = Path(tempfile.mkdtemp(prefix="course-"))
        exchange = self.folder / "x"
        exchange.mkdir()
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self.folder / "socket"))
            listener.listen(os.cpu_count())
            number = listener.fileno()
            command = [sys.executable, "-I", str(ROOT / "grading" / "forkserver.py"), str(number), *sandbox.preload]
            try:
                self.process = subprocess.Popen(bubblewrap_command(command, exchange, sandbox), stdin=subprocess.PIPE,
                                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
                                                env={"PATH": os.environ.get("PATH", "/usr/bin:/bin")},
                                                pass_fds=[number])
            except BaseException:
                remove(self.folder)
                raise

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        remove(self.folder)


class ForkServer:
    """A connection to a zygote: a process of our own there, in a control group of its own, that forks kernels."""

    def __init__(self, zygote: Path, limits: Limits):
        self.keys, self.exits, self.pending, self.alive = itertools.count(1), {}, b"", True
        self.lock = threading.Lock()
        self.socket = socket.socket(socket.AF_UNIX)
        self.exchange = zygote / "x"
        try:
            self.socket.settimeout(START_SECONDS)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            self.socket.connect(str(zygote / "socket"))
            first, self.pid = self._greeting()
            if not first["ready"]:
                raise NotWarm(first["why"])
        except (OSError, ValueError) as error:
            raise NotWarm("the fork server did not start") from error
        self.cgroup = Cgroup(limits.processes, limits.memory)
        self.cgroup.add(self.pid)
        self.folder = tempfile.mkdtemp(prefix="w", dir=self.exchange)

    def _greeting(self) -> tuple[dict, int]:
        """The first event, and the number that its sender has among this machine's processes."""
        line, ancillary, _, _ = self.socket.recvmsg(4096, socket.CMSG_SPACE(struct.calcsize("3i")))
        pid, _, _ = struct.unpack("3i", ancillary[0][2])
        return json.loads(line), pid

    def send(self, **request):
        with self.lock:
            self.socket.sendall(json.dumps(request).encode() + b"\n")

    def exit_status(self, key: int) -> int | None:
        """The exit status of a kernel, None while it lives."""
        with self.lock:
            while self.alive and select.select([self.socket], [], [], 0)[0]:
                data = self.socket.recv(65536)
                self.alive = bool(data)
                *lines, self.pending = (self.pending + data).split(b"\n")
                for event in map(json.loads, lines):
                    self.exits[event["exit"]] = event["status"]
        if key not in self.exits and not self.alive:
            return -signal.SIGKILL
        return self.exits.get(key)

    def start(self, connection: str, sandbox: Sandbox) -> "WarmProcess":
        key = next(self.keys)
        log_file = str(Path(connection).with_name("log"))
        self.send(start=key, connection=connection, log=log_file, limits=sandbox.limits.rlimits(),
                  disk=sandbox.limits.disk, exchange=str(self.exchange), keep=readable())
        return WarmProcess(self, key)

    def close(self):
        self.alive = False
        self.socket.close()
        self.cgroup.close()
        remove(self.folder)


class WarmProcess:
    """What jupyter_client needs of a `subprocess.Popen`, for a kernel that the fork server started."""

    stdin = stdout = stderr = None

    def __init__(self, server: ForkServer, key: int):
        self.server, self.key, self.pid = server, key, server.pid

    def poll(self) -> int | None:
        return self.server.exit_status(self.key)

    def wait(self, timeout=None) -> int:
        while (status := self.poll()) is None:
            select.select([self.server.socket], [], [], timeout or 1.0)
        return status

    def kill(self):
        if self.poll() is None and self.server.alive:
            self.server.send(kill=self.key)

    terminate = kill

    def send_signal(self, number):
        if number in (signal.SIGKILL, signal.SIGTERM):
            self.kill()


_open: dict = {}  # zygotes and fork servers of this process
_cold: list[str] = []  # why kernels are not forked here, said once


def _kept(kind, sandbox: Sandbox, *arguments):
    """This process's living one of this kind, for this sandbox's data and modules; made where there is none."""
    key = (kind, os.getpid(), sandbox.data, sandbox.preload)
    if key not in _open or not _open[key].alive:
        _open[key] = kind(*arguments)
        # Not atexit: Dask's workers are children of multiprocessing's, which leave without it.
        util.Finalize(None, close_all, exitpriority=0)
    return _open[key]


def zygote(sandbox: Sandbox) -> Path:
    """The folder of this process's zygote for a sandbox; it begins to import now. Other processes may use it, too."""
    return _kept(Zygote, sandbox, sandbox).folder


def fork_server(sandbox: Sandbox) -> ForkServer | None:
    """This process's fork server for a sandbox, or None where kernels are started cold."""
    if _cold or not sandbox.walls:
        return None
    if sandbox.zygote:
        with contextlib.suppress(NotWarm):  # it has ended: then one of our own
            return _kept(ForkServer, sandbox, sandbox.zygote, sandbox.limits)
    try:
        return _kept(ForkServer, sandbox, zygote(sandbox), sandbox.limits)
    except NotWarm as reason:
        _cold.append(str(reason))
        log.warning("each kernel is started from cold, which is slower: %s", reason)
        return None


def close_all():
    """End what this process has open, the fork servers before their zygotes."""
    mine = [key for key in _open if key[1] == os.getpid()]
    for key in sorted(mine, key=lambda key: key[0] is Zygote):
        _open.pop(key).close()
