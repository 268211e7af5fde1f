"""course.toml: what it says, and what is said of a mistake in it.

    pytest tests/grading/test_rules.py
"""

from datetime import UTC, datetime, timedelta

import pytest

from grading.course import UsageError
from grading.rules import FILE, Early, Rules, load_rules, parse_rules

GOOD = """
[course]
title = "Networks"
timezone = "Europe/Warsaw"

[late]
free_minutes = 15
per_day = 0.1
days = 5

[assignments.w03]
due = 2027-03-01T23:00:00
cap = 8
bonus = 1.5
early = {due = 2027-02-22T23:00:00, points = 2}
groups = {B = 2027-03-03T23:00:00}

[assignments.w04]
due = 2027-04-01T12:00:00-05:00

[[students]]
id = "ada"
name = "Ada Nowak"
email = "ada@uni.example"
number = "400001"
also = ["a.nowak", 17]

[[students]]
id = "ben"
name = "Ben Li"
group = "B"

[[extensions]]
student = "ben"
assignment = "w03"
until = 2027-03-10T12:00:00
early = 2027-03-01T12:00:00
reason = "ill"
"""


@pytest.fixture
def rules():
    return parse_rules(GOOD)


def test_a_date_without_offset_is_in_the_courses_zone(rules):
    assert rules.due("w03", "ada") == datetime(2027, 3, 1, 22, tzinfo=UTC)
    assert rules.due("w04", "ada") == datetime(2027, 4, 1, 17, tzinfo=UTC)
    assert f"{rules.due('w04', 'ada'):%H:%M}" == "19:00", "shown in the course's zone"


def test_an_extension_goes_before_the_groups_date_and_that_before_the_assignments(rules):
    assert rules.due("w03", "ben") == datetime(2027, 3, 10, 11, tzinfo=UTC)
    without = Rules(rules.title, rules.zone, rules.late, rules.assignments, rules.students)
    assert without.due("w03", "ben") == datetime(2027, 3, 3, 22, tzinfo=UTC)
    assert without.due("w03", "somebody") == datetime(2027, 3, 1, 22, tzinfo=UTC)


def test_an_extension_never_takes_time_away():
    rules = parse_rules(GOOD.replace("until = 2027-03-10", "until = 2027-01-10"))
    assert rules.due("w03", "ben") == datetime(2027, 3, 3, 22, tzinfo=UTC)


def test_an_extension_may_move_the_early_deadline_too(rules):
    assert rules.early("w03", "ada") == Early(datetime(2027, 2, 22, 22, tzinfo=UTC), 2.0)
    assert rules.early("w03", "ben").due == datetime(2027, 3, 1, 11, tzinfo=UTC)
    assert rules.early("w04", "ada") is None


def test_the_rest_is_read_as_written(rules):
    assert (rules.late.free, rules.late.per_day, rules.late.days) == (timedelta(minutes=15), 0.1, 5)
    assert (rules.rule("w03").cap, rules.rule("w03").bonus, rules.rule("w04").cap) == (8.0, 1.5, None)
    assert rules.student("ada").also == ("a.nowak", "17") and rules.student("eve").id == "eve"


def test_a_time_that_clocks_skip_is_moved_on():
    rules = parse_rules('[course]\ntitle = ""\ntimezone = "Europe/Warsaw"\n[assignments.w]\ndue = 2027-03-28T02:30:00')
    assert rules.due("w", "x").isoformat() == "2027-03-28T03:30:00+02:00"


def test_without_a_file_there_are_no_rules(tmp_path):
    assert load_rules(tmp_path / "course.toml") == Rules()


def test_the_courses_own_file_is_sound():
    rules = load_rules(FILE)
    assert len(rules.students) == 30 and rules.rule("w03_numpy_network").cap == 8


@pytest.mark.parametrize("old, new, said", [
    ("[late]", "[lateness]", "unknown table 'lateness'"),
    ("[late]", "[late", "Expected ']'"),
    ("per_day = 0.1", "per_day = 10", r"\[late\]: per_day is a share between 0 and 1"),
    ("per_day = 0.1\n", "", r"\[late\]: 'per_day' is missing"),
    ("days = 5", "days = 2.5", r"\[late\]: days = 2.5: expected a whole number"),
    ("cap = 8", 'cap = "8"', r"\[assignments.w03\]: cap = '8': expected a number"),
    ("cap = 8", "cap = true", "expected a number"),
    ("cap = 8", "cap = -1", "not negative"),
    ("cap = 8", "caps = 8", "unknown key 'caps': choose from due, cap"),
    ("due = 2027-03-01T23:00:00", "due = 2027-03-01", "expected a date with its time"),
    ("due = 2027-03-01T23:00:00", "", "groups have deadlines, the assignment has none"),
    ("2027-02-22T23", "2027-03-22T23", "the early deadline is after the last one"),
    ("groups = {B", "groups = {C", "no student is in group 'C'"),
    ('"Europe/Warsaw"', '"Warsaw"', "there is no time zone 'Warsaw'"),
    ('"Europe/Warsaw"', '"../etc"', "there is no time zone"),
    ('id = "ben"', 'id = "ADA"', "student 2: id 'ada' is also that of student 1"),
    ('name = "Ben Li"', 'name = "Ben Li"\nnumber = "400001"', "number '400001' is also that of student 1"),
    ('id = "ben"', 'id = "../ben"', "student 2: id = '../ben': it names folders"),
    ('student = "ben"', 'student = "bob"', "extension 1: there is no student 'bob'"),
    ('assignment = "w03"', 'assignment = "w05"', "extension 1: there are no rules for 'w05'"),
    ("[[extensions]]", "[[extensions]]\nstudent = 'ben'\nassignment='w03'\nuntil=2027-03-10T12:00:00\n[[extensions]]",
     "extension 2: a second one for ben in w03"),
], ids=lambda value: value[:25].strip())
def test_a_mistake_is_named_with_its_place(old, new, said):
    assert old in GOOD
    with pytest.raises(UsageError, match=f"course.toml.*{said}"):
        parse_rules(GOOD.replace(old, new, 1))
