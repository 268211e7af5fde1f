"""Grade one submission: (the submitted file, the author's file) -> (executed notebook, verdicts, log).

A pure function: no shared folder, no database. Everything that a submission can do wrong ends in a row
with a sentence, never in an exception.
"""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from grading import judge, verdicts
from grading.kernel import CellRun, Kernel
from grading.sandbox import Sandbox
from grading.source import Assignment, Cell
from grading.student import Channel
from grading.submission import BadSubmission, Item, Rebuilt, read, rebuild

MAX_DEATHS = 3  # of a notebook's kernel; each costs a restart and running the earlier cells again
MAX_CHECKPOINT = 32 * 2**20  # bytes of one handed-in checkpoint
RUNS = ("given", "exercise", "train", "test", "added")


@dataclass
class CellResult:
    """One graded cell. score is None while a person has to mark it.

    status: ok, crashed, timeout, unjudged, person (to be marked by hand) or empty (no answer was written).
    visible: whether the visible part of the test passed in the student's kernel (worth nothing, and could be faked: it
    tells about tests, not about students); None where it was not run.
    """

    id: str
    score: float | None
    max: float
    parts: list[dict] = field(default_factory=list)
    status: str = "ok"
    message: str = ""
    visible: bool | None = None


@dataclass
class Result:
    """What grading one submission gave. `seconds` says where the time went; `person` why somebody should look."""

    assignment: str
    student: str
    cells: list[CellResult]
    notebook: dict
    max_score: float
    notes: list[str] = field(default_factory=list)
    person: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def score(self) -> float:
        """The automatic points; a person's come on top in the gradebook."""
        return sum(cell.score or 0.0 for cell in self.cells)

    def to_json(self) -> dict:
        cells = [asdict(cell) for cell in self.cells]
        return {"assignment": self.assignment, "score": self.score, "max_score": self.max_score, "cells": cells,
                "notes": self.notes, "person": self.person}


def grade(assignment: Assignment, data: bytes | None, sandbox: Sandbox, student: str = "",
          checkpoints: Mapping[str, bytes] | None = None, progress=None) -> Result:
    """Grade the bytes of one submitted notebook (None: nothing was handed in).

    `checkpoints` are the safetensors files handed in with it, by the names of their train cells;
    `progress(text)` is told what is being graded. Raises only when the grader itself cannot work: no walls
    (`NoWalls`), or a reference solution that fails.
    """
    began = time.perf_counter()
    try:
        rebuilt = rebuild(assignment, read(data))
    except BadSubmission as bad:
        return refused(assignment, str(bad), student)
    judge.reference(assignment.text, assignment.name)
    ready = time.perf_counter()
    sandbox = replace(sandbox, checkpoints=_checkpoints(assignment, checkpoints or {}, rebuilt.notes))
    run = _Run(assignment, sandbox, progress or (lambda text: None))
    run.notebook(rebuilt)
    run.seconds |= {"reference": ready - began, "all": time.perf_counter() - began}
    return _result(run, rebuilt, student)


def refused(assignment: Assignment, sentence: str, student: str = "", person: str = "") -> Result:
    """The result of a submission that is not run at all: nothing earned, and the reason in each cell."""
    rebuilt = rebuild(assignment, [])
    rebuilt.notes[:] = [sentence]
    run = _Run(assignment, Sandbox(), lambda text: None)
    run.person += [person] if person else []
    for item in rebuilt.items:
        if item.kind == "test":
            run.add(item.cell, judge.unjudged(item.cell, "unjudged", sentence))
        elif item.kind == "answer":
            run.cells.append(CellResult(item.cell.id, 0.0, _points(item.cell), status="empty", message=sentence))
    return _result(run, rebuilt, student)


def _result(run: "_Run", rebuilt: Rebuilt, student: str) -> Result:
    executed = verdicts.notebook(rebuilt, run.outputs, run.cells)
    return Result(run.assignment.name, student, run.cells, executed, run.assignment.max_score, rebuilt.notes,
                  run.person, run.seconds)


def _checkpoints(assignment: Assignment, handed_in: Mapping[str, bytes], notes) -> tuple[tuple[str, bytes], ...]:
    """The handed-in checkpoints that the assignment asks for."""
    kept = []
    for name in (cell.name for cell in assignment.of_kind("train")):
        data = handed_in.get(name)
        if data is None:
            notes.append(f"No checkpoint `{name}.safetensors` was handed in: run its training cell to the end.")
        elif len(data) > MAX_CHECKPOINT:
            notes.append(f"The checkpoint `{name}` is larger than {MAX_CHECKPOINT // 2**20} MB: it was not used.")
        else:
            kept.append((name, data))
    return tuple(kept)


