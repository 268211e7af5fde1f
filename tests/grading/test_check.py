"""The checks of hidden tests: what passes, what does not, and what the student reads then.

    pytest tests/grading/test_check.py
"""

import numpy as np
import pytest
import torch

from grading import check
from grading.check import CheckFailed
from grading.student import Handle

HANDLE = Handle(None, 1, "Net")
NAN, INF = float("nan"), float("inf")


def fails(function, *args, **options) -> str:
    """The sentence with which a check fails."""
    with pytest.raises(CheckFailed) as raised:
        function(*args, **options)
    return str(raised.value)


@pytest.mark.parametrize("found", [1.0, 1, True, np.float32(1), np.array(1.0), torch.tensor(1.0), torch.tensor(1),
                                   torch.tensor(1.0, dtype=torch.bfloat16), torch.tensor(1.0, requires_grad=True),
                                   1 + 1e-7, 1 + 0j], ids=repr)
def test_close_takes_every_honest_form_of_a_number(found):
    check.close(found, 1.0)


@pytest.mark.parametrize("found", [[[1, 2], [3, 4]], ((1, 2), (3, 4)), np.array([[1, 2], [3, 4]], np.float16),
                                   torch.tensor([[1, 2], [3, 4]]), [torch.tensor([1, 2]), np.array([3.0, 4.0])],
                                   [torch.tensor([1.0, 2.0], requires_grad=True), (3, 4)]], ids=repr)
def test_close_takes_every_honest_form_of_a_matrix(found):
    check.close(found, np.array([[1.0, 2.0], [3.0, 4.0]]))


@pytest.mark.parametrize("found, sentence", [
    (1.1, "the largest difference is 0.1"),
    (NAN, "nan or infinite values"),
    (INF, "nan or infinite values"),
    ([1.0], "shape (1,) instead of ()"),
    (None, "is a `return` missing?"),
    ("1.0", "expected numbers, found str"),
    (b"1", "expected numbers, found bytes"),
    ({"a": 1}, "expected numbers, found dict"),
    ({1}, "expected numbers, found set"),
    (HANDLE, "found <a Net of the student's>"),
    ([1, None], "None"),
    ([HANDLE], "Net"),
    ([[1, 2], [3]], "rows of different lengths"),
], ids=str)
def test_close_says_how_an_answer_differs(found, sentence):
    text = fails(check.close, found, 1.0, hint="the hint")
    assert sentence in text and text.startswith("the hint (")


def test_close_does_not_tell_the_expected_values():
    assert "41.5" not in fails(check.close, [1.0, 2.0], [41.5, 2.0]).replace("40", "")
    assert "secret" not in fails(check.equal, "a", "secret")


def test_close_has_a_tolerance_that_can_be_set():
    fails(check.close, 1.01, 1.0)
    check.close(1.01, 1.0, rtol=0.02)
    fails(check.close, 0.01, 0.0)
    check.close(0.01, 0.0, atol=0.02)


def test_close_takes_nan_for_nan_and_infinity_for_infinity_only():
    check.close([NAN, INF, -INF], [NAN, INF, -INF])
    fails(check.close, [NAN], [0.0])
    fails(check.close, [0.0], [NAN])
    fails(check.close, [INF], [-INF])


def test_close_does_not_broadcast():
    assert "shape (3,) instead of (3, 1)" in fails(check.close, np.ones(3), np.ones((3, 1)))
    fails(check.close, 1.0, np.ones(3))
    fails(check.close, [], np.ones(3))


def test_close_compares_complex_numbers_in_full():
    fails(check.close, 1 + 1j, 1.0)
    check.close(1 + 1j, 1 + 1j)


@pytest.mark.parametrize("found, expected", [
    (1, 1), (1.0, 1), (True, True), ("a", "a"), (b"a", b"a"), (None, None), ([1, 2], (1, 2)), ((1, [2]), [1, (2,)]),
    ({"a": [1]}, {"a": (1,)}), ({1, 2}, frozenset({2, 1})), ([], []), ({}, {}), (np.arange(3), np.arange(3.0)),
    (torch.arange(3), np.arange(3)), ([np.int64(1)], [1]), (NAN, NAN), ([], np.array([])),
], ids=str)
def test_equal_takes_the_same_plain_data(found, expected):
    check.equal(found, expected)


