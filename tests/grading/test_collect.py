"""Collecting: whose work lands where, what is kept, what is told, and that nothing is lost.

    pytest tests/grading/test_collect.py
"""

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grading import attempts, course
from grading.classroom import submissions
from grading.collect import collect
from grading.rules import parse_rules

RULES = parse_rules("""
[course]
title = ""
timezone = "Europe/Warsaw"
[late]
free_minutes = 15
per_day = 0.1
days = 5
[assignments.mini]
due = 2027-03-01T23:00:00
[[students]]
id = "ada"
name = "Ada Nowak"
number = "400001"
[[students]]
id = "jan"
name = "Jan Żak"
number = "400002"
""")


def date(day, hour=12):
    return (2027, 3, day, hour, 0, 0)


def packed(*entries):
    """The bytes of a zip of (path, data, date) triples."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for path, data, *when in entries:
            archive.writestr(zipfile.ZipInfo(path, *when or [date(1)]), data, zipfile.ZIP_DEFLATED)
    return file.getvalue()


@pytest.fixture
def take(mini, classroom_of_mini, tmp_path):
    """take("moodle", (path, data, date), …) -> what collecting an archive of these said."""

    def run(layout, *entries, rules=RULES):
        (tmp_path / "class.zip").write_bytes(packed(*entries))
        return collect(mini, tmp_path / "class.zip", layout, rules)

    return run


def graded(student):
    one, = submissions(["mini"], (student,))
    notebook, checkpoints = one.read()
    return notebook, dict(checkpoints), one.submitted()


def everything_under(folder: Path):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*")
            if path.is_file() and not path.is_symlink()}


def test_moodles_archive_ends_where_grading_looks(take):
    found = take("moodle", ("Ada Nowak_7_assignsubmission_file_/mini.ipynb", b"A", date(1)),
                 ("Ada Nowak_7_assignsubmission_file_/checkpoints/net.safetensors", b"W", date(1, 13)),
                 ("Jan Zak_8_assignsubmission_file_mini.ipynb", b"J", date(1)))
    assert graded("ada") == (b"A", {"net": b"W"}, datetime(2027, 3, 1, 12))
    assert graded("jan")[0] == b"J"
    assert not (found.doubtful or found.unknown or found.refused or found.late or found.missing)


def test_what_make_submit_wrote_is_unpacked(take):
    inner = packed(("mini.ipynb", b"A"), ("checkpoints/net.safetensors", b"W"))
    take("files", ("mini-400001.zip", inner, date(2)))
    assert graded("ada") == (b"A", {"net": b"W"}, datetime(2027, 3, 2, 11))


def test_a_folder_on_disk_is_as_good_as_a_zip(mini, classroom_of_mini, tmp_path):
    (tmp_path / "mails" / "ada").mkdir(parents=True)
    (tmp_path / "mails" / "ada" / "mini.ipynb").write_bytes(b"A")
    (tmp_path / "mails" / "jan").symlink_to(tmp_path / "mails" / "ada")
    found = collect(mini, tmp_path / "mails", "files", RULES)
    assert graded("ada")[0] == b"A" and found.refused == [("jan", "a link")] and found.missing == ["jan"]


def test_the_latest_attempt_is_graded_and_earlier_ones_are_kept(take):
    take("files", ("ada/mini.ipynb", b"second", date(1, 20)))
    found = take("files", ("ada/mini.ipynb", b"first", date(1, 8)))
    assert graded("ada")[0] == b"second" and "the latest of 2 attempts" in found.students["ada"]
    take("files", ("ada/mini.ipynb", b"third", date(2, 8)))
    assert graded("ada")[0] == b"third"
    assert [(one.folder / "work" / "mini.ipynb").read_bytes() for one in attempts.kept("mini", "ada")] == [
        b"first", b"second", b"third"]


def test_several_zips_of_one_student_are_several_attempts(take):
    take("files", ("mini-400001.zip", packed(("mini.ipynb", b"late")), date(3)),
         ("mini-400001 (1).zip", packed(("mini.ipynb", b"early")), date(1)))
    assert graded("ada")[0] == b"late" and len(attempts.kept("mini", "ada")) == 2


def test_collecting_the_same_again_changes_nothing(take):
    entries = [("ada/mini.ipynb", b"A", date(1)), ("jan/mini.ipynb", b"J", date(2)), ("eve/mini.ipynb", b"E", date(2))]
    take("files", *entries)
    before = everything_under(course.BUILD)
    found = take("files", *entries)
    assert everything_under(course.BUILD) == before
    assert found.students["ada"].endswith("1 attempt, already collected")


def test_going_back_to_earlier_work_is_an_attempt_too(take):
    for text, day in ((b"A", 1), (b"B", 2), (b"A", 3)):
        take("files", ("ada/mini.ipynb", text, date(day)))
    assert graded("ada")[0] == b"A" and len(attempts.kept("mini", "ada")) == 3
    take("files", ("ada/mini.ipynb", b"A", date(4)))
    assert len(attempts.kept("mini", "ada")) == 3, "the same once more is no new work, and not later"


def test_work_put_there_by_hand_or_changed_there_is_kept_as_an_attempt(take, submit):
    submit("ada", b"by hand", {"timestamp.txt": b"2027-02-20 10:00:00 UTC"})
    take("files", ("ada/mini.ipynb", b"collected", date(1)))
    (course.SUBMITTED / "ada" / "mini" / "mini.ipynb").write_bytes(b"mended by a person")
    take("files", ("ada/mini.ipynb", b"later", date(2)))
    kept = [(one.folder / "work" / "mini.ipynb").read_bytes() for one in attempts.kept("mini", "ada")]
    assert kept == [b"by hand", b"collected", b"mended by a person", b"later"] and graded("ada")[0] == b"later"


def test_unknown_senders_are_listed_and_their_files_are_kept_until_they_are_known(take):
    found = take("moodle", ("Ada Novak_7_assignsubmission_file_/mini.ipynb", b"?", date(1)), ("note.txt", b"!"))
    assert [(who, why) for who, why in found.unknown if "Novak" in who] == [("Ada Novak (7)", "perhaps ada")]
    assert everything_under(course.UNKNOWN / "mini") == {"Ada Novak (7)/mini.ipynb": b"?", "no sender/note.txt": b"!"}
    assert not course.SUBMITTED.exists() and found.missing == ["ada", "jan"]
    known = parse_rules('[[students]]\nid = "ada"\nname = "Ada Nowak"\nalso = ["moodle 7"]')
    take("moodle", ("Ada Novak_7_assignsubmission_file_/mini.ipynb", b"?", date(1)), rules=known)
    assert graded("ada")[0] == b"?" and not (course.UNKNOWN / "mini" / "Ada Novak (7)").exists()


def test_lateness_is_told_after_the_grace(take):
    found = take("files", ("ada/mini.ipynb", b"A", (2027, 3, 1, 23, 14, 0)),
                 ("jan/mini.ipynb", b"J", (2027, 3, 1, 23, 16, 0)))
    assert found.late == {"jan": "handed in 01 Mar 23:16, due 01 Mar 23:00"}


def test_canvas_is_believed_about_lateness_but_not_about_dates(take):
    found = take("canvas", ("nowakada_1_2_mini.ipynb", b"A", date(9)), ("zakjan_LATE_3_4_mini.ipynb", b"J", date(1)))
    assert graded("ada")[2] == datetime(2027, 3, 1, 22), "in time: the deadline at the latest"
    assert list(found.late) == ["jan"] and graded("jan")[2] == datetime(2027, 3, 1, 22, 16)
    assert [who for who, _ in found.doubtful] == ["jan"]


@pytest.mark.parametrize("names, taken, doubt", [
    (["mini.ipynb", "old.ipynb"], "mini.ipynb", False), (["a.ipynb"], "a.ipynb", False),
    (["a.ipynb", "longer name.ipynb"], "longer name.ipynb", True), (["essay.pdf"], None, True), ([], None, None),
], ids=str)
def test_which_notebook_is_taken(take, names, taken, doubt):
    found = take("files", *((f"ada/{name}", name.encode(), date(1)) for name in names))
    if doubt is not None:
        assert graded("ada")[0] == (taken.encode() if taken else None) and bool(found.doubtful) == doubt


def test_a_file_that_names_another_student_is_a_doubt(take):
    found = take("moodle", ("Ada Nowak_7_assignsubmission_file_/mini-400002.zip", packed(("mini.ipynb", b"?"))))
    assert found.doubtful == [("ada", "sent mini-400002.zip, which names jan: whose work is it?")]
    assert graded("ada")[0] == b"?"


def test_bombs_and_tricks_inside_one_students_zip_touch_nobody_else(take, monkeypatch):
    monkeypatch.setattr("grading.unpacking.MAX_FILE", 100_000)
    evil = packed(("../../../evil.txt", b"x"), ("/tmp/evil.txt", b"x"), ("mini.ipynb", b"good"), ("bomb", bytes(10**6)))
    found = take("files", ("ada.zip", evil, date(1)), ("jan.zip", b"PK no zip", date(1)),
                 ("mini-400002.zip", packed(("mini.ipynb", b"J")), date(1)))
    assert graded("ada")[0] == b"good" and graded("jan")[0] == b"J"
    assert len(found.refused) == 4
    assert not [path for path in everything_under(course.BUILD.parent) if "evil" in path or "bomb" in path]


def test_a_file_and_a_folder_of_one_name_are_both_kept(take):
    take("files", ("ada/mini.ipynb", b"A"), ("ada/x", b"file"), ("ada/x/y", b"in a folder"))
    kept = everything_under(attempts.kept("mini", "ada")[0].folder)
    assert {b"A", b"file", b"in a folder"} <= set(kept.values())


def test_what_was_written_by_then_is_noted_by_exercise(take, hand_in, mini):
    take("files", ("ada/mini.ipynb", hand_in(mini, {"double": "def double(x): return x"}, solved=False), date(1)),
         ("jan/mini.ipynb", hand_in(mini), date(1)))
    assert attempts.kept("mini", "ada")[0].written == {"1 · Doubling"}
    assert attempts.kept("mini", "jan")[0].written == {"1 · Doubling", "2 · Halving"}
    assert attempts.kept("mini", "jan")[0].at == datetime(2027, 3, 1, 11, tzinfo=UTC)
