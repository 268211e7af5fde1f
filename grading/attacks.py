"""The attack suite: hostile submissions put to the engine, and what stopped each of them, as observed.

`tests/attacks/cells/*.py` are percent files in the form of the probes (`hostile="…" exercise="…" loses="…"`, the
first comment says what it tries); `tests/attacks/submissions.py` has functions that spoil a whole folder. Every
attack hands in a folder, is read as a class's submissions are, and runs on the workers beside honest neighbours.
"""

import contextlib
import importlib.util
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import dask
import jupytext
import nbformat
from distributed import Client, as_completed

from grading.attack_places import Places, places
from grading.authoring import notebook
from grading.classroom import find
from grading.course import ROOT
from grading.grade import Result
from grading.nbgrader_plugin import refuse_links
from grading.probing import all_parts
from grading.sandbox import Limits, Sandbox
from grading.source import Assignment, load
from grading.workers import Task, cluster, grade_task

FOLDER = ROOT / "tests" / "attacks"
LIMITS = Limits(cell_seconds=3, notebook_seconds=20, memory=3 * 2**29, processes=64, open_files=128,
                file_size=16 * 2**20, disk=32 * 2**20, output=50_000)  # fmt: skip
GRACE = 15  # seconds over the notebook's limit: starting a kernel, obeying an interrupt, a busy machine
GROWTH = 400 * 2**20  # bytes that grading one submission may add to a worker's memory at its peak
MAX_RESULT = 24 * 2**20  # characters of one executed notebook
EVERY = 10  # after so many attacks an honest submission is graded
STOPS = {  # what an attempt met inside the sandbox -> the wall that it met
    r"No such file|NotADirectory": "mount namespace",
    r"Read-only file system": "read-only mounts",
    r"No such process|ProcessLookup": "PID namespace",
    r"unreachable|refused|ConnectionRefused": "network namespace",
    r"Operation not permitted|Permission denied|Function not implemented|Required key": "no rights",
    r"Invalid argument": "locked mounts",
    r"MemoryError|Cannot allocate": "limit: memory",
    r"temporarily unavailable|start new thread": "limit: processes",
    r"Too many open files": "limit: open files",
    r"No space left": "limit: disk",
    r"File too large": "limit: file size",
    r"nothing there": "private folders",
    r"StdinNotImplemented": "no input",
}
PRELUDE = '''\
PLACES = {places!r}


def attempt(what, action):
    """Say what `action` got, or what stopped it."""
    try:
        loot = action()
    except BaseException as error:
        print(f"=> stopped {{what}}: {{type(error).__name__}}: {{error}}")
    else:
        print(f"=> got {{what}}: {{str(loot)[:100]!r}}" if loot else f"=> stopped {{what}}: nothing there")


'''


@dataclass(frozen=True)
class Attack:
    """One hostile submission. `loses`: {"exercise/part", …}, exactly; `known` says why it is known to get through.

    texts: exercise id -> the text handed in; spoil(folder, notebook as a dict) changes the rest of the folder.
    """

    name: str
    tries: str
    assignment: Assignment
    loses: frozenset[str]
    known: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    spoil: Callable | None = None

    def hand_in(self, folder: Path, where: dict):
        """Write the submission's folder; `where` are the places that it may try to reach."""
        handed_in = notebook(self.assignment, released=True)
        solved = {cell.id: cell.source for cell in self.assignment.cells if cell.students}
        for exercise, text in self.texts.items():
            uses_places = "attempt(" in text or "PLACES" in text
            solved[exercise] = (PRELUDE.format(places=where) if uses_places else "") + text
        for cell in handed_in.cells:
            cell.source = solved.get(cell.id, cell.source)
        folder.mkdir(parents=True)
        path = folder / f"{self.assignment.name}.ipynb"
        checkpoints = FOLDER / "assignments" / self.assignment.name / "checkpoints"
        if checkpoints.is_dir():
            shutil.copytree(checkpoints, folder / "checkpoints")
        path.write_text(nbformat.writes(handed_in))
        if self.spoil:
            changed = self.spoil(folder, json.loads(path.read_text()), where)
            if changed is not None:
                path.write_bytes(changed if isinstance(changed, bytes) else json.dumps(changed).encode())


@dataclass
class Outcome:
    """What an attack got. `problems` is empty when it was stopped; `stopped_by` is read off the result."""

    attack: Attack
    stopped_by: str
    problems: list[str]
    seconds: float = 0.0


def hostile(assignment: str = "plain", loses: str = "", known: str = ""):
    """Marks a function of submissions.py as an attack: spoil(folder, notebook, places) -> changed notebook, bytes or None."""

    def mark(function):
        function.attack = (assignment, loses, known)
        return function

    return mark


def load_attacks() -> list[Attack]:
    """Every attack of the suite, in the order of their files."""
    assignments = {path.stem: load(path) for path in sorted((FOLDER / "assignments").glob("*.py"))}
    attacks = []
    for path in sorted((FOLDER / "cells").glob("*.py")):
        for cell in jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent").cells:
            if "hostile" in cell.metadata:
                exercise = cell.metadata["exercise"]
                assignment = next(a for a in assignments.values() for c in a.of_kind("exercise") if c.name == exercise)
                loses = _parts(assignment, cell.metadata.get("loses", ""), exercise)
                tries = " ".join(line[2:] for line in _first_comment(cell.source))
                attacks.append(Attack(f"{path.stem}/{cell.metadata['hostile']}", tries, assignment, loses,
                                      cell.metadata.get("known", ""), {exercise: cell.source}))
    spec = importlib.util.spec_from_file_location("attack_submissions", FOLDER / "submissions.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for function in vars(module).values():
        if hasattr(function, "attack"):
            name, loses, known = function.attack
            attacks.append(Attack("submissions/" + function.__name__.replace("_", "-"), function.__doc__.strip(),
                                  assignments[name], _parts(assignments[name], loses), known, spoil=function))
    return attacks
