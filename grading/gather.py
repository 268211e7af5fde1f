"""What the class report needs besides results: who is in the class, marks by its rules, attempts, students' code."""

from datetime import UTC

from grading import course, gradebook
from grading.attempts import exercise, kept
from grading.marks import Attempt, Mark, Points, mark
from grading.rows import Class
from grading.rules import Rules
from grading.source import Assignment
from grading.submission import MAX_FILE, BadSubmission, read, rebuild


def gather(assignments: list[Assignment], rules: Rules) -> Class:
    """Read the gradebook, build/attempts and build/autograded."""
    own = {one.name: one for one in assignments}
    marks, attempts, texts = {}, {}, {}
    dates = gradebook.handed_in()
    for (name, student), cells in gradebook.cells().items():
        if name in own:
            tried = [one.attempt for one in kept(name, student)]
            attempts[name, student] = len(tried) or int((name, student) in dates)
            marks[name, student] = _mark(own[name], student, rules, cells, tried, dates.get((name, student)))
            texts[name, student] = own_code(own[name], student)
    return Class(tuple(rules.students), marks, attempts, texts)


def _mark(assignment: Assignment, student: str, rules: Rules, cells, tried: list[Attempt], at) -> Mark:
    named = {cell.id: exercise(cell) for cell in assignment.cells if cell.graded}
    order = {cell: number for number, cell in enumerate(named)}
    points = [Points(cell, named[cell], *rest) for cell, *rest in sorted(cells, key=lambda one: order.get(one[0], -1))
              if cell in named]
    return mark(rules, assignment.name, student, points, tried or [Attempt(at.replace(tzinfo=UTC) if at else None)])


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
