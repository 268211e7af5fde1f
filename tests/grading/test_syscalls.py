"""The filter of calls: what it says of each, by running it as Linux does.

    pytest tests/grading/test_syscalls.py
"""

import struct

import pytest

from grading import syscalls
from grading.syscalls import ALLOW, ASK, MACHINES, SAME, SHARED, UNKNOWN_CALL, program, program_for_many

REACHED = {"x86_64": {"read": 0, "sendmsg": 46, "prctl": 157}, "aarch64": {"read": 63, "sendmsg": 211, "prctl": 167}}


def verdict(machine, call, first=0, second=0, fourth=0, number=None, of=program):
    """What the filter returns for a call with these arguments."""
    data = struct.pack("IIQQQQQQQ", call, number or MACHINES[machine][0], 0, first, second, 0, fourth, 0, 0)
    steps, place, value = list(struct.iter_unpack("HBBI", of(machine))), 0, 0
    while True:
        code, yes, no, operand = steps[place]
        place += 1
        if code == syscalls.RETURN:
            return operand
        if code == syscalls.LOAD:
            (value,) = struct.unpack_from("I", data, operand)
        else:
            holds = {syscalls.EQUAL: value == operand, syscalls.AT_LEAST: value >= operand,
                     syscalls.ANY_BIT: bool(value & operand)}[code]  # fmt: skip
            place += yes if holds else no


@pytest.mark.parametrize("machine", MACHINES)
def test_each_forbidden_call_is_unknown_and_others_are_not(machine):
    forbidden = [*MACHINES[machine][4].values(), *SAME.values()]
    assert {verdict(machine, call) for call in forbidden} == {UNKNOWN_CALL}
    assert {verdict(machine, call) for call in REACHED[machine].values()} == {ALLOW}


@pytest.mark.parametrize("machine", MACHINES)
def test_clone_makes_processes_and_threads_but_no_namespaces(machine):
    clone = MACHINES[machine][1]
    assert verdict(machine, clone, first=0x01200011) == ALLOW, "fork"
    assert verdict(machine, clone, first=0x003D0F00) == ALLOW, "a thread"
    assert verdict(machine, clone, first=0x10000000 | 17) == UNKNOWN_CALL, "a user namespace"


@pytest.mark.parametrize("machine", MACHINES)
def test_memory_is_mapped_but_not_shared_without_a_name(machine):
    mmap = MACHINES[machine][2]
    assert verdict(machine, mmap, fourth=0x22) == ALLOW, "private memory"
    assert verdict(machine, mmap, fourth=0x01) == ALLOW, "a shared file"
    assert verdict(machine, mmap, fourth=0x21) == UNKNOWN_CALL


def test_calls_of_other_machines_are_unknown():
    assert verdict("x86_64", 0, number=0x40000003) == UNKNOWN_CALL, "32-bit programs"
    assert verdict("x86_64", 0x40000000) == UNKNOWN_CALL, "x32"


@pytest.mark.parametrize("machine", MACHINES)
def test_where_kernels_share_a_user_each_new_watch_is_asked_for_and_no_descriptors_are_sent(machine):
    watch, *sends = SHARED[machine]
    said = {op: verdict(machine, watch, second=op, of=program_for_many) for op in (1, 2, 3)}
    assert said == {1: ASK, 2: ALLOW, 3: ALLOW}, "add, delete, modify"
    assert {verdict(machine, call, of=program_for_many) for call in sends} == {UNKNOWN_CALL}
    assert verdict(machine, REACHED[machine]["read"], second=1, of=program_for_many) == ALLOW
