"""The notebooks made from an author's file: valid, repeatable, nbgrader's own; and the look for leaks."""

import json
import os
import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_output
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.preprocessors import CheckCellMetadata, ClearHiddenTests

from grading import release
from grading.authoring import build, nbgrader_metadata, notebook
from grading.nbgrader_plugin import NamedStubs
from grading.source import parse

EVERY_KIND = '''\
# %% [markdown]
# # Every kind of cell

# %%
given = 1

# %% [markdown]
# ### Exercise 1 · One · 4 points · about 5 minutes

# %% exercise="one"
def one():
    ### BEGIN SOLUTION
    # TODO: return one
    answer_of_the_reference = 1
    return answer_of_the_reference
    ### END SOLUTION

# %% test="one" points=2
assert one() == 1
### BEGIN HIDDEN TESTS
check.equal(student.one(), 1, hint="a hint that stays secret")
### END HIDDEN TESTS

# %% show="picture"
print(one())

# %% [markdown] answer="why" points=1
# Why one?
# ### BEGIN SOLUTION
# Because the reference says so.
# ### END SOLUTION

# %% answer="plot" points=1
### BEGIN SOLUTION
print("a plot of the reference")
### END SOLUTION

# %% judge
helper_of_the_judge = 1

# %% [markdown]
# ### Exercise 2 · More · 2 bonus points · about 60 minutes

# %% [markdown] answer="more" points=2 bonus
# More?
# ### BEGIN SOLUTION
# Yes, says the reference.
# ### END SOLUTION
'''
SECRETS = ("answer_of_the_reference", "a hint that stays secret", "Because the reference", "a plot of the reference",
           "helper_of_the_judge", "says the reference")


@pytest.fixture(scope="module")
def every_kind():
    return parse(EVERY_KIND, "w99_every")


def by_id(made):
    return {cell.id: cell for cell in made.cells}


@pytest.mark.parametrize("released", [False, True])
def test_the_notebook_is_valid_for_nbformat_and_nbgrader(every_kind, released):
    made = notebook(every_kind, released)
    nbformat.validate(made)
    MetadataValidator().validate_nb(made)
    CheckCellMetadata().preprocess(made, {})
    ids = [cell.id for cell in made.cells]
    assert len(set(ids)) == len(ids)
    assert all(cell.metadata.nbgrader.schema_version == 3 for cell in made.cells)
    assert all(cell.metadata.nbgrader.grade_id == cell.id for cell in made.cells)


def test_run_all_goes_on_after_a_cell_that_is_left_out(every_kind):
    tagged = {cell.id: cell.metadata.get("tags", []) for cell in notebook(every_kind, released=True).cells}
    assert tagged["one"] == tagged["test-one"] == tagged["show-picture"] == tagged["plot"] == ["raises-exception"]
    assert [tags for name, tags in tagged.items() if name.startswith(("given-", "text-"))] == [[]] * 4


def test_each_kind_gets_nbgraders_flags(every_kind):
    found = {cell.id: (data["grade"], data["solution"], data["locked"], data.get("points"))
             for cell in every_kind.cells for data in [nbgrader_metadata(cell)]}
    assert found["one"] == (False, True, False, None)
    assert found["test-one"] == (True, False, True, 2)
    assert found["show-picture"] == (False, False, True, None)
    assert found["why"] == found["plot"] == (True, True, False, 1)
    assert found["more"] == (True, True, False, 0), "bonus points are typed on top by a person"
    text = [flags for cell_id, flags in found.items() if cell_id.startswith(("text-", "given-"))]
    assert len(text) == 4 and set(text) == {(False, False, True, None)}


def test_solutions_and_hidden_tests_are_only_in_the_instructors_notebook(every_kind):
    ours, theirs = (nbformat.writes(notebook(every_kind, released)) for released in (False, True))
    for secret in SECRETS:
        assert (secret in ours) == (secret != "helper_of_the_judge")
        assert secret not in theirs
    assert "BEGIN" not in theirs and "one: return one" in theirs and "*Your answer:*" in theirs


