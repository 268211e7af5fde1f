"""What a class says about exercises and tests, who may need help, and how this year compares with the last.

    pytest tests/grading/test_items.py
"""

import random

import numpy as np
import pytest

from grading import items, report, risk, rows, summary, years
from grading.course import UsageError
from grading.source import parse
from tests.grading.test_report import MINI, refused, result, section

ALL = ("numbers", "arrays", "halve")


def judged(student, lost=(), visible=None, **more):
    """A result that says how the visible checks ended; `visible` names the tests that passed, all by default."""
    found = result(student, lost, **more)
    for cell in found["cells"]:
        if cell["parts"]:
            cell["visible"] = visible is None or cell["id"] in visible
    return found


def class_of(count, seed=0):
    chance = random.Random(seed)
    return [judged(f"s{n:03}", [part for part in ALL if chance.random() < 0.4]) for n in range(count)]


def part(found, name):
    return next(one for one in found.parts if one.part == name)


# Difficulty and discrimination


def test_discrimination_is_the_correlation_with_all_other_points():
    found = section(class_of(60))
    first, second = found.exercise_items
    own, others = ([row.marks[n] for row in found.read] for n in (0, 1))
    assert first.discrimination.r == pytest.approx(np.corrcoef(own, others)[0, 1], abs=1e-12)
    assert second.discrimination.r == pytest.approx(first.discrimination.r), "of two, each is the other's rest"
    passed = np.array([1.0 * (row.cells["test-double"]["parts"][0]["passed"]) for row in found.read])
    rest = np.array([row.score for row in found.read]) - passed
    assert part(found, "numbers").discrimination.r == pytest.approx(np.corrcoef(passed, rest)[0, 1], abs=1e-12)


def test_the_interval_holds_the_true_correlation_95_times_in_100():
    chance, inside = np.random.default_rng(0), 0
    for _ in range(2000):
        pair = chance.multivariate_normal([0, 0], [[1, 0.4], [0.4, 1]], size=30)
        found = items.discrimination(*pair.T.tolist())
        inside += found.low <= 0.4 <= found.high
    assert inside / 2000 == pytest.approx(0.95, abs=0.015)  # three standard errors of a share of 2000


@pytest.mark.parametrize("own, others", [([1.0] * 30, list(range(30))), (list(range(30)), [2.0] * 30),
                                         ([0.0, 1.0] * 4, [1.0, 0.0] * 4)])
def test_where_all_are_alike_or_few_nothing_is_said(own, others):
    assert items.discrimination(own, others) is None


def test_a_perfect_correlation_has_an_interval_too():
    found = items.discrimination([0.0, 1.0] * 6, [1.0, 2.0] * 6)
    assert found.r == pytest.approx(1) and 0.9 < found.low <= found.high <= 1


def test_stubs_left_as_they_were_are_counted():
    stub = "your code raised NotImplementedError: double: return twice x"
    found = section([result("a", ["numbers", "arrays"], stub), result("b", ["arrays"], stub), result("c")])
    assert [one.untouched for one in found.exercise_items] == [1, 0]


# The tests themselves


def test_hidden_parts_that_contradict_visible_checks_are_counted_by_part():
    found = section([judged("a", ["arrays"]), judged("b", ["arrays"]), judged("c", ["arrays"], visible=()),
                     judged("d"), judged("e", ["halve"], visible=["test-double"])])
    assert [(one.part, one.misled, one.seen) for one in items.misleading(found.parts)] == [("arrays", 2, 4)]
    assert found.misled == 2 and found.known


def test_a_visible_part_that_cannot_fail_contradicts_nothing():
    text = MINI.text.replace('assert double(2) == 4, "double(2) should be 4"\n', "")
    found = summary.section(parse(text, "mini"), {"a": judged("a", ["arrays"])}, ["a"], rows.Class())
    assert not items.misleading(found.parts) and found.misled == 0


def test_results_from_before_visible_checks_were_noted_say_so(tmp_path):
    assert not section([result("a", ["arrays"])]).known
    report.write_report([result("a", ["arrays"])], [MINI], tmp_path)
    assert "grade again" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_parts_that_everybody_or_nobody_passes_are_named_from_ten_on():
    for count in (9, 10):
        found = section([judged(f"s{n}", ["halve"]) for n in range(count)])
        everybody, nobody = items.one_sided(found.parts)
        named = ["numbers", "arrays"], ["halve"]
        assert ([one.part for one in everybody], [one.part for one in nobody]) == (named if count == 10 else ([], []))


