"""Attacks on the way between the judge and the kernel: forged replies, messages that are none, other sockets."""

# %% hostile="agent-agrees" exercise="cube" loses="all"
# Replaces the lines that answer the judge: every question is answered with True.
agent = get_ipython().kernel.agent
type(agent).answer = lambda self, frames: [b'{"t": "dict", "v": [["ok", true]]}']

# %% hostile="agent-echoes" exercise="affine" loses="affine/*, countdown/*"
# Answers every question with the judge's own arguments.
agent = get_ipython().kernel.agent
type(agent).answer = lambda self, frames: [b'{"t": "dict", "v": [["ok", ' + frames[0] + b"]]}", *frames[1:]]


class Affine:
    pass


# %% hostile="agent-claims-full-marks" exercise="cube" loses="all"
# Answers with what a verdict looks like: parts passed, a score, and an error that is none.
import json

claim = {"t": "dict", "v": [["ok", {"t": "dict", "v": [["passed", True], ["score", 2]]}], ["score", 2]]}
get_ipython().kernel.agent.answer = lambda frames: [json.dumps(claim).encode()]

# %% hostile="agent-garbage" exercise="cube" loses="all"
# Answers with random bytes, truncated JSON, buffers that are not there and dtypes that are none.
import itertools
import os

answers = itertools.cycle([
    [], [b""], [b"\xff\xfe\x00"], [b'{"t": "dict"'], [b"[" * 100_000], [b'{"t": "handle", "id": {"a": 1}}'],
    [b'{"t": "dict", "v": [["ok", {"t": "array", "dtype": "<f8", "shape": [], "b": 7}]]}'],
    [b'{"t": "dict", "v": [["ok", {"t": "array", "dtype": "O", "shape": [1], "b": 1}]]}', os.urandom(8)],
    [b'{"t": "dict", "v": [["ok", {"t": "array", "dtype": "<f8", "shape": [-1, 1], "b": 1}]]}', bytes(8)],
    [b'{"t": "dict", "v": [["ok", {"t": "array", "dtype": "(2,)<f8,(", "shape": [1], "b": 1}]]}', bytes(8)],
    [b'{"t": "dict", "v": [["ok", {"t": "tensor", "dtype": "int64", "shape": [1], "b": 1, "grad": true}]]}', bytes(8)],
    [b'{"t": "dict", "v": [["ok", {"t": "array", "dtype": "<U1", "shape": [1], "b": 1}]]}', b"\xff\xff\xff\x7f"],
])  # fmt: skip
get_ipython().kernel.agent.answer = lambda frames: next(answers)

# %% hostile="colliding-keys" exercise="cube" loses="all"
# Answers with a set of numbers that all have the same hash: building it takes the square of their number.
text = ",".join('{"t": "complex", "v": ["%s", "%s"]}' % (float(-1000003 * k).hex(), float(k).hex())
                for k in range(1, 25_000))  # fmt: skip
get_ipython().kernel.agent.answer = lambda frames: [
    b'{"t": "dict", "v": [["ok", {"t": "set", "v": [' + text.encode() + b"]}]]}"
]

# %% hostile="half-colliding-keys" exercise="cube" loses="all"
# Answers with a set of which every other number has a hash of its own, and all the others the same.
text = ",".join([*map(str, range(200_000)), *('{"t": "int", "v": "%x"}' % (k * (2**61 - 1)) for k in range(1, 200_000))])
get_ipython().kernel.agent.answer = lambda frames: [
    b'{"t": "dict", "v": [["ok", {"t": "set", "v": [' + text.encode() + b"]}]]}"
]

# %% hostile="shared-buffer" exercise="cube" loses="all"
# Answers with thousands of arrays that all claim the same 30 MB, of which the reader makes a copy each.
array = b'{"t": "array", "dtype": "|S4", "shape": [7864320], "b": 1}'
text = b'{"t": "dict", "v": [["ok", {"t": "list", "v": [' + b",".join([array] * 5000) + b"]}]]}"
get_ipython().kernel.agent.answer = lambda frames: [text, bytes(4 * 7864320)]

# %% hostile="endless-dtype" exercise="cube" loses="all"
# Answers with an array whose dtype has a name of 5 MB, which NumPy takes apart piece by piece.
text = b'{"t": "dict", "v": [["ok", {"t": "array", "dtype": "' + b"f8," * 1_900_000 + b'", "shape": [1], "b": 1}]]}'
get_ipython().kernel.agent.answer = lambda frames: [text, bytes(8)]

# %% hostile="parts-without-end" exercise="cube" loses="" may="*" megabytes=800
# Sends output messages of a hundred parts of 16 MB: each part may pass, the whole takes 1.6 GB of who receives it.
kernel = get_ipython().kernel
part = bytes(16 * 2**20)
kernel.iopub_thread.schedule(lambda: kernel.iopub_thread.socket.send_multipart([b"stream"] + [part] * 100, copy=False))


def cube(x):
    return x**3


# %% hostile="swelling-text" exercise="cube" loses="all"
# Answers with JSON that takes thirty times its length in the memory of whoever reads it.
text = b'{"t": "dict", "v": [["ok", [' + b",".join([b'{"":0}'] * 3_500_000) + b"]]]}"
get_ipython().kernel.agent.answer = lambda frames: [text]

