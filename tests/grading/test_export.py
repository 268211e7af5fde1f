"""Marks for other systems: what is in them, and that each file is read back as its system reads it. The readers here
follow the systems' own importers (Moodle's gradeimport_csv, Canvas' GradebookImporter), mistakes included.

    pytest tests/grading/test_export.py
"""

import csv
import html
import io
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from click.testing import CliRunner

from grading import attempts, cli, course, rules
from grading.attempts import Work
from grading.export import FORMATS, harmless
from grading.grade import CellResult, Result
from grading.gradebook import open_gradebook, record
from grading.ledger import explain, find, ledger
from grading.rules import load_rules

DUE = datetime(2027, 3, 1, 22, 0, tzinfo=UTC)
BEFORE, AFTER = DUE - timedelta(days=1), DUE + timedelta(days=30)
RULES = """
[course]
title = "Networks"
timezone = "Europe/Warsaw"
[late]
free_minutes = 15
per_day = 0.1
days = 5
[assignments.mini]
due = 2027-03-01T23:00:00
cap = 5
canvas = 4711
[[extensions]]
student = "ula"
assignment = "mini"
until = 2027-05-01T23:00:00
reason = "abroad"
[[students]]
id = "ada"
name = "Ada Maria Nowak"
email = "Ada.Nowak@uni.example"
number = "400001"
group = "monday"
also = ["canvas 17"]
[[students]]
id = "jan"
name = "Jan Żółć"
email = "jan@uni.example"
number = "400002"
[[students]]
id = "ewa"
name = "Ewa Lis"
email = "ewa@uni.example"
number = "400003"
[[students]]
id = "ula"
name = "Ula Bąk"
email = "ula@uni.example"
number = "400004"
"""


def result(student, double=3.0, halve=1.0, answer=None):
    cells = [CellResult("test-double", double, 3.0), CellResult("test-halve", halve, 1.0),
             CellResult("why", answer, 2.0, status="person" if answer is None else "empty")]
    return Result("mini", student, cells, {}, 6.0)


@pytest.fixture
def graded(classroom_of_mini, monkeypatch):
    """A class of four: ada all in time and marked by a person, jan two days late and to be marked, ewa and ula nothing.
    `graded.write(text)` is course.toml."""
    monkeypatch.setattr(course, "ROOT", classroom_of_mini)
    rules.FILE.write_text(RULES, encoding="utf-8")
    with open_gradebook() as book:
        record(book, result("ada"), (DUE - timedelta(hours=1)).replace(tzinfo=None))
        record(book, result("jan", double=0.375), (DUE + timedelta(hours=30)).replace(tzinfo=None))
        marked(book, "ada", 1.5, extra=0.25, comment="=A good thought; 2 < 3,\nbut why?")
    return rules.FILE


def marked(book, student, points, extra=None, comment=None):
    """What formgrader writes when a person marks the written answer."""
    grade = book.find_grade("why", "mini", "mini", student)
    grade.manual_score, grade.extra_credit, grade.needs_manual_grade = points, extra, False
    if comment:
        book.find_comment("why", "mini", "mini", student).manual_comment = comment
    book.db.commit()


def marks(now=AFTER):
    return ledger((), load_rules(), now)


def points(now=AFTER):
    return {student: entry.points for (_, student), entry in marks(now).entries.items()}


# The marks


def test_a_mark_is_the_gradebooks_points_by_the_rules_of_the_course(graded):
    found = marks()
    assert points()["ada"] == 5.0, "3 + 1 + 1.5 + 0.25 of which 5 count"
    assert points()["jan"] == 1.1, "0.375 + 1, two days late: 1.1"
    assert found.entries["mini", "ada"].mark.days == 0 and found.entries["mini", "jan"].mark.days == 2
    assert found.max == {"mini": 5.0}


def test_nothing_handed_in_is_zero_after_the_students_own_deadline_and_empty_before(graded):
    assert [points(now)["ewa"] for now in (BEFORE, AFTER)] == [None, 0.0]
    assert [points(now)["ula"] for now in (BEFORE, AFTER, AFTER + timedelta(days=60))] == [None, None, 0.0]
    graded.write_text(RULES.replace("due = 2027-03-01T23:00:00", ""), encoding="utf-8")
    assert points()["ewa"] is None, "without a deadline it may still come"


def test_what_is_handed_in_and_not_graded_yet_is_no_zero(graded, submit):
    submit("ewa", b"{}")
    assert points()["ewa"] is None and marks().entries["mini", "ewa"].remarks == ("handed in, and not graded yet",)


