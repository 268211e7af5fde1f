"""What points are worth by the rules: deadlines, early share, lateness, cap, bonus.

    pytest tests/grading/test_marks.py
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from grading.marks import Attempt, Points, after_late, days_late, early_loss, mark
from grading.rules import Early, Extension, Late, Rule, Rules, Student

WARSAW = ZoneInfo("Europe/Warsaw")
DUE = datetime(2027, 3, 1, 23, 0, tzinfo=WARSAW)
HOUR = timedelta(hours=1)
CELLS = [Points("a", "1 · Forward", 2.0, 2.0), Points("b", "2 · Backward", 3.0, 4.0),
         Points("c", "2 · Backward", 1.0, 2.0)]


def rules(late=None, students=(), extensions=None, **rule):
    return Rules("", WARSAW, late or Late(timedelta(minutes=15), 0.1, 5), {"w": Rule(DUE, **rule)},
                 {one.id: one for one in students}, extensions or {})


def given(at=DUE, **rule):
    return mark(rules(**rule), "w", "ada", CELLS, [Attempt(at)])


# Deadlines


@pytest.mark.parametrize("after, days", [
    (-HOUR, 0), (timedelta(0), 0), (timedelta(minutes=15), 0), (timedelta(minutes=16), 1), (24 * HOUR, 1),
    (24 * HOUR + timedelta(seconds=1), 2), (71 * HOUR, 3),
], ids=str)
def test_each_started_day_counts_after_a_grace(after, days):
    assert days_late(DUE + after, DUE, timedelta(minutes=15)) == days


def test_the_place_where_something_was_handed_in_does_not_matter():
    at = datetime(2027, 3, 1, 17, 30, tzinfo=ZoneInfo("America/New_York"))  # 23:30 in Warsaw
    assert days_late(at, DUE) == 1 and days_late(at, DUE, HOUR) == 0
    assert days_late(datetime(2027, 3, 1, 22, 0, tzinfo=UTC), DUE) == 0


def test_a_day_on_which_clocks_change_is_a_day():
    spring = datetime(2027, 3, 27, 23, 0, tzinfo=WARSAW)  # the next day has 23 hours
    assert days_late(datetime(2027, 3, 28, 21, 0, tzinfo=UTC), spring) == 1, "23:00 on the clock"
    assert days_late(datetime(2027, 3, 28, 21, 1, tzinfo=UTC), spring) == 2
    autumn = datetime(2027, 10, 30, 23, 0, tzinfo=WARSAW)  # the next day has 25
    assert days_late(datetime(2027, 10, 31, 22, 0, tzinfo=UTC), autumn) == 1
    assert days_late(datetime(2027, 10, 31, 22, 1, tzinfo=UTC), autumn) == 2


def test_late_in_the_hour_that_comes_twice_is_late():
    due = datetime(2027, 10, 31, 2, 30, tzinfo=WARSAW)  # the first 02:30
    assert days_late(datetime(2027, 10, 31, 2, 10, tzinfo=WARSAW, fold=1).astimezone(UTC), due) == 1


@pytest.mark.parametrize("days, left", [(0, 10), (1, 9), (5, 5), (6, 0)])
def test_lateness_takes_a_share_a_day_and_then_everything(days, left):
    assert after_late(10, days, Late(per_day=0.1, days=5)) == pytest.approx(left)


def test_points_never_become_negative():
    assert after_late(10, 20, Late(per_day=0.1)) == 0.0


# The early share

SCORES = {"forward": 2.0, "backward": 4.0}
EARLY = Early(DUE - 168 * HOUR, 3.0)


@pytest.mark.parametrize("attempts, lost", [
    ([], 3.0),
    ([Attempt(DUE, frozenset(SCORES))], 3.0),
    ([Attempt(EARLY.due, frozenset({"forward"})), Attempt(DUE, frozenset(SCORES))], 1.0),
    ([Attempt(EARLY.due, frozenset({"backward"}))], 0.0),
    ([Attempt(EARLY.due - HOUR, frozenset({"forward"})), Attempt(EARLY.due, frozenset({"backward"}))], 0.0),
    ([Attempt(EARLY.due - HOUR, frozenset())], 3.0),
    ([Attempt(EARLY.due - HOUR)], 0.0),
    ([Attempt(None)], 0.0),
], ids=["nothing", "all late", "some in time", "enough in time", "two attempts", "stubs alone",
        "not looked at", "undated"])
def test_points_due_early_need_what_was_written_by_then(attempts, lost):
    assert early_loss(SCORES, EARLY, attempts, timedelta(0)) == lost


def test_no_more_is_lost_than_was_earned():
    assert early_loss({"forward": 1.0}, EARLY, [], timedelta(0)) == 1.0
    assert early_loss({}, EARLY, [], timedelta(0)) == 0.0


# All together


def test_without_rules_a_mark_is_the_gradebooks_sum():
    found = mark(Rules(), "w", "ada", CELLS)
    assert (found.points, found.max, found.days) == (6.0, 8.0, 0)
    assert [(step.says, step.change, step.points) for step in found.steps] == [
        ("1 · Forward: 2 of 2", 2.0, 2.0), ("2 · Backward: 4 of 6", 4.0, 6.0)]


def test_the_cap_comes_after_lateness():
    found = given(DUE + 25 * HOUR, cap=5)
    assert [step.points for step in found.steps[2:]] == pytest.approx([4.8, 4.8])
    assert (found.points, found.max, found.days) == (4.8, 5, 2)
    assert found.steps[2].says == "handed in 3 March 2027 at 00:00, due 1 March 2027 at 23:00: 2 days late, 20 % off"
    assert given(cap=5).points == 5


def test_bonus_counts_within_the_cap_unless_the_rule_lets_it_lie_above():
    cells = [*CELLS, Points("extra", "3 · More", 1.5, 0.0)]
    three = [mark(rules(cap=cap, bonus=bonus), "w", "ada", cells, [Attempt(DUE)]).points
             for cap, bonus in [(None, 0), (6.5, 0), (6.5, 1), (6, 9)]]
    assert three == [7.5, 6.5, 7.5, 7.5]


def test_the_early_share_is_lost_before_lateness_takes_its_part():
    found = given(DUE + HOUR, early=Early(DUE - 168 * HOUR, 2.0))
    assert [step.change for step in found.steps[2:]] == pytest.approx([-2.0, -0.4])
    assert "2 of them were not written by then" in found.steps[2].says and found.points == 3.6


def test_after_the_last_day_nothing_counts_and_it_is_said():
    found = given(DUE + 200 * HOUR)
    assert found.points == 0 and "9 days late, nothing counts" in found.steps[-1].says


def test_the_last_attempt_decides_about_lateness():
    found = mark(rules(), "w", "ada", CELLS, [Attempt(DUE + HOUR), Attempt(DUE - HOUR), Attempt(None)])
    assert found.days == 1 and found.late == HOUR


def test_an_extension_takes_lateness_away_for_one_student():
    extended = {("w", "ada"): Extension(DUE + 48 * HOUR)}
    ada, ben = (mark(rules(students=[Student("ada"), Student("ben")], extensions=extended), "w", name, CELLS,
                     [Attempt(DUE + 30 * HOUR)]) for name in ("ada", "ben"))
    assert (ada.days, ada.points, ben.days, ben.points) == (0, 6.0, 2, 4.8)


def test_undated_work_is_not_late_and_unmarked_answers_are_counted():
    cells = [*CELLS, Points("why", "3 · Why", 0.0, 2.0, waits=True)]
    found = mark(rules(), "w", "ada", cells, [Attempt(None)])
    assert (found.days, found.handed_in, found.waits) == (0, None, 1)
    assert found.steps[-1].says == "3 · Why: 0 of 2, an answer waits to be marked"


def test_each_step_goes_on_from_the_one_before():
    found = given(DUE + 50 * HOUR, cap=3, early=Early(DUE - 168 * HOUR, 1.0))
    total = 0.0
    for step in found.steps:
        total += step.change
        assert step.points == pytest.approx(total)
    assert found.points == pytest.approx(total)
