"""Who may need help, over all assignments so far, by a rule simple enough to be told. Pure.

An assignment counts once half of the class has handed it in. At risk is who handed in nothing that could be graded for
a third of these or more, or whose mean share of the automatic points over them is under half of the class's median.
"""

import statistics
from dataclasses import dataclass

from grading.rows import Row
from grading.summary import Section

MISSING = 1 / 3  # of the assignments so far
LOW = 1 / 2  # of the class's median


@dataclass(frozen=True)
class Risk:
    """One student: why, the mean share over the assignments that count, and the rows of these."""

    student: str
    reasons: list[str]
    mean: float
    rows: list[Row]


def counted(sections: list[Section]) -> list[Section]:
    """The assignments so far."""
    return [one for one in sections if one.handed_in and 2 * len(one.handed_in) >= len(one.rows)]


def at_risk(sections: list[Section]) -> list[Risk]:
    """The lowest mean first."""
    so_far = counted(sections)
    if not so_far:
        return []
    marked = [number for number, one in enumerate(so_far) if one.max]
    by_student = {rows[0].student: list(rows) for rows in zip(*(one.rows for one in so_far), strict=True)}
    means = {student: statistics.fmean(rows[number].share for number in marked) if marked else 0.0
             for student, rows in by_student.items()}
    median = statistics.median(means.values())
    found = []
    for student, rows in by_student.items():
        nothing = sum(row.result is None for row in rows)
        unreadable = sum(row.result is not None and not row.readable for row in rows)
        reasons = []
        if nothing + unreadable >= MISSING * len(rows):
            what = [f"{nothing} of {len(rows)} not handed in"] * bool(nothing)
            reasons += what + [f"{unreadable} of {len(rows)} unreadable"] * bool(unreadable)
        if means[student] < LOW * median:
            reasons.append(f"{100 * means[student]:.0f} % of the points, the class’s median is {100 * median:.0f} %")
        if reasons:
            found.append(Risk(student, reasons, means[student], rows))
    return sorted(found, key=lambda one: one.mean)