def test_newer_work_does_not_make_older_points_late(graded, mini):
    attempts.keep(mini, "ada", {}, Work(b"first", {}), DUE - timedelta(hours=1))
    attempts.keep(mini, "ada", {}, Work(b"second", {}), DUE + timedelta(hours=70))
    entry = marks().entries["mini", "ada"]
    assert (entry.points, entry.mark.days) == (5.0, 0)
    assert entry.remarks == ("newer work was handed in since, and is not graded yet",)


def test_the_early_share_knows_what_each_attempt_had(graded, mini, hand_in):
    graded.write_text(RULES.replace("cap = 5", "early = {due = 2027-02-20T23:00:00, points = 4}"), encoding="utf-8")
    assert points()["ada"] == 1.75, "nothing was there by then"
    first = hand_in(mini, {"double": "def double(x): return 2 * x"}, solved=False)
    attempts.keep(mini, "ada", {}, Work(first, {}), DUE - timedelta(days=20))
    assert points()["ada"] == 4.75, "the 3 points of the first exercise were"


def test_people_outside_the_class_list_are_there_with_the_gradebooks_names(graded):
    with open_gradebook() as book:
        book.update_or_create_student("guest", first_name="Olga", last_name="Tur")
        record(book, result("guest"), None)
    guest = find("guest", marks().students)
    assert (guest.name, points()["guest"]) == ("Olga Tur", 4.0)
    assert "guest" in FORMATS["plain"](marks(), load_rules()).text


def test_answers_marked_before_a_regrade_count_and_are_said(graded):
    with open_gradebook() as book:
        record(book, result("ada", halve=0.0), (DUE - timedelta(hours=1)).replace(tzinfo=None))
    entry = marks().entries["mini", "ada"]
    assert (entry.points, entry.waits) == (4.75, 0)
    assert entry.remarks == ("1 mark by a person from before the last grading: look again",)


# Moodle


def read_moodle(data: bytes, key: str, users: dict[str, str]) -> dict[str, tuple]:
    """{user: (grade, feedback)} after a grade import mapped by `key`. users: its values that Moodle knows, exactly."""
    table = list(csv.reader(io.StringIO(data.decode("utf-8").removeprefix("\ufeff"), newline="")))
    head, found, user = [name.strip() for name in table[0]], {}, None
    grade, feedback = head.index("Assignment: mini (Real)"), head.index("Assignment: mini (Feedback)")
    for row in table[1:]:
        assert len(row) == len(head), "csvweirdcolumns"
        if row[head.index(key)]:  # an empty one leaves the user of the row above
            user = users.get(row[head.index(key)])
        assert user, f"user mapping error: {row[head.index(key)]!r}: the whole import stops"
        assert user not in found, "two rows for one user"
        value = row[grade].strip()
        found[user] = (float(value) if value not in ("", "-") else None, row[feedback].strip())
    return found


BY_EMAIL = {"Ada.Nowak@uni.example": "ada", "jan@uni.example": "jan", "ewa@uni.example": "ewa",
            "ula@uni.example": "ula"}
BY_NUMBER = {"400001": "ada", "400002": "jan", "400003": "ewa", "400004": "ula"}


@pytest.mark.parametrize("key, users", [("Email address", BY_EMAIL), ("ID number", BY_NUMBER)])
def test_moodle_reads_each_grade_and_feedback_by_either_column(graded, key, users):
    made = FORMATS["moodle"](marks(), load_rules())
    found = read_moodle(made.text.encode(made.encoding), key, users)
    assert {user: grade for user, (grade, _) in found.items()} == {"ada": 5.0, "jan": 1.1, "ewa": 0.0, "ula": None}
    shown = html.unescape(found["ada"][1])
    assert shown.startswith("5 of 5 points\n1 · Doubling: 3 of 3") and "=A good thought; 2 < 3,\nbut why?" in shown
    assert "2 < 3" not in found["ada"][1], "Moodle shows it as HTML"
    assert "2 days late, 20 % off" in found["jan"][1] and "an answer waits to be marked" in found["jan"][1]
    assert found["jan"][1].endswith("The mark may still change.")
    assert "Nothing was handed in" in found["ewa"][1]


def test_a_grades_column_stands_before_each_feedback_column(graded):
    head = next(csv.reader(io.StringIO(FORMATS["moodle"](marks(), load_rules()).text)))
    feedback = [position for position, name in enumerate(head) if name.endswith("(Feedback)")]
    assert feedback and all(head[at - 1] == head[at].replace("Feedback", "Real") for at in feedback)


