"""The report's own numbers in a file, without students (build/report/class.json), and a comparison with last year's.

    course report                          writes build/report/class.json: keep it
    course report --last-year 2026.json    compares with it: assignments by name, exercises by title, parts by name
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from grading.course import UsageError
from grading.items import ExerciseItem, PartItem
from grading.summary import Section

KIND = "class report"


@dataclass(frozen=True)
class Group:
    """Shares of the points that `count` students got: their mean and standard deviation."""

    mean: float
    spread: float
    count: int


@dataclass(frozen=True)
class Change:
    """Last year's mean share, this year's minus it, and whether that is more than chance among so few would give:
    more than 1.96 standard errors of a difference of two means."""

    before: float
    change: float
    clear: bool


@dataclass(frozen=True)
class LastYear:
    """An assignment a year ago."""

    total: Group | None = None
    exercises: Mapping[str, Group] = field(default_factory=dict)
    parts: Mapping[str, Group] = field(default_factory=dict)  # test id/part -> the share that passed

    def exercise(self, item: ExerciseItem, count: int) -> Change | None:
        return _change(self.exercises.get(item.exercise.title), Group(item.share, item.spread, count))

    def part(self, item: PartItem) -> Change | None:
        return _change(self.parts.get(f"{item.test}/{item.part}"), _passed(item))

    def whole(self, numbers: dict) -> Change | None:
        now = numbers["mean"]
        return None if now is None else _change(self.total, Group(now, numbers["spread"], numbers["handed_in"]))


def _passed(item: PartItem) -> Group:
    return Group(item.passed, math.sqrt(item.passed * (1 - item.passed)), item.asked)


def _change(before: Group | None, now: Group) -> Change | None:
    if before is None:
        return None
    error = math.sqrt(before.spread**2 / before.count + now.spread**2 / now.count)
    difference = now.mean - before.mean
    return Change(before.mean, difference, min(before.count, now.count) > 1 and abs(difference) > 1.96 * error + 1e-9)


def export(sections: list[Section], written: date) -> str:
    """The numbers as JSON. No student is named in it; in a class of one or two they are still somebody's."""
    assignments = {}
    for one in sections:
        numbers, read = one.numbers, len(one.read)
        assignments[one.assignment.name] = {
            "total": _plain(numbers["mean"], numbers["spread"], numbers["handed_in"]),
            "exercises": {item.exercise.title: _plain(item.share, item.spread, read) for item in one.exercise_items},
            "parts": {f"{item.test}/{item.part}": _plain(*vars(_passed(item)).values()) for item in one.parts},
        }
    return json.dumps({"kind": KIND, "written": written.isoformat(), "assignments": assignments}, indent=1,
                      ensure_ascii=False)


def _plain(mean: float | None, spread: float | None, count: int) -> dict | None:
    return None if mean is None else {"mean": round(mean, 4), "spread": round(spread, 4), "count": count}


def load_last_year(path: Path) -> dict[str, LastYear]:
    """An earlier year's class.json: assignment -> its numbers. Raises UsageError for anything else."""
    try:
        tree = json.loads(Path(path).read_bytes())
        if tree["kind"] != KIND:
            raise ValueError(f"its kind is {tree['kind']!r}")
        return {name: LastYear(_group(one["total"]) if one["total"] else None,
                               *({key: _group(value) for key, value in one[part].items()}
                                 for part in ("exercises", "parts")))
                for name, one in tree["assignments"].items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(f"{path}: expected a class.json that `course report` wrote ({type(error).__name__}: {error})")


def _group(value: dict) -> Group:
    group = Group(float(value["mean"]), float(value["spread"]), int(value["count"]))
    if not (0 <= group.mean <= 2 and 0 <= group.spread <= 2 and group.count > 0):
        raise ValueError(f"found {value}: expected shares and a count")
    return group