@pytest.mark.parametrize("found, expected", [
    (1, 2), ("1", 1), (1, "1"), ("a", b"a"), (None, 0), (0, None), ([1], [1, 2]), ([1, 2], [2, 1]), ([1], 1),
    ({"a": 1}, {"b": 1}), ({"a": 1}, {"a": 1, "b": 2}), ([1], {1}), ({1: 0}, {1}), (HANDLE, 1), ([HANDLE], [1]),
    (np.arange(3), np.arange(4)), (np.ones((1, 2)), np.ones(2)), (1, [1]), (NAN, 0.0), ("ab", ["a", "b"]),
    (np.array(["a"]), np.array([1])), (HANDLE, None), (HANDLE, "a"), ("", None),
], ids=str)
def test_equal_refuses_everything_else(found, expected):
    assert fails(check.equal, found, expected, hint="the hint").startswith("the hint (found ")


def test_what_was_found_is_said_in_brief():
    text = fails(check.equal, ["x" * 10_000] * 1000, [])
    assert len(text) < 100
    assert len(fails(check.equal, np.zeros((500, 500)), 1)) < 100
    assert "\n" not in fails(check.equal, "a\nb", "c")


@pytest.mark.parametrize("condition", [True, 1, 7, np.bool_(True)], ids=repr)
def test_true_takes_a_true_condition(condition):
    check.true(condition)


@pytest.mark.parametrize("condition", [False, 0, np.bool_(False), None, "yes", [1], 1.0, HANDLE, np.ones(1)], ids=repr)
def test_true_refuses_falsehood_and_what_is_no_condition(condition):
    assert "the hint" in fails(check.true, condition, "the hint")


def test_between_holds_at_its_ends_and_for_every_element():
    check.between(0.0, 0, 1)
    check.between([0, 0.5, 1], 0, 1)
    for found in (-1e-9, 1 + 1e-9, NAN, [0.5, 2], [0.5, NAN], [], 1j, None, HANDLE, "0.5"):
        assert "the hint" in fails(check.between, found, 0, 1, "the hint")


def test_more_excludes_its_bound_and_says_what_was_found():
    check.more([0.0201, INF], 0.02)
    for found in (0.02, -INF, NAN, [0.03, 0.01]):
        fails(check.more, found, 0.02)
    assert fails(check.more, np.float64(0.0191504), 0.02, "too few") == "too few (found 0.01915)"


def test_less_excludes_its_bound():
    check.less(0.0199, 0.02)
    check.less([0.0, -INF], 0.02)
    for found in (0.02, INF, NAN, [0.0, 0.02], None, []):
        fails(check.less, found, 0.02)


def test_shape_names_both_shapes():
    check.shape(np.zeros((2, 3)), [2, 3])
    check.shape([[1, 2]], (1, 2))
    assert fails(check.shape, np.zeros((3, 2)), (2, 3)) == "shape (3, 2) instead of (2, 3)"


def test_finite_refuses_nan_and_infinity():
    check.finite([1, 2.0])
    for found in (NAN, [1, INF], torch.tensor([-INF]), None):
        fails(check.finite, found)


SOURCE = "import torch.nn as nn\nfrom torch.nn.functional import relu as r\nlayer = nn.Linear(2, 3)\nfor x in y:\n    z"


@pytest.mark.parametrize("name", ["nn.Linear", "Linear", "nn", "relu", "y"])
def test_uses_finds_names_attributes_and_imports(name):
    check.uses(SOURCE, name)
    assert fails(check.avoids, SOURCE, "nothing", name, hint="without it") == f"without it (`{name}` is used)"


@pytest.mark.parametrize("text", ["predict = 1\nprint(predict)", "def predict(x):\n    return predict(x - 1)",
                                  "def f(predict):\n    return predict + 1", "for predict in range(3):\n    predict"])
def test_ones_own_variables_and_functions_may_have_any_name(text):
    check.uses(text, "predict")
    check.avoids(text, "predict")
    for taken in ("predict = net.predict", "from net import predict", "net.predict(x)"):
        assert "`predict` is used" in fails(check.avoids, f"{text}\n{taken}", "predict")


@pytest.mark.parametrize("name", ["torch.nn.Linear", "Conv2d", "import", "lin"])
def test_uses_is_not_satisfied_by_a_part_of_a_name_or_a_comment(name):
    text = SOURCE + f"\n# {name}\ntext = '{name}'"
    assert fails(check.uses, text, name, "do") == f"do (`{name}` is not used)"
    check.avoids(text, name)


@pytest.mark.parametrize("source", ["def f(:", "x = '\0'", "(" * 5000], ids=["syntax", "null byte", "too deep"])
def test_a_text_that_is_no_program_is_said_to_be_none(source):
    assert "not valid Python" in fails(check.uses, source, "x")
    assert "not valid Python" in fails(check.avoids, source, "x")


def test_a_failure_without_a_hint_says_what_was_found_and_one_without_more_is_the_hint():
    assert fails(check.true, False, "the hint") == "the hint"
    assert fails(check.shape, 1.0, (2,)) == "shape () instead of (2,)"
