"""The made-up class: never over a real one, and the same each time.

    pytest tests/grading/test_demo.py
"""

import hashlib
from datetime import datetime, timedelta

import pytest

from grading import attempts, course, demo, probing
from grading.course import UsageError
from grading.grade import Result
from grading.gradebook import open_gradebook, record, recorded
from tests.grading.conftest import release_into


@pytest.fixture
def school(classroom_of_mini, monkeypatch):
    monkeypatch.setattr(demo, "SUBMITTED", course.SUBMITTED)
    monkeypatch.setattr(probing, "PROBES", course.PROBES)
    return classroom_of_mini


def digests():
    return {str(path.relative_to(course.SUBMITTED)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in course.SUBMITTED.rglob("*") if path.is_file()}


def test_a_class_of_thirty_is_the_same_each_time(school):
    assert demo.make_class(["mini"]) == 30
    first = digests()
    assert demo.make_class(["mini"]) == 30
    assert digests() == first and len({path.split("/")[0] for path in first} - {demo.MARK}) == 30


def test_most_have_handed_in_a_beginning_a_week_before(school):
    for _ in range(2):
        demo.make_class(["mini"])
    kept = {name: attempts.kept("mini", name.lower()) for name in demo.NAMES}
    assert 12 < sum(map(bool, kept.values())) < 30 and all(len(one) <= 1 for one in kept.values())
    assert all(one.at.replace(tzinfo=None) < demo.DUE - timedelta(days=7) and one.written <= {"1 · Doubling"}
               for tries in kept.values() for one in tries)


def test_a_real_class_is_never_replaced(submit, monkeypatch):
    monkeypatch.setattr(demo, "SUBMITTED", course.SUBMITTED)
    folder = submit("ada", b"her work")
    with pytest.raises(UsageError, match="a class that the demo did not make"):
        demo.make_class(["mini"])
    assert (folder / "mini.ipynb").read_bytes() == b"her work"


def test_marks_of_a_real_class_are_never_forgotten(school):
    with open_gradebook() as book:
        record(book, Result("mini", "ada", [], {}, 6.0), datetime(2026, 11, 20))
    with pytest.raises(UsageError, match="1 submissions that the demo did not make"):
        demo.make_class(["mini"])
    with open_gradebook() as book:
        assert recorded(book) == {("mini", "ada")}


def test_marks_of_an_earlier_demo_are_forgotten(school, mini):
    demo.make_class(["mini"])
    with open_gradebook() as book:
        release_into(book, mini)
        record(book, Result("mini", "ada", [], {}, 6.0), datetime(2026, 11, 20))
    demo.make_class(["mini"])
    with open_gradebook() as book:
        assert recorded(book) == set()
