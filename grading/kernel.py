"""A student's kernel as the grader drives it: run a cell, ask a question, and never wait for ever.

Built on jupyter_client. The kernel may do anything: flood, hang, ignore interrupts, end, forge messages.
So every wait has an end, what is kept of the output is bounded, and a message is nothing but data.
"""

import queue
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import zmq
from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpec
from jupyter_core.utils import run_sync
from nbformat.v4 import output_from_msg

from grading.sandbox import Sandbox, kernel_command, remove
from grading.warm import fork_server
from grading.watch import Watch
from grading.wire import MAX_BYTES, parse

START_SECONDS = 60  # importing on a busy machine; a kernel that is not up then will not come
GRACE_SECONDS = 2.0  # for an interrupt to be obeyed, and for the last outputs to arrive
TICK = 0.2  # how often we look whether the kernel is still alive
NO_REACTION = "it took too long, and did not react to an interrupt"
MAX_MESSAGE = 4 * 2**20  # of one output message; longer ones are dropped by ZeroMQ


class KernelDied(RuntimeError):
    """The kernel's process ended; the text says why, if we know."""


class NotStarted(RuntimeError):
    """The kernel did not come up. No student's code has run in it, so the fault is the machine's or ours."""


class KernelTimeout(RuntimeError):
    """The kernel did not answer in time."""


@dataclass
class CellRun:
    """What running one cell gave: nbformat outputs, and whether it ended well.

    status: ok, error, timeout, dead or skipped (not run); error: the exception's text, or why it is dead.
    """

    status: str = "ok"
    outputs: list = field(default_factory=list)
    error: str = ""
    truncated: bool = False


class Kernel:
    """One kernel in its sandbox. A context manager: leaving it ends everything the kernel started."""

    def __init__(self, sandbox: Sandbox):
        self.sandbox = sandbox
        self.limits = sandbox.limits

    def __enter__(self):
        server = fork_server(self.sandbox) if self.sandbox.warm else None
        self.folder = tempfile.mkdtemp(prefix="course-", dir=server.folder if server else None)
        for name, data in self.sandbox.checkpoints:
            path = Path(self.folder, "checkpoints", f"{name}.safetensors")
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
        config = {"sandbox": self.sandbox, "server": server}
        self.manager = KernelManager(transport="ipc", connection_file=str(Path(self.folder, "kernel.json")))
        self.manager._kernel_spec = KernelSpec(
            argv=kernel_command(self.limits),
            interrupt_mode="message",
            metadata={"kernel_provisioner": {"provisioner_name": "sandbox", "config": config}},
        )
        _bound(self.manager.context)
        self.watch = Watch(Path(self.folder), self.limits)
        try:
            if server:
                self.watch.start(server.pid)
            log = open(Path(self.folder, "log"), "wb")
            with log:
                self.manager.start_kernel(stdout=log, stderr=log)
            if not server:
                self.watch.start(self.manager.provisioner.pid)
            self.client = self.manager.blocking_client()
            self.client.session.unpack = parse
            _bound(self.client.context)
            self.client.start_channels(stdin=False, hb=False, control=False)
            self._await_start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if hasattr(self, "client"):
            self.client.stop_channels()
        self.end()
        self.manager.cleanup_resources()
        remove(self.folder)

    def end(self):
        """Kill the kernel, without the polite interrupt and the waits of `shutdown_kernel`."""
        if self.manager.has_kernel:
            run_sync(self.manager.provisioner.kill)()

    @property
    def alive(self) -> bool:
        return self.manager.is_alive()

    def _await_start(self):
        """Be back when all connections are made: a kernel without a free file number aborts on a new one (libzmq's
        ipc_listener.cpp). Two are: the control channel (the manager's, for interrupts) when it answers, and iopub when
        the status comes that each request sends there; the shell's is made before it gives a first cell.
        """
        control, deadline = self.manager._control_socket, time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.alive:
            self.manager.session.send(control, "kernel_info_request", {})
            if control.poll(1000) and self.client.iopub_channel.socket.poll(100):
                return
        log = Path(self.folder, "log").read_text(errors="replace").strip().splitlines()
        raise NotStarted(f"the sandboxed kernel did not start: {log[-1] if log else 'no message'}")

    def run(self, code: str, timeout: float | None = None) -> CellRun:
        """Run a cell. A time-out is answered by an interrupt; a kernel that ignores it is left `dead`."""
        result, deadline = CellRun(), time.monotonic() + (timeout or self.limits.cell_seconds)
        message = self.client.execute(code, store_history=True, allow_stdin=False)
        collector = _Outputs(result, message, self.limits.output)
        try:
            reply = self._shell_reply(message, deadline - time.monotonic(), collector)
        except KernelDied as death:
            result.status, result.error = "dead", str(death)
            return result
        except KernelTimeout:
            if self.interrupt(message, collector):
                result.status = "timeout"
            else:
                result.status, result.error = "dead", NO_REACTION
            return result
        collector.finish(self)
        if result.status == "dead":
            return result
        content = reply.get("content")
        if not isinstance(content, dict) or content.get("status") != "ok":
            result.status = "error"
            content = content if isinstance(content, dict) else {}
            result.error = f"{content.get('ename')}: {content.get('evalue')}"[:1000]
        return result

    def interrupt(self, message, collector=None) -> bool:
        """Interrupt what is running; whether the kernel obeyed. One that does not is ended."""
        if self.alive:
            self.manager.interrupt_kernel()
            try:
                self._shell_reply(message, GRACE_SECONDS, collector, drop_output=collector is None)
                return True
            except (KernelDied, KernelTimeout):
                pass
        self.end()
        return False

    def ask(self, frames: list[bytes], timeout: float) -> list[bytes]:
        """Send the judge's packed request; the packed reply. Raises KernelDied or KernelTimeout."""
        socket = self.client.shell_channel.socket
        message = self.client.session.send(socket, "judge_request", {}, buffers=frames)["header"]["msg_id"]
        try:
            reply = self._shell_reply(message, timeout, drop_output=True)
        except KernelTimeout:
            if not self.interrupt(message):
                raise KernelDied(NO_REACTION) from None
            raise
        return [bytes(memoryview(buffer)) for buffer in reply.get("buffers", [])]

    def _shell_reply(self, message, timeout, collector=None, drop_output=False):
        """The shell reply to a message, collecting (or dropping) the outputs that arrive meanwhile."""
        shell, iopub = self.client.shell_channel, self.client.iopub_channel
        poller = zmq.Poller()
        poller.register(shell.socket, zmq.POLLIN)
        poller.register(iopub.socket, zmq.POLLIN)
        deadline = time.monotonic() + max(timeout, 0.01)
        with self.watch.waiting():
            while (left := deadline - time.monotonic()) > 0:
                ready = dict(poller.poll(1000 * min(left, TICK)))
                if iopub.socket in ready:
                    output = _receive(iopub)
                    if collector and output:
                        collector.add(output)
                if shell.socket in ready:
                    reply = _receive(shell)
                    if reply and reply["parent_header"].get("msg_id") == message:
                        return reply
                if trouble := self.watch.trouble():
                    self.end()
                    raise KernelDied(trouble)
                if not ready and not self.alive:
                    raise KernelDied("")
        raise KernelTimeout(f"no answer within {timeout:.0f} s")


