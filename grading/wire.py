"""Plain data between the judge and a student's kernel: never pickle, always bounded.

Both sides use this file (the sandbox gets a copy beside `agent.py`). A value becomes one JSON text and
a list of raw buffers, one for each array. What is not plain data becomes a handle: a number that only
the student's side can turn back into the object. Whatever arrives is rebuilt from scratch as ordinary
Python, NumPy or PyTorch values, so no class of the other side ever comes into this process.
"""

import json
import math
import sys
from collections import Counter

import numpy as np

MAX_BYTES = 64 * 2**20  # of one message, buffers included
MAX_NODES = 500_000  # values in one message
MAX_DEPTH = 32
MAX_ELEMENTS = 2**23  # of one array; an empty one may not be longer than MAX_NODES along any axis
MAX_MARKS = 2_000_000  # commas and opening brackets in one JSON text: each may become an object of 200 bytes
MAX_DTYPE = 16  # characters of a dtype's name: NumPy takes long for a long one
MAX_ALIKE = 100  # values of one set, or keys of one dict, that have the same hash
NUMPY_KINDS = "biufcSU"
TORCH_DTYPES = {
    "float64": "<f8", "float32": "<f4", "float16": "<f2", "bfloat16": "<f4", "int64": "<i8", "int32": "<i4",
    "int16": "<i2", "int8": "|i1", "uint8": "|u1", "bool": "|b1", "complex64": "<c8", "complex128": "<c16",
}


class WireError(ValueError):
    """A value that cannot travel, or a message that is not one."""


class Swelling(WireError):
    """A JSON text with millions of values."""


def parse(text: bytes):
    """The value of a JSON text; `Swelling` for one that would take many times its length in memory."""
    if sum(map(text.count, (b",", b"{", b"["))) > MAX_MARKS:
        raise Swelling("a text with too many elements")
    return json.loads(text)


def pack(value, to_handle) -> list[bytes]:
    """[JSON text, buffer, …] for a value. `to_handle(obj) -> dict` names what is not plain data."""
    writer = _Writer(to_handle)
    tree = writer.encode(value, 0)
    text = json.dumps(tree, allow_nan=False).encode()
    frames = [text, *writer.buffers]
    if (size := sum(map(len, frames))) > MAX_BYTES:
        raise WireError(f"the answer is {size / 2**20:.0f} MB long, the limit is {MAX_BYTES // 2**20} MB")
    return frames


def unpack(frames, from_handle):
    """The value of a packed message. `from_handle(dict) -> object`. Raises WireError, and nothing else."""
    try:
        if not frames or sum(len(frame) for frame in frames) > MAX_BYTES:
            raise WireError("an answer of impossible size")
        tree = parse(bytes(frames[0]))
        return _Reader(frames[1:], from_handle).decode(tree, 0)
    except WireError:
        raise
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RuntimeError, OverflowError,
            MemoryError) as error:
        raise WireError(f"an answer that is not plain data ({type(error).__name__})") from error


class _Writer:
    def __init__(self, to_handle):
        self.buffers, self.nodes, self.to_handle = [], 0, to_handle

    def buffer(self, data: bytes) -> int:
        self.buffers.append(data)
        return len(self.buffers)

    def encode(self, value, depth):
        self.nodes += 1
        if self.nodes > MAX_NODES or depth > MAX_DEPTH:
            raise WireError("the answer is nested too deeply or has too many elements")
        if value is None or value is True or value is False:
            return value
        if isinstance(value, np.ndarray | np.generic):
            return self.encode_array(value, depth)
        if isinstance(value, str):
            return str.__str__(value)
        if isinstance(value, int):
            value = int(value)
            return value if abs(value) < 2**53 else {"t": "int", "v": hex(value)}
        if isinstance(value, float):
            return {"t": "float", "v": float(value).hex()}
        if isinstance(value, complex):
            return {"t": "complex", "v": [float(value.real).hex(), float(value.imag).hex()]}
        if isinstance(value, bytes | bytearray):
            return {"t": "bytes", "b": self.buffer(bytes(value))}
        if isinstance(value, tuple | list | set | frozenset):
            kind = next(k for k in (tuple, list, frozenset, set) if isinstance(value, k)).__name__
            return {"t": kind, "v": [self.encode(item, depth + 1) for item in value]}
        if isinstance(value, dict) and type(value).__module__ in ("builtins", "collections"):
            pairs = [[self.encode(k, depth + 1), self.encode(v, depth + 1)] for k, v in value.items()]
            return {"t": "dict", "v": pairs}
        torch = sys.modules.get("torch")
        if torch is not None and isinstance(value, torch.Tensor):
            return self.encode_tensor(value)
        return self.to_handle(value)

    def encode_array(self, value, depth):
        array = np.asarray(value)
        if array.dtype.kind == "O":
            return self.encode(array.tolist(), depth + 1)
        if array.dtype.kind not in NUMPY_KINDS:
            return self.to_handle(value)
        if array.dtype == np.longdouble or array.dtype == np.clongdouble:
            array = array.astype(complex if array.dtype.kind == "c" else float)
        array = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False)
        kind = "scalar" if isinstance(value, np.generic) else "array"
        return {"t": kind, "dtype": array.dtype.str, "shape": list(np.shape(value)), "b": self.buffer(array.tobytes())}

    def encode_tensor(self, value):
        grad, device = bool(value.requires_grad), str(value.device)
        value = value.detach().cpu()
        dtype = str(value.dtype).removeprefix("torch.")
        if dtype not in TORCH_DTYPES:
            raise WireError(f"a tensor of dtype {dtype} cannot travel to the judge")
        if dtype == "bfloat16":
            value = value.float()
        array = np.ascontiguousarray(value.to_dense().resolve_conj().resolve_neg().numpy())
        return {"t": "tensor", "dtype": dtype, "shape": list(value.shape), "b": self.buffer(array.tobytes()),
                "grad": grad, "device": device}


