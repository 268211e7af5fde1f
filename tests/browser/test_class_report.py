"""pytest tests/browser/test_class_report.py: the report of a made-up class, on screens and on paper."""

import random
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from grading import report, rows, years
from grading.course import assignment
from grading.marks import Mark
from tests.grading.test_similar import program

NAME = "w03_numpy_network"
DUE = datetime(2027, 3, 1, 23, tzinfo=ZoneInfo("Europe/Warsaw"))
PAPER = 703  # CSS pixels between the margins of a sheet of A4


def results(one, count, seed=0):
    """Results of `count` students, as grading saves them, with everything that can go wrong."""
    chance, found = random.Random(seed), []
    for number in range(count):
        skill, cells = chance.betavariate(4, 2), []
        for cell in (cell for cell in one.cells if cell.graded):
            parts = [{"name": part.name, "max": part.points, "passed": passed, "score": part.points * passed,
                      "message": "" if passed else f"off by {chance.random():.2f}: is it divided by the batch size?"}
                     for part in cell.parts for passed in [chance.random() < skill]]
            score = sum(part["score"] for part in parts) if parts else None
            cells.append({"id": cell.id, "score": score, "max": cell.points, "parts": parts, "message": "",
                          "status": "ok" if parts else "person", "visible": chance.random() < 0.8 if parts else None})
        notes = ["The file is called otherwise."] if number % 9 == 4 else []
        found.append({"assignment": one.name, "student": f"student-{number:03}", "cells": cells, "notes": notes,
                      "person": [], "submitted": "2027-03-01T20:15:00", "late_seconds": 0.0,
                      "seconds": {"all": 5.5, "kernel": 1.0, "cells": 2.5, "judge": 2.0}})
    return found


def known(name, count):
    """Marks by rules for all of them, two who copied, one of the class who never handed in anything."""
    keys = [(name, f"student-{number:03}") for number in range(count)]
    late = timedelta(hours=30)
    marks = {key: Mark(key[1], name, (), 6.25, 8.0, 1, DUE + late, DUE, late, 2) for key in keys}
    texts = {key: {"1 · Forward": program(number), "2 · Backward": program(1000 + number)}
             for number, key in enumerate(keys)}
    texts |= {key: {"1 · Forward": program(1), "2 · Backward": "<script>alert(1)</script>\n" + program(2)}
              for key in keys[:2]}
    attempts = {key: 1 + number % 3 for number, key in enumerate(keys)}
    return rows.Class(("student-000", "who-never-came"), marks, attempts, texts)


@pytest.fixture(scope="session")
def address(tmp_path_factory):
    """address(count) -> the report of a class of so many, compared with the year before."""

    def make(count):
        folder, one = tmp_path_factory.mktemp("report"), assignment(NAME)
        before = report.write_report(results(one, 40, seed=1), [one], folder / "before").with_name("class.json")
        path = report.write_report(results(one, count), [one], folder, known(NAME, count) if count else None,
                                   years.load_last_year(before))
        return path.as_uri()

    return make


def test_the_report_is_readable_in_light_and_dark(address, page, picture, violations, scheme):
    page.emulate_media(color_scheme=scheme)
    page.goto(address(30))
    for closed in page.locator("details").all():
        closed.evaluate("one => one.open = true")
    assert page.locator(".pair pre").count() >= 2 and page.locator(".pair mark").count() > 20
    assert violations(page) == []
    picture(page, f"report-{scheme}", full_page=True)
    assert page.errors == []


@pytest.mark.parametrize("width", [390, 800, 1280])
def test_nothing_sticks_out_of_the_page(address, page, picture, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address(30))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    tallest = page.evaluate("Math.max(...[...document.querySelectorAll('tr')].map(row => row.offsetHeight))")
    assert tallest < 200, "a column so narrow that words fall apart"
    picture(page, f"report-{width}", full_page=True)


def test_a_pair_opens_side_by_side(address, page, picture):
    page.goto(address(30))
    pair = page.locator(".pair").first
    assert not pair.locator("pre").first.is_visible()
    pair.locator("summary").click()
    left, right = (pair.locator("pre").nth(n).bounding_box() for n in (0, 1))
    assert left["y"] == pytest.approx(right["y"], abs=1) and left["x"] + left["width"] < right["x"]
    assert "<script>alert(1)</script>" in pair.inner_text()
    pair.scroll_into_view_if_needed()
    picture(page, "report-similar")
    assert page.errors == []


def test_a_click_on_a_heading_sorts_and_typing_filters(address, page):
    page.goto(address(30))
    first = page.locator(".students tbody th").first
    page.get_by_role("button", name="Student").click()
    assert first.inner_text() == "who-never-came"
    page.get_by_role("searchbox").fill("student-007")
    assert page.locator(".students tbody tr:visible").count() == 1


def test_no_table_is_cut_off_on_paper(address, page):
    page.set_viewport_size({"width": PAPER, "height": 1000})
    page.goto(address(30))
    page.emulate_media(media="print")
    wide = page.evaluate("""() => [...document.querySelectorAll('table, pre')].filter(one => one.checkVisibility() &&
        one.getBoundingClientRect().right > innerWidth + 1).map(one => one.className)""")
    assert wide == []
    hidden = page.evaluate("""() => [...document.querySelectorAll('.scroll')].filter(
        one => one.checkVisibility() && (one.scrollWidth > one.clientWidth + 1 ||
               one.scrollHeight > one.clientHeight + 1)).map(one => one.ariaLabel)""")
    assert hidden == []
    pdf = page.pdf(format="A4", margin=dict.fromkeys(("left", "right", "top", "bottom"), "12mm"), path=None)
    assert pdf.startswith(b"%PDF") and pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") > 3
    assert page.errors == []


def test_on_paper_folded_names_are_unfolded_and_programs_are_not(address, page):
    page.goto(address(60))
    more = page.locator("details.more").first
    assert not more.evaluate("one => one.open")
    page.pdf(format="A4")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert more.evaluate("one => one.open") and not page.locator(".pair").first.evaluate("one => one.open")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not more.evaluate("one => one.open")


@pytest.mark.parametrize("count", [0, 1, 300])
def test_a_class_of_any_size_has_a_report(address, page, picture, violations, count):
    page.goto(address(count))
    assert page.locator("h1").inner_text() == "Class report"
    assert violations(page) == [] and page.errors == []
    assert page.evaluate("document.documentElement.scrollHeight") < 15_000
    picture(page, f"report-class-of-{count}", full_page=True)
