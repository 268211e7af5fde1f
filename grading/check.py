"""What hidden tests say of an answer. Each check passes silently or raises CheckFailed with a hint.

The student later reads the hint and how the answer's form differs (a shape, a type, a size of error), never
the expected values. Answers are plain data rebuilt by `grading.wire`, so comparing them runs no student code.
"""

import ast
import math
import reprlib

import numpy as np

from grading.student import Handle

BRIEF = reprlib.Repr()  # looks at the first items only: an answer may have millions
BRIEF.maxstring = BRIEF.maxother = BRIEF.maxlong = 80


class CheckFailed(AssertionError):
    """An answer is not what it should be. `hint` is the author's, `found` says how it differs."""

    def __init__(self, found: str, hint: str = ""):
        super().__init__(f"{hint} ({found})" if hint and found else hint or found)
        self.found, self.hint = found, hint


def numbers(value, hint="") -> np.ndarray:
    """An answer as an array of numbers. Refuses handles, texts, missing values and ragged lists."""
    if isinstance(value, Handle):
        raise CheckFailed(f"expected numbers, found {value!r}", hint)
    if value is None:
        raise CheckFailed("expected numbers, found None: is a `return` missing?", hint)
    if type(value).__module__ == "torch":
        value = value.detach().cpu().double().numpy() if value.is_floating_point() else value.detach().cpu().numpy()
    elif isinstance(value, list | tuple):
        value = [numbers(item, hint) for item in value]
    try:
        array = np.asarray(value)
    except (ValueError, TypeError):
        raise CheckFailed("expected an array of numbers, found rows of different lengths", hint) from None
    if array.dtype.kind not in "biufc":
        raise CheckFailed(f"expected numbers, found {type(value).__name__}", hint)
    return array


def close(found, expected, *, rtol=1e-4, atol=1e-6, hint=""):
    """Equal up to a tolerance: |found - expected| <= atol + rtol·|expected|, nan equal to nan, shapes alike."""
    theirs, ours = numbers(found, hint), numbers(expected)
    shape(theirs, ours.shape, hint)
    theirs, ours = theirs.astype(np.result_type(theirs, float)), ours.astype(np.result_type(ours, float))
    if not np.allclose(theirs, ours, rtol=rtol, atol=atol, equal_nan=True):
        with np.errstate(all="ignore"):
            worst = np.max(np.abs(theirs - ours))
        how = f"the largest difference is {worst:.2g}" if np.isfinite(worst) else "nan or infinite values"
        raise CheckFailed(how, hint)


def equal(found, expected, hint=""):
    """Exactly equal plain data: numbers, strings, lists, tuples, dicts, sets, arrays; a list equals a tuple."""
    if not _same(found, expected):
        raise CheckFailed(f"found {_brief(found)}", hint)


def _same(found, expected) -> bool:
    if isinstance(found, Handle):
        return False
    if isinstance(expected, list | tuple):
        return (isinstance(found, list | tuple) and len(found) == len(expected)
                and all(_same(f, e) for f, e in zip(found, expected, strict=True)))
    if isinstance(expected, dict):
        return (isinstance(found, dict) and found.keys() == expected.keys()
                and all(_same(found[key], expected[key]) for key in expected))
    if isinstance(expected, set | frozenset):
        return isinstance(found, set | frozenset) and found == expected
    if isinstance(expected, str | bytes) or expected is None:
        return type(found) is type(expected) and found == expected
    try:
        theirs, ours = numbers(found), numbers(expected)
    except CheckFailed:
        return False
    return theirs.shape == ours.shape and bool(np.array_equal(theirs, ours, equal_nan=theirs.dtype.kind in "fc"))


def true(condition, hint=""):
    """A bare condition on plain data; the hint has to say what it means."""
    if isinstance(condition, Handle) or not isinstance(condition, bool | np.bool_ | int):
        raise CheckFailed(f"found {_brief(condition)}", hint)
    if not condition:
        raise CheckFailed("", hint)


def between(found, low, high, hint=""):
    """A number (or every number of an array) in [low, high]; nan is outside."""
    array = numbers(found, hint)
    if array.size == 0 or array.dtype.kind == "c" or not bool(np.all((array >= low) & (array <= high))):
        raise CheckFailed(f"found {_brief(found)}", hint)


def less(found, bound, hint=""):
    """A number (or every number of an array) below `bound`; nan is not."""
    between(found, -math.inf, np.nextafter(bound, -math.inf), hint)


def more(found, bound, hint=""):
    """A number (or every number of an array) above `bound`; nan is not."""
    between(found, np.nextafter(bound, math.inf), math.inf, hint)


def shape(found, expected, hint=""):
    expected = tuple(expected)
    if (has := numbers(found, hint).shape) != expected:
        raise CheckFailed(f"shape {has} instead of {expected}", hint)


def finite(found, hint=""):
    if not np.all(np.isfinite(numbers(found, hint))):
        raise CheckFailed("nan or infinite values", hint)


def uses(source: str, name: str, hint=""):
    """The student's text uses `name` (`nn.Linear` means that attribute; `Linear` any attribute or name)."""
    if name not in _names(source, hint):
        raise CheckFailed(f"`{name}` is not used", hint)


def avoids(source: str, *names: str, hint=""):
    """The student's text uses none of the names, but for its own variables and functions of such a name.

    A rule about form: it can be evaded, and is for honest people.
    """
    found = _names(source, hint, own=False)
    for name in names:
        if name in found:
            raise CheckFailed(f"`{name}` is used", hint)


def _names(source, hint, own=True) -> set[str]:
    """Every name and dotted name in a text, and each one's last word, imports under other names included.

    Without `own`, a bare name that the text itself gives to a variable, an argument or a function is left out.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise CheckFailed("the cell is not valid Python", hint) from None
    found, bare, bound = set(), set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (bare if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            bound.add(node.name)
        elif isinstance(node, ast.Attribute):
            found |= {node.attr, ast.unparse(node)}
        elif isinstance(node, ast.alias):
            found |= {node.name, node.name.rpartition(".")[2]}
    return found | (bare | bound if own else bare - bound)


def _brief(value) -> str:
    if isinstance(value, float | np.floating):
        return f"{value:.4g}"
    text = " ".join(BRIEF.repr(value).split())
    return text if len(text) <= 60 else text[:57] + "…"
