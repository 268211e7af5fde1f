"""Item analysis: what a class's answers say about the exercises and about the tests themselves. Pure.

Difficulty is the mean share of the points. Discrimination is the corrected item-total correlation: Pearson's, of the
points in one exercise or part with all *other* automatic points of the assignment (Henrysson 1963, "Correction of
item-total correlations in item analysis", Psychometrika 28). The item's own points are left out because they would
correlate with themselves. Its 95 % interval is Fisher's z (1921), with a standard error of 1/sqrt(n - 3).
"""

import math
import re
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from grading.rows import EMPTY, Exercise, Row
from grading.source import Assignment

FEW = 10  # fewer submissions say nothing about a test
NUMBER = re.compile(r"-?\d[\d.e+-]*")


@dataclass(frozen=True)
class Discrimination:
    """A correlation with its 95 % interval."""

    r: float
    low: float
    high: float


@dataclass(frozen=True)
class ExerciseItem:
    """One exercise: mean share of its automatic points, their standard deviation, who left it as it was."""

    exercise: Exercise
    share: float
    spread: float
    untouched: int
    discrimination: Discrimination | None


@dataclass(frozen=True)
class PartItem:
    """One part of a hidden test.

    asked: submissions that could be read; lost: of them, those without its points, `empty` of which left the stub as
    it was. message, with the numbers of one student, is what `times` of the others were told.
    seen: those who passed the visible checks of its test; misled: of them, those who lost the part all the same.
    """

    exercise: str
    test: str
    part: str
    points: float
    asked: int
    lost: int
    empty: int
    message: str
    times: int
    seen: int
    misled: int
    discrimination: Discrimination | None

    @property
    def passed(self) -> float:
        return 1 - self.lost / self.asked


def discrimination(own: Sequence[float], others: Sequence[float]) -> Discrimination | None:
    """None where it would say nothing: few submissions, or all of them alike."""
    count = len(own)
    if count < FEW or max(own) - min(own) < 1e-9 or max(others) - min(others) < 1e-9:
        return None
    r = statistics.correlation(own, others)
    z, error = math.atanh(max(-0.9999, min(0.9999, r))), 1.96 / math.sqrt(count - 3)
    return Discrimination(r, math.tanh(z - error), math.tanh(z + error))


def exercise_items(rows: list[Row], exercises: list[Exercise]) -> list[ExerciseItem]:
    """The exercises with automatic points, judged by these rows (those that could be read)."""
    found = []
    for number, one in enumerate(exercises):
        if not one.points or not rows:
            continue
        own = [row.marks[number] for row in rows]
        others = [row.score - row.marks[number] for row in rows]
        shares = [mark / one.points for mark in own]
        untouched = sum(all(test in row.cells and _left(row.cells[test]) for test in one.tests) for row in rows)
        found.append(ExerciseItem(one, statistics.fmean(shares), statistics.pstdev(shares), untouched,
                                  discrimination(own, others)))
    return found


def _left(cell: dict) -> bool:
    """Whether a test found the stub as it was released, by what was said of all its parts."""
    return all(not part["passed"] and EMPTY.search(part["message"]) for part in cell["parts"])


def part_items(rows: list[Row], exercises: list[Exercise], assignment: Assignment) -> list[PartItem]:
    """All parts in the assignment's order, judged by these rows (those that could be read)."""
    titles = {test: one.title for one in exercises for test in one.tests}
    checked = _checked(assignment)
    found: dict[tuple[str, str], list[tuple[Row, dict, dict]]] = {}
    for row in rows:
        for cell in row.cells.values():
            for part in cell["parts"] if cell["id"] in titles else ():
                found.setdefault((cell["id"], part["name"]), []).append((row, cell, part))
    order = {test: number for number, test in enumerate(titles)}
    return [_part(titles[test], test in checked, answers)
            for (test, _), answers in sorted(found.items(), key=lambda one: order[one[0][0]])]


def _part(title: str, checked: bool, answers: list[tuple[Row, dict, dict]]) -> PartItem:
    _, cell, part = answers[0]
    lost = [one["message"] for _, _, one in answers if not one["passed"]]
    said = [message for message in lost if not EMPTY.search(message)]
    alike = Counter(NUMBER.sub("0", message) for message in said)
    gist, times = alike.most_common(1)[0] if said else ("", 0)
    sample = next((message for message in said if NUMBER.sub("0", message) == gist), "")
    seen = [one["passed"] for _, tested, one in answers if checked and tested.get("visible")]
    own = [one["score"] for _, _, one in answers]
    others = [row.score - points for (row, _, _), points in zip(answers, own, strict=True)]
    return PartItem(title, cell["id"], part["name"], part["max"], len(answers), len(lost), len(lost) - len(said),
                    sample, times, len(seen), seen.count(False), discrimination(own, others))


def _checked(assignment: Assignment) -> set[str]:
    """The tests whose visible part can fail at all: that assert something, or call a function of ours that does."""
    return {cell.id for cell in assignment.of_kind("test") if re.search(r"\bassert\b|\bcheck", cell.released)}


def misled(rows: list[Row], assignment: Assignment) -> int:
    """How many passed the visible checks of a test and lost a hidden part of it."""
    checked = _checked(assignment)
    return sum(any(cell["id"] in checked and cell.get("visible") and not all(part["passed"] for part in cell["parts"])
                   for cell in row.cells.values()) for row in rows)


def lost(parts: list[PartItem], most: int = 10) -> list[PartItem]:
    """The parts that most students lost."""
    return sorted((one for one in parts if one.lost), key=lambda one: -one.lost)[:most]


def misleading(parts: list[PartItem]) -> list[PartItem]:
    """Parts lost by students who had passed the visible checks of the same test; the largest share first."""
    return sorted((one for one in parts if one.misled), key=lambda one: (-one.misled / one.seen, -one.misled))


def one_sided(parts: list[PartItem]) -> tuple[list[PartItem], list[PartItem]]:
    """Parts that everybody passes, and parts that nobody does. None in a class too small to say."""
    enough = [one for one in parts if one.asked >= FEW]
    return [one for one in enough if not one.lost], [one for one in enough if one.lost == one.asked]


def backwards(parts: list[PartItem]) -> list[PartItem]:
    """Parts that those with fewer points pass more often: negative discrimination, the most negative first."""
    found = [one for one in parts if one.discrimination and one.discrimination.r < 0]
    return sorted(found, key=lambda one: one.discrimination.r)
