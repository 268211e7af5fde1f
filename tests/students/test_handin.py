"""pytest tests/students/test_handin.py: what a student reads in the terminal, and the file that is handed in."""

import copy
import zipfile

import nbformat
import pytest

from common import handin
from common.checks import check
from common.released import MAX_NOTEBOOK, Trouble, original, path_of, read_notebook
from grading import course
from grading.submission import MAX_FILE, read, rebuild

RIGHT = {"double": "def double(x):\n    return x + x", "halve": "def halve(x):\n    return x / 2",
         "why": "Because it is enough."}


def write(folder, notebook):
    nbformat.write(notebook, folder / "assignments" / "mini" / "mini.ipynb")


def run(notebook, original, folder="."):
    return check(copy.deepcopy(notebook), original, str(folder))[0]


@pytest.mark.kernel
def test_a_finished_notebook_has_all_its_points_in_reach(solve, original):
    double, halve = run(solve(**RIGHT), original)
    assert (double.passed, double.remarks) == (3, [])
    assert (halve.passed, halve.person, halve.remarks) == (1, 2, [])


@pytest.mark.kernel
def test_a_mistake_is_told_by_the_hint_of_its_check_and_the_rest_goes_on(solve, original):
    double, halve = run(solve(**RIGHT | {"double": "def double(x):\n    return x"}), original)
    assert (double.passed, double.remarks) == (0, ["`test-double`: double(2) should be 4"])
    assert halve.passed == 1


@pytest.mark.kernel
def test_a_notebook_that_was_not_begun_says_what_each_exercise_asks(original):
    double, halve = run(original, original)
    assert double.remarks == ["`double` is not done yet: return twice x"]
    assert halve.remarks == ["`halve` is not done yet: return half of x",
                             "`why`: no answer yet (a person marks it)"]


@pytest.mark.kernel
def test_a_cell_that_does_not_parse_is_named_once(solve, original):
    double, _ = run(solve(double="def double(x) return x"), original)
    assert len(double.remarks) == 1 and "`double` stopped with SyntaxError" in double.remarks[0]


@pytest.mark.kernel
def test_a_kernel_that_ends_is_told_and_nothing_hangs(solve, original):
    double, halve = run(solve(**RIGHT | {"double": "import os\nos._exit(1)"}), original)
    assert "ended the notebook's process" in double.remarks[0]
    assert "was not run" in halve.remarks[0] and double.passed == halve.passed == 0


@pytest.mark.kernel
def test_a_cell_without_end_is_interrupted(solve, original, monkeypatch):
    monkeypatch.setattr("common.checks.CELL_SECONDS", 1)
    double, halve = run(solve(**RIGHT | {"double": "while True:\n    pass"}), original)
    assert "took longer than 1 s" in double.remarks[0] and halve.passed == 1


@pytest.mark.kernel
def test_a_notebook_without_end_is_stopped_and_says_which_cells_were_not_run(solve, original, monkeypatch):
    monkeypatch.setattr("common.checks.NOTEBOOK_SECONDS", -1)
    double, _ = run(solve(**RIGHT), original)
    assert "`double` was not run: the notebook had run for" in double.remarks[-1]


@pytest.mark.kernel
def test_long_experiments_are_left_out(solve, original):
    made = solve(**RIGHT)
    made.cells[-2].source = "raise RuntimeError('this takes an hour')"
    assert made.cells[-2].metadata.course.kind == "show"
    assert not any(one.remarks for one in run(made, original))


@pytest.mark.kernel
def test_what_is_handed_in_is_what_the_grader_reads(folder, solve, mini, monkeypatch, capsys):
    mine = solve(**RIGHT)
    del mine.cells[0]  # a lost cell
    write(folder, mine)
    checkpoints = folder / "assignments" / "mini" / "checkpoints"
    checkpoints.mkdir()
    (checkpoints / "net.safetensors").write_bytes(b"12345")
    (checkpoints / "notes.txt").touch()
    (folder / "assignments" / "mini" / "draft.ipynb").touch()
    assert handin.main(["submit", "mini"]) == 0
    said = capsys.readouterr().out
    assert "Within reach: 4 points" in said and "2 of answers that a person marks" in said

    target = folder / "to-hand-in" / "mini-1815.zip"
    with zipfile.ZipFile(target) as archive:
        assert archive.namelist() == ["mini.ipynb", "checkpoints/net.safetensors"]
        archive.extractall(folder / "submitted" / "1815" / "mini")
    monkeypatch.setattr("grading.classroom.SUBMITTED", folder / "submitted")
    from grading.classroom import submissions

    data, files = submissions(["mini"])[0].read()
    rebuilt = rebuild(mini, read(data))
    assert rebuilt.notes == [] and rebuilt.source("double") == RIGHT["double"]
    assert files == (("net", b"12345"),)
    document = nbformat.reads(data.decode(), as_version=4)
    assert document.metadata.course == {"name": "Ada Lovelace", "number": "1815"}
    assert len(read_notebook(path_of("mini")).cells) == len(mine.cells), "the student's own file is not touched"


