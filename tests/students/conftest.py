"""A students' folder with one small assignment, and notebooks that come out of it broken on purpose."""

import copy
from pathlib import Path

import nbformat
import pytest

from common import handin, released
from grading.authoring import notebook
from grading.source import load

MINI = Path(__file__).parents[1] / "grading" / "files" / "mini.py"


@pytest.fixture(scope="session")
def mini():
    return load(MINI)


@pytest.fixture(scope="session")
def original(mini):
    """The small assignment as it is released."""
    return notebook(mini, released=True)


@pytest.fixture
def solve(original):
    """solve(double="def double(x): …") -> the released notebook with these texts in its cells."""

    def make(**texts):
        made = copy.deepcopy(original)
        for cell in made.cells:
            cell.source = texts.get(cell.id, cell.source)
        return made

    return make


@pytest.fixture
def folder(original, tmp_path, monkeypatch):
    """A students' folder: their notebook not begun, the original put by."""
    for module, name, path in [(released, "ROOT", ""), (released, "ASSIGNMENTS", "assignments"),
                               (released, "ORIGINALS", "common/originals"), (handin, "ROOT", ""),
                               (handin, "STUDENT", "student.toml"), (handin, "HAND_IN", "to-hand-in")]:
        monkeypatch.setattr(module, name, tmp_path / path)
    for path in ("assignments/mini/mini.ipynb", "common/originals/mini.ipynb"):
        (tmp_path / path).parent.mkdir(parents=True)
        nbformat.write(original, tmp_path / path)
    (tmp_path / "student.toml").write_text('name = "Ada Lovelace"\nnumber = "1815"\n')
    return tmp_path
