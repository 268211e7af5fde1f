"""pytest tests/students/test_repair.py: lost and doubled cells come back, and nobody's work is touched."""

import copy
import json

import nbformat
import pytest

from common.repair import repair
from grading.submission import read, rebuild

DOUBLE = "class Box:\n    def __init__(self, v):\n        self.value = v\n\n\ndef double(x):\n    return x + x"
HALVE = "def halve(x):\n    return 0.5 * x"


@pytest.fixture
def mine(solve):
    """A notebook on which a student has worked, with outputs and a cell of their own."""
    made = solve(double=DOUBLE, halve=HALVE, why="Because it is enough.")
    made.cells.insert(4, nbformat.v4.new_code_cell("helper = 1", id="mine"))
    for number, cell in enumerate(cell for cell in made.cells if cell.cell_type == "code"):
        cell.execution_count, cell.outputs = number, [nbformat.v4.new_output("stream", text=f"output {number}")]
    return made


def at(notebook, cell_id):
    return next(index for index, cell in enumerate(notebook.cells) if cell.id == cell_id)


def texts(notebook):
    return [cell.source for cell in notebook.cells]


def lose_ids(cell):
    cell.id, cell.metadata = "f00", {}


def test_a_sound_notebook_is_left_as_it_is(mine, original):
    repaired, notes = repair(mine, original)
    assert notes == []
    assert repaired == mine


def test_a_notebook_that_was_not_begun_is_sound(original):
    assert repair(original, original) == (original, [])


@pytest.mark.parametrize("cell_id", ["test-double", "halve", "test-halve", "why"])
def test_a_lost_cell_is_back_in_its_place(mine, original, cell_id):
    place = at(mine, cell_id)
    del mine.cells[place]
    repaired, notes = repair(mine, original)
    assert len(notes) == 1 and cell_id in notes[0] and "lost" in notes[0]
    assert repaired.cells[place] == original.cells[at(original, cell_id)]


def test_all_cells_lost_is_the_released_notebook(mine, original):
    mine.cells = []
    assert texts(repair(mine, original)[0]) == texts(original)


def test_a_doubled_locked_cell_is_there_once(mine, original):
    wanted = texts(mine)
    mine.cells.insert(2, copy.deepcopy(mine.cells[at(mine, "test-double")]))
    repaired, notes = repair(mine, original)
    assert texts(repaired) == wanted and "2 times" in notes[0]


def test_an_edited_locked_cell_has_its_text_again_and_loses_the_outputs_of_the_edited_one(mine, original):
    mine.cells[at(mine, "test-halve")].source = "assert True"
    repaired, notes = repair(mine, original)
    cell = repaired.cells[at(repaired, "test-halve")]
    assert cell.source == "assert halve(2) == 1" and cell.outputs == [] and len(notes) == 1


def test_an_untouched_copy_of_a_students_cell_goes_and_the_work_stays(mine, original):
    wanted = texts(mine)
    mine.cells.append(copy.deepcopy(original.cells[at(original, "double")]))
    repaired, notes = repair(mine, original)
    assert texts(repaired) == wanted and len(notes) == 1


def test_of_two_changed_copies_the_last_counts_and_the_other_stays_before_it(mine, original):
    place = at(mine, "double")
    later = copy.deepcopy(mine.cells[place])
    later.source = "def double(x):\n    return 2 * x"
    mine.cells.insert(place + 1, later)
    repaired, _ = repair(mine, original)
    assert texts(repaired)[place:place + 2] == [DOUBLE, later.source]
    assert [cell.metadata.get("nbgrader") is None for cell in repaired.cells[place:place + 2]] == [True, False]
    assert repair(repaired, original)[1] == [], "a repaired notebook is sound"


def test_a_cell_that_lost_its_ids_gets_them_back(mine, original):
    place = at(mine, "double")
    lose_ids(mine.cells[place])
    repaired, notes = repair(mine, original)
    cell = repaired.cells[place]
    assert (cell.id, cell.source) == ("double", DOUBLE)
    assert cell.metadata == original.cells[at(original, "double")].metadata
    assert len(notes) == 1 and "found by its text" in notes[0]


def test_a_cell_that_changed_its_type_has_it_again_with_its_text(mine, original):
    place = at(mine, "halve")
    mine.cells[place] = nbformat.v4.new_markdown_cell(HALVE, id="halve", metadata=mine.cells[place].metadata)
    repaired, notes = repair(mine, original)
    assert (repaired.cells[place].cell_type, repaired.cells[place].source) == ("code", HALVE) and len(notes) == 1


def test_cells_in_another_order_are_put_in_order(mine, original):
    wanted = [cell.source for cell in mine.cells if cell.id != "mine"]
    first, second = at(mine, "double"), at(mine, "halve")
    mine.cells[first], mine.cells[second] = mine.cells[second], mine.cells[first]
    repaired, notes = repair(mine, original)
    assert [text for text in texts(repaired) if text != "helper = 1"] == wanted and "order" in notes[0]


def test_what_is_given_is_not_changed(mine, original):
    del mine.cells[3]
    before = copy.deepcopy((mine, original))
    repair(mine, original)[0].cells[0].source = "changed"
    assert (mine, original) == before


def delete(cells):
    del cells[4:6]


def double(cells):
    cells.insert(3, copy.deepcopy(cells[3]))
    cells[3].source = "def double(x):\n    return 0"


def strip(cells):
    for cell in cells:
        lose_ids(cell)


def swap(cells):
    cells[3], cells[7] = cells[7], cells[3]


@pytest.mark.parametrize("damage", [delete, double, strip, swap])
def test_the_grader_reads_the_repaired_notebook_as_it_reads_the_broken_one(mini, mine, original, damage):
    damage(mine.cells)
    repaired, _ = repair(mine, original)
    broken, mended = (rebuild(mini, read(json.dumps(one).encode())) for one in (mine, repaired))
    assert [(i.kind, i.source) for i in mended.items] == [(i.kind, i.source) for i in broken.items]
    assert mended.notes == []