def test_a_part_that_the_weak_pass_more_often_is_found():
    strong, weak = ([judged(f"{who}{n}", lost) for n in range(10)]
                    for who, lost in (("strong", ["halve"]), ("weak", ["numbers", "arrays"])))
    found = items.backwards(section(strong + weak).parts)
    assert "halve" in [one.part for one in found] and all(one.discrimination.high < 0 for one in found[:1])


# Who may need help


def sections(*classes):
    """Assignments of one class: dicts from a student to a result."""
    students = sorted({student for one in classes for student in one})
    return [summary.section(MINI, found, students, rows.Class()) for found in classes]


def test_at_risk_is_who_hands_in_little_or_has_under_half_of_the_median():
    good = {name: result(name) for name in "abcd"}
    low = result("low", ["arrays", "halve"])
    never, broken = refused("never", rows.NOTHING), refused("broken", "The file is empty.")
    found = risk.at_risk(sections({**good, "low": low, "never": never, "broken": broken},
                                  {**good, "low": low, "never": never, "broken": result("broken")}))
    assert [one.student for one in found] == ["never", "low", "broken"]
    assert found[0].reasons[0] == "2 of 2 not handed in" and found[2].reasons == ["1 of 2 unreadable"]
    assert found[1].reasons == ["25 % of the points, the class’s median is 100 %"]


def test_an_assignment_counts_once_half_of_the_class_has_handed_it_in():
    everybody = {name: result(name) for name in "abcd"}
    assert risk.at_risk(sections(everybody, {"a": result("a")})) == []
    found = risk.at_risk(sections(everybody, {"a": result("a"), "b": result("b")}))
    assert [one.student for one in found] == ["c", "d"]


@pytest.mark.parametrize("found", [{}, {"a": result("a", ALL)}])
def test_nobody_is_at_risk_in_an_empty_class_and_alone_one_is_compared_with_nobody(found):
    assert risk.at_risk(sections(found)) == []


# Last year


def written(results, folder):
    report.write_report(results, [MINI], folder)
    return folder / "class.json"


def test_the_numbers_of_a_year_are_read_again_as_they_were(tmp_path):
    people = class_of(40)
    before = years.load_last_year(written(people, tmp_path))[MINI.name]
    now = section(people)
    changes = [before.whole(now.numbers), *(before.exercise(one, 40) for one in now.exercise_items),
               *(before.part(one) for one in now.parts)]
    assert len(changes) == 6 and all(abs(one.change) < 1e-4 and not one.clear for one in changes)


def test_no_student_is_in_the_file(tmp_path):
    people = [result(f"secret{n}", message=f"secret words {n}") for n in range(12)]
    assert "secret" not in written(people, tmp_path).read_text(encoding="utf-8")


def test_a_change_is_clear_when_it_is_more_than_chance_gives():
    chance, clear = np.random.default_rng(1), 0
    for _ in range(1000):
        groups = [chance.beta(2, 1, size=40) for _ in range(2)]
        before, now = (years.Group(one.mean(), one.std(), 40) for one in groups)
        clear += years._change(before, now).clear
    assert clear / 1000 == pytest.approx(0.05, abs=0.025)
    assert years._change(years.Group(0.5, 0.3, 40), years.Group(0.8, 0.3, 40)).clear
    assert not years._change(years.Group(0.0, 0.0, 1), years.Group(1.0, 0.0, 1)).clear


def test_the_report_shows_the_change_since_last_year(tmp_path):
    before = years.load_last_year(written([result(f"s{n}", ["halve"]) for n in range(20)], tmp_path / "before"))
    report.write_report([result(f"s{n}") for n in range(20)], [MINI], tmp_path, last_year=before)
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "Since last year" in text and '<span class="clear">+100</span>' in text
    report.write_report([result("ada")], [MINI], tmp_path)
    assert "last year" not in (tmp_path / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"kind": "else"}', '{"kind": "class report"}', "\x00",
                                  '{"kind": "class report", "assignments": {"mini": {"total": {"mean": 7}}}}',
                                  '{"kind": "class report", "assignments": [1]}', "[" * 100_000])
def test_what_is_no_class_file_is_refused_with_a_sentence(text, tmp_path):
    path = tmp_path / "old.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="expected a class.json that `course report` wrote"):
        years.load_last_year(path)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UsageError, match="gone.json"):
        years.load_last_year(tmp_path / "gone.json")
