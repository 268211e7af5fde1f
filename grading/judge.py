"""The judge: runs the hidden part of a test against the student's namespace at a distance.

It is a process of its own, holds the reference solution, and asks the sandbox for data. A verdict is made
of parts, each judged by itself; nothing a student's program does can end the judge or reach its memory.
"""

import ast
import contextlib
import functools
import io
import math
import random
import types
import zlib
from dataclasses import dataclass, field

import numpy as np

from grading import check
from grading.kernel import KernelDied, KernelTimeout
from grading.source import Assignment, Cell, parse
from grading.student import Channel, Student, StudentError


@dataclass
class PartVerdict:
    """What the student reads of one part: its name, passed or not, points, and why not."""

    name: str
    points: float
    passed: bool = False
    message: str = ""

    @property
    def score(self) -> float:
        return self.points if self.passed else 0.0


@dataclass
class Verdict:
    """One test's outcome. status: ok (judged), crashed, timeout, or unjudged (the judge could not go on).

    `person` says why somebody should look; the student does not lose anything by it.
    """

    parts: list[PartVerdict] = field(default_factory=list)
    status: str = "ok"
    message: str = ""
    person: str = ""

    @property
    def score(self) -> float:
        return math.fsum(part.score for part in self.parts)


def unjudged(test: Cell, status: str, message: str) -> Verdict:
    """No points for a test that could not be asked: every part is lost for the same stated reason."""
    return Verdict([PartVerdict(part.name, part.points, False, message) for part in test.parts], status, message)


def judge(assignment: Assignment, test: Cell, channel: Channel, source: str) -> Verdict:
    """Run one test's hidden part. Raises nothing that a submission could cause."""
    parts = {part.name: PartVerdict(part.name, part.points) for part in test.parts}
    verdict = Verdict(list(parts.values()))
    channel.timeout = test.timeout
    seed = zlib.crc32(f"{assignment.name}/{test.name}".encode())
    names = reference(assignment.text, assignment.name)
    scope = {**names.judge, "student": Student(channel), "reference": names.solution, "check": check,
             "rng": np.random.default_rng(seed), "source": source, "part": functools.partial(_part, parts, verdict)}
    scope.setdefault("np", np)
    scope.setdefault("math", math)
    if "torch" in names.solution.__dict__ or "torch" in test.hidden:
        import torch

        torch.manual_seed(seed)
        scope.setdefault("torch", torch)
    np.random.seed(seed)
    random.seed(seed)
    reason = ""
    try:
        channel.ask("begin", seed=seed)
        if list(parts) == [test.name] and "part(" not in test.hidden:
            with scope["part"](test.name, points=test.points):
                _execute(test, scope)
        else:
            _execute(test, scope)
    except _Stop as stop:
        verdict.status, reason = stop.status, str(stop)
    except (StudentError, check.CheckFailed, KernelDied, KernelTimeout) as error:
        verdict.status, reason = _status(error), _reason(error)
    except Exception as error:
        reason = "the answer had an unexpected form"
        verdict.person = f"the hidden test stopped: {type(error).__name__}: {error}"
    for part in parts.values():
        if not part.passed and not part.message:
            part.message = reason or "not reached"
    verdict.message = reason
    return verdict


class _Stop(Exception):
    """The kernel is gone: no further part can be asked."""

    def __init__(self, status, reason):
        super().__init__(reason)
        self.status = status


@contextlib.contextmanager
def _part(parts, verdict, name, points):
    """`with part("name", points=1):` — passes when its block ends without an exception."""
    part = parts[name]
    try:
        yield
        part.passed = True
    except (KernelDied, KernelTimeout) as error:
        part.message = _reason(error)
        if isinstance(error, KernelDied):
            raise _Stop("crashed", part.message) from error
        verdict.status = "timeout"
    except (StudentError, check.CheckFailed) as error:
        part.message = _reason(error)
    except Exception as error:  # comparing an answer of an unforeseen form: the part is lost, a person may look
        part.message = f"the answer had an unexpected form ({type(error).__name__})"
        verdict.person = f"part {name!r} of the hidden test stopped: {type(error).__name__}: {error}"


def _reason(error) -> str:
    if isinstance(error, KernelDied):
        return f"your code ended the notebook's process while it was being asked{f': {error}' if str(error) else ''}"
    if isinstance(error, KernelTimeout):
        return f"your code took too long: {error}"
    if isinstance(error, StudentError):
        return str(error) if str(error).startswith(("the ", "not ")) else f"your code raised {error}"
    return str(error)


def _status(error) -> str:
    return "crashed" if isinstance(error, KernelDied) else "timeout" if isinstance(error, KernelTimeout) else "ok"


def _execute(test: Cell, scope):
    exec(compile(test.hidden, f"<hidden test {test.name}>", "exec"), scope)


@dataclass(frozen=True)
class Names:
    """The reference solution's namespace, and the one of the `judge` cells' helpers."""

    solution: types.SimpleNamespace
    judge: dict


@functools.lru_cache(maxsize=8)
def reference(text: str, name: str) -> Names:
    """Run the given and solved cells of an assignment once in this process, and keep what they define."""
    import matplotlib

    matplotlib.use("Agg")
    assignment = parse(text, name)
    scope = {"__name__": f"reference_{name}", "display": lambda *args, **kwargs: None}
    judge_scope = {}
    for cell in assignment.of_kind("given", "exercise", "judge"):
        code = compile(ast.parse(cell.source), f"<{name}, line {cell.line}>", "exec")
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                if cell.kind == "judge":
                    judge_scope = judge_scope or {"np": np, "math": math, "check": check}
                    judge_scope["reference"] = types.SimpleNamespace(**scope)
                    exec(code, judge_scope)
                else:
                    exec(code, scope)
        except Exception as error:
            raise RuntimeError(f"{name}: the reference solution fails in the cell at line {cell.line} "
                               f"({cell.id}): {type(error).__name__}: {error}") from error
    import matplotlib.pyplot as plt

    plt.close("all")
    return Names(types.SimpleNamespace(**scope), judge_scope)
