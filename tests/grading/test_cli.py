"""The command line: exit codes, one line an error, what is printed. Grading itself is done by a stand-in here.

    pytest tests/grading/test_cli.py
"""

import contextlib
import json
from datetime import datetime
from types import SimpleNamespace

import nbformat
import pytest
from click.testing import CliRunner

from grading import authoring, cli, course, rules, workers
from grading.grade import grade, refused
from grading.gradebook import open_gradebook
from grading.judge import PartVerdict
from grading.sandbox import NoWalls
from grading.source import SourceError
from grading.workers import Task


@pytest.fixture
def run(classroom_of_mini, monkeypatch):
    """run("check", "mini", …) -> click's result; nothing starts a cluster, and what is graded is graded here."""

    def run_here(client, tasks):
        for task in tasks:
            yield task, RuntimeError("no disk\nleft") if task.data == b"fail" else workers.grade_task(task)

    monkeypatch.setattr("grading.cluster.cluster", lambda *args: contextlib.nullcontext())
    monkeypatch.setattr("grading.cluster.prepare", lambda *args: None)
    monkeypatch.setattr(workers, "run", run_here)
    monkeypatch.setattr("grading.classroom.run", run_here)
    monkeypatch.setattr(course, "ROOT", classroom_of_mini)
    return lambda *arguments: CliRunner().invoke(cli.main, [str(one) for one in arguments])


@pytest.fixture
def judged(monkeypatch):
    """judged(lost parts): every notebook that can be read gets all points but for those."""

    def set_verdict(*lost):
        def stand_in(assignment, data, sandbox, student="", checkpoints=None, progress=None):
            if not data or not data.startswith(b"{"):
                return grade(assignment, data, sandbox, student)
            result = refused(assignment, "judged", student)
            result.notes.clear()
            for cell in result.cells:
                for part in cell.parts:
                    verdict = PartVerdict(part["name"], part["max"], part["name"] not in lost)
                    part |= {"score": verdict.score, "passed": verdict.passed, "message": ""}
                cell.score = sum(part["score"] for part in cell.parts) if cell.parts else None
                cell.message = ""
            return result

        monkeypatch.setattr("grading.grade.grade", stand_in)
        monkeypatch.setattr(workers, "grade", stand_in)

    return set_verdict


def one_line(result, code, *words):
    assert result.exit_code == code, result.output
    assert result.stderr.count("\n") == 1 and "Traceback" not in result.output, result.stderr
    assert all(word in result.stderr for word in words), result.stderr


# Wrong use


@pytest.mark.parametrize("command", [["build", "w99"], ["release", "w99"], ["grade", "w99"], ["probes", "w99"],
                                     ["feedback", "w99"], ["report", "w99"], ["check", "w99", "x.ipynb"]],
                         ids=lambda command: command[0])
def test_an_unknown_assignment_is_one_line_and_code_2(run, command):
    one_line(run(*command), 2, "course: there is no assignment 'w99': choose from mini")


def test_a_missing_file_is_one_line_and_code_2(run):
    one_line(run("check", "mini", "missing.ipynb"), 2, "missing.ipynb: no such file")


@pytest.mark.parametrize("command", [["bake"], ["check"], ["check", "mini", "a.ipynb", "b.ipynb"],
                                     ["grade", "--cluster"], ["grade", "--fast"], ["publish"]], ids=" ".join)
def test_a_wrong_command_line_is_code_2_and_says_what_is_wrong(run, command):
    result = run(*command)
    assert result.exit_code == 2 and "Error: " in result.stderr and "Traceback" not in result.stderr


@pytest.mark.parametrize("error, words", [
    (SourceError("solutions/mini.py", 7, "double", "unclosed region"), "solutions/mini.py:7: cell 'double': unclosed"),
    (NoWalls("bubblewrap is missing:\ninstall it"), "course: bubblewrap is missing: install it"),
    (OSError(28, "No space left on device"), "No space left on device"), (KeyError(), "course: KeyError")], ids=repr)
def test_every_failure_is_one_line_and_a_traceback_only_with_debug(run, monkeypatch, error, words):
    def fail(names):
        raise error

    monkeypatch.setattr(course, "chosen", fail)
    one_line(run("build"), 2, words)
    debugged = run("--debug", "build")
    assert debugged.exception is error and debugged.exit_code == 1


def test_help_names_every_command(run):
    text = run("--help").output
    assert all(f"\n  {name}" in text for name in cli.main.commands)
    assert run("-h").output == text
    for name, command in cli.main.commands.items():
        assert run(name, "--help").exit_code == 0 and command.help, name


# Commands


