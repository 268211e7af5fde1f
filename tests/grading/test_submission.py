"""What is read from a handed-in file, however it was mangled, and what its student is told about it.

    pytest tests/grading/test_submission.py
"""

import base64
import copy
import json
import random

import nbformat
import pytest

from grading import course, submission
from grading.probing import load_probes
from grading.submission import BadSubmission, read, rebuild

MINE = "class Box:\n    def __init__(self, v):\n        self.value = v\n\n\ndef double(x):\n    return x + x"
HALF = "def halve(x):\n    return 0.5 * x"
WHY = "Why is half of it enough?\nBecause I say so."
TEXTS = {"double": MINE, "halve": HALF, "why": WHY}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(40))


@pytest.fixture
def cells(mini, cells_of):
    """The cells of a filled-in submission; tests change them."""
    return cells_of(mini, TEXTS)


@pytest.fixture
def rebuilt(mini, file_of):
    """rebuilt(cells) -> what will run."""
    return lambda cells, **changes: rebuild(mini, read(file_of(cells, **changes)))


def find(cells, cell_id):
    return next(cell for cell in cells if cell["id"] == cell_id)


def texts(result):
    """The student's texts by cell, of what will run."""
    return {item.cell.id: item.source for item in result.items if item.cell and item.cell.students}


def lose(cells, *, ids=True, metadata=True):
    for cell in cells:
        if ids:
            cell.pop("id", None)
        if metadata:
            cell["metadata"] = {}
    return cells


# Whole files


@pytest.mark.parametrize("data, words", [
    (None, ["Nothing was handed in"]),
    (b"", ["The file is empty", "hand it in again"]),
    (b" \n\t", ["The file is empty"]),
    (b"%PDF-1.7 \xff\xfe", ["not a notebook", "not valid JSON", ".ipynb"]),
    (b"PK\x03\x04 a Word document", ["not a notebook", "not valid JSON"]),
    (b'{"cells": [', ["not valid JSON"]),
    (b"[" * 200_000, ["not valid JSON"]),
    (b"[" + b"1," * 3_000_000 + b"1]", ["millions of values", "Clear its outputs"]),
    (b"null", ["JSON but not a notebook", "no cells"]),
    (b"[]", ["no cells"]), (b'"cells"', ["no cells"]), (b"{}", ["no cells"]),
    (b'{"cells": {}}', ["no cells"]), (b'{"cells": 7}', ["no cells"]), (b'{"worksheets": []}', ["no cells"]),
], ids=lambda value: str(value)[:24])
def test_a_file_that_is_no_notebook_gets_a_sentence_that_a_student_understands(data, words):
    with pytest.raises(BadSubmission) as raised:
        read(data)
    sentence = str(raised.value)
    assert all(word in sentence for word in words)
    assert sentence.endswith(".") and "Error" not in sentence and len(sentence) < 200


def test_a_file_of_a_hundred_megabytes_is_refused_before_it_is_parsed(monkeypatch):
    monkeypatch.setattr(submission, "parse", lambda data: pytest.fail("it was parsed"))
    with pytest.raises(BadSubmission, match=r"larger than 100 MB. Clear its outputs and hand it in again."):
        read(b"1" * (submission.MAX_FILE + 1))


def test_a_file_as_handed_in_runs_as_it_is_without_notes(mini, cells, rebuilt):
    result = rebuilt(cells)
    assert result.notes == []
    assert [item.cell.id for item in result.items] == [cell.id for cell in mini.cells if cell.kind != "judge"]
    assert texts(result) == TEXTS
    assert result.source("double") == MINE


@pytest.mark.parametrize("minor", [0, 2, 4])
def test_an_older_notebook_of_format_4_is_read(cells, rebuilt, minor):
    lose(cells, metadata=False)
    for cell in cells:
        cell["source"] = cell["source"].splitlines(keepends=True) if isinstance(cell["source"], str) else cell["source"]
    result = rebuilt(cells, nbformat_minor=minor)
    assert texts(result) == TEXTS and result.notes == []


def test_a_notebook_of_format_3_is_read(mini, cells, file_of):
    old = nbformat.convert(nbformat.reads(file_of(cells), as_version=4), 3)
    data = json.dumps(old).encode()
    assert b"worksheets" in data and b'"input"' in data
    result = rebuild(mini, read(data))
    assert texts(result) == TEXTS


def test_a_byte_order_mark_does_no_harm(mini, cells, file_of):
    assert texts(rebuild(mini, read(b"\xef\xbb\xbf" + file_of(cells)))) == TEXTS


def test_the_kernel_and_the_metadata_of_the_file_are_not_used(cells, rebuilt):
    for cell in cells:
        cell["metadata"] |= {"tags": ["skip-execution"], "deletable": False}
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"] |= {"points": 1000, "grade": True, "solution": True, "locked": False}
    result = rebuilt(cells, metadata={"kernelspec": {"name": "bash"}})
    assert texts(result) == TEXTS and result.notes == []
    assert max(item.cell.points for item in result.items) == 3


