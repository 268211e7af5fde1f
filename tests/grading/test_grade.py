"""Grading whole submissions of the small assignment: marks, hints, and every way in which a program can go wrong.

Kernels are started; `pytest -m "not kernel"` leaves this out.

    pytest tests/grading/test_grade.py
"""

import os
import signal
import time
from dataclasses import replace

import pytest

from grading import judge, workers
from grading.cluster import cluster
from grading.grade import grade
from grading.probing import Probe, all_parts, differences
from grading.source import parse
from grading.workers import Task, run

pytestmark = pytest.mark.kernel


@pytest.fixture
def marks(mini, hand_in, sandbox):
    """marks({"double": text}) -> the result of that submission, its other answers right."""

    def make(texts=None, **changes):
        return grade(mini, hand_in(mini, texts), replace(sandbox, **changes), "ada")

    return make


def parts(result):
    """{part: its message, None when passed}"""
    return {part["name"]: None if part["passed"] else part["message"] for cell in result.cells for part in cell.parts}


def cell(result, cell_id):
    return next(cell for cell in result.cells if cell.id == cell_id)


def double(body):
    return "def double(x):\n" + "\n".join(f"    {line}" for line in body.splitlines())


def test_the_reference_gets_all_points_and_its_answer_waits_for_a_person(marks):
    result = marks()
    assert (result.score, result.max_score) == (4.0, 6.0)
    assert parts(result) == {"numbers": None, "arrays": None, "halve": None}
    assert (cell(result, "why").score, cell(result, "why").status) == (None, "person")
    assert result.notes == result.person == []
    assert result.seconds["all"] > 0


def test_the_empty_notebook_gets_nothing_and_says_what_is_not_written(mini, hand_in, sandbox):
    result = grade(mini, hand_in(mini, solved=False), sandbox)
    assert result.score == 0 and cell(result, "why").status == "empty"
    assert all(message.startswith("not written yet: ") for message in parts(result).values())
    assert "double: return twice x" in parts(result)["numbers"]


def test_a_partly_right_answer_gets_the_parts_that_are_and_the_hint_for_the_others(marks):
    result = marks({"double": double("return 2 * x if isinstance(x, int) else x")})
    assert cell(result, "test-double").score == 1.0 and result.score == 2.0
    found = parts(result)
    assert found["numbers"] is None and found["halve"] is None
    assert found["arrays"].startswith("each element is doubled (the largest difference is ")


def test_an_error_in_the_students_code_is_quoted_with_its_line(marks):
    message = parts(marks({"double": double("y = x + 1\nreturn y.size // 0")}))["arrays"]
    assert "your code raised ZeroDivisionError" in message and "return y.size // 0" in message


def test_an_answer_of_another_form_is_described_and_nobody_has_to_look(marks):
    result = marks({"double": double("return {'answer': 2 * x}")})
    assert "expected numbers, found dict" in parts(result)["arrays"]
    assert result.person == []


def test_a_cell_that_stops_loses_its_own_points_only(marks):
    result = marks({"double": "1 / 0"})
    assert result.score == 1.0
    assert cell(result, "test-double").message.startswith("Your cell stopped with ZeroDivisionError: division by zero.")
    assert set(parts(result)) == {"numbers", "arrays", "halve"}


def test_a_cell_that_does_not_parse_loses_its_own_points_only(marks):
    result = marks({"double": "def double(x:\n    return"})
    assert result.score == 1.0 and "SyntaxError" in cell(result, "test-double").message


def test_a_warning_on_stderr_costs_nothing(marks):
    body = double("import warnings, sys\nwarnings.warn('old')\nprint('careful', file=sys.stderr)\nreturn 2 * x")
    assert marks({"double": body + "\ndouble(1)"}).score == 4.0


def test_print_floods_cost_nothing_but_their_text(marks):
    body = double("print('y' * 10**6)\nreturn 2 * x")
    result = marks({"double": "for n in range(30_000): print('x' * 50)\n" + body})
    assert result.score == 4.0
    outputs = next(one for one in result.notebook["cells"] if one["id"] == "double")["outputs"]
    assert len(str(outputs)) < 40_000 and "too long and is cut here" in str(outputs)


def test_an_endless_loop_costs_its_own_points_only_and_says_why(marks):
    began = time.monotonic()
    result = marks({"double": double("while True: pass")})
    assert result.score == 1.0 and cell(result, "test-double").status == "timeout"
    assert "your code took too long" in parts(result)["numbers"]
    assert time.monotonic() - began < 40


def test_an_endless_loop_at_the_top_of_a_cell_is_interrupted(marks):
    result = marks({"double": "while True: pass"})
    assert result.score == 1.0 and cell(result, "test-double").status == "timeout"
    assert "Your cell ran out of time and was interrupted." in cell(result, "test-double").message


@pytest.mark.parametrize("text", ["import os; os._exit(0)", double("import os; os._exit(0)"), "import sys; sys.exit()",
                                  double("raise SystemExit")],
                         ids=["at once", "when asked", "sys.exit", "SystemExit when asked"])
def test_a_program_that_ends_itself_loses_its_own_points_only(marks, text):
    result = marks({"double": text})
    assert result.score == 1.0, parts(result)
    assert parts(result)["halve"] is None
    if "_exit" in text:
        assert cell(result, "test-double").status == "crashed"
        assert "process" in parts(result)["numbers"] + cell(result, "test-double").message


