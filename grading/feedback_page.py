"""One student's feedback as a page: each exercise's parts, points and hints, what was written, what a person said.

nbgrader's generate_feedback uses it, by `nbgrader_config.py`; it comes from the autograded notebook and the gradebook.
Only what the student wrote and what the judge and people said is shown: released text and checks are in the student's
notebook. Text stays text: Jinja2 escapes it, Markdown is rendered without HTML, and by the page's own policy a browser
runs nothing and loads nothing.
"""

import re
from datetime import datetime

from markupsafe import Markup
from nbconvert.exporters import HTMLExporter
from nbconvert.exporters.exporter import Exporter
from nbconvert.filters import strip_ansi
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbgrader.api import Gradebook
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from common.matching import ANSWER_STUB
from common.released import CARD
from grading import attempts, gradebook
from grading.marks import Mark, Points, date, mark
from grading.pages import environment, inline
from grading.rules import load_rules

MAX_TEXT = 20_000  # characters of one cell that are shown
MAX_OUTPUT = 4_000


class FeedbackExporter(HTMLExporter):
    """nbgrader's preprocessors put points into the notebook; the page is made from that."""

    def from_notebook_node(self, nb, resources=None, **kw):
        nb, resources = Exporter.from_notebook_node(self, nb, resources, **kw)
        about = resources["nbgrader"]
        return page(nb, about, given(about)), resources


def page(notebook, about, given) -> str:
    """The HTML of a graded notebook, an nbformat node.

    about: nbgrader's resources, with what GetGrades put there; given: what the gradebook knows, from `given`.
    """
    name, student = about["assignment"], about["student"]
    exercises = _exercises(notebook, given["cells"])
    title = next((m[1] for cell in notebook.cells if (m := re.search(r"^# (.+)$", cell.source, re.MULTILINE))), name)
    notes = [markdown(line[2:]) for cell in notebook.cells if cell.get("id") == "grader-notes"
             for line in cell.source.splitlines() if line.startswith("- ")]
    style, source = inline("feedback.css")
    policy = f"default-src 'none'; img-src data:; style-src {source}"
    rules = load_rules()
    filters = {"points": lambda value: f"{round(value, 3):g}", "date": date}
    return environment(**filters).get_template("feedback.html").render(
        name=name, title=title, course=rules.title, student=rules.student(student).name or given["student"],
        exercises=exercises, notes=notes, mark=_mark(rules, name, student, exercises, given["at"]),
        score=about["score"], max_score=about["max_score"], penalty=about["late_penalty"],
        waits=sum(cell["waits"] for one in exercises for cell in one["graded"]), at=given["at"],
        style=style, policy=policy)


def given(about) -> dict:
    """What the gradebook knows of this submission: when it came, whose it is; what waits and what people said."""
    name, student = key = about["assignment"], about["student"]
    with Gradebook(about["db_url"]) as book:
        at = gradebook.handed_in(book, student).get(key)
        known, *_ = gradebook.people(book, student).get(student, [""])
        cells = {one.cell: {"score": one.score, "max": one.max, "waits": one.waits, "person": one.manual is not None}
                 for one in gradebook.given(book, student).get(key, ())}
        for cell, comment in gradebook.comments(book, student).get(key, {}).items():
            cells.setdefault(cell, {}).update(comment=comment)
    return {"at": at and at.astimezone(load_rules().zone), "student": known or student, "cells": cells}


def _exercises(notebook, given) -> list[dict]:
    """The exercises of the notebook, each with what is shown of it, in order."""
    found = []
    for cell in notebook.cells:
        kind = cell.metadata.get("course", {}).get("kind", "")
        if kind == "text" and (card := CARD.search(cell.source)):
            found.append({"number": int(card["number"]), "title": card["title"], "bonus": bool(card["bonus"]),
                          "points": float(card["points"]), "graded": [], "items": []})
        if not found or kind in ("text", "given", "setup", ""):
            continue
        row = given.get(cell.metadata.get("nbgrader", {}).get("grade_id"), {})
        if "max" in row:
            found[-1]["graded"].append({"id": cell.id, "answer": kind == "answer", **row})
        item = _item(cell, kind, row, found[-1])
        if item["shown"]:
            found[-1]["items"].append(item)
    for one in found:
        one["score"] = sum(cell["score"] for cell in one["graded"])
        one["max"] = sum(cell["max"] for cell in one["graded"])
        one["waits"] = any(cell["waits"] for cell in one["graded"])
        one["lost"] = [part["name"] for item in one["items"] for part in item["parts"] if not part["passed"]]
        one["lost"] += [f"your answer {cell['id']}" for cell in one["graded"]
                        if cell["answer"] and not cell["waits"] and cell["score"] < cell["max"]]
    return found


