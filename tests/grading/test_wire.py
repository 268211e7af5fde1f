"""What travels between judge and kernel: every plain value arrives as it was, whatever else is refused in time.

    pytest tests/grading/test_wire.py
"""

import json
import math
import time
from collections import OrderedDict, defaultdict, namedtuple

import numpy as np
import pytest
import torch

from grading import wire


def no_handle(value):
    raise AssertionError(f"{value!r} became a handle")


def travel(value):
    return wire.unpack(wire.pack(value, no_handle), no_handle)


def message(tree, *buffers):
    return [json.dumps(tree).encode(), *buffers]


def refuses(frames):
    with pytest.raises(wire.WireError):
        wire.unpack(frames, no_handle)


# Round trips

PLAIN = [None, True, False, 0, -7, 2**53, -(2**200), 0.1, -0.0, math.inf, -math.inf, 1e-320, "", "zażółć \x00 \"'\\ 🙂",
         b"", b"\x00\xff", 1 - 2j, complex(math.inf, -0.0), [], [1, [2, [3]]], (), (1, "a"), set(), {1, "a"},
         frozenset({(1, 2)}), {}, {"a": 1, 2: [3], None: {}, (1, 2): "tuple", 0.5: b"x"}]


@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_plain_data_arrives_with_its_value_and_type(value):
    arrived = travel(value)
    assert type(arrived) is type(value) and arrived == value and repr(arrived) == repr(value)


def test_nan_arrives():
    assert math.isnan(travel(math.nan)) and np.isnan(travel(np.array([math.nan]))).all()


def test_a_dict_keeps_its_order():
    assert list(travel({"b": 1, "a": 2, "c": 3})) == ["b", "a", "c"]


@pytest.mark.parametrize("value, plain", [
    (OrderedDict(a=1), {"a": 1}), (defaultdict(int, a=1), {"a": 1}), (namedtuple("P", "x y")(1, 2), (1, 2)),
    (type("Text", (str,), {})("a"), "a"), (type("Number", (int,), {})(3), 3), (type("List", (list,), {})([1]), [1]),
    (bytearray(b"ab"), b"ab"), (np.array([[1, "a"], [None, 2.5]], dtype=object), [[1, "a"], [None, 2.5]]),
], ids=repr)
def test_subclasses_arrive_as_the_plain_type(value, plain):
    arrived = travel(value)
    assert type(arrived) is type(plain) and arrived == plain


DTYPES = ["?", "i1", "u1", "<i2", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8", "<c8", "<c16", "S3", "<U4"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 0, 3), (1, 1, 1, 1)], ids=str)
def test_an_array_keeps_dtype_shape_and_values(dtype, shape):
    array = np.arange(math.prod(shape)).reshape(shape).astype(dtype)
    arrived = travel(array)
    assert type(arrived) is np.ndarray
    assert (arrived.dtype, arrived.shape) == (array.dtype, shape)
    assert arrived.tobytes() == array.tobytes()


@pytest.mark.parametrize("value", [np.float32(0.1), np.float64(0.1), np.int64(-3), np.bool_(True), np.complex64(1j),
                                   np.float16(2), np.str_("a")], ids=repr)
def test_a_numpy_scalar_stays_one(value):
    arrived = travel(value)
    assert arrived == value and arrived.dtype == value.dtype and np.isscalar(arrived)


@pytest.mark.parametrize("array", [np.arange(6).reshape(2, 3).T, np.arange(10)[::-2], np.asfortranarray(np.eye(3)),
                                   np.array([1, 2], ">i4"), np.array([1.5], ">f8"), np.broadcast_to(1.0, (2, 2)),
                                   np.array([1, 2], np.longdouble), np.ma.array([1, 2], mask=[0, 1])],
                         ids=["transposed", "reversed", "fortran", "big endian int", "big endian float", "broadcast",
                              "long double", "masked"])
def test_an_array_in_another_order_arrives_with_its_values_and_can_be_written_to(array):
    arrived = travel(array)
    np.testing.assert_array_equal(arrived, np.asarray(array))
    assert type(arrived) is np.ndarray and arrived.dtype.isnative
    arrived[...] = 0
    assert np.asarray(array).any(), "a copy, not the same memory"


TORCH = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8,
         torch.uint8, torch.bool, torch.complex64, torch.complex128]


