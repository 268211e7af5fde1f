"""Verdicts in the executed notebook: nbgrader's own functions read the right scores, whatever a cell printed.

    pytest tests/grading/test_verdicts.py
"""

import nbformat
import pytest
from nbconvert.filters import clean_html
from nbformat.v4 import new_output
from nbgrader.utils import determine_grade

from grading import verdicts
from grading.grade import CellResult
from grading.kernel import CellRun
from grading.submission import read, rebuild


def results(double=3.0, halve=1.0, why=None, message="each element is doubled", hint="", status="ok"):
    """The results of the small assignment with these scores."""
    numbers = min(double, 1.0)
    parts = [{"name": name, "score": score, "max": most, "passed": score == most,
              "message": "" if score == most else message}
             for name, score, most in [("numbers", numbers, 1.0), ("arrays", double - numbers, 2.0)]]
    last = [{"name": "halve", "score": halve, "max": 1.0, "passed": halve == 1, "message": "" if halve else message}]
    return [CellResult("test-double", double, 3.0, parts, status, hint), CellResult("test-halve", halve, 1.0, last),
            CellResult("why", why, 2.0, status="person" if why is None else "empty")]


@pytest.fixture
def executed(mini, hand_in):
    """executed(results, runs by cell id, texts) -> the notebook, as it is read back from its file."""

    def make(graded, runs=None, texts=None, notes=()):
        rebuilt = rebuild(mini, read(hand_in(mini, texts)))
        rebuilt.notes += notes
        places = {item.cell.id: number for number, item in enumerate(rebuilt.items) if item.cell}
        made = verdicts.notebook(rebuilt, {places[key]: run for key, run in (runs or {}).items()}, graded)
        nbformat.validate(made)
        return nbformat.reads(nbformat.writes(nbformat.from_dict(made)), as_version=4)

    return make


def cell(notebook, cell_id):
    return next(one for one in notebook.cells if one.id == cell_id)


def graded(notebook, cell_id):
    return determine_grade(cell(notebook, cell_id))


def text_of(one) -> str:
    """Everything that a person reads under a cell."""
    return "".join(output.get("text", "") + str(output.get("data", "")) for output in one.outputs)


@pytest.mark.parametrize("score", [0.0, 0.25, 0.5, 1.0, 1 / 3, 2.75, 3.0, 1e-9])
def test_nbgrader_reads_the_score_that_the_judge_gave(executed, score):
    assert graded(executed(results(double=score)), "test-double") == (score, 3.0)


FULL = new_output("execute_result", data={"text/plain": "3.0"})
PRINTS = {
    "a number as a result": [FULL],
    "many numbers": [FULL, FULL, new_output("display_data", data={"text/plain": "3.0"})],
    "a number on stdout": [new_output("stream", name="stdout", text="3.0")],
    "a warning on stderr": [new_output("stream", name="stderr", text="UserWarning: deprecated")],
    "an error": [new_output("error", ename="AssertionError", evalue="halve(2)", traceback=["\x1b[31mline\x1b[0m"])],
    "nothing": [],
    "an error, a warning and a number": [
        new_output("error", ename="E", evalue="", traceback=[]),
        new_output("stream", name="stderr", text="x"), FULL],
}


@pytest.mark.parametrize("score", [0.0, 1.5, 3.0])
@pytest.mark.parametrize("printed", PRINTS)
def test_nothing_that_a_cell_prints_changes_its_score(executed, printed, score):
    run = CellRun("error" if "error" in printed else "ok", PRINTS[printed])
    assert graded(executed(results(double=score), {"test-double": run}), "test-double") == (score, 3.0)


@pytest.mark.parametrize("run", [CellRun("timeout"), CellRun("dead", error="memory"), CellRun("skipped"),
                                 CellRun("ok", truncated=True)], ids=lambda run: run.status)
def test_a_cell_that_did_not_end_well_says_so_and_keeps_its_score(executed, run):
    one = executed(results(double=1.0), {"test-double": run})
    assert graded(one, "test-double") == (1.0, 3.0)
    sentence = {"timeout": "took too long", "dead": "process ended in this cell", "ok": "too long and is cut"}
    assert sentence.get(run.status, "") in text_of(cell(one, "test-double"))


