"""Put a notebook's locked cells back as they were released, without touching what the student wrote."""

import copy
from dataclasses import dataclass

from common.matching import match, plain
from common.released import cells_of


@dataclass(frozen=True)
class _Handed:
    source: str
    ids: tuple


def repair(notebook, original):
    """The student's notebook with every released cell there once, in its place.

    Lost cells come back, read-only ones get their released text, copies of them go. Of a doubled cell of the student's
    own, untouched copies go; earlier versions stay as cells that the student added, before the last one, in which
    order the grader runs them. Outputs and added cells are kept. Nothing given is changed.

    Args:
        notebook, original: nbformat nodes, the student's notebook and the released one.
    Returns:
        (repaired, notes): a new node; a sentence for each thing put right, none when there was nothing to do.
    """
    released, nodes = cells_of(original), {node.id: node for node in original.cells}
    handed = [_Handed(cell.source, _ids(cell)) for cell in notebook.cells]
    place, found = match(released, handed)
    notes = [f"{_name(released[cell_id])} had lost its id: it was found by its text" for cell_id in found]
    before, after, anchor = [], {cell_id: [] for cell_id in released}, None
    for index, cell in enumerate(notebook.cells):
        if index in place:
            anchor = place[index]
        elif cell.source.strip():
            (before if anchor is None else after[anchor]).append(_added(cell, nodes))
    cells = before
    for cell_id, cell in released.items():
        mine = [notebook.cells[index] for index in sorted(place) if place[index] == cell_id]
        cells += (_own if cell.students else _locked)(cell, nodes[cell_id], mine, notes) + after[cell_id]
    repaired = copy.deepcopy(notebook)
    repaired.cells, repaired.nbformat, repaired.nbformat_minor = cells, 4, 5
    order = [place[index] for index in sorted(place)]
    if not notes and list(dict.fromkeys(order)) != list(released):
        notes.append("cells stood in another order than in the released notebook")
    return repaired, notes


def _ids(cell):
    grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
    return tuple(i for i in (grade_id, cell.get("id")) if isinstance(i, str))


def _name(cell):
    first = next((line.strip("# ") for line in cell.released.splitlines() if line.strip("# ")), "")
    kind = {"test": "checks", "exercise": "your cell", "answer": "your answer", "train": "your training cell"}
    return f"`{cell.id}` ({kind.get(cell.kind, first[:50])})"


def _locked(cell, node, mine, notes):
    """The released cell, with the outputs of the student's when its text was the same."""
    same = [one for one in mine if plain(one.source) == plain(cell.released)]
    if not mine:
        notes.append(f"{_name(cell)} was lost: it is back")
    elif not same:
        notes.append(f"{_name(cell)} is read-only and had been changed: it has its released text again")
    elif len(mine) > 1:
        notes.append(f"{_name(cell)} was there {len(mine)} times: now once")
    back = copy.deepcopy(node)
    if same and cell.cell_type == "code":
        back.outputs, back.execution_count = same[-1].get("outputs", []), same[-1].get("execution_count")
    return [back]


def _own(cell, node, mine, notes):
    """The student's cell as it is, with its id and metadata; the last one that was changed when there are several."""
    if not mine:
        notes.append(f"{_name(cell)} was lost: the empty one is back")
        return [copy.deepcopy(node)]
    changed = [one for one in mine if plain(one.source) != plain(cell.released)] or mine[-1:]
    if len(mine) > 1:
        kept = f", and your {len(changed) - 1} earlier versions stand before it" if len(changed) > 1 else ""
        notes.append(f"{_name(cell)} was there {len(mine)} times: the last one that you changed counts{kept}")
    *earlier, last = changed
    back = copy.deepcopy(node)
    back.source = last.source
    if last.cell_type != cell.cell_type:
        notes.append(f"{_name(cell)} had become a {last.cell_type} cell: it is {cell.cell_type} again")
    elif cell.cell_type == "code":
        back.outputs, back.execution_count = last.get("outputs", []), last.get("execution_count")
    if last.get("attachments") and cell.cell_type == "markdown":
        back.attachments = last.attachments
    return [*(_added(one, {}, fresh=True) for one in earlier), back]


def _added(cell, nodes, fresh=False):
    """A cell of the student's own making: it must not claim to be a released one."""
    kept = copy.deepcopy(cell)
    kept.metadata = {key: value for key, value in cell.metadata.items() if key in ("tags", "collapsed", "jupyter")}
    if fresh or kept.get("id") in nodes or "id" not in kept:
        from nbformat.v4 import new_code_cell

        kept.id = new_code_cell().id
    return kept