def test_build_writes_nbgraders_source(run, mini):
    result = run("build")
    assert (result.exit_code, result.output) == (0, "build/source/mini/mini.ipynb\n")
    made = nbformat.read(course.SOURCE / "mini" / "mini.ipynb", as_version=4)
    assert [cell.id for cell in made.cells] == [cell.id for cell in mini.cells]


@pytest.fixture
def notebook(tmp_path, mini, hand_in):
    path = tmp_path / "mine.ipynb"
    path.write_bytes(hand_in(mini))
    return path


def test_check_of_a_perfect_notebook_is_code_0(run, judged, notebook):
    judged()
    result = run("check", "mini", notebook)
    assert result.exit_code == 0
    assert "mini: 4 automatic points, 6 in all" in result.output
    assert "✓ arrays 2/2" in result.output and "a person marks it  why" in result.output


def test_check_without_a_file_grades_the_reference(run, judged, monkeypatch):
    judged()
    stand_in, seen = workers.grade, []  # the same one
    monkeypatch.setattr("grading.grade.grade", lambda assignment, data, *a, **k: seen.append(data) or stand_in(
        assignment, data, *a, **k))
    assert run("check", "mini").exit_code == 0
    assert [nbformat.reads(data.decode(), 4) for data in seen] == [authoring.notebook(course.assignment("mini"))]


def test_check_of_a_notebook_with_a_mistake_is_code_1_and_names_the_part(run, judged, notebook):
    judged("arrays")
    result = run("check", "mini", notebook)
    assert result.exit_code == 1 and "✗ arrays 0/2" in result.output and "✓ numbers 1/1" in result.output


def test_check_of_a_broken_file_is_code_1_and_says_why(run, judged, notebook):
    notebook.write_bytes(b"%PDF")
    result = run("check", "mini", notebook)
    assert result.exit_code == 1 and "The file is not a notebook" in result.output
    assert not course.BUILD.joinpath("results").exists(), "check writes nothing"


def test_check_prints_json_for_programs(run, judged, notebook):
    judged("arrays")
    found = json.loads(run("check", "mini", notebook, "--json").stdout)
    assert (found["assignment"], found["score"], found["max_score"]) == ("mini", 2.0, 6.0)
    assert [cell["id"] for cell in found["cells"]] == ["test-double", "test-halve", "why"]


def test_check_without_walls_has_to_be_asked_for_and_warns(run, judged, notebook, monkeypatch):
    walls = []
    monkeypatch.setattr(course, "sandbox_for", lambda source, **options: walls.append(options))
    judged()
    assert "without walls" not in run("check", "mini", notebook).output
    assert "without walls, with your rights" in run("check", "mini", notebook, "--trusted").stderr
    assert [one["walls"] for one in walls] == [True, False]


def test_grade_says_how_many_and_is_code_0(run, submit):
    submit("ada", b"x")
    submit("jan")
    result = run("grade")
    assert result.exit_code == 0 and result.stdout.endswith("2 graded\n")
    assert run("grade").stdout.endswith("0 graded\n"), "nothing is graded twice"
    assert run("grade", "--force", "--student", "jan").stdout.endswith("1 graded\n")
    one_line(run("grade", "--student", "eva"), 2, "nothing was handed in by eva")


@pytest.mark.parametrize(("workers_there", "said"), [({}, ["no worker yet: waiting for the cluster's first"]),
                                                      ({"tcp://a": 1}, [])])
def test_a_cluster_without_workers_is_waited_for_and_that_is_said(run, submit, monkeypatch, workers_there, said):
    monkeypatch.setattr("grading.cluster.cluster", lambda address: contextlib.nullcontext(
        SimpleNamespace(nthreads=lambda: workers_there)))
    submit("ada", b"x")
    result = run("grade", "--cluster", "tcp://localhost:8786")
    assert result.stdout.endswith("1 graded\n")
    assert [line.partition(" (")[0] for line in result.stderr.splitlines() if line.startswith("no worker")] == said


def test_grading_tells_the_gradebook_the_class_and_its_deadlines(run, submit):
    rules.FILE.write_text('[assignments.mini]\ndue = 2027-03-01T23:00:00Z\n'
                          '[[students]]\nid = "ada"\nname = "Ada Nowak"\n')
    submit("ada", b"x")
    assert run("grade").exit_code == 0
    with open_gradebook() as book:
        assert book.find_assignment("mini").duedate == datetime(2027, 3, 1, 23)
        assert (book.find_student("ada").first_name, book.find_student("ada").last_name) == ("Ada", "Nowak")