class _Run:
    """The state of one submission while it is graded: its kernel, what came out, and the time left."""

    def __init__(self, assignment: Assignment, sandbox: Sandbox, progress):
        self.assignment, self.sandbox, self.progress = assignment, sandbox, progress
        self.outputs: dict[int, CellRun] = {}
        self.cells: list[CellResult] = []
        self.person: list[str] = []
        self.seconds = {"kernel": 0.0, "cells": 0.0, "judge": 0.0, "reference": 0.0, "all": 0.0}
        self.kernel: Kernel | None = None
        self.poisoned: set[int] = set()  # cells that ended or hung the kernel: not run again
        self.deaths = 0
        self.deadline = time.monotonic() + sandbox.limits.notebook_seconds

    def notebook(self, rebuilt: Rebuilt):
        try:
            for position, item in enumerate(rebuilt.items):
                if item.cell_type == "code" and item.kind in RUNS:
                    self.run_cell(rebuilt.items, position)
                if item.kind == "test":
                    self.progress(item.cell.name)
                    self.judge_test(rebuilt, position)
                elif item.kind == "answer":
                    self.answer(item)
        finally:
            self.stop()

    def run_cell(self, items: list[Item], position: int):
        if not self.ready(items, position):
            self.outputs[position] = CellRun("skipped")
            return
        began = time.perf_counter()
        item, limits = items[position], self.sandbox.limits
        allowed = item.cell.timeout if item.kind == "test" else limits.cell_seconds
        timeout = min(allowed, max(self.deadline - time.monotonic(), 1.0))
        result = self.outputs[position] = self.kernel.run(_code(item), timeout)
        self.seconds["cells"] += time.perf_counter() - began
        if result.status in ("dead", "timeout"):
            self.poisoned.add(position)
        if result.status == "dead":
            self.died()

    def ready(self, items: list[Item], position: int) -> bool:
        """A living kernel in which the cells before `position` have run; False when there can be none."""
        while self.kernel is None:
            if self.deaths > MAX_DEATHS or time.monotonic() > self.deadline:
                return False
            began = time.perf_counter()
            kernel = Kernel(self.sandbox)
            kernel.__enter__()
            self.kernel = kernel
            seconds = time.perf_counter() - began
            self.seconds["kernel"] += seconds
            self.deadline += seconds  # starting is our time, not the student's
            self.replay(items[:position])
        return time.monotonic() < self.deadline

    def replay(self, items: list[Item]):
        for position, item in enumerate(items):
            runs = item.cell_type == "code" and item.kind in RUNS and position not in self.poisoned
            if runs and self.kernel.run(_code(item)).status in ("dead", "timeout"):
                self.poisoned.add(position)
                if not self.kernel.alive:
                    self.died()
                    return

    def died(self):
        self.deaths += 1
        self.stop()

    def stop(self):
        if self.kernel is not None:
            self.kernel.__exit__(None, None, None)
            self.kernel = None

    def judge_test(self, rebuilt: Rebuilt, position: int):
        test = rebuilt.items[position].cell
        visible = {"ok": True, "skipped": None}.get(self.outputs[position].status, False)
        if not self.ready(rebuilt.items, position):
            late = time.monotonic() >= self.deadline
            status, why = ("timeout", f"the notebook ran longer than {self.sandbox.limits.notebook_seconds:.0f} s") \
                if late else ("crashed", f"the notebook's process ended {self.deaths} times, so we gave up")
            self.add(test, judge.unjudged(test, status, why), visible)
            return
        began = time.perf_counter()
        verdict = judge.judge(self.assignment, test, Channel(self.kernel, self.deadline), rebuilt.source(test.name))
        self.seconds["judge"] += time.perf_counter() - began
        if not self.kernel.alive:
            self.died()
        stopped = self.stopped(rebuilt.items, test.name)
        if stopped and verdict.score < test.points:
            verdict.message = " ".join(filter(None, [stopped, verdict.message]))
            verdict.status = "crashed" if "ended" in stopped else "timeout" if "time" in stopped else verdict.status
        self.add(test, verdict, visible)

    def stopped(self, items: list[Item], name: str) -> str:
        """How the student's own cell of an exercise ended, when it did not end well."""
        for position, item in enumerate(items):
            if item.kind == "exercise" and item.cell.name == name and (result := self.outputs.get(position)):
                why = f": {result.error}" if result.error else ""
                return {"error": f"Your cell stopped with {result.error}.",
                        "timeout": "Your cell ran out of time and was interrupted.",
                        "dead": f"Your cell ended the notebook's process{why}."}.get(result.status, "")
        return ""

    def answer(self, item: Item):
        empty = item.source.strip() == item.cell.released.strip()
        self.cells.append(CellResult(item.cell.id, 0.0 if empty else None, _points(item.cell),
                                     status="empty" if empty else "person"))

    def add(self, test: Cell, verdict: judge.Verdict, visible: bool | None = None):
        parts = [{"name": p.name, "score": p.score, "max": p.points, "passed": p.passed, "message": p.message}
                 for p in verdict.parts]
        self.cells.append(CellResult(test.id, verdict.score, test.points, parts, verdict.status, verdict.message,
                                     visible))
        if verdict.person:
            self.person.append(f"{test.id}: {verdict.person}")


def _code(item: Item) -> str:
    return item.cell.restore if item.kind == "train" else item.source


def _points(cell: Cell) -> float:
    return 0.0 if cell.bonus else cell.points
