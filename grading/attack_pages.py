"""What of a handed-in notebook would run in the browser of whoever reads its feedback page or the class report, or
grades it by hand.

The attacks put MARK into everything that could run. A page is rendered as nbgrader does, and read as a browser does:
the mark may stand in text, never in a script, an event's handler, a link that is a program or leads into the server
that shows the page, or an address that loads.
"""

import json
import tempfile
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import nbgrader.server_extensions.formgrader as formgrader
from nbconvert.exporters import HTMLExporter

from grading import feedback_page
from grading.course import nbgrader_config
from grading.grade import Result
from grading.report import write_report
from grading.source import Assignment

MARK = "attack_mark"
TEMPLATES = Path(formgrader.__file__).parent / "templates"
STYLES = Path(formgrader.__file__).parent / "static" / "node_modules" / "bootstrap" / "dist" / "css"
RUNNING = {"script", "style", "iframe", "object", "embed", "form", "base", "meta", "link", "template", "noscript"}
LOADING = {"src", "srcset", "data", "poster", "background", "action", "formaction", "srcdoc", "style"}


def page_problems(notebook: dict) -> list[str]:
    """Places in the pages of an executed notebook where the attack's mark would run or load."""
    if MARK not in json.dumps(notebook):
        return []
    notebook = nbformat.from_dict(notebook)
    for cell in notebook.cells:
        cell.metadata.get("nbgrader", {}).update(score=0, points=1, comment="")
    about = {"notebook": "page", "assignment": "page", "student": "page", "score": 0, "max_score": 1, "late_penalty": 0}
    marks = {"score": 0.0, "max": 1.0, "waits": False, "person": False, "comment": "", "empty": False}
    given = {"at": None, "student": "page", "cells": {cell.get("id"): marks for cell in notebook.cells}}
    resources = {"nbgrader": about, "index": 0, "total": 1}
    pages = {"feedback": feedback_page.page(notebook, about, given),
             "formgrade": _formgrader().from_notebook_node(notebook, resources=resources)[0]}
    return [f"{name}: {place}" for name, text in pages.items() for place in running(text)]


def report_problems(assignment: Assignment, result: Result) -> list[str]:
    """The same in the class report of this one result."""
    saved = {**result.to_json(), "student": "page", "submitted": None, "late_seconds": 0.0, "seconds": {}}
    if MARK not in json.dumps(saved):
        return []
    with tempfile.TemporaryDirectory() as folder:
        return [f"report: {place}" for place in running(write_report([saved], [assignment], Path(folder)).read_text())]


@cache
def _formgrader() -> HTMLExporter:
    """nbconvert's exporter as formgrader sets it up in this course."""
    config = nbgrader_config().copy()
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [str(TEMPLATES)]
    config.HTMLExporter.extra_template_paths = [str(STYLES)]
    return HTMLExporter(config=config)


def running(page: str) -> list[str]:
    """Where in an HTML page the mark would run or load something."""
    reader = _Reader(convert_charrefs=True)
    reader.feed(page)
    reader.close()
    return reader.found


class _Reader(HTMLParser):
    def __init__(self, **options):
        super().__init__(**options)
        self.found, self.inside = [], ""

    def handle_starttag(self, tag, attrs):
        if tag in RUNNING:
            self.inside = tag
        for name, value in attrs:
            value = "".join((value or "").split())
            runs = tag in RUNNING or name.startswith("on") or name in LOADING
            abroad = value.lower().startswith(("https://", "http://", "mailto:", "#"))
            program = name in ("href", "xlink:href") and not abroad  # a path leads into the server that shows the page
            picture = name == "src" and value.startswith("data:image/")
            if MARK in value and (runs or program) and not picture:
                self.found.append(f"<{tag} {name}={value[:60]}>")

    def handle_endtag(self, tag):
        if tag == self.inside:
            self.inside = ""

    def handle_data(self, data):
        if self.inside and MARK in data:
            self.found.append(f"<{self.inside}> {data[:60]}")
