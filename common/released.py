"""The assignments as they were released, and the files in which students work on them."""

import json
import re
import subprocess
import warnings
from dataclasses import dataclass
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
ASSIGNMENTS = ROOT / "assignments"  # where students write
ORIGINALS = ROOT / "common" / "originals"  # in the students' bundle: the notebooks as they were given out
MAX_NOTEBOOK = 100 * 2**20  # bytes of one notebook: a longer one is not graded
CARD = re.compile(
    r"^### Exercise (?P<number>\d+) · (?P<title>.+?) · (?P<points>\d+(?:\.\d+)?) (?P<bonus>bonus )?points?"
    r" · about (?P<minutes>\d+) minutes\s*$",
    re.MULTILINE,
)


class Trouble(Exception):
    """Something that the person at the keyboard can put right; shown as one line."""


@dataclass(frozen=True)
class Cell:
    """A cell as it was released. kind: text, setup, given, exercise, test, answer, show or train."""

    kind: str
    id: str
    cell_type: str
    released: str
    points: float

    @property
    def source(self):
        return self.released

    @property
    def students(self):
        """Whether the student writes in it."""
        return self.kind in ("exercise", "answer", "train")


def path_of(name):
    """The notebook in which the student works. Raises Trouble when there is no such assignment."""
    names = sorted(path.parent.name for path in ASSIGNMENTS.glob("*/*.ipynb") if path.stem == path.parent.name)
    if name not in names:
        said = f"there is no assignment {name!r}" if name else "say which assignment: NAME=…"
        raise Trouble(f"{said}; there are {', '.join(names) or 'none in ' + str(ASSIGNMENTS)}")
    return ASSIGNMENTS / name / f"{name}.ipynb"


def original(name):
    """The notebook as it was released, an nbformat node: from the bundle or, in a clone, as it was committed."""
    kept = ORIGINALS / f"{name}.ipynb"
    if kept.is_file():
        return read_notebook(kept)
    command = ["git", "-C", str(ROOT), "show", f"HEAD:assignments/{name}/{name}.ipynb"]
    try:
        return nbformat.reads(subprocess.run(command, capture_output=True, check=True).stdout.decode(), as_version=4)
    except (OSError, subprocess.CalledProcessError):
        raise Trouble(f"the original of {name} is missing ({kept}): get the course's folder anew, and put your "
                      f"notebook into it") from None


def read_notebook(path):
    """A notebook file as an nbformat node. Raises Trouble, saying what the file is instead."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise Trouble(f"{path} is not a notebook: it is not text") from None
    if not text.strip():
        raise Trouble(f"{path} is empty: save the notebook in Jupyter")
    try:
        document = json.loads(text)
    except ValueError as error:
        raise Trouble(f"{path} is not a notebook: it is not valid JSON ({error}). Take an earlier copy, for instance "
                      f"from .ipynb_checkpoints beside it") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about repeated ids: repair sees to them
            return nbformat.reads(json.dumps(document), as_version=4)
    except Exception as error:  # nbformat raises many kinds
        raise Trouble(f"{path} is JSON, but not a notebook: {error}") from None


def cells_of(notebook):
    """The cells of a released notebook: a dict from id to Cell, in their order."""
    cells = {}
    for node in notebook.cells:
        points = node.metadata.get("nbgrader", {}).get("points", 0.0)
        cells[node.id] = Cell(node.metadata.course.kind, node.id, node.cell_type, node.source, points)
    return cells