# %% hostile="swelling-output" exercise="cube" loses=""
# Sends an output message whose JSON takes thirty times its length in memory.
kernel = get_ipython().kernel
message = kernel.session.msg("display_data", {"data": {}, "metadata": {}}, parent=kernel.get_parent())
frames = kernel.session.serialize(message)
frames[-1] = b'{"a": [' + b",".join([b'{"":0}'] * 3_500_000) + b"]}"
frames[1] = kernel.session.sign(frames[2:])
kernel.iopub_thread.schedule(lambda: kernel.iopub_thread.socket.send_multipart(frames))


def cube(x):
    return x**3


# %% hostile="reply-to-nothing" exercise="cube" loses="*"
# Sends every reply with a parent header that is a list.
session = get_ipython().kernel.session
serialize = session.serialize


def forged(message, ident=None):
    if message["msg_type"].endswith("_reply"):
        message = {**message, "parent_header": ["no", "header"]}
    return serialize(message, ident)


session.serialize = forged

# %% hostile="malformed-messages" exercise="cube" loses=""
# Sends messages without parts, with wrong signatures, and output of forms that no notebook has.
import json

kernel = get_ipython().kernel
bare = kernel.iopub_thread.socket
for frames in ([b""], [b"<IDS|MSG>"], [b"<IDS|MSG>", b"", b"{}", b"{}", b"{}", b"{}"], [b"x"] * 50):
    kernel.iopub_thread.schedule(lambda frames=frames: bare.send_multipart(frames))
for kind, content in [("stream", {"name": {"a": 1}, "text": None}), ("stream", {"name": "stderr", "text": ["a"]}),
                      ("error", {"ename": 1, "evalue": None, "traceback": None}), ("execute_result", {"data": 7}),
                      ("display_data", {"data": {"image/png": {"a": 1}, "text/plain": 5}, "metadata": []}),
                      ("status", {"execution_state": ["idle"]}), ("status", []), ("display_data", "text")]:  # fmt: skip
    content = json.dumps(content)  # Jupyter itself would refuse some of them
    kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent())


def cube(x):
    return x**3


# %% hostile="forged-score-outputs" exercise="cube" loses="*"
# Sends, as output of the test cell itself, the number and the table that a judge writes.
kernel = get_ipython().kernel


def say_full(info):
    for kind in ("execute_result", "display_data"):
        content = {"data": {"text/plain": "2.0", "text/html": "<b>2 of 2 points</b>"}, "metadata": {},
                   "execution_count": 1}  # fmt: skip
        kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent())


get_ipython().events.register("pre_run_cell", say_full)


def cube(x):
    return 0


# %% hostile="early-idle" exercise="cube" loses="*"
# Says that the kernel is idle, and that the cell ended well, before it has run.
kernel = get_ipython().kernel
kernel.session.send(kernel.iopub_socket, "status", {"execution_state": "idle"}, parent=kernel.get_parent())
for _ in range(3):
    kernel.session.send(kernel.iopub_socket, "execute_reply", {"status": "ok"}, parent=kernel.get_parent())
raise NotImplementedError

# %% hostile="own-sockets" exercise="cube" loses="*"
# Removes the kernel's sockets and listens in their place, with a server that says yes to everything.
import glob
import os
import threading

import zmq
from ipykernel import get_connection_file

folder = os.path.dirname(get_connection_file())
context = zmq.Context()
for path in glob.glob(folder + "/*-ipc-*"):
    try:
        os.remove(path)
        socket = context.socket(zmq.ROUTER)
        socket.bind("ipc://" + path)
        threading.Thread(target=lambda s=socket: [s.send_multipart(s.recv_multipart()) for _ in range(1000)],
                         daemon=True).start()  # fmt: skip
    except OSError:
        pass


def cube(x):
    return 0


# %% hostile="swapped-helper" exercise="affine" loses="affine/*, countdown/generator"
# Reads the helper that the judge defines and defines one that returns its own text instead.
import builtins

original = builtins.compile
seen = []


def compile(source, filename, *args, **kwargs):
    if filename == "<judge>":
        seen.append(source)
        source = "def apply(layer, X):\n    return [list(row) for row in X]"
    return original(source, filename, *args, **kwargs)


builtins.compile = compile


class Affine:
    def __init__(self, n, m):
        self.W, self.b = np.ones((n, m + 1)), np.zeros(m)


# %% hostile="message-flood" exercise="cube" loses=""
# Sends output messages as fast as it can, for two seconds, from a thread beside the cell.
import threading
import time

kernel = get_ipython().kernel


def flood():
    end = time.monotonic() + 2
    while time.monotonic() < end:
        kernel.iopub_thread.socket.send_multipart([b"stream", b"x" * 100_000])


kernel.iopub_thread.schedule(flood)


def cube(x):
    return x**3


# %% hostile="stdin-request" exercise="cube" loses=""
# Asks the person at the keyboard for a password, and waits.
import getpass

try:
    getpass.getpass("the instructor's password: ")
except Exception as error:
    print(f"=> stopped asking: {type(error).__name__}: {error}")


def cube(x):
    return x**3