def test_a_program_that_wants_too_much_memory_loses_its_own_points_only(marks):
    result = marks({"double": double("return bytearray(10 * 2**30)")})
    assert result.score == 1.0 and "MemoryError" in parts(result)["numbers"]


def test_a_kernel_that_dies_again_and_again_is_given_up(marks):
    text = "import os, threading\nthreading.Timer(0.05, os._exit, [0]).start()\nimport time; time.sleep(1)"
    result = marks({"double": text, "halve": text})
    assert result.score == 0.0 and {cell.status for cell in result.cells if cell.parts} == {"crashed"}


def test_a_notebook_that_takes_all_its_time_is_stopped_and_says_so(marks, sandbox):
    limits = replace(sandbox.limits, cell_seconds=60, notebook_seconds=2)
    began = time.monotonic()
    result = marks({"double": double("return 2 * x") + "\nimport time; time.sleep(60)"}, limits=limits)
    assert time.monotonic() - began < 20
    assert result.score == 0.0
    assert {cell.status for cell in result.cells if cell.parts} == {"timeout"}
    assert "longer than 2 s" in cell(result, "test-halve").message


def test_what_a_student_prints_or_returns_is_no_verdict(marks):
    forged = double("return 0") + "\nclass Yes:\n    def __eq__(self, other): return True\n    __hash__ = None\n"
    assert marks({"double": forged + "\n3.0"}).score == 1.0
    assert marks({"double": forged.replace("return 0", "return Yes()")}).score == 1.0


def test_a_cold_kernel_gives_the_same_marks_as_a_warm_one_and_so_does_a_second_run(marks):
    texts = {"double": double("return 2 * x + 1e-3 * np.random.rand() if hasattr(x, 'shape') else 2 * x"),
             "halve": "def halve(x):\n    return x // 2"}
    first, second, cold = marks(texts), marks(texts), marks(texts, warm=False)
    assert first.to_json() == second.to_json() == cold.to_json()
    assert 0 < first.score < 4


def test_a_submission_without_walls_gets_the_same_marks(marks):
    assert marks(walls=False).score == 4.0


def test_a_reference_that_fails_is_the_authors_fault_and_names_the_line(mini, hand_in, sandbox):
    broken = parse(mini.text.replace("X = np.eye(3)", "X = np.eyes(3)"), "mini")
    with pytest.raises(RuntimeError, match=r"the reference solution fails in the cell at line 4 .*AttributeError"):
        grade(broken, hand_in(mini), sandbox)


def test_a_hidden_test_that_fails_by_itself_calls_a_person(mini, hand_in, sandbox):
    broken = parse(mini.text.replace("A = rng.normal(size=(3, 2))", "A = rng.normal(size=missing)"), "mini")
    result = grade(broken, hand_in(broken), sandbox)
    assert cell(result, "test-double").score == 1.0
    assert len(result.person) == 1 and "NameError" in result.person[0]


def test_hidden_tests_get_the_same_random_numbers_for_every_student(mini):
    seen = []
    line = "    A = rng.normal(size=(3, 2))\n"
    text = mini.text.replace(line, line + "    seen.append(A.sum())\n")
    assignment = parse(text, "mini")
    judge.reference(text, "mini").judge["seen"] = seen

    class NoKernel:
        timeout = 0

        def ask(self, op, **request):
            return 42 if request.get("args") == (21,) else None if op == "begin" else self

        def __call__(self, x):
            return self.ask("call", args=(x,))

    for _ in range(2):
        judge.judge(assignment, assignment.of_kind("test")[0], NoKernel(), "")
    assert len(seen) == 2 and seen[0] == seen[1]


def test_the_release_handed_in_unchanged_loses_every_part(mini, hand_in, sandbox):
    lost = Probe("mini", "empty release", "wrong", (), frozenset(all_parts(mini)))
    assert differences(lost, grade(mini, hand_in(mini, solved=False), sandbox)) == []


# Many at once


def deadly(task):
    """A task that ends the worker's process, as a crash of ours would, for the student called `crash`."""
    if task.student == "crash":
        os.kill(os.getpid(), signal.SIGKILL)
    return task_itself(task)


task_itself = workers.grade_task


def test_a_killed_worker_costs_its_own_submission_and_the_rest_goes_on(mini, hand_in, sandbox, monkeypatch):
    monkeypatch.setattr(workers, "grade_task", deadly)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    tasks = [Task(student, "mini", mini.text, data, replace(sandbox, warm=False), student)
             for student, data in [("ada", b""), ("crash", b"x"), ("jan", b"x"), ("eva", hand_in(mini)), ("zoe", b"x")]]
    with cluster() as client:
        results = {task.key: result for task, result in run(client, tasks)}
    assert {student: result.score for student, result in results.items()} == {
        "ada": 0.0, "crash": 0.0, "jan": 0.0, "eva": 4.0, "zoe": 0.0}
    assert not any(results[student].person for student in ("ada", "jan", "eva", "zoe")), "who waited behind it"
    assert "not a notebook" in results["jan"].notes[0] and "is empty" in results["ada"].notes[0]
    assert results["crash"].person == ["it ended the grader's process"]
    assert "given up" in results["crash"].notes[0]
