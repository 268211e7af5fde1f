"""What the grader's tests share: a small assignment, and files that its students hand in.

Run them with `pytest tests/grading`; with `-m "not kernel"` those that need no sandbox, in seconds.
"""

import copy
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook, SubmittedAssignment

from grading import classroom, course, gradebook, rules
from grading.authoring import nbgrader_metadata, notebook
from grading.course import ROOT, nbgrader_config
from grading.sandbox import Limits, Sandbox
from grading.source import load

FILES = Path(__file__).parent / "files"
BIN = Path(sys.executable).parent


@pytest.fixture(scope="session")
def files():
    return FILES


@pytest.fixture(scope="session")
def mini():
    return load(FILES / "mini.py")


@pytest.fixture(scope="session")
def cells_of():
    """cells_of(assignment, texts={}, solved=True) -> the cells of a handed-in notebook, as plain dicts.

    The reference's answers, or the released stubs, with the text of the cells named in `texts` replaced.
    """

    def make(assignment, texts=None, solved=True):
        made = notebook(assignment, released=True)
        answers = {cell.id: cell.source for cell in assignment.cells if cell.students} if solved else {}
        answers |= texts or {}
        unknown = set(answers) - {cell.id for cell in made.cells}
        assert not unknown, f"no such cells: {unknown}"
        for cell in made.cells:
            cell.source = answers.get(cell.id, cell.source)
        return copy.deepcopy(json.loads(nbformat.writes(made))["cells"])

    return make


@pytest.fixture(scope="session")
def file_of():
    """file_of(cells) -> the bytes of a notebook with these cells."""

    def make(cells, **changes):
        return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | changes).encode()

    return make


@pytest.fixture(scope="session")
def hand_in(cells_of, file_of):
    """hand_in(assignment, {"double": "def double(x): …"}) -> the bytes of that submission."""

    def make(assignment, texts=None, solved=True):
        return file_of(cells_of(assignment, texts, solved))

    return make


@pytest.fixture(scope="session")
def sandbox():
    """Walls with small limits, so that what runs into one does so soon."""
    return Sandbox(limits=Limits(cell_seconds=2, notebook_seconds=120, memory=2**30, disk=32 * 2**20, output=20_000))


@pytest.fixture(scope="session")
def gradebook_of_mini(mini, tmp_path_factory):
    """A gradebook into which the small assignment is released; made once and quickly: for its version nbgrader starts
    a program that takes seconds."""
    path = tmp_path_factory.mktemp("gradebook") / "gradebook.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nbgrader.api.get_alembic_version", lambda: "none")
        with Gradebook(f"sqlite:///{path}", nbgrader_config().CourseDirectory.course_id) as book:
            release_into(book, mini)
    return path


@pytest.fixture
def classroom_of_mini(mini, gradebook_of_mini, tmp_path, monkeypatch):
    """A course in a temporary folder whose only assignment is the small one, released into its gradebook.

    `grading.classroom`, `grading.gradebook` and the command line work on it; the value is its folder.
    """
    nbgrader_config()  # is read once, from the real root
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "mini.py").write_text(mini.text, encoding="utf-8")
    build = tmp_path / "build"
    folders = {"SOLUTIONS": tmp_path / "solutions", "ASSIGNMENTS": tmp_path / "assignments", "BUILD": build,
               "SOURCE": build / "source", "SUBMITTED": build / "submitted", "AUTOGRADED": build / "autograded",
               "ATTEMPTS": build / "attempts", "UNKNOWN": build / "unknown",
               "FEEDBACK": build / "feedback", "RESULTS": build / "results", "REPORT": build / "report",
               "EXPORT": build / "export", "PROBES": tmp_path / "probes"}
    for module in (course, classroom, gradebook):
        for name, folder in folders.items():
            if hasattr(module, name):
                monkeypatch.setattr(module, name, folder)
    monkeypatch.setattr(course, "assignment_names", lambda: ["mini"])
    monkeypatch.setattr(rules, "FILE", tmp_path / "course.toml")
    monkeypatch.setattr(gradebook, "db_url", lambda: f"sqlite:///{build}/gradebook.db")
    build.mkdir()
    shutil.copy(gradebook_of_mini, build / "gradebook.db")
    return tmp_path


def release_into(book, assignment):
    """What nbgrader's generate_assignment writes into the gradebook."""
    name = assignment.name
    book.update_or_create_assignment(name)
    book.update_or_create_notebook(name, name)
    for cell in assignment.cells:
        if cell.graded:
            points = nbgrader_metadata(cell)["points"]
            book.update_or_create_grade_cell(cell.id, name, name, max_score=points, cell_type=cell.cell_type)
        if cell.students:
            book.update_or_create_solution_cell(cell.id, name, name)


def totals() -> dict[tuple[str, str], dict]:
    """What nbgrader says of each (assignment, student): score, max_score, needs_manual."""
    with gradebook.open_gradebook() as book:
        return {(s.assignment.name, s.student_id):
                {"score": s.score, "max_score": s.max_score, "needs_manual": s.needs_manual_grade}
                for s in book.db.query(SubmittedAssignment)}


def clean_environment(folder) -> dict[str, str]:
    """For programs run on the course in `folder`."""
    environment = {name: value for name, value in os.environ.items() if name not in ("COURSE_DB", "COURSE_DATA")}
    return environment | {"PYTHONPATH": str(folder), "JUPYTER_NO_CONFIG": "1"}


@pytest.fixture(scope="session")
def command():
    """command(folder, "course", "grade", …) -> what it printed; it must end with `code`, if one is given."""

    def run(folder, program, *arguments, code=0):
        done = subprocess.run([BIN / program, *arguments], cwd=folder, capture_output=True, text=True,
                              env=clean_environment(folder))
        said = done.stdout + done.stderr
        assert code is None or done.returncode == code, said
        return (done.returncode, said) if code is None else said

    return run


@pytest.fixture(scope="session")
def new_school(mini, command, tmp_path_factory):
    """new_school() -> the folder of a copied course in which the small assignment, `w99_mini`, has been released."""
    original = tmp_path_factory.mktemp("school") / "original"
    for name in ("grading", "common"):
        shutil.copytree(ROOT / name, original / name, ignore=shutil.ignore_patterns("__pycache__", "probes"))
    for name in ("nbgrader_config.py", "data/registry.toml"):
        (original / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, original / name)
    (original / "solutions").mkdir()
    (original / "solutions" / "w99_mini.py").write_text(mini.text, encoding="utf-8")
    command(original, "course", "release", "w99_mini")

    def copy():
        return shutil.copytree(original, tmp_path_factory.mktemp("school") / "course")

    return copy


@pytest.fixture
def submit(classroom_of_mini):
    """submit("ada", data, {"timestamp.txt": b"…"}) -> the folder of her submission for the small assignment."""

    def make(student, data=None, files=None, name="mini.ipynb"):
        folder = course.SUBMITTED / student / "mini"
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in ({name: data} if data is not None else {}).items() | (files or {}).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        return folder

    return make
