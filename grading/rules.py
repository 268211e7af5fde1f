"""The course's rules, read from `course.toml`: deadlines, lateness, caps, the class. Pure: text in, `Rules` out.

nbgrader's gradebook stays the truth about points; `grading.marks` applies these rules on top. Dates without an
offset are in the course's time zone. Every mistake in the file is a `UsageError` that names the place.
"""

import tomllib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from grading.course import ROOT, UsageError

FILE = ROOT / "course.toml"
KEYS = {  # table -> key -> what it holds; a key with a question mark may be left out
    "course": {"title": str, "timezone?": str, "bundle?": str},
    "late": {"free_minutes?": int, "per_day": float, "days": int},
    "assignments": {"due?": datetime, "cap?": float, "bonus?": float, "early?": dict, "groups?": dict,
                    "canvas?": int},
    "early": {"due": datetime, "points": float},
    "students": {"id": str, "name": str, "email?": str, "number?": str, "group?": str, "also?": list},
    "extensions": {"student": str, "assignment": str, "until": datetime, "early?": datetime, "reason?": str},
}


@dataclass(frozen=True)
class Student:
    """One of the class. `also`: other names under which work comes from this person."""

    id: str
    name: str = ""
    email: str = ""
    number: str = ""
    group: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Late:
    """Each started day costs the share `per_day` of the points; after `days` days nothing counts."""

    free: timedelta = timedelta(0)
    per_day: float = 0.0
    days: int = 10_000


@dataclass(frozen=True)
class Early:
    """`points` of the mark are for what was written by `due`."""

    due: datetime
    points: float


@dataclass(frozen=True)
class Rule:
    """One assignment's rules. cap: points above it do not count; bonus: so many bonus points may lie above it;
    canvas: its number in Canvas, None when there is none."""

    due: datetime | None = None
    groups: dict[str, datetime] = field(default_factory=dict)
    early: Early | None = None
    cap: float | None = None
    bonus: float = 0.0
    canvas: int | None = None


@dataclass(frozen=True)
class Extension:
    until: datetime
    early: datetime | None = None
    reason: str = ""


@dataclass(frozen=True)
class Rules:
    """All of `course.toml`. Dates are aware, in the course's time zone. bundle: the address of the students' bundle."""

    title: str = ""
    zone: ZoneInfo = ZoneInfo("UTC")
    late: Late = Late()
    assignments: dict[str, Rule] = field(default_factory=dict)
    students: dict[str, Student] = field(default_factory=dict)
    extensions: dict[tuple[str, str], Extension] = field(default_factory=dict)
    bundle: str = ""

    def rule(self, assignment: str) -> Rule:
        return self.assignments.get(assignment, Rule())

    def student(self, student: str) -> Student:
        return self.students.get(student, Student(student))

    def due(self, assignment: str, student: str) -> datetime | None:
        """When this student's work is due: the extension's date, else the group's, else the assignment's."""
        rule, extended = self.rule(assignment), self.extensions.get((assignment, student))
        due = rule.groups.get(self.student(student).group, rule.due)
        return max(extended.until, due) if extended and due else due

    def early(self, assignment: str, student: str) -> Early | None:
        rule, extended = self.rule(assignment), self.extensions.get((assignment, student))
        if rule.early and extended and extended.early:
            return Early(extended.early, rule.early.points)
        return rule.early


def load_rules(path: Path | None = None) -> Rules:
    """The rules of `course.toml` in the course's root; without that file, none."""
    path = path or FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Rules()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path.name}: {error}")
    return parse_rules(text, path.name)


def parse_rules(text: str, file: str = "course.toml") -> Rules:
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file}: {error}")
    unknown = set(tree) - {"course", "late", "assignments", "students", "extensions"}
    if unknown:
        raise UsageError(f"{file}: unknown table {sorted(unknown)[0]!r}: choose from course, late, assignments, "
                         "students, extensions")
    about = _checked(tree.get("course", {"title": ""}), "course", f"{file}: [course]")
    try:
        zone = ZoneInfo(about.get("timezone", "UTC"))
    except (KeyError, ValueError, OSError):  # whatever zoneinfo says of a name that is none
        raise UsageError(f"{file}: [course]: there is no time zone {about['timezone']!r}: write it as Europe/Warsaw")
    late = _late(_checked(tree["late"], "late", f"{file}: [late]"), file) if "late" in tree else Late()
    students = _students(tree.get("students", []), file)
    groups = {student.group for student in students.values() if student.group}
    assignments = {name: _rule(table, f"{file}: [assignments.{name}]", zone, groups)
                   for name, table in tree.get("assignments", {}).items()}
    extensions = _extensions(tree.get("extensions", []), file, zone, students, assignments)
    return Rules(about["title"], zone, late, assignments, students, extensions, about.get("bundle", ""))


