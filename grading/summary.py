"""What the grading of a class says: rows of students, exercises, lost parts, reasons for a person to look.

Pure: plain results in (`Result.to_json()` with the student, the hand-in's date and the seconds), numbers out.
The page is made of them by `grading.report`.
"""

import math
import re
import statistics
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from grading import charts
from grading.source import Assignment

NOTHING = "Nothing was handed in for this assignment."  # what grading.submission says then
EMPTY = re.compile("NotImplementedError|^not written yet")  # what is said of a stub that was not filled in
NUMBER = re.compile(r"-?\d[\d.e+-]*")
PHASES = {  # of Result.seconds, as people read them
    "all": "everything", "kernel": "starting the kernel", "cells": "running the cells", "judge": "judging",
}
GROUPS = {  # why a person should look, the rarest and most serious first: key -> (word, heading, what to do)
    "judge": ("judge stopped", "The judge stopped", "A hidden test met an answer that it was not written "
              "for. Read the answer: if it is right, give the points by hand and mend the test."),
    "unreadable": ("unreadable", "The file could not be read",
                   "Nothing could be graded. Ask for the file again."),
    "crashed": ("crashed", "The notebook’s process ended", "What came after was asked in a fresh process. An "
                "honest answer that uses too much memory looks the same as one that exits."),
    "timeout": ("out of time", "Out of time", "An endless loop, or an answer that is right but slow."),
    "odd": ("odd file", "Odd files and cells", "Cells that were lost, doubled or edited, files with other "
            "names or missing: grading went on as is said here."),
}


@dataclass(frozen=True)
class Exercise:
    """One heading card with the graded cells under it; `points` are the automatic ones."""

    number: int
    title: str
    points: float
    tests: dict[str, str]  # cell id -> name
    answers: dict[str, str]


@dataclass(frozen=True)
class Row:
    """One student in one assignment; `result` is None when nothing was handed in."""

    student: str
    result: dict | None
    exercises: list[Exercise]
    total: Mapping | None = None  # from the gradebook, a person's points included

    @cached_property
    def cells(self) -> dict[str, dict]:
        return {cell["id"]: cell for cell in self.result["cells"]} if self.result else {}

    @cached_property
    def marks(self) -> list[float]:
        """Automatic points in each exercise."""
        found = {name: cell["score"] or 0.0 for name, cell in self.cells.items()}
        return [math.fsum(found.get(test, 0.0) for test in one.tests) for one in self.exercises]

    @property
    def score(self) -> float:
        return sum(self.marks)

    @cached_property
    def max(self) -> float:
        return sum(one.points for one in self.exercises)

    @property
    def readable(self) -> bool:
        tests = [cell for cell in self.cells.values() if cell["parts"]]
        return not tests or any(cell["status"] != "unjudged" for cell in tests)

    @property
    def late(self) -> float:
        return self.result["late_seconds"] or 0.0 if self.result else 0.0

    @property
    def submitted(self) -> str:
        return self.result["submitted"] or "" if self.result else ""

    @property
    def seconds(self) -> dict[str, float]:
        return self.result["seconds"] if self.result else {}

    @cached_property
    def to_mark(self) -> list[str]:
        """The ids of written answers that wait for a person."""
        if self.total is not None and not self.total["needs_manual"]:
            return []
        return [cell["id"] for cell in self.cells.values() if cell["status"] == "person"]

    @cached_property
    def reasons(self) -> dict[str, list[str]]:
        """Why a person should look: group -> sentences."""
        if self.result is None:
            return {}
        if not self.readable:
            return {"unreadable": self.result["notes"] or ["No cell could be graded."]}
        names = {test: one.title for one in self.exercises for test in one.tests}
        found = {"judge": self.result["person"], "odd": self.result["notes"]}
        for status in ("crashed", "timeout"):
            found[status] = [f"{names.get(cell['id'], cell['id'])}: {_said(cell)}"
                             for cell in self.cells.values() if cell["status"] == status]
        found = {group: list(dict.fromkeys(sentences)) for group, sentences in found.items()}
        return {group: found[group] for group in GROUPS if found.get(group)}

    @property
    def remarks(self) -> list[str]:
        """The reasons in a word each."""
        return [GROUPS[group][0] for group in self.reasons]


def _said(cell: dict) -> str:
    """What the student reads of a cell, or of its first part that has something to say."""
    return next(filter(None, [cell["message"], *(part["message"] for part in cell["parts"])]), "no message")


@dataclass(frozen=True)
class Lost:
    """A part and how many lost it: `empty` of them left the stub as it was; `message`, with the numbers of
    one student, is what `times` of the others were told."""

    exercise: str
    part: str
    count: int
    empty: int
    message: str
    times: int


