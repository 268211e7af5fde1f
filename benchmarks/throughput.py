"""How fast a class is graded: stock `nbgrader autograde` and `course grade`, the same submissions, in turn.

    python -m benchmarks.throughput [--rounds 1] [--sizes 160 640]

Two loads: `mini`, which imports what the course's notebooks import and whose own work is a few milliseconds, shows
what grading itself costs; `w03_numpy_network` trains networks in its tests. Stock nbgrader gets its own kernel and the
same hidden tests inside the notebook (`inkernel.py`). Results go to results.json and results.md beside this file.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import nbformat
import psutil
from nbgrader.api import Gradebook

from benchmarks import inkernel
from grading.authoring import notebook
from grading.course import ROOT, imported
from grading.grade import RUNS, grade
from grading.kernel import Kernel
from grading.probing import load_probes
from grading.reference import machine
from grading.sandbox import Sandbox
from grading.source import Assignment, load, parse
from grading.warm import fork_server

BIN = Path(sys.executable).parent
SMALL = ROOT / "tests" / "grading" / "files" / "mini.py"
W03 = ROOT / "solutions" / "w03_numpy_network.py"
IMPORTS = "import matplotlib.pyplot as plt\nimport numpy as np\nimport torch\nimport torchvision\n"
SUBMISSIONS = 40
OWN = ("cells", "answers to the judge")  # phases in which the student's code runs


def answers(assignment: Assignment, number: int) -> dict[str, str]:
    """What student `number` writes in each exercise: the reference, or a probe of it."""
    chance = random.Random(f"{assignment.name}/{number}")
    probes = [probe for probe in load_probes(assignment) if probe.kind != "hostile" and len(probe.texts) == 1]
    return {cell.id: chance.choice([cell.source] + [probe.texts[0][1] for probe in probes
                                                    if probe.texts[0][0] == cell.name])
            for cell in assignment.of_kind("exercise")}


def hand_in(folder: Path, assignment: Assignment, count: int, kinds: tuple[str, ...] | None = None):
    """`count` submissions under folder/<student>/<name>/; with `kinds`, of these cells alone."""
    for number in range(count):
        handed_in, texts = notebook(assignment, released=True), answers(assignment, number)
        written = zip(handed_in.cells, assignment_cells(assignment), strict=True)
        handed_in.cells = [cell for cell, author in written if kinds is None or author.kind in kinds]
        for cell in handed_in.cells:
            cell.source = texts.get(cell.id, cell.source)
        path = folder / f"s{number:03}" / assignment.name / f"{assignment.name}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(nbformat.writes(handed_in))


def assignment_cells(assignment: Assignment):
    return [cell for cell in assignment.cells if cell.kind != "judge"]


# --- one class, graded by each ----------------------------------------------------------------------------------------

def stock(folder: Path, assignment: Assignment, count: int) -> dict:
    """Stock nbgrader: a course with nothing configured. It runs the same cells as our grader runs."""
    kinds = ("text", *RUNS)
    source = notebook(assignment)
    source.cells = [cell for cell, author in zip(source.cells, assignment_cells(assignment)) if author.kind in kinds]
    tests = {cell.id: inkernel.hidden_cell(assignment, cell) for cell in assignment.of_kind("test")}
    for cell in source.cells:
        cell.source = tests.get(cell.id, cell.source)
    path = folder / "source" / assignment.name / f"{assignment.name}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(nbformat.writes(source))
    for name, text in inkernel.modules(assignment).items():
        (folder / name).write_text(text)
    (folder / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'stock'\n"
                                               "c.ExecutePreprocessor.timeout = 120\n")
    environment = {"PYTHONPATH": os.pathsep.join(map(str, (folder, ROOT, ROOT / "benchmarks"))),
                   "OMP_NUM_THREADS": "1", "MPLBACKEND": "agg"}
    run(folder, environment, "nbgrader", "generate_assignment", assignment.name, "--create", "--force")
    hand_in(folder / "submitted", assignment, count, kinds)
    measured = run(folder, environment, "nbgrader", "autograde", assignment.name)
    return measured | {"mean": mean_score(folder / "gradebook.db", "stock", assignment)}


def ours(folder: Path, assignment: Assignment, count: int) -> dict:
    """`course grade` in a copy of this course whose only assignment is this one."""
    for name in ("grading", "common"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "data").mkdir()
    for name in ("nbgrader_config.py", "data/registry.toml"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "solutions").mkdir()
    (folder / "solutions" / f"{assignment.name}.py").write_text(assignment.text)
    environment = {"PYTHONPATH": str(folder)}
    run(folder, environment, "course", "release", assignment.name)
    hand_in(folder / "build" / "submitted", assignment, count)
    measured = run(folder, environment, "course", "grade", assignment.name)
    return measured | {"mean": mean_score(folder / "build" / "gradebook.db", "deep-learning", assignment)}


def run(folder: Path, environment: dict, *command) -> dict:
    """Run a program there: wall seconds, and the peak of its own memory and of all its processes together (MB)."""
    began = time.monotonic()
    environment = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"} | environment
    process = subprocess.Popen([BIN / command[0], *command[1:]], cwd=folder, env=environment,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    peaks = {"coordinator_mb": 0.0, "all_mb": 0.0, "coordinator_cpu": 0.0}
    watcher = threading.Thread(target=watch_memory, args=(process.pid, peaks), daemon=True)
    watcher.start()
    _, said = process.communicate()
    if process.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{said[-2000:]}")
    return {"seconds": time.monotonic() - began, **peaks}


def watch_memory(pid: int, peaks: dict):
    """Every half second: the process's resident memory and CPU seconds, and the memory of it and its children."""
    try:
        root = psutil.Process(pid)
        while True:
            peaks["coordinator_mb"] = max(peaks["coordinator_mb"], root.memory_info().rss / 2**20)
            peaks["coordinator_cpu"] = sum(root.cpu_times()[:2])
            total = 0
            for process in [root, *root.children(recursive=True)]:
                try:
                    total += process.memory_full_info().pss
                except psutil.Error:
                    continue
            peaks["all_mb"] = max(peaks["all_mb"], total / 2**20)
            time.sleep(0.5)
    except psutil.Error:
        return


