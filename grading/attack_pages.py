"""What of a handed-in notebook would run in the browser of whoever reads its feedback page or grades it by hand.

The attacks put MARK into everything that could run. A page is rendered as nbgrader does, and read as a browser does:
the mark may stand in text, never in a script, an event's handler, a link that is a program or leads into the server
that shows the page, or an address that loads.
"""

import json
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import nbgrader.server_extensions.formgrader as formgrader
from nbconvert.exporters import HTMLExporter

from grading.course import nbgrader_config

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
    resources = {"nbgrader": {"notebook": "page", "score": 0, "max_score": 1, "late_penalty": 0}, "index": 0,
                 "total": 1}  # fmt: skip
    found = []
    for template in ("feedback", "formgrade"):
        page, _ = _exporter(template).from_notebook_node(notebook, resources=dict(resources))
        found += [f"{template}: {place}" for place in running(page)]
    return found


@cache
def _exporter(template: str) -> HTMLExporter:
    """nbconvert's exporter as generate_feedback and formgrader set it up in this course."""
    config = nbgrader_config().copy()
    config.HTMLExporter.template_name = template
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
