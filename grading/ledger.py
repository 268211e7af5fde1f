"""The class's marks: what the gradebook holds of everybody, by the rules of `course.toml`, and how each came about.

Work that was handed in and graded has a mark (`grading.marks`). Where nothing was handed in there are 0 points once the
deadline has passed, and none before it or without one; what was handed in and is not graded yet has none either.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from grading import attempts, course, gradebook
from grading.gradebook import Given
from grading.marks import Mark, Points, date, mark
from grading.rules import Rules, Student
from grading.source import Assignment


@dataclass(frozen=True)
class Entry:
    """One student in one assignment. mark: None when nothing is graded; points: None when there are none yet;
    comments: by people, exercise -> text; remarks: what a person should know of the mark, in sentences."""

    assignment: str
    student: Student
    mark: Mark | None
    points: float | None
    given: tuple[tuple[str, Given], ...] = ()  # (exercise, what its cell has)
    empty: frozenset[str] = frozenset()  # the cells of written answers in which nothing was written
    comments: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def waits(self) -> int:
        return self.mark.waits if self.mark else 0


@dataclass(frozen=True)
class Ledger:
    """Everybody's marks. max: assignment -> the points that can be reached (the cap, if there is one)."""

    assignments: tuple[str, ...]
    students: tuple[Student, ...]
    entries: Mapping[tuple[str, str], Entry]
    max: Mapping[str, float]

    def of(self, student: Student) -> list[Entry]:
        return [self.entries[name, student.id] for name in self.assignments]


def ledger(names: Sequence[str], rules: Rules, now: datetime) -> Ledger:
    """The marks of the class in these assignments; without names, in all of which something is graded."""
    with gradebook.open_gradebook() as book:
        cells, comments = gradebook.given(book), gradebook.comments(book)
        dates, people = gradebook.handed_in(book), gradebook.people(book)
    names = tuple(names) or tuple(name for name in course.assignment_names() if any(name == key[0] for key in cells))
    assignments = [course.assignment(name) for name in names]
    lying = {name: {path.parent.name for path in course.SUBMITTED.glob(f"*/{name}") if path.is_dir()} for name in names}
    unlisted = {student for name, student in cells if name in names}.union(*lying.values()) - set(rules.students)
    students = (*rules.students.values(), *(Student(one, *people.get(one, ())) for one in sorted(unlisted)))
    entries = {}
    for assignment in assignments:
        for student in students:
            key = assignment.name, student.id
            entries[key] = _entry(assignment, student, rules, now, cells.get(key), comments.get(key, {}),
                                  dates.get(key), student.id in lying[assignment.name])
    tops = {one.name: one.max_score if rules.rule(one.name).cap is None else rules.rule(one.name).cap
            for one in assignments}
    return Ledger(names, students, entries, tops)


def _entry(assignment: Assignment, student: Student, rules: Rules, now: datetime, given: list[Given] | None,
           comments: dict[str, str], at: datetime | None, lies: bool) -> Entry:
    due, kept = rules.due(assignment.name, student.id), attempts.kept(assignment.name, student.id)
    if given is None and (lies or kept):
        return Entry(assignment.name, student, None, None, remarks=("handed in, and not graded yet",))
    if given is None:
        over = due is not None and now > due
        return Entry(assignment.name, student, None, 0.0 if over else None, remarks=(
            "nothing was handed in" + (f", due {date(due)}" if over else ""),))
    exercises = {cell.id: attempts.exercise(cell) if cell.card else cell.id for cell in assignment.cells}
    order = {cell.id: position for position, cell in enumerate(assignment.cells)}
    given = sorted(given, key=lambda one: order.get(one.cell, len(order)))
    rows = tuple((exercises.get(one.cell, one.cell), one) for one in given)
    points = [Points(one.cell, exercise, one.score, one.max, one.waits) for exercise, one in rows]
    tried = attempts.counted(kept, at)
    newer = any(one.attempt not in tried for one in kept)  # and not graded yet
    found = mark(rules, assignment.name, student.id, points, tried)
    remarks = [f"{_many(found.waits, 'answer')} to be marked"] if found.waits else []
    if again := sum(one.again for one in given):
        remarks.append(f"{_many(again, 'mark')} by a person from before the last grading: look again")
    if newer:
        remarks.append("newer work was handed in since, and is not graded yet")
    if found.points > found.max:
        remarks.append("more than the maximum")
    if found.days:
        remarks.append(f"{_many(found.days, 'day')} late")
    said = {}
    for cell, text in sorted(comments.items(), key=lambda pair: order.get(pair[0], len(order))):
        said.setdefault(exercises.get(cell, cell), []).append(text)
    answers = {cell.id for cell in assignment.of_kind("answer")}
    empty = frozenset(one.cell for one in given if one.cell in answers and one.manual is None and one.auto is not None)
    return Entry(assignment.name, student, found, found.points, rows, empty,
                 tuple((exercise, "\n".join(texts)) for exercise, texts in said.items()), tuple(remarks))


