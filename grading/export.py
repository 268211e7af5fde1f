"""The marks as files for other systems. Pure: a ledger in, the file's text out; a test reads each as the system does.

moodle  "Grade import" (MoodleDocs): a comma between columns; a student is found by e-mail address or id number, and a
        name that is not found stops the whole import; "importing feedback will also overwrite any grades": so the
        grade's column stands beside each feedback column, and both are to be mapped.
canvas  "How do I import grades in the Gradebook?" (Canvas Instructor Guide): Student, ID, SIS User ID, SIS Login ID,
        Section, a column `Name (id)` for each assignment, and the row Points Possible after the header.
plain   for spreadsheets, and for copying into USOS by the student's number: what Excel opens with a double click where
        the decimal sign is a comma (a semicolon between columns, UTF-8 with its mark); see Excel's "Import or export
        text files". USOSweb documents no file of its own for this.

A text that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, "CSV Injection").
"""

import csv
import html
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grading.ledger import Entry, Ledger
from grading.rules import Rules, Student

FORMULA = tuple("=+-@\t\r\n\0＝＋－＠")  # the wide ones are read like the others in some languages


@dataclass(frozen=True)
class Export:
    """text: of the file, as it is encoded; left_out: students whom the system could not recognise, and why."""

    text: str
    encoding: str = "utf-8"
    left_out: tuple[tuple[str, str], ...] = ()


def moodle(ledger: Ledger, rules: Rules) -> Export:
    """By e-mail address, or id number, or both: only a column that every row has, since Moodle gives the marks of a row
    without one to the student of the row above."""
    has = {"Email address": lambda one: one.email, "ID number": lambda one: one.number}
    known = [one for one in ledger.students if one.email or one.number]
    columns = [name for name, of in has.items() if known and all(map(of, known))]
    if not columns:  # by the one that more of them have
        columns = [max(has, key=lambda name: sum(map(bool, map(has[name], known))))]
    known = [one for one in known if has[columns[0]](one)]
    left_out = [(one.id, f"no {columns[0]} in course.toml") for one in ledger.students if one not in known]
    head = ["First name", "Last name", *columns]
    for name in ledger.assignments:
        head += [f"Assignment: {name} (Real)", f"Assignment: {name} (Feedback)"]
    rows = []
    for student in known:
        first, last = names(student)
        row = [first, last, *(has[name](student) for name in columns)]
        for entry in ledger.of(student):
            row += [number(entry.points), feedback(entry)]
        rows.append(row)
    return Export(written([head, *rows], ","), left_out=tuple(left_out))


def canvas(ledger: Ledger, rules: Rules) -> Export:
    """By Canvas' own number where `also` has it (canvas 123), the student's number, the e-mail address as login; else
    by name. The mark alone: Canvas takes no comments from a file."""
    titles = {name: rules.rule(name).canvas for name in ledger.assignments}
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section",
            *(f"{name} ({title})" if title else name for name, title in titles.items())]
    possible = ["Points Possible", "", "", "", "", *(number(ledger.max[name]) for name in ledger.assignments)]
    known = [one for one in ledger.students if one.name]
    rows = []
    for student in known:
        first, last = names(student)
        own = next((match[1] for one in student.also if (match := re.fullmatch(r"canvas (\d+)", one))), "")
        rows.append([f"{last}, {first}" if first else last, own, student.number, student.email, student.group,
                     *(number(entry.points) for entry in ledger.of(student))])
    left_out = [(one.id, "no name in course.toml") for one in ledger.students if one not in known]
    return Export(written([head, possible, *rows], ","), left_out=tuple(left_out))


def plain(ledger: Ledger, rules: Rules) -> Export:
    """Everybody, with a remark beside each mark, and the sum."""
    head = ["number", "last name", "first name", "id", "e-mail", "group"]
    for name in ledger.assignments:
        head += [f"{name} (of {number(ledger.max[name], ',')})", f"{name}: remarks"]
    rows = []
    for student in ledger.students:
        first, last = names(student)
        row = [student.number, last, first, student.id, student.email, student.group]
        for entry in ledger.of(student):
            row += [number(entry.points, ","), "; ".join(entry.remarks)]
        rows.append([*row, number(sum(entry.points or 0.0 for entry in ledger.of(student)), ",")])
    return Export(written([[*head, "sum"], *rows], ";"), "utf-8-sig")


FORMATS = {"moodle": moodle, "canvas": canvas, "plain": plain}


def feedback(entry: Entry) -> str:
    """How the mark came about, and what people wrote. Moodle shows it as HTML with its line ends kept."""
    if entry.mark is None:
        return ". ".join(entry.remarks).capitalize() + "."
    lines = [f"{entry.points:g} of {entry.mark.max:g} points", *(step.says for step in entry.mark.steps)]
    if entry.waits:
        lines.append("The mark may still change.")
    lines += [f"{exercise}: {text}" for exercise, text in entry.comments]
    return html.escape("\n".join(lines), quote=False)


def names(student: Student) -> tuple[str, str]:
    """(first names, the last name), as the gradebook has them."""
    first, _, last = student.name.rpartition(" ")
    return first, last


def number(points: float | None, sign: str = ".") -> str:
    return "" if points is None else f"{points:.2f}".rstrip("0").rstrip(".").replace(".", sign)


def harmless(text: str) -> str:
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def written(rows: Iterable[Sequence[str]], delimiter: str) -> str:
    """RFC 4180, with harmless texts. Numbers of ours are never negative, so they stay numbers."""
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows([harmless(text) for text in row] for row in rows)
    return file.getvalue()
