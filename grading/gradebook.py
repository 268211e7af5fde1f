"""nbgrader's gradebook, written as a whole class needs it: one transaction a submission.

The tables and their meaning are nbgrader's, so formgrader, feedback and export read what is written here.
"""

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from nbgrader.api import (
    Assignment,
    Comment,
    Grade,
    Gradebook,
    GradeCell,
    MissingEntry,
    Notebook,
    SolutionCell,
    SourceCell,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)

from grading.course import BUILD, UsageError, db_url, nbgrader_config
from grading.grade import Result


@dataclass(frozen=True)
class Given:
    """What one graded cell has: `auto` from the judge, `manual` and `extra` from a person (None: nothing yet)."""

    cell: str
    auto: float | None
    manual: float | None
    extra: float | None
    max: float
    look: bool = False  # nbgrader asks a person to look at it

    @property
    def score(self) -> float:
        """As nbgrader counts it: a person's mark in place of the judge's."""
        return (self.auto or 0.0 if self.manual is None else self.manual) + (self.extra or 0.0)

    @property
    def waits(self) -> bool:
        return self.look and self.manual is None and self.auto is None

    @property
    def again(self) -> bool:
        """Whether it was graded again after a person had marked it."""
        return self.look and self.manual is not None


def open_gradebook() -> Gradebook:
    BUILD.mkdir(exist_ok=True)
    return Gradebook(db_url(), nbgrader_config().CourseDirectory.course_id)


def recorded(gradebook: Gradebook) -> set[tuple[str, str]]:
    """The (assignment, student) pairs that have marks."""
    query = (gradebook.db.query(Assignment.name, SubmittedAssignment.student_id)
             .join(SubmittedAssignment, SubmittedAssignment.assignment_id == Assignment.id))
    return {(name, student) for name, student in query}


def text_may_change(gradebook: Gradebook, assignment):
    """Let an assignment be released anew although there are submissions, when only its text and given code changed.

    nbgrader refuses when any cell has come or gone; no mark hangs on these, so we bring its list of them up to date.
    assignment: grading.source.Assignment. Raises UsageError when cells that carry marks or answers have come or gone.
    """
    try:
        notebook = gradebook.find_notebook(assignment.name, assignment.name)
    except MissingEntry:
        return
    if not notebook.submissions:
        return
    cells = {cell.id: cell for cell in assignment.cells if cell.kind != "judge"}
    for kind, known, now in [
        ("graded", notebook.grade_cells, {cell.id for cell in cells.values() if cell.graded}),
        ("students'", notebook.solution_cells, {cell.id for cell in cells.values() if cell.students}),
    ]:
        if changed := {cell.name for cell in known} ^ now:
            raise UsageError(f"{assignment.name}: there are submissions, and {kind} cells have come or gone since "
                             f"({', '.join(sorted(changed))}): marks would be lost. Put them back, or release the new "
                             "version under another name")
    known = {cell.name: cell for cell in notebook.source_cells}
    for name in known.keys() - cells.keys():
        gradebook.db.delete(known[name])
    for name in cells.keys() - known.keys():
        gradebook.db.add(SourceCell(name=name, notebook=notebook, cell_type=cells[name].cell_type))
    gradebook.db.commit()


def forget(gradebook: Gradebook, name: str):
    """Remove an assignment with all its marks."""
    with contextlib.suppress(MissingEntry):
        gradebook.remove_assignment(name)


def set_due_date(gradebook: Gradebook, name: str, due: datetime):
    gradebook.update_or_create_assignment(name, duedate=due)


def record(gradebook: Gradebook, result: Result,
           submitted: datetime | None) -> tuple[timedelta, list[tuple[str, str, str]]]:
    """Write one result, all or nothing. What people gave (manual marks, comments) stays.

    Automatic marks are reset first: a cell that the result does not know gets 0, never what it had before.
    Returns how late it was, and what a regrade changed: (cell, old mark, new mark), but where a person's mark counts.
    """
    db, changes = gradebook.db, []
    try:
        submission = _submission(db, result.assignment, result.student)
        submission.timestamp = submitted
        scores = {cell.id: cell for cell in result.cells}
        for notebook in submission.notebooks:
            for grade in notebook.grades:
                cell, before = scores.get(grade.name), _mark(grade)
                grade.auto_score = cell.score if cell else 0.0
                grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None
                if before not in ("", _mark(grade)) and grade.manual_score is None:
                    changes.append((grade.name, before, _mark(grade)))
            for comment in notebook.comments:
                empty = comment.name in scores and scores[comment.name].status == "empty"
                comment.auto_comment = "No response." if empty else None
        db.commit()
        return timedelta(seconds=submission.total_seconds_late), changes
    except BaseException:
        db.rollback()
        raise


def _mark(grade: Grade) -> str:
    """The automatic mark as people read it, '' before the first."""
    if grade.auto_score is not None:
        return f"{grade.auto_score:g}"
    return "to be marked" if grade.needs_manual_grade else ""