@pytest.mark.parametrize("lost, key, left_out", [
    ('number = "400003"', "Email address", []),
    ('email = "jan@uni.example"\nnumber = "400002"', "Email address", ["jan"]),
    ('email = "jan@uni.example"', "ID number", []),
])
def test_no_row_of_moodles_lacks_what_it_is_found_by(graded, lost, key, left_out):
    graded.write_text(RULES.replace(lost, ""), encoding="utf-8")
    made = FORMATS["moodle"](marks(), load_rules())
    found = read_moodle(made.text.encode(), key, BY_EMAIL | BY_NUMBER)
    assert sorted(found) == sorted({"ada", "jan", "ewa", "ula"} - set(left_out))
    assert [student for student, _ in made.left_out] == left_out
    assert found["ada"][0] == 5.0


def test_when_some_have_only_an_address_and_some_only_a_number_the_fewer_are_left_out(graded):
    text = RULES.replace('number = "400003"', "").replace('email = "jan@uni.example"\n', "").replace(
        'number = "400001"', "")
    graded.write_text(text, encoding="utf-8")
    made = FORMATS["moodle"](marks(), load_rules())
    assert sorted(read_moodle(made.text.encode(), "Email address", BY_EMAIL)) == ["ada", "ewa", "ula"]
    assert made.left_out == (("jan", "no Email address in course.toml"),)


# Canvas


def read_canvas(data: bytes, students: list[dict], assignments: dict[int, str]) -> tuple[dict, dict]:
    """({student: {assignment: grade}}, {assignment: points possible}) after an upload to the gradebook."""
    lines = data.decode("utf-8").splitlines()
    commas, semicolons = ({len(next(csv.reader([line], delimiter=sign))) for line in lines[:3]} for sign in ",;")
    sign = ";" if len(semicolons) == 1 and semicolons > commas else ","
    table = list(csv.reader(io.StringIO(data.decode("utf-8"), newline=""), delimiter=sign))
    head = table[0]
    assert len(head) > 3 and "Student" in head[0] and "ID" in head[1], "Invalid header row"
    assert re.search(r"SIS\s+User\s+ID", head[2]) and re.search(r"SIS\s+Login\s+ID", head[3])
    assert "Section" in head[4], "Invalid header row"
    names = {value: number for number, value in assignments.items()}
    columns = {}
    for position, title in enumerate(head[5:], start=5):
        match = re.fullmatch(r"(.*)\s\((\d+)\)", title)
        number = int(match[2]) if match and int(match[2]) in assignments else names.get(title)
        assert number, f"Canvas would make a new assignment {title!r}"
        columns[position] = number
    grades, possible = {}, {}
    for row in table[1:]:
        if "Points Possible" in row[0]:
            possible = {number: float(row[position]) for position, number in columns.items()}
            continue
        who = next((one for field, value in [("id", row[1]), ("sis", row[2]), ("login", row[3])] if value
                    for one in students if one[field] == value), None)
        who = who or next((one for one in students if row[0] in (one["name"], one["sortable"])), None)
        assert who, f"Canvas would ask who {row[0]!r} is"
        grades[who["id"]] = {number: float(row[position].strip()) if row[position].strip() else None
                             for position, number in columns.items()}
    return grades, possible


CANVAS = [{"id": "17", "sis": "x", "login": "x", "name": "Ada M. Nowak", "sortable": "Nowak, Ada M."},
          {"id": "18", "sis": "400002", "login": "x", "name": "J. Żółć", "sortable": "Żółć, J."},
          {"id": "19", "sis": "y", "login": "ewa@uni.example", "name": "E. Lis", "sortable": "Lis, E."},
          {"id": "20", "sis": "z", "login": "z", "name": "Ula Bąk", "sortable": "Bąk, Ula"}]


@pytest.mark.parametrize("number, title", [(4711, "A small assignment"), (5, "mini")])
def test_canvas_finds_students_and_assignments_in_each_of_its_ways(graded, number, title):
    if number == 5:
        graded.write_text(RULES.replace("canvas = 4711", ""), encoding="utf-8")
    made = FORMATS["canvas"](marks(), load_rules())
    grades, possible = read_canvas(made.text.encode(made.encoding), CANVAS, {number: title})
    assert grades == {"17": {number: 5.0}, "18": {number: 1.1}, "19": {number: 0.0}, "20": {number: None}}
    assert possible == {number: 5.0} and made.left_out == ()


def test_who_has_no_name_is_left_out_of_canvas_and_said(graded):
    with open_gradebook() as book:
        record(book, result("guest"), None)
    made = FORMATS["canvas"](marks(), load_rules())
    assert made.left_out == (("guest", "no name in course.toml"),)
    assert len(read_canvas(made.text.encode(), CANVAS, {4711: "x"})[0]) == 4


# Spreadsheets


