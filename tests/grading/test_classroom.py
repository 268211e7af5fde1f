"""A class's folders: what is found in them, what waits to be graded, and what a graded submission leaves behind.

No kernel is started here: what is handed in is no notebook, or is judged by a stand-in.

    pytest tests/grading/test_classroom.py
"""

import json
import os
import shutil
from datetime import datetime

import pytest

from grading import classroom, course
from grading.classroom import grade_class, submissions, waiting
from grading.course import UsageError
from grading.gradebook import open_gradebook, set_due_date
from grading.submission import MAX_FILE
from grading.workers import grade_task
from tests.grading.conftest import totals


@pytest.fixture(autouse=True)
def without_cluster(monkeypatch):
    """Tasks are done here, in order. A task whose data is b"fail" fails as the grader itself might."""

    def run(client, tasks):
        for task in tasks:
            yield task, RuntimeError("no disk") if task.data == b"fail" else grade_task(task)

    monkeypatch.setattr(classroom, "run", run)


def grade_all(**options):
    return {one.student: saved for one, saved in grade_class(waiting(["mini"], **options), None)}


def waits(**options):
    return [one.student for one in waiting(["mini"], **options)]


def found(student):
    return next(one for one in submissions(["mini"]) if one.student == student)


def test_everything_handed_in_is_found_by_student(submit):
    for student in ("jan", "ada"):
        submit(student, b"x")
    (course.SUBMITTED / "ola" / "another").mkdir(parents=True)
    (course.SUBMITTED / "notes.txt").write_text("x")
    assert [(one.student, one.assignment, one.path.name) for one in submissions(["mini"])] == [
        ("ada", "mini", "mini.ipynb"), ("jan", "mini", "mini.ipynb")]


def test_students_can_be_chosen_and_a_name_without_work_is_an_error(submit):
    for student in ("jan", "ada"):
        submit(student, b"x")
    assert [one.student for one in submissions(["mini"], ("jan",))] == ["jan"]
    with pytest.raises(UsageError, match="nothing was handed in by ben, eva"):
        submissions(["mini"], ("jan", "eva", "ben"))


@pytest.mark.parametrize("name", ["mini (1).ipynb", "Untitled.ipynb", "mini/mini.ipynb"])
def test_a_notebook_of_another_name_is_taken_when_it_is_the_only_one_and_noted(submit, name):
    submit("ada", b"x", name=name)
    one = found("ada")
    assert one.read()[0] == b"x"
    assert one.notes == (f"The file is called `{name.rpartition('/')[2]}`, not `mini.ipynb`: it was graded all the "
                         "same.",)


def test_of_two_notebooks_of_other_names_none_is_taken(submit):
    submit("ada", b"x", {"b.ipynb": b"y"}, name="a.ipynb")
    assert found("ada").path is None and found("ada").read() == (None, ())


def test_the_notebook_of_the_right_name_is_taken_among_others(submit):
    submit("ada", b"right", {"b.ipynb": b"y", ".ipynb_checkpoints/mini-checkpoint.ipynb": b"old"})
    assert found("ada").read()[0] == b"right" and found("ada").notes == ()


def test_jupyters_own_backups_are_not_taken(submit):
    submit("ada", None, {".ipynb_checkpoints/mini-checkpoint.ipynb": b"old"})
    assert found("ada").path is None


def test_links_are_not_followed(submit, tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "mini.ipynb").write_bytes(b"secret")
    (secret / "model.safetensors").write_bytes(b"secret")
    folder = submit("ada", None, {"checkpoints/mine.safetensors": b"mine"})
    (folder / "mini.ipynb").symlink_to(secret / "mini.ipynb")
    (folder / "checkpoints" / "model.safetensors").symlink_to(secret / "model.safetensors")
    (folder / "timestamp.txt").symlink_to(secret / "mini.ipynb")
    assert found("ada").path is None and found("ada").submitted() is None
    assert found("ada").read() == (None, (("mine", b"mine"),))
    folder = submit("jan")
    (folder / "sub").symlink_to(secret)
    (folder / "checkpoints").symlink_to(secret)
    assert found("jan").read() == (None, ())
    (course.SUBMITTED / "eva").symlink_to(course.SUBMITTED / "ada")
    (course.SUBMITTED / "ola").mkdir()
    (course.SUBMITTED / "ola" / "mini").symlink_to(secret)
    assert [one.student for one in submissions(["mini"])] == ["ada", "jan"]


def test_a_pipe_is_not_waited_for(submit):
    folder = submit("ada", None, {"checkpoints/a.safetensors": b"a"})
    os.mkfifo(folder / "mini.ipynb")
    os.mkfifo(folder / "checkpoints" / "b.safetensors")
    os.mkfifo(folder / "timestamp.txt")
    assert found("ada").read() == (None, (("a", b"a"),)) and found("ada").submitted() is None


def test_very_large_files_are_read_up_to_a_bound(submit):
    folder = submit("ada", b"")
    with open(folder / "mini.ipynb", "wb") as file:
        file.truncate(10 * MAX_FILE)
    (folder / "checkpoints").mkdir()
    for number in range(course.MAX_CHECKPOINTS + 3):
        (folder / "checkpoints" / f"{number:02}.safetensors").write_bytes(b"x")
    with open(folder / "checkpoints" / "00.safetensors", "wb") as file:
        file.truncate(10 * course.MAX_CHECKPOINT)
    data, checkpoints = found("ada").read()
    assert len(data) == MAX_FILE + 1
    assert len(checkpoints) == course.MAX_CHECKPOINTS and len(checkpoints[0][1]) == course.MAX_CHECKPOINT + 1


