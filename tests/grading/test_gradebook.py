"""nbgrader's gradebook after our writing: what it sums up, and what of people's work stays; in SQLite and PostgreSQL.

    pytest tests/grading/test_gradebook.py
"""

from datetime import datetime, timedelta

import pytest

from grading import feedback_page, gradebook
from grading.course import ROOT, UsageError, db_url, nbgrader_config
from grading.grade import CellResult, Result
from grading.grade import grade as grade_notebook
from grading.gradebook import open_gradebook, record, recorded, set_due_date
from grading.source import parse
from tests.grading import postgresql
from tests.grading.conftest import release_into, totals

SCORES = {"test-double": 3.0, "test-halve": 1.0}
NOON = datetime(2026, 11, 20, 12)


@pytest.fixture(scope="module")
def new_database():
    with postgresql.server() as make:
        yield make


@pytest.fixture(params=["sqlite", "postgresql"])
def book(request, classroom_of_mini, mini, monkeypatch):
    if request.param == "postgresql":
        url = request.getfixturevalue("new_database")()
        monkeypatch.setattr(gradebook, "db_url", lambda: url)
        monkeypatch.setattr("nbgrader.api.get_alembic_version", lambda: "none")  # a program that takes seconds
        with open_gradebook() as empty:
            release_into(empty, mini)
    with open_gradebook() as opened:
        yield opened
        opened.db.rollback()  # a transaction left open would keep the database from being closed


def result(student="ada", answer="person", **scores):
    """A result; scores by cell as test_double=…; the written answer waits for a person, or is empty."""
    graded = {**SCORES, **{name.replace("_", "-"): score for name, score in scores.items()}}
    cells = [CellResult(name, score, 3.0) for name, score in graded.items()]
    cells.append(CellResult("why", None if answer == "person" else 0.0, 2.0, status=answer))
    return Result("mini", student, cells, {}, 6.0)


def grade(book, cell, student="ada"):
    return book.find_grade(cell, "mini", "mini", student)


def mark(book, cell, score=None, extra=None, comment=None):
    """What formgrader writes when a person marks a cell."""
    one = grade(book, cell)
    one.manual_score, one.extra_credit, one.needs_manual_grade = score, extra, False
    book.db.commit()
    if comment:
        book.find_comment(cell, "mini", "mini", "ada").manual_comment = comment
        book.db.commit()


def test_totals_are_the_sums_of_the_cells(book):
    record(book, result("ada"), NOON)
    record(book, result("jan", test_double=0.5), NOON)
    assert totals() == {("mini", "ada"): {"score": 4.0, "max_score": 6.0, "needs_manual": True},
                        ("mini", "jan"): {"score": 1.5, "max_score": 6.0, "needs_manual": True}}
    assert recorded(book) == {("mini", "ada"), ("mini", "jan")}


def test_nbgrader_finds_the_marks_and_the_time(book):
    record(book, result(test_double=1.0), NOON)
    submission = book.find_submission("mini", "ada")
    assert (submission.score, submission.max_score, submission.timestamp) == (2.0, 6.0, NOON)
    assert submission.code_score == 2.0 and submission.written_score == 0.0
    assert [one.auto_score for one in book.find_submission_notebook("mini", "mini", "ada").grades
            if one.name == "test-double"] == [1.0]


def test_recording_twice_makes_no_second_row(book):
    for _ in range(2):
        record(book, result(), NOON)
    assert len(book.assignment_submissions("mini")) == 1
    assert len(book.find_submission_notebook("mini", "mini", "ada").grades) == 3
    assert len(book.find_submission_notebook("mini", "mini", "ada").comments) == 3


def test_a_written_answer_waits_until_a_person_marks_it(book):
    record(book, result(), NOON)
    assert grade(book, "why").needs_manual_grade and not grade(book, "test-double").needs_manual_grade
    record(book, result("jan", answer="empty"), NOON)
    assert not grade(book, "why", "jan").needs_manual_grade
    assert book.find_comment("why", "mini", "mini", "jan").comment == "No response."
    assert book.find_comment("why", "mini", "mini", "ada").comment is None


