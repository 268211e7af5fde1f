"""What the class report needs besides results: who is in the class, marks by its rules, attempts, students' code."""

from datetime import UTC, datetime

from grading import course
from grading.attempts import exercise, kept
from grading.ledger import ledger
from grading.rows import Class
from grading.rules import Rules
from grading.source import Assignment
from grading.submission import MAX_FILE, BadSubmission, read, rebuild


def gather(assignments: list[Assignment], rules: Rules) -> Class:
    """Read the gradebook, build/attempts and build/autograded."""
    own = {one.name: one for one in assignments}
    graded = {key: entry.mark for key, entry in ledger(list(own), rules, datetime.now(UTC)).entries.items()
              if entry.mark}
    attempts = {(name, student): len(kept(name, student)) or 1 for name, student in graded}
    texts = {(name, student): own_code(own[name], student) for name, student in graded}
    return Class(tuple(rules.students), graded, attempts, texts)


def own_code(assignment: Assignment, student: str) -> dict[str, str]:
    """The code that a student wrote, by exercise, as it was graded; cells left as they were released are none."""
    path = course.AUTOGRADED / student / assignment.name / f"{assignment.name}.ipynb"
    try:
        items = rebuild(assignment, read(course.read_bounded(path, MAX_FILE))).items
    except (OSError, BadSubmission):
        return {}
    found, heading = {}, "Before the exercises"
    for item in items:
        heading = exercise(item.cell) if item.cell and item.cell.card else heading
        own = item.cell is None or item.cell.kind in ("exercise", "answer")
        if own and item.cell_type == "code" and not (item.cell and item.source.strip() == item.cell.released.strip()):
            found.setdefault(heading, []).append(item.source)
    return {name: "\n\n".join(sources) for name, sources in found.items()}