# Cells that were moved, lost, doubled, edited


def test_lost_ids_are_made_up_for_by_nbgraders_metadata_and_the_reverse(cells, rebuilt):
    assert rebuilt(lose(copy.deepcopy(cells), metadata=False)).notes == []
    result = rebuilt(lose(cells, ids=False))
    assert texts(result) == TEXTS and result.notes == []


def test_cells_that_lost_all_their_ids_are_found_by_their_text_and_that_is_noted(cells, rebuilt):
    result = rebuilt(lose(cells))
    assert texts(result) == TEXTS
    assert result.notes == ["3 cells had lost their ids and were found by their text: `double`, `halve`, `why`."]
    assert all(item.cell for item in result.items), "nothing is left over"


def test_lost_ids_and_another_order_together_lose_nothing(cells, rebuilt):
    cells = lose(cells)
    random.Random(0).shuffle(cells)
    assert texts(rebuilt(cells)) == TEXTS


def test_cells_in_another_order_run_in_the_released_order(mini, cells, rebuilt):
    result = rebuilt(cells[::-1])
    assert [item.cell.id for item in result.items] == [cell.id for cell in mini.cells]
    assert texts(result) == TEXTS


def test_a_missing_cell_is_the_released_one_and_noted(mini, cells, rebuilt):
    result = rebuilt([cell for cell in cells if cell["id"] != "halve"])
    released = next(cell.released for cell in mini.cells if cell.id == "halve")
    assert texts(result)["halve"] == released
    assert result.notes == ["The cell of `halve` is missing: the released one, not filled in, was used."]


def test_missing_locked_cells_are_put_back_without_a_word(mini, cells, rebuilt):
    result = rebuilt([cell for cell in cells if cell["id"] in TEXTS])
    assert [item.cell.id for item in result.items] == [cell.id for cell in mini.cells]
    assert result.notes == []


def test_no_cells_at_all_is_the_released_notebook(mini, rebuilt):
    result = rebuilt([])
    assert texts(result) == {cell.id: cell.released for cell in mini.cells if cell.students}
    assert len(result.notes) == 3


def test_an_edited_locked_cell_is_undone_and_noted(mini, cells, rebuilt):
    find(cells, "test-double")["source"] = "print('all good')"
    result = rebuilt(cells)
    item = next(item for item in result.items if item.cell.id == "test-double")
    assert item.source == next(cell.released for cell in mini.cells if cell.id == "test-double")
    assert result.notes == ["The read-only cell `test-double` had been changed: the released text was used."]


def test_white_space_at_the_ends_of_a_locked_cell_is_no_edit(cells, rebuilt):
    cell = find(cells, "test-double")
    cell["source"] = "\n" + "".join(cell["source"]).replace("\n", "  \n") + "\n\n"
    assert rebuilt(cells).notes == []


def test_a_cell_of_another_type_is_read_as_its_own_and_noted(cells, rebuilt):
    find(cells, "double")["cell_type"] = "markdown"
    find(cells, "why")["cell_type"] = "raw"
    cells.append({"cell_type": "raw", "source": "notes of mine", "metadata": {}})
    result = rebuilt(cells)
    assert texts(result) == TEXTS
    assert result.notes == ["The cell of `double` had changed its type: it was read as code."]
    assert result.items[-1].cell_type == "markdown"


def test_of_doubled_cells_all_changed_ones_run_in_order_the_last_as_the_answer(cells, rebuilt):
    position = cells.index(find(cells, "double"))
    first = json.loads(json.dumps(cells[position])) | {"source": "def double(x):\n    return 0"}
    result = rebuilt([*cells[:position], first, *cells[position:]])
    assert [item.source for item in result.items if "def double" in item.source] == [first["source"], MINE]
    assert result.source("double") == MINE
    assert len(result.notes) == 1 and "is there 2 times" in result.notes[0]


def test_an_untouched_copy_does_not_replace_the_answer(mini, cells, rebuilt):
    released = next(cell.released for cell in mini.cells if cell.id == "double")
    result = rebuilt([*cells, json.loads(json.dumps(find(cells, "double"))) | {"source": released}])
    assert result.source("double") == MINE
    assert not [item for item in result.items if item.cell is None]


def test_repeated_ids_of_two_exercises_do_not_mix_them(cells, rebuilt):
    other = find(cells, "halve")
    other["id"] = "double"  # as by copy and paste in a text editor; nbgrader's own id is still there
    assert texts(rebuilt(cells)) == TEXTS


def test_a_test_answered_in_a_test_cells_id_earns_no_place_of_its_own(cells, rebuilt):
    cells.append({"cell_type": "code", "id": "test-double", "source": "3.0", "metadata": {}, "outputs": []})
    result = rebuilt(cells)
    assert [item.cell.id for item in result.items if item.kind == "test"] == ["test-double", "test-halve"]
    assert not [item for item in result.items if item.source == "3.0"]