@pytest.mark.parametrize("dtype", TORCH, ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (2, 3), (2, 0)], ids=str)
def test_a_tensor_keeps_dtype_shape_and_values(dtype, shape):
    tensor = (torch.arange(math.prod(shape)).reshape(shape) / 3).to(dtype)
    arrived = travel(tensor)
    assert type(arrived) is torch.Tensor
    assert (arrived.dtype, arrived.shape) == (dtype, tensor.shape)
    assert torch.equal(arrived, tensor)


@pytest.mark.parametrize("tensor", [torch.arange(6).reshape(2, 3).T, torch.eye(3).to_sparse(),
                                    torch.tensor([1j]).conj(), torch.tensor([1 + 2j]).conj().imag,
                                    torch.zeros(2).expand(3, 2)],
                         ids=["transposed", "sparse", "conjugated", "negated view", "expanded"])
def test_a_tensor_that_is_a_view_arrives_with_its_values(tensor):
    assert torch.equal(travel(tensor), tensor.to_dense().resolve_conj().resolve_neg())


def test_a_parameter_arrives_as_a_leaf_that_requires_a_gradient():
    arrived = travel(torch.nn.Parameter(torch.ones(2)))
    assert type(arrived) is torch.Tensor and arrived.requires_grad and arrived.is_leaf
    assert not travel(torch.ones(2)).requires_grad
    after_a_step = travel(torch.nn.Parameter(torch.ones(2)) * 2)
    assert after_a_step.requires_grad and after_a_step.tolist() == [2, 2]


def test_many_arrays_in_one_message_do_not_mix():
    arrived = travel({"a": np.arange(3), "b": [torch.zeros(2), b"x", np.arange(4.0)]})
    assert arrived["a"].tolist() == [0, 1, 2]
    assert arrived["b"][0].tolist() == [0, 0] and arrived["b"][1] == b"x" and arrived["b"][2].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("value", [object(), len, int, np.array([(1, 2.0)], dtype=[("a", int), ("b", float)]),
                                   np.datetime64("2026-01-01"), type("Mapping", (dict,), {})(), torch.nn.Linear(1, 1),
                                   range(3), slice(2)], ids=lambda value: type(value).__name__)
def test_what_is_not_plain_data_becomes_a_handle(value):
    seen = []

    def to_handle(thing):
        seen.append(thing)
        return {"t": "handle", "id": 7, "type": "thing"}

    frames = wire.pack([value], to_handle)
    assert wire.unpack(frames, lambda tree: tree["id"]) == [7]
    assert len(seen) == 1


def test_a_class_that_pretends_to_be_text_is_not_asked_for_its_text():
    class Sly(str):
        def __str__(self):
            raise AssertionError("its own code ran")

    assert travel(Sly("a")) == "a"


# Bounds on what is sent


def nested(depth):
    value = 1
    for _ in range(depth):
        value = [value]
    return value


def test_depth_is_bounded():
    assert travel(nested(wire.MAX_DEPTH)) == nested(wire.MAX_DEPTH)
    with pytest.raises(wire.WireError, match="nested too deeply"):
        travel(nested(wire.MAX_DEPTH + 1))


def test_a_list_that_holds_itself_ends_in_an_error():
    value = []
    value.append(value)
    with pytest.raises(wire.WireError, match="nested too deeply"):
        travel(value)


def test_the_number_of_values_is_bounded():
    with pytest.raises(wire.WireError, match="too many elements"):
        wire.pack([None] * (wire.MAX_NODES + 1), no_handle)


def test_size_is_bounded_and_said():
    with pytest.raises(wire.WireError, match=r"\d+ MB long, the limit is 64 MB"):
        wire.pack(np.broadcast_to(np.uint8(1), (wire.MAX_BYTES + 1,)), no_handle)


def test_a_tensor_of_an_exotic_dtype_is_refused_by_name():
    with pytest.raises(wire.WireError, match="float8_e4m3fn"):
        travel(torch.zeros(2).to(torch.float8_e4m3fn))


# Messages that are none

ARRAY = {"t": "array", "dtype": "<f8", "shape": [2], "b": 1}


