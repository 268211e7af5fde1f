"""Runs killed at 50 random instants: the same command goes on, and ends with the gradebook of an undisturbed run.

40 kill a coordinator whose submissions take no time, so that most fall into its writing; 10 kill real coordinators
and workers.

    pytest tests/grading/test_nothing_lost.py
"""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
import zlib
from contextlib import closing, suppress

import nbformat
import psutil
import pytest
from nbgrader.api import Gradebook
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from grading import classroom
from grading.classroom import grade_class, waiting
from grading.grade import refused
from grading.gradebook import open_gradebook
from grading.source import parse
from tests.grading.conftest import BIN, clean_environment

SEED = int(os.environ.get("COURSE_KILL_SEED", "0"))  # another one: other instants
STUDENTS = [f"student{number:02}" for number in range(12)]
ANSWERS = ["return 2 * x", "return x + x", "return 2", "return x if x is None else 2 * x", "return [x, x]"]


def rows(book) -> list[tuple]:
    """Everything in the gradebook that says something about a mark, in a fixed order."""
    query = text("SELECT s.student_id, c.name, g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade "
                 "FROM grade g JOIN base_cell c ON c.id = g.cell_id JOIN submitted_notebook n ON n.id = g.notebook_id "
                 "JOIN submitted_assignment s ON s.id = n.assignment_id ORDER BY 1, 2")
    return [tuple(row) for row in book.db.execute(query)]


def everything_is_whole(results, autograded):
    """No file is half-written, whenever the run was killed."""
    for path in results.glob("*/*.json"):
        assert json.loads(path.read_text())["digest"], path
    for path in autograded.glob("*/*/*.ipynb"):
        nbformat.read(path, as_version=4)


# --- a coordinator whose submissions take no time ---------------------------------------------------------------------

def no_time(client, tasks):
    """Stands in for the workers: marks that depend on the student's name."""
    for task in tasks:
        result = refused(parse(task.text, task.name), "judged", task.student)
        for cell in result.cells:
            cell.score = zlib.crc32(f"{task.student}/{cell.id}".encode()) % 5 / 2 if cell.parts else None
        yield task, result


def coordinator_killed_after(seconds) -> bool:
    """Grade what waits, in a process of its own that is killed after so many seconds; whether it was."""
    pid = os.fork()
    if pid == 0:
        try:
            list(grade_class(waiting(["mini"]), None))
        finally:
            os._exit(0)
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL


def test_forty_kills_of_a_coordinator_that_writes_lose_nothing(submit, hand_in, mini, monkeypatch):
    monkeypatch.setattr(classroom, "run", no_time)
    for student in STUDENTS:
        folder = submit(student, hand_in(mini), {"timestamp.txt": b"2026-11-20 12:00:00 UTC"})
    began = time.monotonic()
    list(grade_class(waiting(["mini"]), None))
    seconds = time.monotonic() - began
    with open_gradebook() as book:
        expected = rows(book)
        given = book.find_grade("why", "mini", "mini", STUDENTS[3])
        given.manual_score, given.needs_manual_grade = 1.5, False
        book.db.commit()
    assert len(expected) == 3 * len(STUDENTS)

    solutions, chance, killed = classroom.course.SOLUTIONS / "mini.py", random.Random(SEED), 0
    for number in range(200):
        if killed == 40:
            break
        if not waiting(["mini"]):  # another author's file: all are graded anew
            solutions.write_text(f"{mini.text}\n# {number}\n", encoding="utf-8")
        killed += coordinator_killed_after(chance.uniform(0, 1.2 * seconds))
        everything_is_whole(classroom.RESULTS, classroom.AUTOGRADED)
        with open_gradebook() as book:
            assert book.db.execute(text("PRAGMA integrity_check")).scalar() == "ok"
            assert len(rows(book)) == len(expected), "a submission has all its rows or none"
    assert killed == 40
    list(grade_class(waiting(["mini"]), None))
    assert not waiting(["mini"]), "nothing is graded twice for nothing"
    with open_gradebook() as book:
        assert book.find_grade("why", "mini", "mini", STUDENTS[3]).manual_score == 1.5, "a person's mark stays"
        given = book.find_grade("why", "mini", "mini", STUDENTS[3])
        given.manual_score = None
        book.db.commit()
        assert rows(book) == expected
    assert not list(folder.parent.parent.parent.rglob("*.tmp")), "nothing is left over"


# --- what a run cannot write to ---------------------------------------------------------------------------------------

