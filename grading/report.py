"""The class report: one page that needs nothing else (build/report/index.html), from the results of grading, and
class.json beside it for a comparison next year.

Numbers come from `grading.summary` and its helpers, drawings from `grading.charts`, the layout from `templates/`.
Whatever a student wrote (names, messages, notes) stays text: Jinja2 escapes it, and by the page's own policy
a browser runs and loads nothing but the style and the script that stand in it.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from grading import charts, items, risk, similar, summary, years
from grading.course import write_atomically
from grading.pages import environment, inline
from grading.rows import Class
from grading.source import Assignment
from grading.years import LastYear

NUMBER = int | float
RESULT = {"assignment": str, "student": str, "cells": list, "notes": list, "person": list,
          "submitted": str | None, "late_seconds": NUMBER | None, "seconds": dict}
CELL = {"id": str, "score": NUMBER | None, "max": NUMBER, "parts": list, "status": str, "message": str}
PART = {"name": str, "score": NUMBER, "max": NUMBER, "passed": bool, "message": str}
UNITS = ((86400, "d"), (3600, "h"), (60, "min"))


def load_results(folder: Path) -> list[dict]:
    """The results saved as <assignment>/<student>.json.

    For a file that holds none there is {"assignment", "student", "broken": why}, which the report names.
    """
    return [_load(path) for path in sorted(Path(folder).glob("*/*.json"))]


def _load(path: Path) -> dict:
    try:
        result = json.loads(path.read_bytes())
        _expect(result, RESULT)
        for cell in result["cells"]:
            _expect(cell, CELL)
            for part in cell["parts"]:
                _expect(part, PART)
        return result
    except (OSError, ValueError, RecursionError) as error:
        return {"assignment": path.parent.name, "student": path.stem, "broken": str(error)}


def _expect(value, fields: dict):
    """A ValueError unless `value` is a dict with these fields, each of its type."""
    if not isinstance(value, dict):
        raise ValueError(f"expected an object, found {type(value).__name__}")
    for name, kind in fields.items():
        if name not in value or not isinstance(value[name], kind):
            raise ValueError(f"`{name}` is missing or of another type")


def write_report(
    results: Iterable[dict],
    assignments: list[Assignment],
    destination: Path,
    known: Class | None = None,
    last_year: Mapping[str, LastYear] | None = None,
) -> Path:
    """Write index.html and class.json into the folder `destination`; returns the page's path.

    results: as `load_results` gives them. known: what the course knows besides. last_year: by assignment, to compare.
    """
    known = known or Class()
    by_assignment: dict[str, dict[str, dict]] = {one.name: {} for one in assignments}
    graded = {one.name: {cell.id for cell in one.cells if cell.graded} for one in assignments}
    problems = []
    for result in results:
        name, student = result["assignment"], result["student"]
        if "broken" in result:
            problems.append(f"{name}/{student}.json is no result: {result['broken']}. Grade it again.")
        elif name not in graded:
            problems.append(f"{name}/{student}: there is no such assignment.")
        else:
            by_assignment[name][student] = result
            if {cell["id"] for cell in result["cells"]} != graded[name]:
                problems.append(f"{name}/{student} was graded with another version: grade it again.")
    students = {student for found in by_assignment.values() for student in found} | set(known.students)
    students = sorted(students, key=lambda student: (student.casefold(), student))
    sections = [summary.section(one, by_assignment[one.name], students, known) for one in assignments]
    overall = summary.numbers([row for section in sections for row in section.rows])
    written = datetime.now()
    page = _render(sections=sections, overall=overall, students=len(students), problems=problems, written=written,
                   risks=risk.at_risk(sections), so_far=risk.counted(sections), last_year=last_year or {})
    path = Path(destination) / "index.html"
    write_atomically(path, page.encode("utf-8", "replace").decode())  # a name may hold what cannot be encoded
    write_atomically(path.with_name("class.json"), years.export(sections, written.date()))
    return path


def _render(**names) -> str:
    filters = {"points": charts.points, "percent": charts.percent, "seconds": charts.seconds, "duration": duration,
               "date": date, "signed": signed}
    (style, style_source), (script, script_source) = inline("report.css"), inline("report.js")
    policy = f"default-src 'none'; style-src {style_source}; script-src {script_source}"
    template = environment(**filters).get_template("report.html")
    return template.render(style=style, script=script, policy=policy, bar=charts.bar, interval=charts.interval,
                           level=level, items=items, similar=similar, **names)


def duration(seconds: float) -> str:
    """A time span in its largest unit and the next: 2 d 3 h, 5 h 10 min, 40 min, under a minute."""
    for position, (size, unit) in enumerate(UNITS):
        if seconds >= size:
            whole, rest = divmod(seconds, size)
            smaller = UNITS[position + 1 : position + 2]
            more = [f"{rest // one:.0f} {name}" for one, name in smaller if rest >= one]
            return " ".join([f"{whole:.0f} {unit}", *more])
    return "under a minute"


def signed(value: float) -> str:
    """A number of two digits that says its sign, a minus as wide as a plus: +0.42, −0.07."""
    return f"{value:+.2f}".replace("-", "\N{MINUS SIGN}")


def date(iso: str) -> str:
    """An ISO time in this machine's time zone; one without a zone is UTC, as nbgrader keeps them."""
    if not iso:
        return "no date"
    moment = datetime.fromisoformat(iso)
    moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone()
    return f"{moment.day} {moment:%b %H:%M}"


def level(score: float, most: float) -> int:
    """The shade of a mark, from 0 (no points) over 1 to 4 to 5 (all of them)."""
    share = score / most if most else 0.0
    return 0 if share <= 0 else 5 if share > 1 - 1e-9 else 1 + min(int(4 * share), 3)
