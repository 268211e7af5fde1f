"""What was handed in, reduced to what counts: the text of the student's own cells.

The notebook that will run is rebuilt from the released source; the student's text is put in by cell id or,
when ids are lost, by likeness. Metadata, tags, outputs (but for pictures kept for people to look at), kernel
names and edits of locked cells are ignored. Whatever was mended is told in a note.
"""

import base64
from dataclasses import dataclass, field

from common.matching import match, plain
from common.released import MAX_NOTEBOOK
from grading.source import Assignment, Cell
from grading.wire import Swelling, parse

MAX_FILE = MAX_NOTEBOOK
MAX_CELL = 2**20  # characters of one cell
MAX_ADDED = 300  # cells of the student's own making
MAX_PICTURES = 8 * 2**20  # characters of kept pictures, base64


class BadSubmission(ValueError):
    """Nothing can be read from the file; the text is a sentence for the student."""


@dataclass
class Item:
    """One cell of the notebook that will run: a released cell, or one that the student added (cell is None)."""

    cell: Cell | None
    cell_type: str
    source: str
    outputs: list = field(default_factory=list)

    @property
    def kind(self) -> str:
        return self.cell.kind if self.cell else "added"


@dataclass
class Rebuilt:
    items: list[Item]
    notes: list[str]

    def source(self, name: str) -> str:
        """The student's text of an exercise, with the cells they added right before it left out."""
        return next((i.source for i in self.items if i.kind == "exercise" and i.cell.name == name), "")


@dataclass
class _Handed:
    """A submitted cell as it came."""

    cell_type: str
    source: str
    ids: list[str]
    outputs: list


def read(data: bytes | None) -> list[_Handed]:
    """The cells of a submitted file, whatever its format version. Raises BadSubmission."""
    if data is None:
        raise BadSubmission("Nothing was handed in for this assignment.")
    if not data.strip():
        raise BadSubmission("The file is empty. Save the notebook in Jupyter and hand it in again.")
    if len(data) > MAX_FILE:
        raise BadSubmission(f"The file is larger than {MAX_FILE // 2**20} MB. Clear its outputs and hand it in again.")
    try:
        notebook = parse(data)
    except Swelling:
        raise BadSubmission("The file holds millions of values. Clear its outputs and hand it in again.") from None
    except (ValueError, RecursionError, MemoryError):
        raise BadSubmission("The file is not a notebook: it is not valid JSON. Save the notebook in Jupyter (not a "
                            "copy of its text or a Word document) and hand in the .ipynb file.") from None
    cells = _dict(notebook).get("cells")
    if cells is None:  # nbformat 3 and older keep them in worksheets
        sheets = _list(_dict(notebook).get("worksheets"))
        cells = [cell for sheet in sheets for cell in _list(_dict(sheet).get("cells"))] if sheets else None
    if not isinstance(cells, list):
        raise BadSubmission("The file is JSON but not a notebook: it has no cells.")
    return [_handed(_dict(cell)) for cell in cells]


def _handed(cell) -> _Handed:
    source = cell.get("source") or cell.get("input") or ""
    source = "".join(map(str, source)) if isinstance(source, list) else str(source)
    ids = [_dict(_dict(cell.get("metadata")).get("nbgrader")).get("grade_id"), cell.get("id")]
    cell_type = "code" if cell.get("cell_type") == "code" else "markdown"
    # Surrogates cannot be encoded again; null bytes do not belong in a program.
    source = source.encode("utf-8", "replace").decode().replace("\0", "")
    return _Handed(cell_type, source, [i for i in ids if isinstance(i, str)], _list(cell.get("outputs")))


def _dict(value) -> dict:
    return value if isinstance(value, dict) else {}


def _list(value) -> list:
    return value if isinstance(value, list) else []


