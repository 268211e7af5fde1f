"""Every attempt that came in, kept under build/attempts/<assignment>/<student>/; the latest is handed on to grading.

    build/attempts/<assignment>/<student>/<date>-<digest>/    attempt.json
                                                              sent/…, everything as it was sent
                                                              work/…, of it the notebook and the checkpoints
    build/submitted/<student>/<assignment>/                   the latest one's work, with its timestamp.txt

Nothing is overwritten here and nothing removed.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from grading import course
from grading.classroom import Submission, submissions
from grading.course import write_atomically
from grading.marks import Attempt
from grading.sandbox import remove
from grading.source import Assignment, Cell
from grading.submission import BadSubmission, read, rebuild


@dataclass(frozen=True)
class Work:
    """What is graded of an attempt: the notebook's bytes (None: there is none) and the checkpoints, by name."""

    notebook: bytes | None
    checkpoints: Mapping[str, bytes]

    @property
    def digest(self) -> str:
        digest = hashlib.sha256(b"none" if self.notebook is None else hashlib.sha256(self.notebook).digest())
        for name, data in sorted(self.checkpoints.items()):
            digest.update(name.encode() + b"\0" + hashlib.sha256(data).digest())
        return digest.hexdigest()[:12]


@dataclass(frozen=True)
class Kept:
    """An attempt in its folder; `written`: the exercises in which something was filled in."""

    folder: Path
    at: datetime | None
    digest: str
    written: frozenset[str]
    note: str

    @property
    def attempt(self) -> Attempt:
        return Attempt(self.at, self.written, self.note)


def exercise(cell: Cell) -> str:
    """How an exercise is called in marks, reports and attempts."""
    return f"{cell.card.number} · {cell.card.title}"


def written(assignment: Assignment, notebook: bytes | None) -> frozenset[str]:
    """The exercises of which something is filled in."""
    try:
        items = rebuild(assignment, read(notebook)).items
    except BadSubmission:
        return frozenset()
    return frozenset(exercise(item.cell) for item in items
                     if item.cell and item.cell.students and item.cell.card
                     and item.source.strip() != item.cell.released.strip())


def keep(assignment: Assignment, student: str, sent: Mapping[str, bytes], work: Work, at: datetime | None,
         note: str = "") -> bool:
    """Put an attempt into a folder of its own. False when it is there already: the same work of the same date, or the
    same as the latest, whatever the date.

    sent: everything that came, by paths that are relative and sound (`grading.unpacking`).
    """
    known = kept(assignment.name, student)
    at = at.astimezone(UTC).replace(microsecond=0) if at else None
    if known and known[-1].digest == work.digest or (at, work.digest) in [(one.at, one.digest) for one in known]:
        return False
    stamp = f"{at:%Y%m%dT%H%M%SZ}" if at else "undated"
    folder = course.ATTEMPTS / assignment.name / student / f"{stamp}-{work.digest}"
    for path, data in sent.items():
        put(folder / "sent", path, data)
    if work.notebook is not None:
        put(folder / "work", f"{assignment.name}.ipynb", work.notebook)
    for name, data in work.checkpoints.items():
        put(folder / "work", f"checkpoints/{name}", data)
    about = {"at": at.isoformat() if at else None, "digest": work.digest, "note": note,
             "collected": datetime.now(UTC).isoformat(), "written": sorted(written(assignment, work.notebook))}
    text = json.dumps(about, ensure_ascii=False, indent=1)
    write_atomically(folder / "attempt.json", text)  # the last file: it says that all others are there
    return True


def put(folder: Path, path: str, data: bytes):
    """Write a file that came from outside; where its path can't be (a file and a folder of one name), under another."""
    try:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    except OSError:
        name = f"{hashlib.sha256(path.encode()).hexdigest()[:12]}-{path.rpartition('/')[2][-100:]}"
        (folder.parent / "more").mkdir(parents=True, exist_ok=True)
        (folder.parent / "more" / name).write_bytes(data)


def kept(assignment: str, student: str) -> list[Kept]:
    """The attempts of one student, the oldest first; undated ones before all others, as they were collected."""
    found = []
    for path in sorted((course.ATTEMPTS / assignment / student).glob("*/attempt.json")):
        about = json.loads(path.read_text(encoding="utf-8"))
        at = datetime.fromisoformat(about["at"]) if about["at"] else None
        one = Kept(path.parent, at, about["digest"], frozenset(about["written"]), about["note"])
        found.append(((at is not None, at or 0, about["collected"]), one))
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def counted(tried: list[Kept], at: datetime | None) -> list[Attempt]:
    """Of a student's attempts, those handed in up to the graded one, which came at `at` and is always among them."""
    found = [one.attempt for one in tried if one.at is None or at and one.at <= at]
    return found if at in [one.at for one in found] else [*found, Attempt(at)]


def keep_what_is_there(assignment: Assignment, student: str):
    """What somebody put under build/submitted by hand becomes an attempt, before a later one takes its place."""
    folder = course.SUBMITTED / student / assignment.name
    if not folder.is_dir():
        return
    one, = submissions([assignment.name], (student,))
    work, at = _work(one), one.submitted()
    if any(_is_in(attempt, folder) and attempt.digest == work.digest for attempt in kept(assignment.name, student)):
        return
    sent = {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.is_symlink()}
    keep(assignment, student, sent, work, at.replace(tzinfo=UTC) if at else None, "lay in build/submitted")


def _work(one: Submission) -> Work:
    notebook, checkpoints = one.read()
    return Work(notebook, {f"{name}.safetensors": data for name, data in checkpoints})


def _is_in(attempt: Kept, folder: Path) -> bool:
    mark = folder / ".attempt"
    return mark.is_file() and mark.read_text(encoding="utf-8") == attempt.folder.name


def hand_on(assignment: str, student: str) -> Kept:
    """Make the latest attempt the one that is graded."""
    latest = kept(assignment, student)[-1]
    target = course.SUBMITTED / student / assignment
    if _is_in(latest, target) and _work(submissions([assignment], (student,))[0]).digest == latest.digest:
        return latest
    target.parent.mkdir(parents=True, exist_ok=True)
    new, old = target.with_name(f".{assignment}.new"), target.with_name(f".{assignment}.old")
    remove(new)
    remove(old)
    if (latest.folder / "work").is_dir():
        shutil.copytree(latest.folder / "work", new)
    new.mkdir(exist_ok=True)
    if latest.at:
        (new / "timestamp.txt").write_text(f"{latest.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC\n")
    (new / ".attempt").write_text(latest.folder.name)
    if target.exists():
        os.replace(target, old)
    os.replace(new, target)
    remove(old)
    return latest
