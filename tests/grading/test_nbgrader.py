"""Stock nbgrader on a copied course whose one assignment is the small one: release, autograde, feedback, export.

Programs and kernels are started; `pytest -m "not kernel"` leaves this out.

    pytest tests/grading/test_nbgrader.py
"""

import csv
import json

import pytest

pytestmark = pytest.mark.kernel
HALF = "def double(x):\n    return x + x if isinstance(x, int) else x"
SECRETS = ("HIDDEN", "check.close", "check.equal", "reference.double", "rng.normal", "return 2 * x\n")


@pytest.fixture(scope="module")
def school(new_school, command, mini, hand_in):
    """The copied course after `course release`, and nbgrader's autograde, generate_feedback and export."""
    folder = new_school()
    for student, data in (("ada", hand_in(mini)), ("jan", hand_in(mini, {"double": HALF})), ("ola", b"%PDF")):
        submission = folder / "build" / "submitted" / student / "w99_mini"
        submission.mkdir(parents=True)
        (submission / "w99_mini.ipynb").write_bytes(data)
    (submission / "passwords").symlink_to("/etc/passwd")
    command(folder, "nbgrader", "autograde", "w99_mini")
    command(folder, "nbgrader", "generate_feedback", "w99_mini")
    command(folder, "nbgrader", "export", "--to", "grades.csv")
    return folder


def test_the_release_has_no_solutions_and_no_hidden_tests(school, mini):
    text = (school / "assignments" / "w99_mini" / "w99_mini.ipynb").read_text()
    assert [cell["id"] for cell in json.loads(text)["cells"]] == [cell.id for cell in mini.cells]
    assert not any(secret.strip() in text for secret in SECRETS)
    assert "double: return twice x" in text


def test_export_has_the_judges_marks(school):
    with open(school / "grades.csv", newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert {student: float(row["score"]) for student, row in rows.items()} == {"ada": 4.0, "jan": 2.0, "ola": 0.0}
    assert {row["max_score"] for row in rows.values()} == {"6.0"}


def test_autograded_notebooks_show_what_each_part_got(school):
    text = (school / "build" / "autograded" / "jan" / "w99_mini" / "w99_mini.ipynb").read_text()
    assert "✓ numbers  1 of 1" in text and "✗ arrays  0 of 2" in text and "double: good" in text
    assert not any(secret.strip() in text for secret in SECRETS)


def test_what_nbgrader_graded_is_in_the_report_and_is_not_graded_again(school, command):
    result = json.loads((school / "build" / "results" / "w99_mini" / "jan.json").read_text())
    assert (result["score"], result["late_seconds"]) == (2.0, 0.0)
    assert "0 graded" in command(school, "course", "grade")
    command(school, "course", "report")
    assert "arrays" in (school / "build" / "report" / "index.html").read_text()


def test_feedback_shows_points_and_hints_and_no_hidden_test(school):
    page = (school / "build" / "feedback" / "jan" / "w99_mini" / "w99_mini.html").read_text()
    assert "each element is doubled" in page and "1 of 3</span>" in page
    assert not any(secret.strip() in page for secret in SECRETS)


def test_a_file_that_is_no_notebook_has_feedback_that_says_so(school):
    page = (school / "build" / "feedback" / "ola" / "w99_mini" / "w99_mini.html").read_text()
    assert "The file is not a notebook" in page


def test_a_link_beside_a_submission_is_not_copied(school):
    assert not list((school / "build" / "autograded").rglob("passwords"))


def test_marks_that_people_give_stay_when_nbgrader_grades_again(school, command):
    code = ("from nbgrader.api import Gradebook\n"
            "with Gradebook('sqlite:///build/gradebook.db', 'deep-learning') as book:\n"
            "    grade = book.find_grade('why', 'w99_mini', 'w99_mini', 'ada')\n"
            "    assert grade.needs_manual_grade\n"
            "    grade.manual_score, grade.needs_manual_grade = 1.5, False\n"
            "    book.db.commit()")
    command(school, "python", "-c", code)
    command(school, "nbgrader", "autograde", "w99_mini", "--student", "ada", "--force")
    code = code.partition("    assert")[0] + "    print(grade.manual_score, grade.score, grade.needs_manual_grade)"
    assert command(school, "python", "-c", code).strip() == "1.5 1.5 True"


def release_again(command, folder, text):
    (folder / "solutions" / "w99_mini.py").write_text(text, encoding="utf-8")
    return command(folder, "course", "release", "w99_mini", code=None)


def test_text_may_change_after_work_was_handed_in_and_no_mark_is_lost(school, command, mini):
    text = mini.text.replace("# %%\nimport numpy as np", "# %% [markdown]\n# A remark that came later.\n\n# %%\n"
                             "import numpy as np")
    assert text != mini.text
    code, said = release_again(command, school, text)
    assert code == 0, said
    assert "A remark that came later." in (school / "assignments" / "w99_mini" / "w99_mini.ipynb").read_text()
    command(school, "nbgrader", "export", "--to", "later.csv")
    assert (school / "later.csv").read_text().splitlines()[0] == (school / "grades.csv").read_text().splitlines()[0]
    with open(school / "later.csv", newline="") as file:
        assert {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)} == {
            "ada": 5.5, "jan": 2.0, "ola": 0.0}


def test_graded_cells_may_not_go_once_work_was_handed_in(school, command, mini):
    code, said = release_again(command, school, mini.text.replace('answer="why"', 'answer="wherefore"'))
    assert code == 2 and "marks would be lost" in said and "wherefore, why" in said
    assert release_again(command, school, mini.text)[0] == 0