def rebuild(assignment: Assignment, handed: list[_Handed]) -> Rebuilt:
    """The released notebook with the student's text put in."""
    released = {cell.id: cell for cell in assignment.cells if cell.kind != "judge"}
    notes: list[str] = []
    place = _place(released, handed, notes)  # index of submitted cell -> id of released cell

    texts: dict[str, list[int]] = {cell_id: [] for cell_id in released}
    for index, cell_id in place.items():
        texts[cell_id].append(index)
    added: dict[str | None, list[Item]] = {}
    anchor = None
    for index, cell in enumerate(handed):
        if index in place:
            anchor = place[index]
        elif cell.source.strip():
            added.setdefault(anchor, []).append(Item(None, cell.cell_type, cell.source))

    items = added.get(None, [])
    budget = [MAX_PICTURES]
    for cell_id, cell in released.items():
        mine = [handed[index] for index in texts[cell_id]]
        if not cell.students:
            known = (plain(cell.released), plain(cell.source))
            if cell.kind != "setup" and any(plain(one.source) not in known for one in mine):  # that one is not run
                notes.append(f"The read-only cell `{cell_id}` had been changed: the released text was used.")
            outputs = _pictures(mine[-1].outputs, budget) if mine and cell.kind == "show" else []
            items.append(Item(cell, cell.cell_type, cell.released, outputs))
        else:
            items += _own(cell, mine, notes, budget)
        items += added.get(cell_id, [])
    return Rebuilt(_bounded(items, notes), notes)


def _own(cell: Cell, mine: list[_Handed], notes, budget) -> list[Item]:
    """The student's cell; of doubled ones, all that were changed run, in their order, the last as the answer."""
    changed = [one for one in mine if plain(one.source) != plain(cell.released)]
    if not mine:
        notes.append(f"The cell of `{cell.id}` is missing: the released one, not filled in, was used.")
        return [Item(cell, cell.cell_type, cell.released)]
    if len(mine) > 1:
        notes.append(f"The cell of `{cell.id}` is there {len(mine)} times: all that you changed were run, in order.")
    if any(one.cell_type != cell.cell_type for one in mine):
        notes.append(f"The cell of `{cell.id}` had changed its type: it was read as {cell.cell_type}.")
    *before, last = changed or mine[-1:]
    outputs = _pictures(last.outputs, budget) if cell.kind in ("answer", "train") else []
    return [*(Item(None, cell.cell_type, one.source) for one in before),
            Item(cell, cell.cell_type, last.source, outputs)]


def _place(released: dict[str, Cell], handed: list[_Handed], notes) -> dict[int, str]:
    """Which submitted cell is which released one; what was recognised by its text is told."""
    place, found = match(released, handed)
    names = [f"`{cell_id}`" for cell_id in found]
    if names:
        notes.append(f"The cell of {names[0]} had lost its id: it was found by its text." if len(names) == 1 else
                     f"{len(names)} cells had lost their ids and were found by their text: {', '.join(names)}.")
    return place


def _bounded(items: list[Item], notes) -> list[Item]:
    for item in items:
        if len(item.source) > MAX_CELL:
            item.source = "raise ValueError('this cell is longer than a megabyte and was not run')"
            notes.append("A cell longer than a megabyte was left out.")
    added = [item for item in items if item.cell is None]
    if len(added) > MAX_ADDED:
        notes.append(f"Of {len(added)} added cells the first {MAX_ADDED} were kept.")
        dropped = set(map(id, added[MAX_ADDED:]))
        items = [item for item in items if id(item) not in dropped]
    return items


def _pictures(outputs, budget) -> list[dict]:
    """The handed-in pictures of a cell that is not run again; nothing but PNG images is kept."""
    kept = []
    for output in outputs[:50]:
        data = _dict(_dict(output).get("data")).get("image/png")
        data = "".join(map(str, data)) if isinstance(data, list) else data
        if not isinstance(data, str) or len(data) > budget[0]:
            continue
        try:
            image = base64.b64decode(data.replace("\n", ""), validate=True)
        except ValueError:
            continue
        if image.startswith(b"\x89PNG\r\n\x1a\n"):
            budget[0] -= len(data)
            kept.append({"output_type": "display_data", "metadata": {},
                         "data": {"image/png": base64.b64encode(image).decode(), "text/plain": "<Figure>"}})
    return kept