def mean_score(path: Path, course: str, assignment: Assignment) -> float:
    with Gradebook(f"sqlite:///{path}", course) as book:
        scores = [sum(grade.auto_score or 0.0 for one in submission.notebooks for grade in one.grades)
                  for submission in book.assignment_submissions(assignment.name)]
    return sum(scores) / len(scores)


# --- where the processor's time goes ----------------------------------------------------------------------------------

def split(assignment: Assignment, count: int) -> dict[str, float]:
    """CPU seconds a submission of our grader, by phase: one after the other in this process, its kernels included."""
    sandbox, spent = Sandbox(preload=imported(assignment)), {}
    began = time.process_time()

    def cpu() -> float:
        total = time.process_time()
        for process in psutil.Process().children(recursive=True):
            try:
                times = process.cpu_times()
                total += times.user + times.system + times.children_user + times.children_system
            except psutil.Error:
                continue
        return total

    fork_server(sandbox)
    spent["imports (once a machine)"] = cpu() - began

    def timed(function, phase):
        def wrapper(*args, **kwargs):
            before = cpu()
            try:
                return function(*args, **kwargs)
            finally:
                spent[phase] = spent.get(phase, 0.0) + (cpu() - before) / count
        return wrapper

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        hand_in(folder, assignment, count)
        files = [path.read_bytes() for path in sorted(folder.glob("*/*/*.ipynb"))]
    grade(assignment, files[0], sandbox)
    kept = Kernel.__enter__, Kernel.run, Kernel.ask, Kernel.__exit__
    Kernel.__enter__, Kernel.run = timed(kept[0], "kernel"), timed(kept[1], "cells")
    Kernel.ask, Kernel.__exit__ = timed(kept[2], "answers to the judge"), timed(kept[3], "kernel")
    try:
        before = cpu()
        for data in files:
            grade(assignment, data, sandbox)
        total = (cpu() - before) / count
    finally:
        Kernel.__enter__, Kernel.run, Kernel.ask, Kernel.__exit__ = kept
    known = sum(spent.get(phase, 0.0) for phase in ("kernel", "cells", "answers to the judge"))
    return spent | {"judge, reading and writing the notebook": total - known, "all": total}


# --- the tables -------------------------------------------------------------------------------------------------------