def test_the_same_text_gives_the_same_bytes_in_every_process(files):
    code = ("import sys, nbformat; from grading.source import load; from grading.authoring import notebook;"
            f"sys.stdout.write(nbformat.writes(notebook(load({str(files / 'mini.py')!r}))))")
    runs = [subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed},
                             stdout=subprocess.PIPE) for seed in ("1", "2")]
    outputs = [run.communicate()[0] for run in runs]
    assert outputs[0] == outputs[1] and json.loads(outputs[0])["cells"]


def test_nbgraders_own_tools_release_the_same_text(every_kind):
    stubs, hide = NamedStubs(), ClearHiddenTests()
    made = notebook(every_kind)
    for cell in made.cells:
        cell, _ = stubs.preprocess_cell(cell, {}, 0)
        hide.preprocess_cell(cell, {}, 0)
    released = notebook(every_kind, released=True)
    assert [cell.source.strip() for cell in made.cells] == [cell.source.strip() for cell in released.cells]


def test_build_writes_the_notebook_and_the_pictures_beside_it(tmp_path):
    source = tmp_path / "w99_every.py"
    source.write_text(EVERY_KIND, encoding="utf-8")
    (tmp_path / "w99_every").mkdir()
    (tmp_path / "w99_every" / "expected.png").write_bytes(b"picture")
    build(source, tmp_path / "build")
    made = nbformat.read(tmp_path / "build" / "w99_every" / "w99_every.ipynb", as_version=4)
    assert "helper_of_the_judge" not in nbformat.writes(made)
    assert (tmp_path / "build" / "w99_every" / "expected.png").read_bytes() == b"picture"


# The leak check


@pytest.fixture
def leaks(every_kind, tmp_path):
    """leaks(edit): the complaint about a released notebook after `edit(cells by id, notebook)`, or None."""

    def look(edit):
        made = notebook(every_kind, released=True)
        edit(by_id(made), made)
        path = tmp_path / "released.ipynb"
        path.write_text(json.dumps(made), encoding="utf-8")  # nbformat would mend repeated ids
        try:
            release.check_leaks(every_kind, path)
        except release.Leak as leak:
            return str(leak)

    return look


def test_what_is_released_as_written_leaks_nothing(leaks):
    assert leaks(lambda cells, made: None) is None


def set_source(cell_id, text):
    def edit(cells, made):
        cells[cell_id].source = text
    return edit


@pytest.mark.parametrize("cell_id, text", [
    ("one", "def one():\n    answer_of_the_reference = 1\n    return answer_of_the_reference"),
    ("show-picture", 'check.equal(student.one(), 1, hint="a hint that stays secret")'),
    ("why", "Why one?\nBecause the reference says so."),
    ("show-picture", "helper_of_the_judge = 1"),
])
def test_a_line_of_a_solution_or_hidden_test_is_found_in_any_cell(leaks, cell_id, text):
    complaint = leaks(set_source(cell_id, text))
    assert complaint and repr(cell_id) in complaint and "shows a line" in complaint


@pytest.mark.parametrize("edit, message", [
    (set_source("one", "def one(:"), "does not parse"),
    (set_source("one", "def one():\n    pass"), "is not what"),
    (lambda cells, made: cells["show-picture"].outputs.append(new_output("stream", text="1")), "has outputs"),
    (lambda cells, made: cells["one"].update(id="why"), "repeated cell ids"),
    (lambda cells, made: made.metadata.update(note="### END SOLUTION"), "### END SOLUTION"),
])
def test_a_broken_release_is_found(leaks, edit, message):
    assert message in leaks(edit)


@pytest.mark.parametrize("edit", [
    lambda cells, made: made.cells.pop(),
    lambda cells, made: made.cells.insert(1, nbformat.from_dict({**cells["why"], "id": "another"})),
    lambda cells, made: made.cells.reverse(),
])
def test_a_lost_added_or_moved_cell_is_found(leaks, edit):
    assert "other cells than" in leaks(edit)