def test_what_people_gave_survives_a_regrade(book):
    record(book, result(), NOON)
    mark(book, "why", 1.5, comment="A good thought.")
    mark(book, "test-double", 2.5, extra=0.5)
    record(book, result(test_double=0.0, test_halve=0.0), NOON)
    assert grade(book, "why").score == 1.5
    assert book.find_comment("why", "mini", "mini", "ada").comment == "A good thought."
    assert (grade(book, "test-double").auto_score, grade(book, "test-double").score) == (0.0, 3.0)
    assert totals()["mini", "ada"]["score"] == 4.5
    assert grade(book, "why").needs_manual_grade, "nbgrader, too, asks a person to look at the new version"


def test_who_gave_which_points_and_what_people_wrote_is_read_in_one_go(book):
    record(book, result(), NOON)
    mark(book, "why", 1.5, extra=0.25, comment=" A good thought. ")
    book.update_or_create_student("ada", first_name="Ada Maria", last_name="Nowak", email="ada@uni.example")
    rows = {one.cell: one for one in gradebook.given(book)["mini", "ada"]}
    assert rows["why"] == gradebook.Given("why", None, 1.5, 0.25, 2.0, False) and rows["why"].score == 1.75
    assert (rows["test-double"].auto, rows["test-double"].manual, rows["test-double"].score) == (3.0, None, 3.0)
    assert gradebook.comments(book, "ada") == gradebook.comments(book) == {("mini", "ada"): {"why": "A good thought."}}
    assert gradebook.people(book, "ada")["ada"] == ("Ada Maria Nowak", "ada@uni.example", "")
    record(book, result(), NOON)
    assert [one.again for one in gradebook.given(book)["mini", "ada"] if one.cell == "why"] == [True]
    record(book, result("jan"), None)
    assert gradebook.given(book, "jan").keys() == {("mini", "jan")}
    assert [one.waits for one in gradebook.given(book)["mini", "jan"] if one.cell == "why"] == [True]


def test_a_regraded_answer_that_a_person_marked_does_not_wait_on_the_feedback_page(book):
    about = {"assignment": "mini", "student": "ada", "db_url": gradebook.db_url()}
    record(book, result(), NOON)
    assert feedback_page.given(about)["cells"]["why"] == {"score": 0.0, "max": 2.0, "waits": True, "person": False}
    mark(book, "why", 1.5, comment="A good thought.")
    record(book, result(), NOON)
    assert feedback_page.given(about)["cells"]["why"] == {"score": 1.5, "max": 2.0, "waits": False, "person": True,
                                                          "comment": "A good thought."}


def test_a_regrade_says_what_changed(book):
    assert record(book, result(), NOON)[1] == [], "there was no mark before"
    assert record(book, result(), NOON)[1] == []
    assert record(book, result(answer="empty", test_double=0.5), NOON)[1] == [
        ("test-double", "3", "0.5"), ("why", "to be marked", "0")]
    assert record(book, result(), NOON)[1] == [("test-double", "0.5", "3"), ("why", "0", "to be marked")]


@pytest.mark.kernel
def test_old_marks_do_not_stay_where_the_test_cell_was_deleted(book, mini, cells_of, file_of, sandbox):
    first, second = cells_of(mini), cells_of(mini, {"double": "double = None"})
    record(book, grade_notebook(mini, file_of(first), sandbox, "ada"), NOON)
    assert grade(book, "test-double").auto_score == 3.0
    without = [cell for cell in second if cell["id"] != "test-double"]
    record(book, grade_notebook(mini, file_of(without), sandbox, "ada"), NOON)
    assert grade(book, "test-double").auto_score == 0.0