class _Reader:
    def __init__(self, buffers, from_handle):
        self.buffers, self.nodes, self.from_handle = buffers, 0, from_handle
        self.left = MAX_BYTES  # to be copied: many arrays may claim the same buffer

    def decode(self, tree, depth):
        self.nodes += 1
        if self.nodes > MAX_NODES or depth > MAX_DEPTH:
            raise WireError("an answer nested too deeply or with too many elements")
        if tree is None or isinstance(tree, bool | int | str):
            return tree
        if not isinstance(tree, dict):
            raise WireError("an answer that is not plain data")
        kind, values = tree["t"], tree.get("v")
        if kind == "int":
            if len(values) > 4000:
                raise WireError("an integer with too many digits")
            return int(values, 16)
        if kind == "float":
            return float.fromhex(values)
        if kind == "complex":
            return complex(float.fromhex(values[0]), float.fromhex(values[1]))
        if kind == "bytes":
            return bytes(self.buffers[tree["b"] - 1])
        if kind in ("list", "tuple", "set", "frozenset"):
            items = [self.decode(item, depth + 1) for item in values]
            if kind in ("set", "frozenset"):
                refuse_collisions(items)
            return {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}[kind](items)
        if kind == "dict":
            pairs = [(self.decode(key, depth + 1), self.decode(value, depth + 1)) for key, value in values]
            refuse_collisions([key for key, _ in pairs])
            return dict(pairs)
        if kind in ("array", "scalar"):
            if not isinstance(tree["dtype"], str) or len(tree["dtype"]) > MAX_DTYPE:
                raise WireError("an array of a dtype that is none")
            array = self.array(tree, np.dtype(tree["dtype"]))
            return array[()] if kind == "scalar" else array
        if kind == "tensor":
            import torch

            dtype = str(tree["dtype"])
            tensor = torch.from_numpy(self.array(tree, np.dtype(TORCH_DTYPES[dtype])))
            return tensor.to(getattr(torch, dtype)).requires_grad_(tree["grad"] is True)
        if kind == "handle":
            return self.from_handle(tree)
        raise WireError("an answer of an unknown kind")

    def array(self, tree, dtype):
        if dtype.kind not in NUMPY_KINDS or dtype.hasobject or dtype.itemsize == 0 and tree["shape"] != [0]:
            raise WireError(f"an array of dtype {dtype}")
        shape = tuple(int(n) for n in tree["shape"])
        if any(n < 0 for n in shape):
            raise WireError("an array of negative size")
        if math.prod(shape) > MAX_ELEMENTS or 0 in shape and max(shape) > MAX_NODES:
            raise WireError(f"an array of shape {shape} has too many elements")
        buffer = self.buffers[tree["b"] - 1]
        self.left -= len(buffer)
        if self.left < 0:
            raise WireError("arrays that are longer than the answer")
        # Bytes are copied: the array owns its memory and can be written to.
        return np.frombuffer(bytearray(buffer), dtype=dtype).reshape(shape)


def refuse_collisions(keys):
    """A set or dict takes the square of the number of values that have one hash."""
    if len(keys) > MAX_ALIKE and max(Counter(map(hash, keys)).values()) > MAX_ALIKE:
        raise WireError("too many elements with the same hash")