def fresh(grader, assignment: Assignment, count: int) -> dict:
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        measured = grader(folder, assignment, count)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return {"grader": grader.__name__, "load": assignment.name, "submissions": count, "load_average":
            os.getloadavg()[0], **{key: round(value, 3) for key, value in measured.items()}}


def report(results: dict) -> str:
    """results.md: throughput side by side, how cost grows, where the processor's time goes."""
    runs = results["runs"]
    lines = ["# How fast a class is graded", "",
             "Written by `make bench` (`benchmarks/throughput.py`): stock nbgrader and our grader in turn, in one run.",
             "", results["machine"] + ".", "",
             "| load | class | grader | seconds | a minute | times stock | bound | points | coordinator | memory |",
             "| --- | --: | --- | --: | --: | --: | --: | --: | --: | --: |"]
    for one in runs:
        rival = [other["seconds"] / other["submissions"] for other in runs
                 if (other["grader"], other["load"]) == ("stock", one["load"])]
        ratio = f"{sum(rival) / len(rival) / (one['seconds'] / one['submissions']):.1f}" if rival else "–"
        own = sum(results["split"][one["load"]].get(phase, 0.0) for phase in OWN)
        bound = one["submissions"] * (1.3 * own / os.cpu_count() + 0.2)
        lines.append(f"| {one['load']} | {one['submissions']} | {one['grader']} | {one['seconds']:.1f} | "
                     f"{60 * one['submissions'] / one['seconds']:.1f} | {ratio} | {bound:.1f} | {one['mean']:.2f} | "
                     f"{one['coordinator_mb']:.0f} MB | {one['all_mb']:.0f} MB |")
    lines += ["", *growth(runs)]
    lines += ["", "CPU seconds a submission of our grader, one after the other in one process:", "",
              "| phase | " + " | ".join(results["split"]) + " |",
              "| --- |" + " --: |" * len(results["split"])]
    phases = list(dict.fromkeys(phase for split in results["split"].values() for phase in split))
    for phase in phases:
        seconds = (f"{one.get(phase, 0):.3f}" for one in results["split"].values())
        lines.append(f"| {phase} | {' | '.join(seconds)} |")
    lines += ["", "The bound, in seconds, is what we allow ourselves: 1.3 times the CPU time of the student's own code "
              "(cells and answers) over the cores, and 0.2 s a submission. Stock nbgrader gives no points for a test "
              "cell whose visible part fails, hence its lower mean.",
              "", "Memory is that of all processes, what they share counted once. \"Cells\" is the notebook itself; "
              "\"answers to the judge\" is the student's code, run on the hidden tests' inputs.", ""]
    return "\n".join(lines)


def growth(runs: list[dict]) -> list[str]:
    """What one submission more costs, between each two sizes of a class of the small load."""
    own = [one for one in runs if (one["grader"], one["load"]) == ("ours", "mini")]
    sizes = sorted({one["submissions"]: one for one in own}.items())
    return [f"From {few} to {many} each submission more takes {(b['seconds'] - a['seconds']) / (many - few):.3f} s and "
            f"the coordinator's memory grows by {b['coordinator_mb'] - a['coordinator_mb']:.0f} MB."
            for (few, a), (many, b) in zip(sizes, sizes[1:], strict=False)]


def main():
    parser = argparse.ArgumentParser(description="Time stock nbgrader and our grader on the same submissions.")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--sizes", type=int, nargs="*", default=[160, 640], help="more sizes of class, for our grader")
    chosen = parser.parse_args()
    small, w03 = parse(SMALL.read_text().replace("import numpy as np\n", IMPORTS, 1), "mini"), load(W03)
    results = {"machine": machine(), "runs": [], "split": {one.name: split(one, 10) for one in (small, w03)}}
    plan = [(grader, one, SUBMISSIONS) for one in (small, w03) for grader in (stock, ours)] * chosen.rounds
    plan += [(ours, small, size) for size in chosen.sizes]
    for grader, assignment, count in plan:
        results["runs"].append(fresh(grader, assignment, count))
        print(results["runs"][-1], flush=True)
    (ROOT / "benchmarks" / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    (ROOT / "benchmarks" / "results.md").write_text(report(results))
    print(report(results))


if __name__ == "__main__":
    main()