@pytest.mark.kernel
def test_unfinished_work_can_be_handed_in(folder, capsys):
    assert handin.main(["submit", "mini"]) == 0
    assert "`double` is not done yet" in capsys.readouterr().out
    assert (folder / "to-hand-in" / "mini-1815.zip").is_file()


def test_repair_writes_the_file_and_keeps_the_one_before(folder, solve, capsys):
    mine = solve(**RIGHT)
    del mine.cells[-1]
    write(folder, mine)
    assert handin.main(["repair", "mini"]) == 0
    assert "`why` (your answer) was lost" in capsys.readouterr().out
    here = folder / "assignments" / "mini"
    assert len(read_notebook(here / "mini.ipynb").cells) == len(mine.cells) + 1
    assert len(read_notebook(here / "mini.before-repair.ipynb").cells) == len(mine.cells)
    assert handin.main(["repair", "mini"]) == 0
    assert "nothing to repair" in capsys.readouterr().out


@pytest.mark.parametrize("name, words", [("", "NAME="), ("w99", "there is no assignment 'w99'; there are mini")])
def test_a_wrong_name_is_told_with_those_that_there_are(folder, capsys, name, words):
    assert handin.main(["submit", name]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("content, words", [
    (b"", "is empty"), (b"%PDF-1.7", "not valid JSON"), (b'{"cells": 1}', "not a notebook"),
    (b"\xff\xfe\x00", "not text"), (b'{"cells": [\n<<<<<<< HEAD\n', "not valid JSON"),
])
def test_a_file_that_is_no_notebook_is_told_in_a_line(folder, capsys, content, words):
    (folder / "assignments" / "mini" / "mini.ipynb").write_bytes(content)
    assert handin.main(["check", "mini"]) == 2
    said = capsys.readouterr().err
    assert words in said and len(said.splitlines()) == 1


def test_without_a_name_and_number_it_says_where_to_write_them(folder):
    (folder / "student.toml").unlink()
    with pytest.raises(Trouble, match=r"student\.toml"):
        handin.submit("mini", ask=False)


def test_name_and_number_are_asked_for_once(folder, monkeypatch):
    (folder / "student.toml").unlink()
    answers = iter(['Grace "Amazing" Hopper', "1906"])
    monkeypatch.setattr("builtins.input", lambda question: next(answers))
    assert handin.whoami(ask=True) == handin.whoami(ask=False) == {"name": 'Grace "Amazing" Hopper', "number": "1906"}


@pytest.mark.parametrize("number", ["../../etc", "a b", "", "ß", "x" * 100])
def test_a_number_that_is_no_file_name_is_refused(folder, number):
    (folder / "student.toml").write_text(f'name = "Ada"\nnumber = "{number}"\n')
    with pytest.raises(Trouble, match=r"student\.toml"):
        handin.whoami(ask=False)


@pytest.mark.parametrize("files, words", [({"big": 33 * 2**20}, "33 MB"),
                                          ({f"net{number}": 1 for number in range(11)}, "11 checkpoints")])
def test_checkpoints_that_the_grader_would_not_read_are_refused(folder, capsys, files, words):
    checkpoints = folder / "assignments" / "mini" / "checkpoints"
    checkpoints.mkdir()
    for name, size in files.items():
        with (checkpoints / f"{name}.safetensors").open("wb") as file:
            file.truncate(size)
    assert handin.main(["submit", "mini"]) == 2
    assert words in capsys.readouterr().err


def test_the_limits_are_the_graders():
    assert MAX_NOTEBOOK == MAX_FILE
    assert (handin.MAX_CHECKPOINTS, handin.MAX_MEGABYTES * 2**20) == (course.MAX_CHECKPOINTS, course.MAX_CHECKPOINT)


def test_in_a_clone_the_original_is_the_committed_notebook():
    names = course.assignment_names()
    assert [cell.id for cell in original(names[0]).cells] == \
        [cell.id for cell in course.assignment(names[0]).cells if cell.kind != "judge"]
