"""The class as rows: a student in an assignment, with marks by exercise and the reasons for a person to look.

Pure: plain results in (`Result.to_json()` with the student, the hand-in's date and the seconds).
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from grading.marks import Mark
from grading.source import Assignment

NOTHING = "Nothing was handed in for this assignment."  # what grading.submission says then
EMPTY = re.compile("NotImplementedError|^not written yet")  # what is said of a stub that was not filled in
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
class Class:
    """What the course knows besides the results; everything by (assignment, student).

    students: who is in it, whether or not they handed anything in. texts: exercise -> the code that a student wrote.
    """

    students: tuple[str, ...] = ()
    marks: Mapping[tuple[str, str], Mark] = field(default_factory=dict)
    attempts: Mapping[tuple[str, str], int] = field(default_factory=dict)
    texts: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)


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
    mark: Mark | None = None  # by the course's rules, a person's points included
    attempts: int = 0  # how often it was handed in, as far as that is known

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

    @property
    def share(self) -> float:
        """Of the automatic points; 0 where nothing was handed in."""
        return self.score / self.max if self.max else 0.0

    @cached_property
    def max(self) -> float:
        return sum(one.points for one in self.exercises)

    @property
    def readable(self) -> bool:
        tests = [cell for cell in self.cells.values() if cell["parts"]]
        return not tests or any(cell["status"] != "unjudged" for cell in tests)

    @property
    def late(self) -> float:
        """Seconds, by the course's rules where they give a deadline, else by the gradebook's."""
        if self.mark and self.mark.due:
            return self.mark.late.total_seconds()
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
        if self.mark and not self.mark.waits:
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


def rows_of(assignment: Assignment, results: Mapping[str, dict], students: list[str], known: Class) -> list[Row]:
    """A row for each student of the class: `results` by student; who has none handed nothing in."""
    found, name = exercises(assignment), assignment.name
    made = []
    for student in students:
        result = results.get(student)
        if result is not None and NOTHING in result["notes"]:
            result = None
        key = name, student
        made.append(Row(student, result, found, known.marks.get(key), known.attempts.get(key, 0)))
    return made
