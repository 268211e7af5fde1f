"""pytest tests/browser/test_formgrader.py: nbgrader's formgrader on a course of ours, from opening it to the marks."""

import csv
import re

import pytest

NAME = "w99_mini"
HALF = "def double(x):\n    return x + x if isinstance(x, int) else x"
WHOLE = "def double(x):\n    return 2 * x"
COMMENT = "A good thought: but why a half?"
READY = "() => window.formgrader?.grades?.loaded && window.formgrader.comments?.loaded"
WITHOUT_INTERNET = re.compile("ERR_NAME_NOT_RESOLVED|ERR_INTERNET|ERR_PROXY|MathJax is not defined")  # nbconvert's
EVIL = """<script>window.pwned = 1</script><img src="x" onerror="window.pwned = 1"><svg onload="window.pwned = 1"></svg>
<a href="javascript:window.pwned = 1">a</a> <iframe srcdoc="<script>parent.pwned = 1</script>"></iframe>
[b](javascript:window.pwned=1) ![c](x"onerror="window.pwned=1)"""
COURSE = """
[course]
title = "Networks"
[[students]]
id = "ada"
name = "Ada Nowak"
email = "ada@uni.example"
"""


@pytest.fixture
def school(new_school, command, mini, hand_in):
    """A course with one submission, graded: an exercise half right, and a written answer that waits for a person."""
    folder = new_school()
    (folder / "course.toml").write_text(COURSE)
    submit(folder, hand_in(mini, {"double": HALF, "why": "Because two halves are one."}))
    command(folder, "course", "grade")
    return folder


def submit(folder, data):
    path = folder / "build" / "submitted" / "ada" / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


@pytest.fixture
def formgrader(school, jupyter):
    """The address of formgrader, as `make formgrade` starts it."""
    return jupyter(school, {"PYTHONPATH": str(school)}) + "formgrader"


def exported(school, command):
    command(school, "course", "export")
    with open(school / "build" / "export" / "plain.csv", encoding="utf-8-sig", newline="") as file:
        row, = csv.DictReader(file, delimiter=";")
    return row


def test_a_person_marks_an_answer_and_the_mark_arrives_everywhere_and_survives_a_regrade(
        school, formgrader, page, picture, command, hand_in, mini):
    page.goto(f"{formgrader}?token=test")
    page.get_by_role("link", name=NAME).first.wait_for()
    picture(page, "formgrader-assignments")

    page.goto(f"{formgrader}/gradebook/{NAME}/{NAME}")
    page.get_by_role("link", name="Submission #1").click()
    page.locator("#why.score").wait_for()
    page.wait_for_function(READY)
    said = page.locator("#notebook-container").first.inner_text()
    assert "✗ arrays 0 of 2: each element is doubled" in said and "<" not in said, "a verdict, and no HTML as text"
    picture(page, "formgrader-submission", full_page=True)
    with page.expect_response(lambda reply: "/api/grade/" in reply.url and reply.request.method == "PUT"):
        page.locator("#why.score").fill("1.5")
        page.keyboard.press("Tab")
    with page.expect_response(lambda reply: "/api/comment/" in reply.url and reply.request.method == "PUT"):
        page.locator("#why-comment").fill(COMMENT)
        page.keyboard.press("Tab")

    page.goto(f"{formgrader}/manage_submissions/{NAME}")
    row = page.locator("#main-table tr").filter(has_text="Nowak, Ada")
    assert "3.5 / 6" in row.inner_text() and "graded" in row.locator(".status").inner_text().split()
    row.locator(".generate-feedback a").click()
    page.get_by_text("Successfully generated feedback").wait_for()
    page.get_by_role("button", name="Close").or_(page.get_by_role("button", name="OK")).last.click()
    feedback = school / "build" / "feedback" / "ada" / NAME / f"{NAME}.html"
    assert COMMENT in feedback.read_text(encoding="utf-8")
    assert exported(school, command)[f"{NAME} (of 6)"] == "3,5"

    submit(school, hand_in(mini, {"double": WHOLE, "why": "Because two halves are one."}))
    page.goto(f"{formgrader}/manage_submissions/{NAME}")
    row.locator(".autograde a").click()
    page.get_by_text("Successfully autograded").wait_for()
    picture(page, "formgrader-autograded")
    page.goto(f"{formgrader}/gradebook/{NAME}/{NAME}")
    page.get_by_role("link", name="Submission #1").click()
    page.wait_for_function(READY)
    assert page.locator("#why.score").input_value() == "1.5"
    assert page.locator("#why-comment").input_value() == COMMENT
    assert page.locator("#test-double.score").get_attribute("placeholder") == "3"
    assert re.search("✓ arrays 2 of 2", page.locator("#notebook-container").first.inner_text())
    picture(page, "formgrader-regraded", full_page=True)
    row = exported(school, command)
    assert row[f"{NAME} (of 6)"] == "5,5" and "look again" in row[f"{NAME}: remarks"]
    assert not [error for error in page.errors if not WITHOUT_INTERNET.search(error)]


def test_nothing_that_a_student_hands_in_runs_in_formgrader(new_school, command, mini, cells_of, file_of, jupyter,
                                                            page):
    folder = new_school()
    evil = {"data": {"text/html": EVIL, "application/javascript": "window.pwned = 1", "image/svg+xml": EVIL},
            "metadata": {}, "output_type": "display_data"}
    show = f"from IPython.display import HTML, Javascript, display\ndisplay(HTML({EVIL!r}), Javascript('pwned = 1'))"
    cells = cells_of(mini, {"double": f"{WHOLE}\n{show}", "why": EVIL, "halve": f"# {EVIL}\nprint({EVIL!r}); 1 / 0"})
    for cell in cells:
        cell["metadata"]["tags"] = [EVIL]
        if cell["cell_type"] == "code":
            cell["outputs"] = [evil]
    cells += [{"cell_type": "raw", "source": EVIL, "metadata": {"format": "text/html"}},
              {"cell_type": "markdown", "source": EVIL, "metadata": {}}]
    submit(folder, file_of(cells, metadata={"title": EVIL}))
    command(folder, "course", "grade")
    address = jupyter(folder, {"PYTHONPATH": str(folder)}) + "formgrader"

    page.goto(f"{address}?token=test")
    page.goto(f"{address}/gradebook/{NAME}/{NAME}")
    page.get_by_role("link", name="Submission #1").click()
    page.wait_for_function(READY)
    assert "window.pwned" in page.locator("#notebook-container").first.inner_text(), "it is there to be read"
    links = page.locator("#notebook-container a")
    assert all(link.get_attribute("href").startswith("#") for link in links.all())
    assert page.evaluate("window.pwned") is None
    assert not page.locator("#notebook-container :is(script, iframe, img[src='x'], svg, [onerror], [onload])").count()

    page.goto("about:blank")
    page.set_content(EVIL)
    page.wait_for_function("() => window.pwned === 1")  # in a page that lets it