def _item(cell, kind, row, exercise) -> dict:
    """What is shown of one cell: the judge's verdict, code or an answer of the student's, pictures, printed text."""
    verdict = cell.metadata["course"].get("verdict", {})
    mine = kind in ("exercise", "answer", "train", "added")
    text, pictures, error = _outputs(cell, kind)
    where = f"exercise {exercise['number']}, {exercise['title']}"
    names = {"show": "experiment", "answer": "answer", "train": "training", "test": "check"}
    item = {"kind": kind, "id": cell.get("id", ""), "row": row, "parts": verdict.get("parts", []),
            "message": verdict.get("message", ""), "printed": text, "error": error, "code": cell.cell_type == "code",
            "pictures": [{"source": source, "alt": f"Picture{f' {number}' if len(pictures) > 1 else ''} from your "
                                                   f"{names.get(kind, 'code')} in {where}"}
                         for number, source in enumerate(pictures, 1)], "question": "", "source": ""}
    if mine and item["code"]:
        item["source"] = _code(cell.source)
    elif mine:
        question, stub, answer = cell.source.rpartition(ANSWER_STUB)
        item["question"], item["source"] = markdown(question), markdown(answer) if answer.strip() else ""
    item["comment"] = markdown(row["comment"]) if row.get("comment") else ""
    item["shown"] = any(item[key] for key in ("source", "pictures", "comment", "parts", "message")) or kind == "answer"
    return item


def _outputs(cell, kind) -> tuple[str, list[str], str]:
    """(what the cell printed, its pictures as data: addresses, the error with which it stopped)."""
    text, pictures, error = "", [], ""
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            text += strip_ansi(output.text)
        elif output.output_type == "error" and kind != "test":  # under a test it is the verdict's
            error = strip_ansi(f"{output.ename}: {output.evalue}")
        else:
            for kind_of in ("image/png", "image/jpeg"):
                if kind_of in output.get("data", {}):
                    pictures.append(f"data:{kind_of};base64,{output.data[kind_of].strip()}")
    return text[:MAX_OUTPUT].strip(), pictures, error[:MAX_OUTPUT]


def markdown(text: str) -> Markup:
    """Rendered without any HTML of its own. Headings become bold, so that those of the page stay in order; pictures
    from elsewhere become their description."""
    text = text[:MAX_TEXT].replace("&lt;", "<")
    try:
        renderer = IPythonRenderer(escape=True, allow_harmful_protocols=False, exclude_anchor_links=True)
        made = MarkdownWithMath(renderer=renderer).render(text)
    except Exception:  # an attachment that is not there, quotes nested without end
        return Markup("<pre>{}</pre>").format(text)
    made = re.sub(r"<h[1-6][^>]*>(.*?)</h[1-6]>", r"<p><strong>\1</strong></p>", made, flags=re.DOTALL)
    made = re.sub(r"<img [^>]*?alt=\"([^\"]*)\"[^>]*>", r"[\1]", made)
    return Markup(re.sub(r"(<[a-z]+) style=\"[^\"]*\"", r"\1", made))


def _code(source: str) -> Markup:
    return Markup(highlight(source[:MAX_TEXT], PythonLexer(), HtmlFormatter(nowrap=True)))


def _mark(rules, name, student, exercises, at: datetime | None) -> Mark | None:
    """The mark by course.toml, step by step; None where it has no rules for the assignment."""
    if name not in rules.assignments:
        return None
    points = [Points(cell["id"], f"{one['number']} · {one['title']}", cell["score"], cell["max"], cell["waits"])
              for one in exercises for cell in one["graded"]]
    return mark(rules, name, student, points, attempts.counted(attempts.kept(name, student), at))
