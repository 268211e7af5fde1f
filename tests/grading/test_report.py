"""The class report: what it counts, what it draws, and that nothing a student wrote becomes markup.

    pytest tests/grading/test_report.py
"""

import base64
import hashlib
import json
import os
import random
import time
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from grading import charts, items, report, rows, summary
from grading.marks import Mark
from grading.source import load, parse
from grading.submission import BadSubmission, read

MINI = load(Path(__file__).parent / "files" / "mini.py")
ATTACK = "<script>alert('you')</script>\"><img src=x onerror=alert(1)>"


def result(student, lost=(), message="each element is doubled", status="ok", answer="person", **more):
    """A saved result for the small assignment; `lost` names parts."""
    cells = []
    for cell in MINI.cells:
        if cell.kind == "test":
            parts = [{"name": part.name, "max": part.points, "passed": part.name not in lost,
                      "score": 0.0 if part.name in lost else part.points,
                      "message": message if part.name in lost else ""} for part in cell.parts]
            cells.append({"id": cell.id, "score": sum(part["score"] for part in parts), "max": cell.points,
                          "parts": parts, "status": status, "message": ""})
        elif cell.kind == "answer":
            cells.append({"id": cell.id, "score": None if answer == "person" else 0.0, "max": cell.points,
                          "parts": [], "status": answer, "message": ""})
    return {"assignment": MINI.name, "student": student, "cells": cells, "notes": [], "person": [],
            "submitted": "2026-11-20T10:00:00", "late_seconds": 0.0,
            "seconds": {"kernel": 0.5, "cells": 1.0, "judge": 0.25, "all": 1.8}} | more


def refused(student, sentence):
    everything = ("numbers", "arrays", "halve")
    found = result(student, everything, sentence, "unjudged", "empty", notes=[sentence], submitted=None)
    return found | {"seconds": {"all": 0.1}}


def marked(student, points, waits=0, **more):
    """A mark by the course's rules, as grading.marks gives it."""
    known = {"handed_in": None, "due": None, "late": timedelta(0), "days": 0} | more
    return Mark(student, MINI.name, (), points, 6.0, waits, **known)


def section(results, students=None, marks=None, **known):
    by_student = {one["student"]: one for one in results}
    marks = {(MINI.name, one.student): one for one in marks or ()}
    return summary.section(MINI, by_student, students or sorted(by_student), rows.Class(marks=marks, **known))