def handed_in_by_all(submit, hand_in, mini):
    for student in STUDENTS:
        submit(student, hand_in(mini))


def goes_on():
    """The same command grades the rest, and then nothing is left."""
    list(grade_class(waiting(["mini"]), None))
    assert not waiting(["mini"])
    everything_is_whole(classroom.RESULTS, classroom.AUTOGRADED)
    with open_gradebook() as book:
        assert len(rows(book)) == 3 * len(STUDENTS)


def test_a_locked_database_stops_the_run_which_goes_on_later(submit, hand_in, mini, monkeypatch):
    monkeypatch.setattr(classroom, "run", no_time)
    handed_in_by_all(submit, hand_in, mini)
    run = grade_class(waiting(["mini"]), None)
    for _ in range(4):
        next(run)
    with closing(sqlite3.connect(classroom.course.BUILD / "gradebook.db")) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(OperationalError, match="locked"):
            next(run)
        other.rollback()
    assert len(waiting(["mini"])) == len(STUDENTS) - 4
    goes_on()


def test_a_full_disk_stops_the_run_which_goes_on_when_there_is_room(submit, hand_in, mini, monkeypatch):
    """A real one: the course's build folder on a small tmpfs."""
    build = classroom.course.BUILD
    kept = (build / "gradebook.db").read_bytes()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", build], capture_output=True).returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        (build / "gradebook.db").write_bytes(kept)
        monkeypatch.setattr(classroom, "run", no_time)
        handed_in_by_all(submit, hand_in, mini)
        with suppress(OSError), open(build / "other", "wb") as other:
            for _ in range(256):
                if shutil.disk_usage(build).free < 2**16:
                    break
                other.write(bytes(4096))
                other.flush()
        with pytest.raises((OSError, OperationalError), match="No space left|full"):
            list(grade_class(waiting(["mini"]), None))
        everything_is_whole(classroom.RESULTS, classroom.AUTOGRADED)
        assert 0 < len(waiting(["mini"]))
        (build / "other").unlink()
        goes_on()
    finally:
        subprocess.run(["umount", "-l", build], check=True)


# --- the command itself -----------------------------------------------------------------------------------------------

def class_of_twelve(folder, hand_in, mini):
    for number, student in enumerate(STUDENTS):
        submission = folder / "build" / "submitted" / student / "w99_mini"
        submission.mkdir(parents=True)
        answer = f"def double(x):\n    {ANSWERS[number % len(ANSWERS)]}"
        (submission / "w99_mini.ipynb").write_bytes(hand_in(mini, {"double": answer}))


def gradebook_of(folder):
    with closing(Gradebook(f"sqlite:///{folder}/build/gradebook.db", "deep-learning")) as book:
        return rows(book)


def graded(folder) -> int:
    return len(list((folder / "build" / "results").glob("*/*.json")))


def workers_of(coordinator: subprocess.Popen) -> list[psutil.Process]:
    """Its living worker processes; what ends while we look is none."""
    found = []
    with suppress(psutil.NoSuchProcess):  # the coordinator's own end
        for one in psutil.Process(coordinator.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):  # ZombieProcess is one of these
                if "multiprocessing.forkserver" in " ".join(one.cmdline()) and one.ppid() != coordinator.pid:
                    found.append(one)
    return found


@pytest.mark.kernel
def test_ten_kills_of_coordinators_and_workers_lose_nothing(new_school, command, hand_in, mini):
    calm, rough = new_school(), new_school()
    for folder in (calm, rough):
        class_of_twelve(folder, hand_in, mini)
    command(calm, "course", "grade")
    expected, chance = gradebook_of(calm), random.Random(SEED)
    assert len(expected) == 3 * len(STUDENTS)
    for number in range(5):
        process = subprocess.Popen([BIN / "course", "grade", *(["--force"] if number == 0 else [])], cwd=rough,
                                   env=clean_environment(rough), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        target = min(graded(rough) + chance.randint(0, 3), len(STUDENTS))
        while graded(rough) < target and process.poll() is None:
            time.sleep(0.02)
        time.sleep(chance.uniform(0, 1.5))
        workers = workers_of(process)
        if workers:
            chance.choice(workers).kill()
        time.sleep(chance.uniform(0, 1.5))
        process.kill()
        process.wait()
        everything_is_whole(rough / "build" / "results", rough / "build" / "autograded")
    left = len(STUDENTS) - graded(rough)
    assert f"{left} graded" in command(rough, "course", "grade")
    assert "0 graded" in command(rough, "course", "grade")
    assert gradebook_of(rough) == expected
