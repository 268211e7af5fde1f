"""What a student's points are worth by the course's rules, step by step. Pure: nothing is read or written here.

    the exercises' points  →  what was due early  →  lateness  →  the cap  →  two decimals

Each step says what it did in a sentence; `course export --explain` prints them, the exports take the last.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from grading.rules import Early, Late, Rules

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Points:
    """One graded cell in the gradebook. `exercise` is its heading; what lies above `max` is bonus."""

    cell: str
    exercise: str
    score: float
    max: float
    waits: bool = False


@dataclass(frozen=True)
class Attempt:
    """One time that work was handed in. at: aware, None when unknown; written: the exercises filled in by then,
    None when that was not looked at (then all count as written)."""

    at: datetime | None
    written: frozenset[str] | None = None
    note: str = ""


@dataclass(frozen=True)
class Step:
    says: str
    change: float
    points: float


@dataclass(frozen=True)
class Mark:
    """A mark and how it came about. max: what can be reached (the cap, if there is one); waits: answers to mark."""

    student: str
    assignment: str
    steps: tuple[Step, ...]
    points: float
    max: float
    waits: int
    handed_in: datetime | None
    due: datetime | None
    late: timedelta
    days: int


def days_late(at: datetime, due: datetime, free: timedelta = timedelta(0)) -> int:
    """Started days after the deadline, 0 within `free`. A day ends at the deadline's time on the clock, so the days
    on which clocks change are days too, though they have 23 or 25 hours."""
    if at <= due + free:
        return 0
    local = at.astimezone(due.tzinfo).replace(tzinfo=None) - due.replace(tzinfo=None)
    return max(1, math.ceil(local / DAY))


def after_late(points: float, days: int, late: Late) -> float:
    """What is left of `points` after so many days."""
    if days > late.days:
        return 0.0
    return points * max(0.0, 1 - late.per_day * days)


def early_loss(scores: dict[str, float], early: Early, attempts: Sequence[Attempt], free: timedelta) -> float:
    """Points lost because they were due early: of the first `early.points`, those that the exercises written by then
    did not earn. scores: exercise -> points in the end."""
    total = sum(scores.values())
    by_then = [one for one in attempts if one.at is None or one.at <= early.due + free]
    written = set(scores) if any(one.written is None for one in by_then) else set().union(
        *(one.written for one in by_then))
    earned = sum(points for exercise, points in scores.items() if exercise in written)
    return max(0.0, min(early.points, total) - min(early.points, earned))


def mark(rules: Rules, assignment: str, student: str, cells: Sequence[Points],
         attempts: Sequence[Attempt] = ()) -> Mark:
    """The mark for one assignment. attempts: in any order; the last one handed in is the one that was graded."""
    rule, due, early = rules.rule(assignment), rules.due(assignment, student), rules.early(assignment, student)
    dated = [one.at for one in attempts if one.at]
    handed_in = max(dated).astimezone(rules.zone) if dated else None
    days = days_late(handed_in, due, rules.late.free) if handed_in and due else 0
    late = max(handed_in - due, timedelta(0)) if days else timedelta(0)
    steps, regular, bonus, scores = [], 0.0, 0.0, {}

    def step(says, points):
        before = steps[-1].points if steps else 0.0
        steps.append(Step(says, points - before, points))

    for exercise in dict.fromkeys(one.exercise for one in cells):
        own = [one for one in cells if one.exercise == exercise]
        score, most = sum(one.score for one in own), sum(one.max for one in own)
        extra = sum(max(one.score - one.max, 0.0) for one in own)
        regular, bonus = regular + score - extra, bonus + extra
        scores[exercise] = score - extra
        says = f"{exercise}: {score:g} of {most:g}" + (f", {extra:g} of it bonus" if extra else "")
        step(says + (", an answer waits to be marked" if any(one.waits for one in own) else ""), regular + bonus)
    if early:
        lost = early_loss(scores, early, attempts, rules.late.free)
        regular -= lost
        step(f"{early.points:g} points were due by {date(early.due)}: "
             + (f"{lost:g} of them were not written by then" if lost else "written by then"), regular + bonus)
    if days:
        kept = after_late(1.0, days, rules.late)
        regular, bonus = regular * kept, bonus * kept
        gone = "nothing counts" if days > rules.late.days else f"{100 * (1 - kept):g} % off"
        step(f"handed in {date(handed_in)}, due {date(due)}: {days} {'day' if days == 1 else 'days'} late, {gone}",
             regular + bonus)
    if rule.cap is not None:
        above = min(bonus, rule.bonus)
        points = min(regular + bonus, rule.cap + above)
        step(f"at most {rule.cap:g} points count" + (f", and {above:g} of the bonus on top" if above else ""), points)
    points = rounded(steps[-1].points) if steps else 0.0
    top = sum(one.max for one in cells) if rule.cap is None else rule.cap
    return Mark(student, assignment, tuple(steps), points, top, sum(one.waits for one in cells), handed_in, due, late,
                days)


def rounded(points: float) -> float:
    """Two decimals, half up as people do it: 0.125 is 0.13, and so is what binary numbers make of 0.125."""
    return float(Decimal(f"{points:.9f}").quantize(Decimal("0.01"), ROUND_HALF_UP))


def date(moment: datetime) -> str:
    """A date as people write it, in its own time zone: 1 March 2027 at 23:59."""
    return f"{moment.day} {moment:%B %Y at %H:%M}"
