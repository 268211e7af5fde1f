"""Collect what a class handed in: an archive of Moodle's or Canvas', or a folder of files, into build/submitted.

Who sent it is `grading.senders`' question, what may be read `grading.unpacking`'s, where attempts lie
`grading.attempts`'. What has no known sender lies under build/unknown/<assignment>/ until it has.
"""

import io
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from grading import attempts, course
from grading.attempts import Work
from grading.rules import Rules
from grading.sandbox import remove
from grading.senders import JUNK, Sender, recognise, senders
from grading.source import Assignment
from grading.unpacking import File, Refused, unpack, unzip

KINDS = ("moodle", "canvas", "files")


@dataclass
class Collected:
    """What happened, in sentences for the person at the keyboard."""

    students: dict[str, str] = field(default_factory=dict)  # student -> what came from them
    late: dict[str, str] = field(default_factory=dict)
    doubtful: list[tuple[str, str]] = field(default_factory=list)  # who or what, why
    unknown: list[tuple[str, str]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


@dataclass
class Sent:
    """One attempt. files: as they were sent, by their paths; inside: what was found in its zips as well."""

    files: dict[str, bytes] = field(default_factory=dict)
    inside: dict[str, bytes] = field(default_factory=dict)
    dates: list[datetime] = field(default_factory=list)

    def add(self, file: File, data: bytes, inside: dict[str, bytes]):
        self.files[file.path] = data
        self.inside |= inside
        self.dates += [file.changed] if file.changed else []


def collect(assignment: Assignment, path: Path, layout: str, rules: Rules) -> Collected:
    """Take everything in `path` (a folder or a zip) as work for one assignment. Again with the same: no change."""
    found = Collected()
    everything = unpack(path, rules.zone)
    found.refused += everything.refused
    people, strange = senders(layout, assignment.name, everything.files)
    found.unknown += strange
    strays = {path for path, _ in strange}
    _put_aside(assignment, "no sender", [file for file in everything.files if file.path in strays], found)
    for sender in people:
        student, why = recognise(sender.clues, rules.students)
        if not student:
            found.unknown.append((sender.shown, why))
            _put_aside(assignment, sender.shown, sender.files, found)
            continue
        _take(assignment, student, sender, rules, found)
        remove(course.UNKNOWN / assignment.name / _safe(sender.shown))
    found.missing = [student for student in rules.students
                     if not (course.SUBMITTED / student / assignment.name).is_dir()]
    return found


def _take(assignment: Assignment, student: str, sender: Sender, rules: Rules, found: Collected):
    attempts.keep_what_is_there(assignment, student)
    due, new = rules.due(assignment.name, student), 0
    before = len(attempts.kept(assignment.name, student))
    for sent in _attempts_of(assignment, student, sender, rules, found):
        at = _dated(max(sent.dates, default=None), sender.late, due, rules, student, found)
        new += attempts.keep(assignment, student, sent.files, _work(assignment, sent, student, found), at)
    if not attempts.kept(assignment.name, student):
        found.doubtful.append((student, "nothing of what was sent could be read"))
        return
    latest = attempts.hand_on(assignment.name, student)
    when = f"handed in {latest.at.astimezone(rules.zone):%d %b %H:%M}" if latest.at else "undated"
    count = before + new
    found.students[student] = f"{when}, {'1 attempt' if count == 1 else f'the latest of {count} attempts'}" + (
        "" if new else ", already collected")
    if due and latest.at and latest.at > due + rules.late.free:
        found.late[student] = f"{when}, due {due:%d %b %H:%M}"


def _attempts_of(assignment: Assignment, student: str, sender: Sender, rules: Rules, found: Collected) -> list[Sent]:
    """A zip with a notebook in it is an attempt of its own; all other files of a sender are one together."""
    loose, packed = Sent(), []
    for file in sender.files:
        try:
            data = file.read()
        except Refused as refused:
            found.refused.append((f"{sender.shown}: {file.path}", str(refused)))
            continue
        if not file.path.lower().endswith(".zip"):
            loose.add(file, data, {file.path: data})
            continue
        _check_name(assignment, file, student, rules, found)
        inside = _unzipped(f"{sender.shown}: {file.path}", data, rules, found)
        if _notebooks(inside):
            packed.append(Sent({file.path: data}, inside, [file.changed] if file.changed else []))
        else:
            loose.add(file, data, inside)
    return packed + ([loose] if _notebooks(loose.inside) or loose.files and not packed else [])


def _notebooks(files: Iterable[str]) -> list[str]:
    return [path for path in files if path.lower().endswith(".ipynb")]


def _unzipped(shown: str, data: bytes, rules: Rules, found: Collected) -> dict[str, bytes]:
    files = {}
    try:
        inner = unzip(io.BytesIO(data), rules.zone)
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        found.refused.append((shown, f"no zip that can be read: {error}"))
        return files
    found.refused += [(f"{shown}: {path}", why) for path, why in inner.refused]
    for file in inner.files:
        if JUNK.search(file.path):
            continue
        try:
            files[file.path] = file.read()
        except Refused as refused:
            found.refused.append((f"{shown}: {file.path}", str(refused)))
    return files


def _check_name(assignment: Assignment, file: File, student: str, rules: Rules, found: Collected):
    """`make submit` names the file by the student's number: a doubt when that is somebody else's."""
    match = re.match(rf"{re.escape(assignment.name)}-(.+?)( ?\(\d+\)|-\d)?\.zip$", file.name)
    other = recognise([match[1]], rules.students)[0] if match and rules.students else ""
    if other and other != student:
        found.doubtful.append((student, f"sent {file.name}, which names {other}: whose work is it?"))


def _work(assignment: Assignment, sent: Sent, student: str, found: Collected) -> Work:
    """The notebook of the assignment's name, or the only one, or (a doubt) the largest; and all checkpoints."""
    notebooks = _notebooks(sent.inside)
    named = [path for path in notebooks if path.rpartition("/")[2] == f"{assignment.name}.ipynb"]
    chosen = max(named or notebooks, key=lambda path: len(sent.inside[path]), default=None)
    if not chosen:
        found.doubtful.append((student, f"no notebook among {', '.join(sorted(sent.inside)[:5]) or 'what was sent'}"))
    elif (number := len(named or notebooks)) > 1:
        found.doubtful.append((student, f"{number} notebooks in one attempt: took {chosen}, the largest"))
    checkpoints = {path.rpartition("/")[2]: data for path, data in sorted(sent.inside.items())
                   if path.endswith(".safetensors") and len(data) <= course.MAX_CHECKPOINT}
    first = dict(sorted(checkpoints.items())[:course.MAX_CHECKPOINTS])
    return Work(sent.inside[chosen] if chosen else None, first)


def _dated(at: datetime | None, late: bool | None, due: datetime | None, rules: Rules, student: str,
           found: Collected) -> datetime | None:
    """When it came. Canvas dates its archives by the download, but says who was late: that is believed."""
    if late is None or due is None:
        return at
    if not late:
        return min(at, due) if at else due
    least = due + rules.late.free + timedelta(minutes=1)
    if at is None or at < least:
        found.doubtful.append((student, "late as Canvas says, by its file's date in time: taken as a minute late"))
        return least
    found.doubtful.append((student, "late as Canvas says; the date is its file's: compare it with Canvas"))
    return at


def _safe(name: str) -> str:
    return re.sub(r"[^\w .()@-]", "_", name).strip(". ")[:100] or "nameless"


def _put_aside(assignment: Assignment, sender: str, files: list[File], found: Collected):
    folder = course.UNKNOWN / assignment.name / _safe(sender)
    for file in files:
        try:
            data = file.read()
        except Refused as refused:
            found.refused.append((f"{sender}: {file.path}", str(refused)))
            continue
        attempts.put(folder, file.path, data)
