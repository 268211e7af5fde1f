"""Our end of the fork server: one per process of the grader, started when first needed.

A forked kernel looks to jupyter_client like a process it started itself (`WarmProcess`).
"""

import atexit
import itertools
import json
import logging
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from grading.cgroup import Cgroup
from grading.sandbox import ROOT, Sandbox, bubblewrap_command, readable, remove

START_SECONDS = 120
log = logging.getLogger(__name__)


class NotWarm(RuntimeError):
    """Kernels cannot be forked on this machine; the text says why."""


class ForkServer:
    """A process with the imports done, inside the walls, for the kernels of one assignment."""

    def __init__(self, sandbox: Sandbox):
        self.folder = Path(tempfile.mkdtemp(prefix="course-"))  # what it shares with us: a folder for each kernel
        self.keys, self.exits, self.pending = itertools.count(1), {}, b""
        self.lock = threading.Lock()
        command = [sys.executable, "-I", str(ROOT / "grading" / "forkserver.py"), *sandbox.preload]
        self.cgroup = Cgroup(sandbox.limits.processes, sandbox.limits.memory)
        command = self.cgroup.command(bubblewrap_command(command, self.folder, sandbox))
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        env={"PATH": os.environ.get("PATH", "/usr/bin:/bin")}, cwd="/")
        os.set_blocking(self.process.stdout.fileno(), False)
        answer = self._first_event()
        if not answer.get("ready"):
            self.close()
            raise NotWarm(answer.get("why", "the fork server did not start"))

    def _first_event(self) -> dict:
        readable, _, _ = select.select([self.process.stdout], [], [], START_SECONDS)
        line = self.process.stdout.readline() if readable else b""
        return json.loads(line) if line else {}

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def send(self, **request):
        with self.lock:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()

    def exit_status(self, key: int) -> int | None:
        """The exit status of a kernel, None while it lives."""
        with self.lock:
            self.pending += self.process.stdout.read() or b""
            *lines, self.pending = self.pending.split(b"\n")
            for event in map(json.loads, lines):
                self.exits[event["exit"]] = event["status"]
        if key not in self.exits and not self.alive:
            return -signal.SIGKILL
        return self.exits.get(key)

    def start(self, connection: str, sandbox: Sandbox) -> "WarmProcess":
        key = next(self.keys)
        log_file = str(Path(connection).with_name("log"))
        self.send(start=key, connection=connection, log=log_file, limits=sandbox.limits.rlimits(),
                  disk=sandbox.limits.disk, keep=readable())
        return WarmProcess(self, key)

    def close(self):
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            stream.close()
        self.cgroup.close()
        remove(self.folder)


class WarmProcess:
    """What jupyter_client needs of a `subprocess.Popen`, for a kernel that the fork server started."""

    stdin = stdout = stderr = None

    def __init__(self, server: ForkServer, key: int):
        self.server, self.key, self.pid = server, key, server.process.pid

    def poll(self) -> int | None:
        return self.server.exit_status(self.key)

    def wait(self, timeout=None) -> int:
        while (status := self.poll()) is None:
            select.select([self.server.process.stdout], [], [], timeout or 1.0)
        return status

    def kill(self):
        if self.poll() is None and self.server.alive:
            self.server.send(kill=self.key)

    terminate = kill

    def send_signal(self, number):
        if number in (signal.SIGKILL, signal.SIGTERM):
            self.kill()


_servers: dict = {}
_cold: list[str] = []  # why kernels are not forked here, said once


def fork_server(sandbox: Sandbox) -> ForkServer | None:
    """The server of this process for this sandbox's data and modules, or None where kernels are started cold."""
    if _cold or not sandbox.walls:
        return None
    key = (os.getpid(), sandbox.data, sandbox.preload)
    if key not in _servers or not _servers[key].alive:
        try:
            _servers[key] = ForkServer(sandbox)
        except NotWarm as reason:
            _cold.append(str(reason))
            log.warning("each kernel is started from cold, which is slower: %s", reason)
            return None
    return _servers[key]


@atexit.register
def close_all():
    for (pid, *_), server in list(_servers.items()):
        if pid == os.getpid():
            server.close()