def test_cells_that_a_student_added_run_where_they_stand(cells, rebuilt):
    position = cells.index(find(cells, "double"))
    helper = {"cell_type": "code", "id": "x1", "source": "helper = 1", "metadata": {}, "outputs": []}
    blank = helper | {"source": "  \n", "id": "x2"}
    result = rebuilt([helper, *cells[:position], helper | {"source": "later = 2"}, blank, *cells[position:]])
    sources = [item.source for item in result.items]
    assert sources[0] == "helper = 1"
    assert sources.index("later = 2") + 1 == sources.index(MINE)
    assert len(result.items) == len(cells) + 2 and result.notes == []


def test_a_students_cell_in_which_nothing_is_left_is_empty(cells, rebuilt):
    find(cells, "double")["source"] = ""
    assert texts(rebuilt(cells))["double"] == ""


@pytest.mark.parametrize("change", [
    {"source": 7}, {"source": None}, {"source": ["a", 1, None]}, {"source": {"a": 1}}, {"metadata": []},
    {"metadata": {"nbgrader": "yes"}}, {"metadata": {"nbgrader": {"grade_id": ["double"]}}}, {"outputs": "text"},
    {"outputs": [1, {"data": 2}, {"data": {"image/png": 3}}]}, {"cell_type": ["code"]}, {"id": 12}, {"id": None},
], ids=str)
def test_a_cell_of_a_strange_form_stops_nothing(cells, rebuilt, change):
    find(cells, "double").update(change)
    cells += [change, None, 3, "cell", []]
    result = rebuilt(cells)
    assert {key: value for key, value in texts(result).items() if key != "double"} == \
        {key: value for key, value in TEXTS.items() if key != "double"}


def test_null_bytes_and_halves_of_characters_do_not_reach_the_program(cells, rebuilt):
    find(cells, "double")["source"] = MINE + "  # \0 \ud800"
    source = rebuilt(cells).source("double")
    assert source == MINE + "  #  ?"
    source.encode()


def test_a_cell_longer_than_a_megabyte_is_left_out_and_says_so(cells, rebuilt):
    find(cells, "double")["source"] = "#" * (submission.MAX_CELL + 1)
    result = rebuilt(cells)
    assert "longer than a megabyte" in result.source("double") and len(result.source("double")) < 100
    assert result.notes == ["A cell longer than a megabyte was left out."]


def test_of_very_many_added_cells_the_first_are_kept(cells, rebuilt):
    added = [{"cell_type": "code", "source": f"a{n} = 1", "metadata": {}} for n in range(submission.MAX_ADDED + 5)]
    result = rebuilt([*cells, *added])
    kept = [item.source for item in result.items if item.cell is None]
    assert len(kept) == submission.MAX_ADDED and kept[0] == "a0 = 1"
    assert result.notes == [f"Of {len(added)} added cells the first {submission.MAX_ADDED} were kept."]
    assert texts(result) == TEXTS


# Pictures, for people to look at


def picture(data=PNG, kind="image/png"):
    return {"output_type": "display_data", "metadata": {}, "data": {
        kind: base64.encodebytes(data).decode(), "text/html": "<script>alert(1)</script>"}}


def kept(result, cell_id):
    return next(item.outputs for item in result.items if item.cell and item.cell.id == cell_id)


def test_pictures_of_cells_that_do_not_run_are_kept_and_nothing_else_of_them(cells, rebuilt):
    cell = find(cells, "show-plot")
    cell["outputs"] = [picture(), picture(b"GIF89a"), picture(kind="image/svg+xml"), "text",
                       {"output_type": "stream", "text": "x"}]
    pictures = kept(rebuilt(cells), "show-plot")
    assert [set(one["data"]) for one in pictures] == [{"image/png", "text/plain"}]
    assert base64.b64decode(pictures[0]["data"]["image/png"]) == PNG


def test_pictures_of_cells_that_run_are_not_taken_over(cells, rebuilt):
    for cell_id in ("double", "test-double"):
        find(cells, cell_id)["outputs"] = [picture()]
    result = rebuilt(cells)
    assert kept(result, "double") == kept(result, "test-double") == []


def test_pictures_are_kept_up_to_some_megabytes(cells, rebuilt):
    find(cells, "show-plot")["outputs"] = [picture(PNG + bytes(2**20))] * 10
    assert 3 <= len(kept(rebuilt(cells), "show-plot")) < 10


def test_probes_of_the_course_are_read_back_as_they_were_written():
    assignment = course.assignment("w03_numpy_network")
    for probe in load_probes(assignment)[::7]:
        result = rebuild(assignment, read(probe.submission(assignment)))
        changed = {cell_id: text for cell_id, text in texts(result).items() if cell_id in dict(probe.texts)}
        assert changed == dict(probe.texts) and result.notes == []