def _submission(db, name: str, student_id: str) -> SubmittedAssignment:
    """The student's submission with a row for every graded and written cell, made where there is none."""
    assignment = db.query(Assignment).filter(Assignment.name == name).one_or_none()
    if assignment is None:
        raise UsageError(f"{name} has not been released: run `course release {name}` first")
    student = db.get(Student, student_id)
    if student is None:
        student = Student(id=student_id)
        db.add(student)
    submission = (db.query(SubmittedAssignment)
                  .filter_by(assignment_id=assignment.id, student_id=student_id).one_or_none())
    if submission is None:
        submission = SubmittedAssignment(assignment=assignment, student=student)
        db.add(submission)
        db.flush()
    submitted = {notebook.notebook_id: notebook for notebook in submission.notebooks}
    for notebook in db.query(Notebook).filter_by(assignment_id=assignment.id):
        mine = submitted.get(notebook.id)
        if mine is None:
            mine = SubmittedNotebook(notebook=notebook, assignment=submission)
            db.add(mine)
        # An assignment released anew may have cells that were not there when it was first graded.
        graded, commented = ({row.cell_id for row in rows} for rows in (mine.grades, mine.comments))
        db.add_all(Grade(cell_id=cell.id, notebook=mine, needs_manual_grade=False)
                   for cell in notebook.grade_cells if cell.id not in graded)
        db.add_all(Comment(cell_id=cell.id, notebook=mine)
                   for cell in notebook.solution_cells if cell.id not in commented)
    db.flush()
    db.refresh(submission)
    return submission


def given(gradebook: Gradebook, student: str | None = None) -> dict[tuple[str, str], list[Given]]:
    """What each graded cell has in each (assignment, student): of one student, or without one of everybody."""
    found = {}
    query = _of_submissions(gradebook, student, Grade, GradeCell, GradeCell.name, Grade.auto_score, Grade.manual_score,
                            Grade.extra_credit, GradeCell.max_score, Grade.needs_manual_grade)
    for *key, cell, auto, manual, extra, top, look in query:
        found.setdefault(tuple(key), []).append(Given(cell, auto, manual, extra, top, look))
    return found


def comments(gradebook: Gradebook, student: str | None = None) -> dict[tuple[str, str], dict[str, str]]:
    """What people wrote about each (assignment, student): cell -> comment."""
    found = {}
    query = _of_submissions(gradebook, student, Comment, SolutionCell, SolutionCell.name, Comment.manual_comment)
    for *key, cell, text in query:
        if text and text.strip():
            found.setdefault(tuple(key), {})[cell] = text.strip()
    return found


def _of_submissions(gradebook: Gradebook, student, row, cell, *columns):
    """(assignment, student, *columns) of the rows of a table of cells' grades or comments."""
    query = (gradebook.db.query(Assignment.name, SubmittedAssignment.student_id, *columns)
             .select_from(row).join(cell, row.cell_id == cell.id)
             .join(SubmittedNotebook, row.notebook_id == SubmittedNotebook.id)
             .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
             .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id))
    return _of(student, query)


def _of(student: str | None, query, column=SubmittedAssignment.student_id):
    return query if student is None else query.filter(column == student)


def handed_in(gradebook: Gradebook, student: str | None = None) -> dict[tuple[str, str], datetime | None]:
    """When the graded work of each (assignment, student) was handed in."""
    query = (gradebook.db.query(Assignment.name, SubmittedAssignment.student_id, SubmittedAssignment.timestamp)
             .join(SubmittedAssignment, SubmittedAssignment.assignment_id == Assignment.id))
    return {(name, one): at.replace(tzinfo=UTC) if at else None for name, one, at in _of(student, query)}


def people(gradebook: Gradebook, student: str | None = None) -> dict[str, tuple[str, str, str]]:
    """(name, e-mail, number) of everybody whom the gradebook knows, by id; '' where it does not say."""
    return {one.id: (f"{one.first_name or ''} {one.last_name or ''}".strip(), one.email or "", one.lms_user_id or "")
            for one in _of(student, gradebook.db.query(Student), Student.id)}


def enrol(gradebook: Gradebook, students, due: dict[str, datetime]):
    """Tell the gradebook the class's names and addresses, and the deadlines (aware) of released assignments."""
    db = gradebook.db
    for one in students:
        row = db.get(Student, one.id)
        if row is None:
            row = Student(id=one.id)
            db.add(row)
        first, _, last = one.name.rpartition(" ")
        row.first_name, row.last_name, row.email, row.lms_user_id = first, last, one.email or None, one.number or None
    for assignment in db.query(Assignment).filter(Assignment.name.in_(due)):
        assignment.duedate = due[assignment.name].astimezone(UTC).replace(tzinfo=None)
    db.commit()