def read_polish_excel(data: bytes) -> list[dict]:
    """As Excel opens a file where a comma is the decimal sign; formulas are an error here."""
    assert data.startswith(b"\xef\xbb\xbf"), "without its mark UTF-8 is read as Windows-1250"
    head, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";")

    def cell(text):
        assert not text.startswith(("=", "+", "-", "@")), f"a formula: {text}"
        assert not re.fullmatch(r"\d{1,2}\.\d{1,2}", text), f"{text} becomes a date"
        return Decimal(text.replace(",", ".")) if re.fullmatch(r"\d+(,\d+)?", text) else text

    return [dict(zip(head, map(cell, row), strict=True)) for row in rows]


def test_a_spreadsheet_has_numbers_as_numbers_and_remarks_beside_them(graded):
    made = FORMATS["plain"](marks(), load_rules())
    rows = {row["id"]: row for row in read_polish_excel(made.text.encode(made.encoding))}
    assert {one: row["mini (of 5)"] for one, row in rows.items()} == {
        "ada": 5, "jan": Decimal("1.1"), "ewa": 0, "ula": ""}
    assert (rows["jan"]["last name"], rows["jan"]["number"], rows["jan"]["sum"]) == ("Żółć", 400002, Decimal("1.1"))
    assert rows["jan"]["mini: remarks"] == "1 answer to be marked; 2 days late"
    assert rows["ewa"]["mini: remarks"] == "nothing was handed in, due 1 March 2027 at 23:00"


@pytest.mark.parametrize("layout", FORMATS)
def test_a_name_cannot_become_a_formula(graded, layout):
    evil = "=HYPERLINK(1) @SUM"
    graded.write_text(RULES.replace("Ada Maria Nowak", evil).replace('"monday"', '"+1"'), encoding="utf-8")
    made = FORMATS[layout](marks(), load_rules())
    cells = [cell for row in csv.reader(io.StringIO(made.text, newline=""), delimiter=";" if layout == "plain" else ",")
             for cell in row]
    assert any(cell.startswith("'") for cell in cells)
    assert not [cell for cell in cells if cell.lstrip(" ")[:1] in tuple("=+-@\t\r")]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", "  =1", "＝1"])
def test_what_begins_a_formula_gets_an_apostrophe(text):
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "1,5", "Ada =", "żółć", "'=1"])
def test_other_texts_stay_as_they_are(text):
    assert harmless(text) == text


# How a mark came about


def test_the_steps_are_explained_from_the_cells_to_the_mark(graded):
    found = marks()
    text = explain(found.entries["mini", "ada"], load_rules())
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert lines[0] == "Ada Maria Nowak (ada), mini"
    assert "+3 3 1 · Doubling: 3 of 3" in lines and "test-double: 3 of 3 by the judge" in lines
    assert "why: 1.5 of 2 by a person, and 0.25 on top" in lines and "a person wrote: but why?" in lines
    assert "-0.75 5 at most 5 points count" in lines
    assert lines[-1] == "The mark: 5 of 5, rounded to two decimals."
    late = " ".join(explain(found.entries["mini", "jan"], load_rules()).split())
    assert "-0.275 1.1 handed in 3 March 2027 at 05:00, due 1 March 2027 at 23:00: 2 days late, 20 % off" in late
    assert late.endswith("Provisional: 1 answer to be marked; 2 days late.")
    assert "0 points: nothing was handed in" in explain(found.entries["mini", "ewa"], load_rules())


@pytest.mark.parametrize("text", ["ada", "400001", "ada.nowak@uni.example", "Nowak Ada Maria"])
def test_a_student_is_found_by_whatever_names_them(graded, text):
    assert find(text, marks().students).id == "ada"


# The command


def export(*arguments):
    return CliRunner().invoke(cli.main, ["export", *arguments])


def test_the_command_writes_the_file_and_says_what_to_know(graded):
    done = export("--format", "moodle")
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[-1] == "build/export/moodle.csv: 4 students, mini"
    assert "mini: 1 answer to be marked: jan" in done.stdout and "mini: 2 days late: jan" in done.stdout
    found = read_moodle((course.EXPORT / "moodle.csv").read_bytes(), "Email address", BY_EMAIL)
    assert found["jan"][0] == 1.1
    export()
    assert read_polish_excel((course.EXPORT / "plain.csv").read_bytes())


def test_the_command_explains_one_student(graded):
    done = export("--explain", "400002", "mini")
    assert done.exit_code == 0 and "Jan Żółć (jan), mini" in done.stdout and "2 days late" in done.stdout
    assert not course.EXPORT.exists()


def test_wrong_use_is_one_line(graded):
    for arguments, words in [(["--explain", "Ewa Liss"], "perhaps ewa"), (["w99"], "choose from mini")]:
        done = export(*arguments)
        assert done.exit_code == 2 and words in done.stderr and done.stderr.count("\n") == 1


def test_without_any_marks_the_command_says_what_to_run(classroom_of_mini):
    assert "nothing has been graded yet: run `course grade` first" in export().stderr