def _checked(table, kind: str, where: str) -> dict:
    """The table, after a look at its keys and their types; whole numbers are taken for decimal ones."""
    if not isinstance(table, dict):
        raise UsageError(f"{where}: expected a table, found {table!r}")
    known = {key.rstrip("?"): (type_, key.endswith("?")) for key, type_ in KEYS[kind].items()}
    for key in table:
        if key not in known:
            raise UsageError(f"{where}: unknown key {key!r}: choose from {', '.join(known)}")
    for key, (type_, optional) in known.items():
        if key not in table:
            if optional:
                continue
            raise UsageError(f"{where}: {key!r} is missing")
        value = table[key]
        right = isinstance(value, (int, float) if type_ is float else type_) and not isinstance(value, bool)
        if not right or type_ is float and not 0 <= value < 1e6:
            raise UsageError(f"{where}: {key} = {value!r}: expected {_WORDS[type_]}")
    return table


_WORDS = {str: "a text", int: "a whole number", float: "a number, not negative", list: "a list", dict: "a table",
          datetime: "a date with its time, as 2027-03-01T23:59:00"}


def _late(table: dict, file: str) -> Late:
    if not 0 <= table["per_day"] <= 1 or table["days"] < 0 or table.get("free_minutes", 0) < 0:
        raise UsageError(f"{file}: [late]: per_day is a share between 0 and 1, days and free_minutes are not negative")
    return Late(timedelta(minutes=table.get("free_minutes", 0)), float(table["per_day"]), table["days"])


def _rule(table, where: str, zone: ZoneInfo, groups: set[str]) -> Rule:
    table = _checked(table, "assignments", where)
    due = _moment(table.get("due"), zone)
    early = None
    if "early" in table:
        found = _checked(table["early"], "early", f"{where}: early")
        early = Early(_moment(found["due"], zone), float(found["points"]))
        if due and early.due > due:
            raise UsageError(f"{where}: the early deadline is after the last one")
    own = {}
    for group, moment in table.get("groups", {}).items():
        if not isinstance(moment, datetime):
            raise UsageError(f"{where}: groups: {group} = {moment!r}: expected {_WORDS[datetime]}")
        if group not in groups:
            raise UsageError(f"{where}: groups: no student is in group {group!r}")
        own[group] = _moment(moment, zone)
    if own and not due:
        raise UsageError(f"{where}: groups have deadlines, the assignment has none: give `due` as well")
    cap = float(table["cap"]) if "cap" in table else None
    return Rule(due, own, early, cap, float(table.get("bonus", 0.0)), table.get("canvas"))


def _moment(value: datetime | None, zone: ZoneInfo) -> datetime | None:
    """A local time is in the course's zone. One that a change of clocks skips or repeats is taken as the earlier."""
    if value is None:
        return None
    return value.astimezone(zone) if value.tzinfo else value.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)


def _students(tables, file: str) -> dict[str, Student]:
    students, seen = {}, {}
    for number, table in enumerate(tables, start=1):
        where = f"{file}: student {number}"
        table = _checked(table, "students", where)
        if not table["id"] or set(table["id"]) & set("/\\+") or table["id"].startswith("."):
            raise UsageError(f"{where}: id = {table['id']!r}: it names folders, so no / \\ + and no dot in front")
        student = Student(**{**table, "also": tuple(map(str, table.get("also", [])))})
        for key in ("id", "email", "number"):
            value = getattr(student, key).casefold()
            if value and seen.setdefault((key, value), number) != number:
                raise UsageError(f"{where}: {key} {value!r} is also that of student {seen[key, value]}")
        students[student.id] = student
    return students


def _extensions(tables, file, zone, students, assignments) -> dict[tuple[str, str], Extension]:
    extensions = {}
    for number, table in enumerate(tables, start=1):
        where = f"{file}: extension {number}"
        table = _checked(table, "extensions", where)
        pair = table["assignment"], table["student"]
        if table["student"] not in students:
            raise UsageError(f"{where}: there is no student {table['student']!r}")
        if table["assignment"] not in assignments:
            raise UsageError(f"{where}: there are no rules for {table['assignment']!r}")
        if pair in extensions:
            raise UsageError(f"{where}: a second one for {table['student']} in {table['assignment']}")
        extensions[pair] = Extension(_moment(table["until"], zone), _moment(table.get("early"), zone),
                                     table.get("reason", ""))
    return extensions