def test_where_a_persons_mark_counts_a_regrade_changes_nothing(book):
    record(book, result(), NOON)
    mark(book, "test-double", score=2.0)
    assert record(book, result(test_double=0.0), NOON)[1] == []


def test_automatic_marks_of_cells_that_a_result_does_not_know_are_reset(book):
    record(book, result(), NOON)
    fewer = result()
    fewer.cells = [cell for cell in fewer.cells if cell.id != "test-double"]
    record(book, fewer, NOON)
    assert grade(book, "test-double").auto_score == 0.0
    assert totals()["mini", "ada"]["score"] == 1.0


def test_a_first_empty_then_written_answer_loses_its_remark(book):
    record(book, result(answer="empty"), NOON)
    record(book, result(), NOON)
    assert grade(book, "why").auto_score is None and grade(book, "why").needs_manual_grade
    assert book.find_comment("why", "mini", "mini", "ada").comment is None


def test_lateness_is_measured_from_the_due_date(book):
    assert record(book, result(), NOON)[0] == timedelta(0), "no due date, nothing late"
    set_due_date(book, "mini", NOON)
    assert record(book, result(), NOON + timedelta(minutes=90))[0] == timedelta(minutes=90)
    assert record(book, result(), NOON - timedelta(days=3))[0] == timedelta(0)
    assert record(book, result(), None)[0] == timedelta(0)


def test_a_failure_while_writing_leaves_everything_as_it_was(book, monkeypatch):
    record(book, result(), NOON)

    class Broken(list):
        def __iter__(self):
            raise KeyboardInterrupt

    broken = result(test_double=0.0)
    original = gradebook._submission

    def then_break(*args):
        submission = original(*args)
        submission.timestamp = NOON + timedelta(days=9)
        broken.cells = Broken()
        return submission

    monkeypatch.setattr(gradebook, "_submission", then_break)
    with pytest.raises(KeyboardInterrupt):
        record(book, broken, NOON)
    with pytest.raises(KeyboardInterrupt):
        record(book, Result("mini", "jan", Broken(), {}, 6.0), NOON)
    assert set(totals()) == {("mini", "ada")} and totals()["mini", "ada"]["score"] == 4.0
    assert book.find_submission("mini", "ada").timestamp == NOON


def test_one_result_is_one_transaction(book):
    from sqlalchemy import event

    commits = []
    event.listen(book.engine, "commit", lambda connection: commits.append(connection))
    record(book, result("ada"), NOON)
    assert len(commits) == 1
    record(book, result("ada", test_double=0.0), NOON)
    assert len(commits) == 2


def test_an_assignment_that_was_not_released_is_said_so_in_one_sentence(book):
    with pytest.raises(UsageError, match="other has not been released: run `course release other` first"):
        record(book, Result("other", "ada", [], {}, 1.0), NOON)
    assert not recorded(book)


def test_cells_that_a_new_release_added_get_their_rows(book, mini):
    record(book, result(), NOON)
    release_into(book, parse(mini.text + '''
# %% [markdown]
# ### Exercise 3 · More · 4 points · about 5 minutes

# %% [markdown] answer="more" points=4
# More?
# ### BEGIN SOLUTION
# Yes.
# ### END SOLUTION
''', "mini"))
    new = result()
    new.cells.append(CellResult("more", None, 4.0, status="person"))
    record(book, new, NOON)
    assert grade(book, "more").needs_manual_grade
    assert totals()["mini", "ada"]["max_score"] == 10.0


def test_the_gradebook_is_the_one_of_nbgraders_configuration(monkeypatch):
    monkeypatch.setenv("COURSE_DB", "postgresql://teacher@db.example/course")
    nbgrader_config.cache_clear()
    try:
        assert db_url() == "postgresql://teacher@db.example/course"
        monkeypatch.delenv("COURSE_DB")
        nbgrader_config.cache_clear()
        assert db_url() == f"sqlite:///{ROOT}/build/gradebook.db"
    finally:
        nbgrader_config.cache_clear()
