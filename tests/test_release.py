"""assignments/ is what solutions/ gives, and shows nothing that it should not; neither does the students' bundle."""

import nbformat
import pytest

from grading import course, publish
from grading.authoring import notebook
from grading.release import Leak, as_released, check_leaks, secret_lines

NAMES = course.assignment_names()


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_notebook_is_what_the_author_wrote(name):
    released = nbformat.read(course.ASSIGNMENTS / name / f"{name}.ipynb", as_version=4)
    expected = notebook(as_released(name), released=True)
    assert [(cell.id, cell.source) for cell in released.cells] == [(cell.id, cell.source) for cell in expected.cells], \
        f"assignments/{name} is not up to date: run `make release NAME={name}` and commit"


@pytest.mark.parametrize("name", NAMES)
def test_no_line_of_a_solution_is_released(name):
    check_leaks(as_released(name), course.ASSIGNMENTS / name / f"{name}.ipynb")


@pytest.mark.parametrize("name", NAMES)
def test_a_leaked_line_is_found(name, tmp_path):
    assignment = course.assignment(name)
    document = nbformat.read(course.ASSIGNMENTS / name / f"{name}.ipynb", as_version=4)
    line = next(line for cell in assignment.of_kind("exercise") for line in cell.source.splitlines()
                if line.strip() in secret_lines(assignment) and not line.strip().startswith("#"))
    next(cell for cell in document.cells if cell.cell_type == "code").source += "\nif True:\n    " + line.strip()
    path = tmp_path / "leaky.ipynb"
    nbformat.write(document, path)
    with pytest.raises(Leak):
        check_leaks(assignment, path)


def test_the_bundle_has_what_students_need_and_nothing_of_the_graders(tmp_path):
    publish.publish(tmp_path)
    names = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert {"Makefile", "README.md", "environment.yml", "pyproject.toml", "common/data.py",
            "data/registry.toml", "data/polish.xz"} <= names
    assert {f"assignments/{name}/{name}.ipynb" for name in NAMES} <= names
    assert not [name for name in names if "solution" in name or "grading" in name or "probe" in name]
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert "BEGIN HIDDEN TESTS" not in path.read_text(errors="replace"), path


def test_the_bundle_refuses_a_folder_with_other_things_in_it(tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(course.UsageError, match="not empty"):
        publish.publish(tmp_path)