@pytest.mark.parametrize("text, expected", [
    (b"2026-11-20 10:00:00 UTC", datetime(2026, 11, 20, 10)),
    (b"2026-11-20T12:00:00+02:00\n", datetime(2026, 11, 20, 10)),
    (b"yesterday", None), (b"", None), (b"\xff\xfe", None), (b"9" * 10_000, None), (b"2026-13-40", None),
], ids=lambda value: str(value)[:20])
def test_the_time_of_handing_in_is_read_or_unknown(submit, text, expected):
    submit("ada", b"x", {"timestamp.txt": text})
    assert found("ada").submitted() == expected


# Grading


def test_what_is_graded_and_unchanged_does_not_wait(submit):
    submit("ada", b"x")
    submit("jan", b"")
    assert waits() == ["ada", "jan"]
    grade_all()
    assert waits() == []
    assert waits(force=True) == ["ada", "jan"]
    assert waits(force=True, students=("jan",)) == ["jan"]


@pytest.mark.parametrize("change", [{"mini.ipynb": b"y"}, {"checkpoints/new.safetensors": b"y"},
                                    {"checkpoints/old.safetensors": b"y"}], ids=str)
def test_a_changed_submission_waits_again(submit, change):
    submit("jan", b"x")
    submit("ada", b"x", {"checkpoints/old.safetensors": b"x"})
    grade_all()
    submit("ada", None, change)
    assert waits() == ["ada"]


def test_a_changed_author_file_makes_all_wait_again(submit, mini):
    submit("ada", b"x")
    grade_all()
    (course.SOLUTIONS / "mini.py").write_text(mini.text.replace("half of 3", "half of three"))
    assert waits() == ["ada"]


@pytest.mark.parametrize("mangled", [None, "", "{", "[]", "null", '{"digest": 1}', "7"])
def test_without_a_sound_result_file_a_submission_waits(submit, mangled):
    submit("ada", b"x")
    grade_all()
    path = classroom.result_path("mini", "ada")
    path.unlink() if mangled is None else path.write_text(mangled)
    assert waits() == ["ada"]


def test_a_new_gradebook_makes_all_wait_again(submit, gradebook_of_mini):
    submit("ada", b"x")
    grade_all()
    shutil.copy(gradebook_of_mini, course.BUILD / "gradebook.db")
    assert waits() == ["ada"]


def test_a_run_that_was_killed_goes_on_where_it_stopped(submit):
    for student in ("ada", "jan", "ola"):
        submit(student, b"x")
    run = grade_class(waiting(["mini"]), None)
    assert next(run)[0].student == "ada"
    run.close()
    assert waits() == ["jan", "ola"]


def test_a_kill_between_gradebook_and_result_grades_that_submission_again(submit, monkeypatch):
    submit("ada", b"x")
    with monkeypatch.context() as patch:
        patch.setattr(classroom, "_save", lambda *args: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            grade_all()
    assert set(totals()) == {("mini", "ada")} and waits() == ["ada"]
    assert grade_all()["ada"]["score"] == 0


def test_a_failure_of_ours_stops_only_that_submission(submit):
    for student, data in (("ada", b"x"), ("jan", b"fail"), ("ola", b"x")):
        submit(student, data)
    outcome = grade_all()
    assert isinstance(outcome["jan"], RuntimeError) and outcome["ola"]["student"] == "ola"
    assert waits() == ["jan"] and set(totals()) == {("mini", "ada"), ("mini", "ola")}


def test_a_file_that_cannot_be_read_stops_only_that_submission(submit, monkeypatch):
    for student in ("ada", "jan"):
        submit(student, b"x")
    original = classroom.Submission.read

    def read(one):
        if one.student == "ada":
            raise PermissionError("not ours to read")
        return original(one)

    todo = waiting(["mini"])
    monkeypatch.setattr(classroom.Submission, "read", read)
    outcome = {one.student: saved for one, saved in grade_class(todo, None)}
    assert isinstance(outcome["ada"], PermissionError) and outcome["jan"]["student"] == "jan"


def test_a_graded_submission_leaves_a_notebook_and_a_result(submit):
    submit("ada", b"%PDF", {"timestamp.txt": b"2026-11-20 10:00:00 UTC"})
    with open_gradebook() as book:
        set_due_date(book, "mini", datetime(2026, 11, 20, 9))
    returned = grade_all()["ada"]
    saved = json.loads(classroom.result_path("mini", "ada").read_text())
    assert saved == returned
    assert (saved["score"], saved["max_score"], saved["late_seconds"]) == (0, 6, 3600)
    assert saved["submitted"] == "2026-11-20T10:00:00"
    assert "not a notebook" in saved["notes"][0]
    document = json.loads((course.AUTOGRADED / "ada" / "mini" / "mini.ipynb").read_text())
    assert "not a notebook" in "".join(document["cells"][0]["source"])


def test_an_empty_folder_is_a_submission_without_points(submit):
    submit("ada")
    saved = grade_all()["ada"]
    assert saved["score"] == 0 and saved["notes"] == ["Nothing was handed in for this assignment."]
    assert {cell["message"] for cell in saved["cells"]} == {"Nothing was handed in for this assignment."}


def test_the_note_on_a_files_name_is_in_the_result(submit):
    submit("ada", b"x", name="homework.ipynb")
    assert "homework.ipynb" in grade_all()["ada"]["notes"][0]
