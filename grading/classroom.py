"""Grade what a class handed in: submitted -> workers -> gradebook, autograded notebooks, results.

Only this process writes. A submission is done when its result file stands in build/results, which is
written last: a run that was killed goes on where it stopped, and grades nothing twice.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import nbformat
from distributed import Client
from nbgrader.utils import parse_utc

from grading import course
from grading.course import AUTOGRADED, RESULTS, SUBMITTED, write_atomically
from grading.grade import Result
from grading.gradebook import enrol, open_gradebook, record, recorded
from grading.rules import load_rules
from grading.submission import MAX_FILE
from grading.workers import Task, run


@dataclass(frozen=True)
class Submission:
    """What one student handed in for one assignment. path is None when there is no notebook in the folder."""

    assignment: str
    student: str
    folder: Path
    path: Path | None
    notes: tuple[str, ...] = ()

    def read(self) -> tuple[bytes | None, tuple[tuple[str, bytes], ...]]:
        data = course.read_bounded(self.path, MAX_FILE) if self.path else None
        return data, course.checkpoints_in(self.folder / "checkpoints")

    def submitted(self) -> datetime | None:
        """When it was handed in, by nbgrader's `timestamp.txt` (UTC, without zone, as nbgrader keeps it)."""
        stamp = self.folder / "timestamp.txt"
        try:
            return parse_utc(course.read_bounded(stamp, 100).decode().strip()) if _plain(stamp) else None
        except (ValueError, TypeError, OverflowError, OSError):
            return None


def submissions(names: list[str], students: tuple[str, ...] = ()) -> list[Submission]:
    """Everything under build/submitted/<student>/<assignment>/ for these assignments."""
    found = [_find(name, folder.name, folder / name)
             for folder in sorted(SUBMITTED.glob("*")) if folder.is_dir() and not folder.is_symlink()
             for name in names if (folder / name).is_dir() and not (folder / name).is_symlink()]
    if missing := set(students) - {one.student for one in found}:
        raise course.UsageError(f"nothing was handed in by {', '.join(sorted(missing))}")
    return [one for one in found if not students or one.student in students]


def _find(name: str, student: str, folder: Path) -> Submission:
    """The notebook in a folder; one with another name is taken when it is the only one, and that is noted."""
    wanted = folder / f"{name}.ipynb"
    if _plain(wanted):
        return Submission(name, student, folder, wanted)
    others = [path for path in sorted([*folder.glob("*.ipynb"), *folder.glob("*/*.ipynb")])
              if _plain(path) and not path.parent.is_symlink() and ".ipynb_checkpoints" not in path.parts]
    if len(others) == 1:
        note = f"The file is called `{others[0].name}`, not `{name}.ipynb`: it was graded all the same."
        return Submission(name, student, folder, others[0], (note,))
    return Submission(name, student, folder, None)


def _plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def waiting(names: list[str], students: tuple[str, ...] = (), force: bool = False) -> list[Submission]:
    """What is to be graded: new or changed submissions, or those whose author's file changed (`force`: all)."""
    texts = {name: course.assignment(name).text for name in names}
    with open_gradebook() as gradebook:
        known = recorded(gradebook)
    return [one for one in submissions(names, students)
            if force or (one.assignment, one.student) not in known or not _is_done(one, texts[one.assignment])]


def grade_class(todo: list[Submission], client: Client) -> Iterator[tuple[Submission, dict | Exception]]:
    """Grade them on a Dask cluster, yielding each with its saved result in the order in which they end.

    An exception in place of a result means that our side failed for this submission; the rest goes on.
    """
    assignments = {name: course.assignment(name) for name in {one.assignment for one in todo}}
    rules = load_rules()
    unreadable = []

    def tasks():
        for one in todo:
            try:
                data, checkpoints = one.read()
            except OSError as error:
                unreadable.append((one, error))
                continue
            yield Task(one, one.assignment, assignments[one.assignment].text, data, student=one.student,
                       checkpoints=checkpoints, notes=one.notes)

    with open_gradebook() as gradebook:
        enrol(gradebook, rules.students.values(), {name: one.due for name, one in rules.assignments.items() if one.due})
        for task, result in run(client, tasks()):
            if not isinstance(result, Exception):
                late, changes = record(gradebook, result, task.key.submitted())
                result = _save(task, result, late.total_seconds(), changes)
            yield task.key, result
    yield from unreadable


def result_path(name: str, student: str) -> Path:
    return RESULTS / name / f"{student}.json"


def digest(text: str, data: bytes | None, checkpoints) -> str:
    """What a result depends on: the author's file and everything handed in."""
    found = hashlib.sha256(text.encode() + b"\0" + (data or b""))
    for name, content in checkpoints:
        found.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    return found.hexdigest()


def _is_done(one: Submission, text: str) -> bool:
    try:
        saved = json.loads(result_path(one.assignment, one.student).read_text(encoding="utf-8"))
        return saved["digest"] == digest(text, *one.read())
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _save(task: Task, result: Result, late_seconds: float, changes: list) -> dict:
    """The executed notebook, then (last: it says that all is done) the result."""
    one = task.key
    notebook = nbformat.writes(nbformat.from_dict(result.notebook))
    folder = AUTOGRADED / one.student / one.assignment
    folder.mkdir(parents=True, exist_ok=True)
    for picture in (course.SOLUTIONS / one.assignment).glob("*.png"):  # the feedback page shows the whole notebook
        shutil.copy(picture, folder)
    write_atomically(folder / f"{one.assignment}.ipynb", notebook)
    return save_result(one, result, digest(task.text, task.data, task.checkpoints), late_seconds, changes)


def save_result(one: Submission, result: Result, depends: str, late_seconds: float, changes=()) -> dict:
    """Write build/results/<assignment>/<student>.json: from now on it is graded. depends: the `digest` of what was."""
    submitted = one.submitted()
    saved = {**result.to_json(), "student": one.student, "submitted": submitted.isoformat() if submitted else None,
             "late_seconds": late_seconds, "changes": [list(change) for change in changes],
             "seconds": {k: round(v, 3) for k, v in result.seconds.items()},
             "graded": datetime.now(UTC).isoformat(timespec="seconds"), "digest": depends}
    write_atomically(result_path(one.assignment, one.student), json.dumps(saved, ensure_ascii=False, indent=1))
    return saved
