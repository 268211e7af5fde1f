"""From solutions/ to assignments/: nbgrader's generate_assignment, then a look for what must not be there."""

import ast
import json
from pathlib import Path

import nbformat

from grading.authoring import build
from grading.course import ASSIGNMENTS, ROOT, SOLUTIONS, SOURCE, nbgrader
from grading.gradebook import open_gradebook, text_may_change
from grading.regions import BEGIN_HIDDEN, BEGIN_SOLUTION, END_HIDDEN, END_SOLUTION
from grading.rules import load_rules
from grading.source import Assignment, load


class Leak(Exception):
    """A released file holds something that students must not see, or is broken."""


def release(name: str) -> Path:
    """Build, release and check one assignment; the path of the student's notebook."""
    assignment = build(SOLUTIONS / f"{name}.py", SOURCE, load_rules().bundle)
    with open_gradebook() as gradebook:
        text_may_change(gradebook, assignment)
    outcome = nbgrader().generate_assignment(name, force=True, create=True)
    if not outcome["success"]:
        raise RuntimeError(f"nbgrader generate_assignment {name} failed:\n{outcome.get('log') or outcome['error']}")
    path = ASSIGNMENTS / name / f"{name}.ipynb"
    check_leaks(assignment, path)
    return path


def as_released(name: str) -> Assignment:
    """The assignment with the address of the students' bundle in its first cell, as `release` writes it."""
    return load(SOLUTIONS / f"{name}.py", load_rules().bundle)


def check_leaks(assignment: Assignment, path: Path):
    """Raises Leak unless the released notebook is sound and free of solutions and hidden tests."""
    text = path.read_text(encoding="utf-8")
    ids = [cell.get("id") for cell in json.loads(text)["cells"]]  # as written: nbformat gives repeated ones new ids
    if len(set(ids)) != len(ids):
        raise Leak(f"{_short(path)}: repeated cell ids")
    expected = {cell.id: cell.released for cell in assignment.cells if cell.kind != "judge"}
    if ids != list(expected):
        raise Leak(f"{_short(path)}: other cells than solutions/{assignment.name}.py releases")
    notebook, secret = nbformat.reads(text, as_version=4), secret_lines(assignment)
    for cell, source in zip(notebook.cells, expected.values(), strict=True):
        if cell.cell_type == "code":
            try:
                ast.parse(cell.source)
            except SyntaxError as error:
                raise Leak(f"{_short(path)}: cell {cell.id!r} does not parse: {error}") from error
        for line in cell.source.splitlines():
            if line.strip() in secret:
                raise Leak(f"{_short(path)}: cell {cell.id!r} shows a line of a solution or hidden test: {line!r}")
        if cell.source.strip() != source.strip():
            raise Leak(f"{_short(path)}: cell {cell.id!r} is not what solutions/{assignment.name}.py releases")
        if cell.get("outputs"):
            raise Leak(f"{_short(path)}: cell {cell.id!r} has outputs")
    for word in (BEGIN_SOLUTION, END_SOLUTION, BEGIN_HIDDEN, END_HIDDEN):
        if word in text:
            raise Leak(f"{_short(path)}: holds {word!r}")


def secret_lines(assignment: Assignment) -> set[str]:
    """Lines of solutions, hidden tests and judge cells that say something (not `else:`) and are not released too."""
    shown = [cell for cell in assignment.cells if cell.kind != "judge"]
    released = {line.strip() for cell in shown for line in cell.released.splitlines()}
    written = {line.strip() for cell in assignment.cells for line in cell.source.splitlines()}
    return {line for line in written - released if len(line) > 12}


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