class Page(HTMLParser):
    """Every tag of a page, its scripts and styles, and its text."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.text, self.inside = [], "", ""
        self.blocks = {"script": "", "style": ""}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.inside = tag

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        if self.inside in self.blocks:
            self.blocks[self.inside] += data
        else:
            self.text += data


def page(results, folder, assignments=(MINI,), known=None, last_year=None) -> Page:
    path = report.write_report(results, list(assignments), folder, known, last_year)
    assert path == folder / "index.html"
    return Page(path.read_text(encoding="utf-8"))


@pytest.fixture
def some():
    return [result("ada"), result("ben", ["arrays"]), result("cyd", ["numbers", "arrays", "halve"]),
            result("dov", late_seconds=7500.0), refused("eve", "The file is empty."),
            refused("fay", rows.NOTHING)]


# What is counted


def test_the_headline_counts_the_class(some):
    found = section(some).numbers
    assert (found["students"], found["handed_in"], found["graded"]) == (6, 5, 4)
    assert (found["full"], found["zero"], found["late"], found["latest"]) == (2, 2, 1, 7500.0)
    assert found["mean"] == pytest.approx((4 + 2 + 0 + 4 + 0) / 4 / 5)
    assert (found["person"], found["to_mark"]) == (1, 4)


def test_an_exercise_is_judged_by_those_who_could_be_read(some):
    chart = section(some).success()
    assert chart.rows == [("1 · Doubling", "1.75", "3", charts.percent(1.75 / 3)),
                          ("2 · Halving", "0.75", "1", charts.percent(0.75))]
    assert "2 · Halving" not in chart.says and "1 · Doubling" in chart.says


def test_nothing_handed_in_is_said_as_the_grader_says_it():
    with pytest.raises(BadSubmission) as bad:
        read(None)
    assert str(bad.value) == rows.NOTHING


def test_who_handed_in_only_elsewhere_is_a_row_too():
    ada, ben = section([result("ada")], ["ada", "ben"]).rows
    assert (ada.student, ada.score, ben.student, ben.result) == ("ada", 4, "ben", None)


def test_lost_parts_are_ranked_with_what_was_said_most_often():
    found = section([
        result("a", ["arrays"], "shape (3, 2) instead of (2, 3)"), result("b", ["arrays"], "odd"),
        result("c", ["arrays", "halve"], "shape (5, 1) instead of (1, 5)"),
        result("d", ["arrays"], "your code raised NotImplementedError: double: return twice x"),
        result("e", ["arrays"], "your code raised NotImplementedError: double: return twice x"),
        result("f", ["arrays"], "your code raised NotImplementedError: double: return twice x"),
        refused("g", "The file is empty."),
    ])
    found = items.lost(found.parts)
    assert [(one.part, one.exercise, one.lost, one.empty, one.times) for one in found] == [
        ("arrays", "Doubling", 6, 3, 2), ("halve", "Halving", 1, 0, 1)]
    assert found[0].message == "shape (3, 2) instead of (2, 3)"


def test_parts_of_one_name_in_two_tests_are_two():
    one = result("a", ["numbers", "halve"])
    one["cells"][1]["parts"][0]["name"] = "numbers"
    lost = items.lost(section([one]).parts)
    assert [(part.exercise, part.part, part.lost) for part in lost] == [
        ("Doubling", "numbers", 1), ("Halving", "numbers", 1)]


def test_the_serious_reasons_come_first_and_apart_from_the_written_answers(some):
    dead = result("ida", ["arrays"])
    dead["cells"][0] |= {"status": "crashed", "message": "Your cell ended the notebook's process."}
    slow = result("jon", ["halve"])
    slow["cells"][1] |= {"status": "timeout", "message": "your code took too long"}
    odd = result("kim", notes=["The cell of `double` is missing.", "The cell of `double` is missing."])
    stopped = result("lea", person=["test-halve: the hidden test stopped: TypeError: no"])
    found = section([*some, dead, slow, odd, stopped])
    assert [(heading, who) for heading, _, who in found.groups()] == [
        ("The judge stopped", [("lea", ["test-halve: the hidden test stopped: TypeError: no"])]),
        ("The file could not be read", [("eve", ["The file is empty."])]),
        ("The notebook’s process ended", [("ida", ["Doubling: Your cell ended the notebook's process."])]),
        ("Out of time", [("jon", ["Halving: your code took too long"])]),
        ("Odd files and cells", [("kim", ["The cell of `double` is missing."])]),
    ]
    assert found.written() == [("Halving", "why", ["ada", "ben", "cyd", "dov", "ida", "jon", "kim", "lea"])]


def test_answers_that_a_person_has_marked_wait_no_longer():
    found = section([result("ada"), result("ben")], marks=[marked("ada", 5.5), marked("ben", 4.0, waits=1)])
    assert found.written() == [("Halving", "why", ["ben"])]


# What is drawn


@pytest.mark.parametrize("seed", range(20))
def test_a_histogram_holds_everybody_and_stays_in_its_frame(seed):
    chance = random.Random(seed)
    maximum = chance.choice([0.5, 1, 3.75, 8.75, 10, 16, 40, 300])
    size = chance.choice([1, 30, 300])
    scores = [chance.choice([0, maximum, chance.uniform(0, maximum)]) for _ in range(size)]
    chart = charts.histogram(scores, maximum)
    assert sum(count for _, count in chart.rows) == len(scores)
    assert len(chart.rows) <= charts.MAX_BINS
    for bar in ElementTree.fromstring(chart.svg).iter("rect"):
        left, width = (float(bar.get(name).rstrip("%")) for name in ("x", "width"))
        assert 0 <= left and left + width <= 100
        assert float(bar.get("y")) + float(bar.get("height")) == pytest.approx(220, abs=0.01)


def test_a_mark_on_the_edge_of_a_bin_belongs_above_and_full_marks_to_the_last():
    chart = charts.histogram([0.3 * 10, 3.0, 2.99, 8.75], 8.75)
    counts = dict(chart.rows)
    assert counts["3 to below 4"] == 2 and counts["2 to below 3"] == 1 and counts["8 to 8.75"] == 1


def test_times_are_on_one_scale_with_their_medians():
    dots = [(0.0, "refused"), (0.4, "a"), (3.0, "b"), (3.0, "c"), (120.0, "slow")]
    chart = charts.times([("everything", dots), ("judging", [])])
    assert chart.rows == [("everything", "3 s", "120 s", "120 s")]
    circles = list(ElementTree.fromstring(chart.svg).iter("circle"))
    places = [float(node.get("cx").rstrip("%")) for node in circles]
    assert len(circles) == 5 and places == sorted(places) and 0 <= places[0] and places[-1] <= 100
    assert circles[2].get("cy") != circles[3].get("cy"), "two at the same place must not hide each other"


def test_every_chart_says_in_words_what_it_shows(some, tmp_path):
    found = page(some, tmp_path)
    drawings = [one for tag, one in found.tags if tag == "svg" and "chart" in one["class"]]
    assert len(drawings) == 3
    assert all(one["role"] == "img" and len(one["aria-label"]) > 20 for one in drawings)
    assert found.text.count("The numbers") == 3, "and has its numbers in a table"


def test_shades_keep_no_points_and_all_points_apart():
    assert [report.level(score, 4) for score in (0, 0.25, 1, 2, 3, 3.99, 4)] == [0, 1, 2, 3, 4, 4, 5]
    assert report.level(0, 0) == 0


# The page


def test_nothing_that_a_student_wrote_becomes_markup(tmp_path):
    tame = result("ada", ["arrays"], notes=["n"], person=["p"])
    clean = page([tame, refused("ben", "r")], tmp_path / "clean")
    hostile = result(ATTACK, ["arrays"], ATTACK, notes=[ATTACK], person=[ATTACK])
    unreadable = refused(f"{ATTACK}2", ATTACK)
    marks = {(MINI.name, ATTACK): marked(ATTACK, 1.0, waits=1)}
    broken = {"assignment": MINI.name, "student": ATTACK, "broken": ATTACK}
    nowhere = result(ATTACK) | {"assignment": ATTACK}
    found = page([hostile, unreadable, broken, nowhere], tmp_path / "hostile", known=rows.Class(marks=marks))
    assert {tag for tag, _ in found.tags} == {tag for tag, _ in clean.tags} | {"ul", "li"}
    assert [tag for tag, _ in found.tags].count("script") == 1
    assert not [name for _, attributes in found.tags for name in attributes if name.startswith("on")]
    assert found.text.count(ATTACK) > 8, "it is there, as text"


def test_the_page_loads_nothing_and_lets_only_its_own_script_run(some, tmp_path):
    found = page(some, tmp_path)
    links = [value for _, attributes in found.tags for name, value in attributes.items()
             if name in ("src", "href", "srcset", "action", "data")]
    assert links and all(link.startswith("#") for link in links)
    assert "url(" not in found.blocks["style"] and "@import" not in found.blocks["style"]
    policy = next(a["content"] for tag, a in found.tags if a.get("http-equiv") == "Content-Security-Policy")
    for kind, text in found.blocks.items():
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert not [tag for tag, attributes in found.tags if "style" in attributes], "the policy would drop it"


def test_every_student_has_a_row_and_columns_agree(some, tmp_path):
    report.write_report(some, [MINI], tmp_path)
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    table = text[text.index('<table class="students">') :]
    head, body = table[: table.index("</table>")].split("<tbody>")
    rows = body.split("<tr")[1:]
    assert len(rows) == 6
    assert {row.count("<td") + row.count("<th ") for row in rows} == {head.count("<th ")}


def test_a_large_class_is_one_page_of_moderate_size(tmp_path):
    chance = random.Random(0)
    many = [result(f"student{n}", [part for part in ("numbers", "arrays", "halve") if chance.random() < 0.3],
                   notes=["The file is called otherwise."] * (n % 3 == 0)) for n in range(300)]
    found = page(many, tmp_path)
    assert all(f"student{n}" in found.text for n in range(300))
    assert "92 more" in found.text, "a long list of reasons is folded"
    assert (tmp_path / "index.html").stat().st_size < 1_000_000


def test_marks_by_the_courses_rules_are_shown_when_given(tmp_path):
    known = rows.Class(marks={(MINI.name, "ada"): marked("ada", 5.125)})
    assert "5.12" in page([result("ada"), result("ben")], tmp_path, known=known).text
    assert "5.12" not in page([result("ada"), result("ben")], tmp_path).text


@pytest.mark.parametrize("sentences", [[], [rows.NOTHING], ["The file is empty."]])
def test_a_class_with_nothing_to_show_has_a_report(sentences, tmp_path):
    assert "Class report" in page([refused("ada", sentence) for sentence in sentences], tmp_path).text


def test_an_assignment_that_only_people_mark_has_a_report(tmp_path):
    text = MINI.text[MINI.text.index("# %% [markdown] answer=") :]
    only = parse(f"# %% [markdown]\n# ### Exercise 1 · Why · 2 points · about 5 minutes\n\n{text}", "only")
    cells = [cell for cell in result("ada")["cells"] if cell["status"] == "person"]
    found = page([result("ada", assignment="only", cells=cells)], tmp_path, [only])
    assert "Written answers to mark" in found.text and "Nobody: everything was graded" not in found.text


# What comes from files


def test_a_broken_result_is_left_out_and_named(tmp_path):
    folder = tmp_path / "results" / MINI.name
    folder.mkdir(parents=True)
    (folder / "ada.json").write_text(json.dumps(result("ada")), encoding="utf-8")
    broken = {"cut": '{"assignment": "mi', "list": "[]", "empty": "", "fields": '{"assignment": "mini"}',
              "deep": "[" * 100_000, "cells": json.dumps(result("x") | {"cells": [1]}),
              "late": json.dumps(result("x") | {"late_seconds": "much"})}
    for name, text in broken.items():
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    (folder / "bytes.json").write_bytes(b"\xff\xfe\x00")
    (folder / "folder.json").mkdir()
    results = report.load_results(tmp_path / "results")
    assert [one["student"] for one in results if "broken" not in one] == ["ada"]
    text = page(results, tmp_path).text
    assert all(f"{MINI.name}/{name}.json" in text for name in [*broken, "bytes", "folder"])
    assert "9 results are doubtful" in text


def test_results_of_other_versions_and_assignments_are_named(tmp_path):
    old = result("ada")
    old["cells"].pop()
    text = page([old, result("ben") | {"assignment": "gone"}], tmp_path).text
    assert "mini/ada was graded with another version" in text
    assert "gone/ben: there is no such assignment" in text


def test_a_name_that_cannot_be_encoded_does_not_stop_the_report(tmp_path):
    assert "ada?" in page([result("ada\ud800")], tmp_path).text


@pytest.mark.parametrize("seconds, text", [
    (10, "under a minute"), (60, "1 min"), (3600, "1 h"), (19_800, "5 h 30 min"), (86_400, "1 d"),
    (2 * 86_400 + 4 * 3600 + 59, "2 d 4 h")])
def test_time_spans_are_short(seconds, text):
    assert report.duration(seconds) == text


def test_dates_are_in_local_time(monkeypatch):
    monkeypatch.setitem(os.environ, "TZ", "UTC-2")  # POSIX: two hours east of Greenwich
    time.tzset()
    try:
        assert report.date("2026-11-20T23:30:00") == "21 Nov 01:30"
        assert report.date("2026-11-20T23:30:00+01:00") == "21 Nov 00:30"
        assert report.date("") == "no date"
    finally:
        monkeypatch.undo()
        time.tzset()
