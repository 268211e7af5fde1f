"""What the grader's tests share: a small assignment, and files that its students hand in.

Run them with `pytest tests/grading`; with `-m "not kernel"` those that need no sandbox, in seconds.
"""

import copy
import json
from pathlib import Path

import nbformat
import pytest

from grading.authoring import notebook
from grading.sandbox import Limits, Sandbox
from grading.source import load

FILES = Path(__file__).parent / "files"


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