def test_a_regrade_prints_what_changed_when_asked(run, submit, judged, hand_in, mini):
    submit("ada", hand_in(mini))
    judged()
    assert run("grade").stdout.endswith("1 graded\n")
    judged("arrays")
    result = run("grade", "--force", "--changes")
    assert result.stdout.endswith("1 graded, 1 marks changed\n")
    assert ["ada", "mini", "test-double", "3", "1"] in [line.split() for line in result.stdout.splitlines()]
    assert run("grade", "--force", "--changes").stdout.endswith("1 graded, 0 marks changed\n")


def test_grade_is_code_1_when_our_side_failed_for_somebody_and_names_them(run, submit):
    submit("ada", b"x")
    submit("jan", b"fail")
    result = run("grade")
    assert result.exit_code == 1
    assert "1 graded, 1 could not be graded" in result.stdout
    assert "  jan/mini: RuntimeError: no disk" in result.stderr


def test_grade_of_an_assignment_that_was_not_released_is_one_line(run, submit, monkeypatch):
    submit("ada", b"x")
    monkeypatch.setattr("nbgrader.api.get_alembic_version", lambda: "none")
    (course.BUILD / "gradebook.db").unlink()
    result = run("grade")
    assert result.exit_code == 2 and "mini has not been released: run `course release mini` first" in result.stderr
    assert "Traceback" not in result.output


def test_a_class_is_not_collected_into_the_demos(run, tmp_path):
    (tmp_path / "mails").mkdir()
    course.SUBMITTED.mkdir()
    (course.SUBMITTED / ".demo").touch()
    one_line(run("collect", "mini", tmp_path / "mails", "--format", "files"), 2, "the demo's class", "make clean")


PROBES = '''\
# %% right="sum" exercise="double"
def double(x):
    return x + x

# %% wrong="constant" exercise="double" loses="double/arrays"
def double(x):
    return 2 * float(x)
'''


@pytest.fixture
def probes(monkeypatch):
    folder = course.PROBES / "mini"
    folder.mkdir(parents=True)
    (folder / "double.py").write_text(PROBES)
    monkeypatch.setattr("grading.probing.PROBES", course.PROBES)
    monkeypatch.setattr("grading.probing.SOLUTIONS", course.SOLUTIONS)


@pytest.fixture
def probes_run(classroom_of_mini, run, probes):
    return run


def test_probes_with_the_marks_they_must_have_are_code_0(probes_run, judged):
    judged()
    result = probes_run("probes", "--only", "sum")
    assert result.exit_code == 0 and result.stdout.endswith("\n1 of 1 probes as expected\n")


def test_a_text_that_no_probe_has_in_its_name_is_one_line_and_code_2(probes_run):
    one_line(probes_run("probes", "--only", "difference"), 2, "no probe has 'difference' in its name")


def test_probes_with_other_marks_are_code_1_and_say_which(probes_run, judged):
    judged()
    result = probes_run("probes", "mini")
    assert result.exit_code == 1 and result.stdout.endswith("\n2 of 4 probes as expected\n")
    rows = {line.split()[2]: line for line in result.stdout.splitlines() if line.startswith("mini")}
    assert "kept double/arrays, should lose it" in rows["double/constant"]
    assert rows["double/sum"].endswith("as expected")


def test_of_probes_that_share_a_notebook_the_one_with_other_marks_is_named(probes_run, judged, monkeypatch):
    with open(course.PROBES / "mini" / "double.py", "a") as file:
        file.write('# %% right="quotient" exercise="halve"\ndef halve(x):\n    return x * 0.5\n')
    judged()
    result = probes_run("probes", "mini")
    rows = {line.split()[2]: line for line in result.stdout.splitlines() if line.startswith("mini")}
    assert result.exit_code == 1 and result.stdout.endswith("\n3 of 5 probes as expected\n")
    assert "kept double/arrays" in rows["double/constant"] and rows["double/quotient"].endswith("as expected")


def test_publish_refuses_a_folder_with_other_things_in_one_line(run, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").touch()
    one_line(run("publish", tmp_path / "full"), 2, "not empty")


def test_report_is_written_from_what_has_been_graded(run, submit):
    submit("ada", b"x")
    run("grade")
    result = run("report")
    assert (result.exit_code, result.output) == (0, "build/report/index.html\n")
    assert "ada" in (course.REPORT / "index.html").read_text()


def test_tasks_carry_all_that_a_worker_needs(mini, sandbox):
    import pickle

    task = Task("key", "mini", mini.text, b"", sandbox, "ada", (("net", b"x"),), ("A note.",))
    result = workers.grade_task(pickle.loads(pickle.dumps(task)))
    assert (result.student, result.score) == ("ada", 0)
    assert result.notes == ["A note.", "The file is empty. Save the notebook in Jupyter and hand it in again."]