def _bound(context: zmq.Context):
    """For sockets that are made from now on: what is longer than this, or more than that many, is never received."""
    context.setsockopt(zmq.RCVHWM, 200)
    context.setsockopt(zmq.MAXMSGSIZE, MAX_BYTES + 2**20)
    context.setsockopt(zmq.RECONNECT_IVL, 10)  # ms; we connect while the kernel starts


def _receive(channel):
    """One message, or None when there is none that can be read (forged, malformed, wrongly signed)."""
    try:
        message = channel.get_msg(timeout=0)
        return message if isinstance(message["parent_header"], dict) else None
    except queue.Empty:
        return None
    except Exception:  # whatever the other side sends is data, and may be anything
        return None


class _Outputs:
    """Collects one cell's outputs as nbformat has them, up to a number of bytes."""

    def __init__(self, result: CellRun, message: str, limit: int):
        self.result, self.message, self.left, self.idle = result, message, limit, False

    def add(self, message):
        try:
            if message["parent_header"].get("msg_id") != self.message:
                return
            if message["msg_type"] == "status":
                self.idle = message["content"]["execution_state"] == "idle"
            elif message["msg_type"] in ("stream", "display_data", "execute_result", "error"):
                self.keep(output_from_msg(message))
        except Exception:  # a forged message of the wrong form
            self.result.truncated = True

    def keep(self, output):
        size = len(str(output))
        if output.output_type == "stream" and self.left > 0:
            output.text = str(output.text)
            if size > self.left:
                output.text, self.result.truncated = output.text[: self.left], True
            last = self.result.outputs[-1] if self.result.outputs else None
            if last is not None and last.output_type == "stream" and last.name == output.name:
                last.text += output.text
            else:
                self.result.outputs.append(output)
        elif size <= self.left or (size < MAX_MESSAGE and output.output_type == "display_data" and self.left > 0):
            self.result.outputs.append(output)
        else:
            self.result.truncated = True
        self.left -= size

    def finish(self, kernel: Kernel):
        """Wait for the outputs that are still on their way: the kernel says `idle` after the last."""
        deadline = time.monotonic() + GRACE_SECONDS
        with kernel.watch.waiting():
            while not self.idle and time.monotonic() < deadline and kernel.alive:
                if kernel.client.iopub_channel.socket.poll(50) and (message := _receive(kernel.client.iopub_channel)):
                    self.add(message)
                if trouble := kernel.watch.trouble():
                    kernel.end()
                    self.result.status, self.result.error = "dead", trouble
        self.result.truncated |= not self.idle