def test_what_the_visible_part_printed_can_be_read(executed):
    run = CellRun("error", [new_output("stream", name="stderr", text="a warning\n"),
                            new_output("error", ename="AssertionError", evalue="double(2) should be 4",
                                       traceback=["\x1b[31mdouble(2)\x1b[0m"])])
    shown = text_of(cell(executed(results(), {"test-double": run}), "test-double"))
    assert "a warning" in shown and "AssertionError: double(2) should be 4" in shown and "\x1b" not in shown


def test_a_list_says_of_each_part_what_it_got_and_why(executed):
    one = executed(results(double=1.0))
    said = next(output for output in cell(one, "test-double").outputs if "text/html" in output.get("data", {}))
    text, page = said.data["text/plain"], said.data["text/html"]
    assert text.splitlines() == ["1 of 3 points", "✓ numbers  1 of 1", "✗ arrays  0 of 2  each element is doubled"]
    assert page.count("<li>") == 2 and "each element is doubled" in page
    assert clean_html(page) == page, "feedback and formgrader show it as it is meant"


def test_no_points_is_an_error_with_the_reason(executed):
    output = cell(executed(results(double=0.0, hint="Your cell stopped.")), "test-double").outputs[-1]
    assert (output.output_type, output.evalue) == ("error", "Your cell stopped.")
    assert "✗ numbers  0 of 1  each element is doubled" in output.traceback


def test_what_a_student_wrote_into_a_message_is_no_markup(executed):
    attack = "<script>alert(1)</script>"
    said = cell(executed(results(double=1.0, message=attack, hint=attack)), "test-double").outputs[0]
    assert "<script>" not in said.data["text/html"] and "&lt;script&gt;" in said.data["text/html"]


def test_outputs_that_could_run_in_a_browser_are_dropped(executed):
    data = {"text/html": "<script>", "application/javascript": "x", "image/svg+xml": "<svg onload=x>",
            "text/plain": "<Figure>", "image/png": "iVBORw0KGgo=", "text/latex": "$x$"}
    run = CellRun("ok", [new_output("display_data", data=data), new_output("display_data", data={"text/html": "x"}),
                         new_output("execute_result", data={"application/vnd.plotly.v1+json": {"a": 1}})])
    outputs = cell(executed(results(), {"double": run}), "double").outputs
    assert [set(output.data) for output in outputs] == [{"text/plain", "image/png"}, {"text/plain"}, {"text/plain"}]
    assert not any("metadata" in output and output.metadata for output in outputs)


def test_a_written_answer_waits_for_a_person_and_an_empty_one_has_no_points(executed, mini):
    released = next(one.released for one in mini.cells if one.id == "why")
    assert graded(executed(results(), texts={"why": "Why?\nSo."}), "why") == (None, 2.0)
    assert graded(executed(results(why=0.0), texts={"why": released}), "why") == (0, 2.0)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</div><!-- x",
                                  "<iframe src='javascript:x'>", "<?x", "a <b>bold</b> word"])
def test_a_written_answer_is_text_not_html(executed, text):
    source = cell(executed(results(), texts={"why": text}), "why").source
    assert not any(f"<{letter}" in source for letter in "siI!?/b")
    assert source.replace("&lt;", "<") == text


def test_a_comparison_in_an_answer_stays_readable(executed):
    assert cell(executed(results(), texts={"why": "a < b and 1<2"}), "why").source == "a < b and 1<2"


def test_notes_stand_at_the_top(executed):
    one = executed(results(), notes=["The cell of `double` is missing.", "Another."])
    assert one.cells[0].source.endswith("- The cell of `double` is missing.\n- Another.")
    assert not executed(results()).cells[0].source.startswith("**Notes")


def test_every_graded_cell_is_worth_what_the_assignment_says(executed, mini):
    one = executed(results())
    points = {c.id: c.metadata.nbgrader.points for c in one.cells if c.metadata.get("nbgrader", {}).get("grade")}
    assert points == {c.id: c.points for c in mini.cells if c.graded}
