"""pytest tests/browser/test_feedback.py: a graded submission's feedback page, as stock nbgrader writes it."""

import base64
import io
import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import pytest
from nbgrader.api import Gradebook

from grading.authoring import notebook
from grading.course import ROOT
from grading.source import load

MINI = ROOT / "tests" / "grading" / "files" / "mini.py"
NAME = "w99_mini"
TEXTS = {"double": "def double(x):\n    return x + x if isinstance(x, int) else x  # <script>alert(1)</script>",
         "halve": "def halve(x):\n    return x / 2",
         "why": "Why is half of it enough?\n\n*Your answer:*\n\n# Because\nof <img src=x onerror=alert(1)> *symmetry*."
                "\n\n![a picture](https://example.org/spy.png)\n\n| a | b |\n|--:|---|\n| 1 | 2 |"}
RULES = """
[course]
title = "A small course"
[late]
per_day = 0.5
days = 5
[assignments.w99_mini]
due = 2027-03-01T12:00:00Z
cap = 4
[[students]]
id = "ada"
name = "Ada Nowak <b>"
"""
SECRETS = ("HIDDEN", "check.close", "check.equal", "reference.double", "rng.normal", "double(21)", "Because it is.")


def run(folder, *command):
    done = subprocess.run([Path(sys.executable).parent / command[0], *command[1:]], cwd=folder, capture_output=True,
                          text=True, env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(folder), "JUPYTER_NO_CONFIG": "1",
                                          "HOME": str(folder)})
    assert done.returncode == 0, done.stdout + done.stderr


def handed_in():
    """The notebook: one part of an exercise lost, text that would like to be HTML, a plot, a cell of her own."""
    made, figure = notebook(load(MINI), released=True), io.BytesIO()
    plt.figure(figsize=(3, 2)).savefig(figure, format="png")
    plt.close()
    for cell in made.cells:
        cell.source = TEXTS.get(cell.id, cell.source)
        if cell.id == "show-plot":
            data = {"image/png": base64.b64encode(figure.getvalue()).decode()}
            cell.outputs = [nbformat.v4.new_output("display_data", data=data)]
    return nbformat.writes(made)


@pytest.fixture(scope="module")
def feedback(tmp_path_factory):
    """The page, after a class of one was graded, a person has marked the answer, and nbgrader wrote it."""
    folder = tmp_path_factory.mktemp("school") / "course"
    for name in ("grading", "common"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "probes"))
    for name in ("nbgrader_config.py", "data/registry.toml"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    (folder / "solutions").mkdir()
    shutil.copy(MINI, folder / "solutions" / f"{NAME}.py")
    (folder / "course.toml").write_text(RULES)
    submitted = folder / "build" / "submitted" / "ada" / NAME
    submitted.mkdir(parents=True)
    (submitted / f"{NAME}.ipynb").write_text(handed_in())
    (submitted / "timestamp.txt").write_text("2027-03-02 10:00:00 UTC")
    run(folder, "course", "release", NAME)
    run(folder, "nbgrader", "autograde", NAME)
    with Gradebook(f"sqlite:///{folder}/build/gradebook.db", "deep-learning") as book:
        grade = book.find_grade("why", NAME, NAME, "ada")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        book.find_comment("why", NAME, NAME, "ada").manual_comment = "Symmetry of **what**? <i>Say</i> more."
        book.db.commit()
    run(folder, "nbgrader", "generate_feedback", NAME)
    return folder / "build" / "feedback" / "ada" / NAME / f"{NAME}.html"


def test_a_feedback_page_says_what_was_lost_and_why_and_is_accessible(feedback, page, scheme, violations, picture):
    page.emulate_media(color_scheme=scheme)
    page.goto(feedback.as_uri())
    for details in page.locator("details").all():
        details.locator("summary").click()
    picture(page, f"feedback-{scheme}", full_page=True)
    assert page.errors == [] and violations(page) == []
    said = page.locator("body").inner_text()
    for words in ("A small course · Ada Nowak <b>", "each element is doubled", "double: good",
                  "Symmetry of what? <i>Say</i>", "1.5 of 2", "1 day late, 50 % off", "1.75", "of 4 points",
                  "Everything is marked", "your answer why"):
        assert words in said, words
    assert page.locator("tr.failed").inner_text().split()[:4] == ["✗", "arrays", "not", "passed"]
    assert page.locator("tr.passed").count() == 2
    assert page.locator("img").evaluate_all("all => all.map(one => [one.alt, one.naturalWidth > 0])") == [
        ["Picture from your experiment in exercise 2, Halving", True]]
    page.get_by_role("link", name="2 · Halving").click()
    assert page.evaluate("document.querySelector(':target h2').innerText").startswith("2 · Halving")


def test_a_students_text_is_shown_and_never_run(feedback, page):
    page.goto(feedback.as_uri())
    said = page.locator("main").inner_text()
    assert "# <script>alert(1)</script>" in said and "<img src=x onerror=alert(1)>" in said
    assert page.locator("script").count() == 0
    levels = page.locator("h1, h2, h3, h4").evaluate_all("all => all.map(one => Number(one.tagName[1]))")
    assert levels[0] == 1 and all(b - a <= 1 and b > 1 for a, b in zip(levels, levels[1:])), levels


def test_no_hidden_test_is_in_the_page(feedback):
    text = feedback.read_text(encoding="utf-8")
    assert not [secret for secret in SECRETS if secret in text]


def test_it_prints_dark_on_white(feedback, page):
    page.emulate_media(media="print", color_scheme="dark")
    page.goto(feedback.as_uri())
    shown = page.evaluate("[getComputedStyle(document.documentElement).backgroundColor, "
                          "getComputedStyle(document.body).color]")
    assert shown == ["rgb(255, 255, 255)", "rgb(31, 36, 48)"]
    assert page.locator(".top").first.is_hidden()
