"""An assignment's part of the class report, and its headline numbers. Pure: `grading.report` makes the page of them.

Rows are `grading.rows`', item analysis is `grading.items`', similar submissions are `grading.similar`'s.
"""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from grading import charts, items, similar
from grading.rows import GROUPS, Class, Exercise, Row, exercises, rows_of
from grading.source import Assignment

PHASES = {  # of Result.seconds, as people read them
    "all": "everything", "kernel": "starting the kernel", "cells": "running the cells", "judge": "judging",
}


@dataclass(frozen=True)
class Section:
    """One assignment's part of the report."""

    assignment: Assignment
    exercises: list[Exercise]
    rows: list[Row]
    alike: similar.Similar

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
    def marked(self) -> bool:
        return any(row.mark for row in self.rows)

    @property
    def repeated(self) -> int:
        """How many handed in more than once."""
        return sum(row.attempts > 1 for row in self.rows)

    @property
    def misled(self) -> int:
        """How many passed the visible checks of a test and lost a hidden part of it."""
        return items.misled(self.read, self.assignment)

    @property
    def known(self) -> bool:
        """Whether the results say how the visible checks ended; earlier ones do not."""
        return any(cell.get("visible") is not None for row in self.read for cell in row.cells.values())

    @property
    def top(self) -> float:
        """What the mark can be by the course's rules."""
        return next((row.mark.max for row in self.rows if row.mark), self.assignment.max_score)

    def histogram(self) -> charts.Chart:
        return charts.histogram([row.score for row in self.handed_in], self.max)

    def success(self) -> charts.Chart:
        return charts.success([(f"{item.exercise.number} · {item.exercise.title}", item.share * item.exercise.points,
                                item.exercise.points) for item in self.exercise_items])

    def times(self) -> charts.Chart:
        return charts.times([
            (name, [(row.seconds[phase], row.student) for row in self.read if phase in row.seconds])
            for phase, name in PHASES.items()
        ])

    @cached_property
    def exercise_items(self) -> list[items.ExerciseItem]:
        return items.exercise_items(self.read, self.exercises)

    @cached_property
    def parts(self) -> list[items.PartItem]:
        return items.part_items(self.read, self.exercises, self.assignment)

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
        "spread": statistics.pstdev(shares) if shares else None,
        "full": sum(share > 1 - 1e-9 for share in shares), "zero": sum(share < 1e-9 for share in shares),
        "person": sum(bool(row.reasons) for row in rows), "to_mark": sum(len(row.to_mark) for row in rows),
        "late": sum(row.late > 0 for row in rows), "latest": max((row.late for row in rows), default=0.0),
        "seconds": [row.seconds["all"] for row in handed_in if "all" in row.seconds],
    }


def section(assignment: Assignment, results: Mapping[str, dict], students: list[str], known: Class) -> Section:
    """The part of one assignment: `results` by student; a student of the class without one is a row too."""
    mine = {student: text for (name, student), text in known.texts.items() if name == assignment.name}
    alike = similar.compare(mine, similar.released(assignment))
    return Section(assignment, exercises(assignment), rows_of(assignment, results, students, known), alike)