@dataclass(frozen=True)
class Section:
    """One assignment's part of the report."""

    assignment: Assignment
    exercises: list[Exercise]
    rows: list[Row]

    @cached_property
    def handed_in(self) -> list[Row]:
        return [row for row in self.rows if row.result]

    @cached_property
    def read(self) -> list[Row]:
        return [row for row in self.handed_in if row.readable]

    @property
    def max(self) -> float:
        return sum(one.points for one in self.exercises)

    @property
    def median(self) -> float:
        return statistics.median(row.score for row in self.handed_in)

    @property
    def numbers(self) -> dict:
        return numbers(self.rows)

    @property
    def totals(self) -> bool:
        return any(row.total for row in self.rows)

    def histogram(self) -> charts.Chart:
        return charts.histogram([row.score for row in self.handed_in], self.max)

    def success(self) -> charts.Chart:
        means = [statistics.fmean(row.marks[n] for row in self.read) for n in range(len(self.exercises))]
        found = zip(self.exercises, means, strict=True)
        return charts.success([(f"{one.number} · {one.title}", mean, one.points)
                               for one, mean in found if one.points])

    def times(self) -> charts.Chart:
        return charts.times([
            (name, [(row.seconds[phase], row.student) for row in self.read if phase in row.seconds])
            for phase, name in PHASES.items()
        ])

    def lost(self, most: int = 10) -> list[Lost]:
        """The parts that most students lost, with what they were told most often."""
        titles = {test: one.title for one in self.exercises for test in one.tests}
        found: dict[tuple[str, str], list[str]] = {}
        for row in self.read:
            for cell in row.cells.values():
                for part in cell["parts"]:
                    if not part["passed"] and cell["id"] in titles:
                        found.setdefault((cell["id"], part["name"]), []).append(part["message"])
        lost = []
        for (test, name), messages in found.items():
            said = [message for message in messages if not EMPTY.search(message)]
            alike = Counter(NUMBER.sub("0", message) for message in said)
            gist, times = alike.most_common(1)[0] if said else ("", 0)
            sample = next((message for message in said if NUMBER.sub("0", message) == gist), "")
            lost.append(Lost(titles[test], name, len(messages), len(messages) - len(said), sample, times))
        return sorted(lost, key=lambda one: -one.count)[:most]

    def groups(self) -> list[tuple[str, str, list[tuple[str, list[str]]]]]:
        """Who needs a person, by reason: (heading, what to do, [(student, sentences)])."""
        return [(heading, advice, who) for key, (_, heading, advice) in GROUPS.items()
                if (who := [(row.student, row.reasons[key]) for row in self.rows if key in row.reasons])]

    def written(self) -> list[tuple[str, str, list[str]]]:
        """The written answers that wait to be marked: (exercise, question's id, students)."""
        return [(one.title, answer, who) for one in self.exercises for answer in one.answers
                if (who := [row.student for row in self.rows if answer in row.to_mark])]


def numbers(rows: list[Row]) -> dict:
    """The headline of some rows; marks count as shares of the automatic points."""
    handed_in = [row for row in rows if row.result]
    shares = [row.score / row.max for row in handed_in if row.max]
    return {
        "students": len(rows), "handed_in": len(handed_in), "graded": sum(row.readable for row in handed_in),
        "mean": statistics.fmean(shares) if shares else None,
        "full": sum(share > 1 - 1e-9 for share in shares), "zero": sum(share < 1e-9 for share in shares),
        "person": sum(bool(row.reasons) for row in rows), "to_mark": sum(len(row.to_mark) for row in rows),
        "late": sum(row.late > 0 for row in rows), "latest": max((row.late for row in rows), default=0.0),
        "seconds": [row.seconds["all"] for row in handed_in if "all" in row.seconds],
    }


def exercises(assignment: Assignment) -> list[Exercise]:
    """The exercises of an assignment in their order, with the ids of their graded cells."""
    cards = dict.fromkeys(cell.card for cell in assignment.cells if cell.graded)
    found = []
    for card in cards:
        tests = [cell for cell in assignment.of_kind("test") if cell.card == card]
        answers = [cell for cell in assignment.of_kind("answer") if cell.card == card]
        points = sum(cell.points for cell in tests)
        ids = ({cell.id: cell.name for cell in cells} for cells in (tests, answers))
        found.append(Exercise(card.number, card.title, points, *ids))
    return found


def section(assignment: Assignment, results: Mapping[str, dict], students: list[str],
            totals: Mapping[tuple[str, str], Mapping]) -> Section:
    """The part of one assignment: `results` by student; a student of the class without one is a row too."""
    found = exercises(assignment)
    rows = []
    for student in students:
        result = results.get(student)
        if result is not None and NOTHING in result["notes"]:
            result = None
        rows.append(Row(student, result, found, totals.get((assignment.name, student))))
    return Section(assignment, found, rows)