@pytest.mark.parametrize("frames", [
    [], [b""], [b"{"], [b"\xff"], [b"NaN"], [b"1.5"], [b'[1]'], [b"{}"], [b'{"t": "object"}'], [b'{"t": ["list"]}'],
    message({"t": "list"}), message({"t": "list", "v": 1}), message({"t": "set", "v": [{"t": "list", "v": []}]}),
    message({"t": "dict", "v": [[1]]}), message({"t": "dict", "v": [[{"t": "list", "v": []}, 1]]}),
    message({"t": "int", "v": 5}), message({"t": "int", "v": "five"}), message({"t": "int", "v": "1" * 5000}),
    message({"t": "float", "v": 1}), message({"t": "float", "v": "one"}), message({"t": "complex", "v": ["0x0p+0"]}),
    message({"t": "bytes"}), message({"t": "bytes", "b": 1}), message({"t": "bytes", "b": "1"}, b"x"),
], ids=lambda frames: str(frames)[:40])
def test_a_malformed_message_is_refused(frames):
    refuses(frames)


@pytest.mark.parametrize("change", [
    {"dtype": "O"}, {"dtype": "|O8"}, {"dtype": "V8"}, {"dtype": "no"}, {"dtype": "M8[s]"}, {"dtype": "f8,O"},
    {"dtype": "<U0"}, {"dtype": ["<f8"]}, {"shape": [3]}, {"shape": [-1]}, {"shape": [-1, -2]}, {"shape": 2},
    {"shape": ["x"]}, {"shape": None}, {"b": 2}, {"b": 0.5}, {"b": None}, {"t": "tensor"},
    {"t": "tensor", "dtype": "float8", "grad": False}, {"t": "tensor", "dtype": "__class__", "grad": False},
    {"shape": [2**31, 2**33]}, {"shape": [0, 2**62]}, {"shape": [1] * 100 + [2]}, {"t": "tensor", "dtype": "int64",
                                                                                   "grad": True},
], ids=str)
def test_a_malformed_array_is_refused(change):
    assert wire.unpack(message(ARRAY, bytes(16)), no_handle).tolist() == [0, 0]
    refuses(message(ARRAY | change, bytes(16)))


def test_a_message_longer_than_the_limit_is_refused_unread():
    refuses([b"{", memoryview(np.broadcast_to(np.uint8(0), 1).copy()), _Long()])


class _Long(bytes):
    def __len__(self):
        return wire.MAX_BYTES


def test_a_text_of_millions_of_values_is_refused_before_it_is_parsed():
    text = b"[" + b"[]," * wire.MAX_MARKS + b"1]"
    began = time.perf_counter()
    with pytest.raises(wire.Swelling):
        wire.parse(text)
    assert time.perf_counter() - began < 1


def test_nesting_far_deeper_than_pythons_stack_is_refused():
    refuses([b'{"t": "list", "v": [' * 100_000])
    refuses([b"[" * 1_000_000])


@pytest.mark.parametrize("kind", ["set", "frozenset", "dict"])
def test_values_that_all_have_one_hash_are_refused_quickly(kind):
    modulus = (1 << 61) - 1  # Python's: all its multiples hash to 0
    numbers = [{"t": "int", "v": hex(modulus * k)} for k in range(20_000)]
    began = time.perf_counter()
    refuses(message({"t": kind, "v": [[n, 0] for n in numbers] if kind == "dict" else numbers}))
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize("kind", ["set", "dict"])
def test_values_of_which_half_have_one_hash_are_refused_quickly(kind):
    modulus = (1 << 61) - 1
    numbers = [*range(20_000), *({"t": "int", "v": hex(modulus * k)} for k in range(1, 20_000))]
    began = time.perf_counter()
    refuses(message({"t": kind, "v": [[n, 0] for n in numbers] if kind == "dict" else numbers}))
    assert time.perf_counter() - began < 2


def test_arrays_that_share_a_buffer_are_not_copied_without_end():
    size = wire.MAX_BYTES // 2
    array = {"t": "array", "dtype": "|S8", "shape": [size // 8], "b": 1}
    assert len(wire.unpack(message({"t": "list", "v": [array] * 2}, bytes(size)), no_handle)) == 2
    refuses(message({"t": "list", "v": [array] * 3}, bytes(size)))


def test_a_dtype_with_a_long_name_is_refused_before_numpy_reads_it():
    began = time.perf_counter()
    refuses(message(ARRAY | {"dtype": "f8," * 5_000_000}, bytes(16)))
    assert time.perf_counter() - began < 1


def test_a_handle_is_rebuilt_only_by_the_reader():
    refuses_handles = wire.WireError("no handles here")

    def from_handle(tree):
        raise refuses_handles

    with pytest.raises(wire.WireError, match="no handles here"):
        wire.unpack(message({"t": "handle", "id": 1}), from_handle)