def _many(count: int, word: str) -> str:
    return f"{count} {word}" + ("" if count == 1 else "s")


def find(text: str, students: Sequence[Student]) -> Student:
    """The student meant by an id, number, address or name. Raises UsageError when it is nobody or several."""
    from grading.senders import recognise

    known = {one.id: one for one in students}
    found, why = (text, "") if text in known else recognise((text,), known)
    if found not in known:
        raise course.UsageError(f"who is {text!r}? {why or 'nobody in the class list'}")
    return known[found]


def remarks(ledger: Ledger) -> list[tuple[str, str, list[str]]]:
    """(assignment, remark, the students of whom it is true)."""
    found = {}
    for name in ledger.assignments:
        for student in ledger.students:
            for remark in ledger.entries[name, student.id].remarks:
                found.setdefault((name, remark), []).append(student.id)
    return [(*key, students) for key, students in found.items()]


def explain(entry: Entry, rules: Rules) -> str:
    """How a mark came about, for a terminal: each cell, each rule, what people wrote."""
    name = f"{entry.student.name} ({entry.student.id})" if entry.student.name else entry.student.id
    lines = [f"{name}, {entry.assignment}", ""]
    found = entry.mark
    if found is None:
        shown = "no mark" if entry.points is None else f"{entry.points:g} points"
        return "\n".join([*lines, f"  {shown}: {'; '.join(entry.remarks)}"])
    exercises, comments = list(dict.fromkeys(exercise for exercise, _ in entry.given)), dict(entry.comments)
    lines.append(f"  {'change':>7}  {'points':>7}")
    for number, step in enumerate(found.steps):
        lines.append(f"  {step.change:>+7.4g}  {step.points:>7.4g}  {step.says}")
        exercise = exercises[number] if number < len(exercises) else None
        lines += [f"{'':20}{one.cell}: {_who(one, entry.empty)}" for heading, one in entry.given if heading == exercise]
        lines += [f"{'':20}a person wrote: {line}" for line in comments.pop(exercise, "").splitlines()]
    lines += [f"  {exercise}: a person wrote: {text}" for exercise, text in comments.items()]
    when = f"Handed in {date(found.handed_in)}" if found.handed_in else "Handed in, undated"
    lines += ["", f"  {when}" + (f"; due {date(found.due)}." if found.due else "; there is no deadline.")]
    extended = rules.extensions.get((entry.assignment, entry.student.id))
    if extended:
        lines.append(f"  An extension until {date(extended.until)}"
                     + (f": {extended.reason}." if extended.reason else "."))
    lines.append(f"  The mark: {found.points:g} of {found.max:g}, rounded to two decimals."
                 + (f" Provisional: {'; '.join(entry.remarks)}." if entry.remarks else ""))
    return "\n".join(lines)


def _who(given: Given, empty: frozenset[str]) -> str:
    if given.waits:
        return "waits for a person"
    if given.cell in empty and not given.extra:
        return f"0 of {given.max:g}, nothing was written"
    auto, extra = given.auto or 0.0, f", and {given.extra:g} on top" if given.extra else ""
    if given.manual is None:
        return f"{auto:g} of {given.max:g} by the judge{extra}"
    before = f" (the judge: {given.auto:g})" if given.auto is not None else ""
    return f"{given.manual:g} of {given.max:g} by a person{before}{extra}"
