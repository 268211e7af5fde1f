"""The reference notebook from scratch, with several seeds: does it keep what the course promises?

Everything is executed, training and long plots too, in a plain kernel (it is our own notebook). Then the judge
grades it with the checkpoints that it has just trained. What comes out is a page for docs/: points, and the
notebook's own `results` table, seed by seed; and the executed notebooks, in build/reference/, to look at.
"""

import ast
import os
import platform
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import nbformat
import psutil
from jupyter_core.utils import run_sync
from nbclient import NotebookClient

from common.progress import progress
from grading import course
from grading.authoring import notebook
from grading.grade import grade
from grading.source import Assignment

CELL_SECONDS = 1800  # for one cell; what takes longer has hung


def run(assignment: Assignment, seed: int) -> dict:
    """Execute the reference notebook with COURSE_SEED=seed and grade it.

    Returns a dict: seed, seconds (of the notebook), slowest (cell id, seconds), score and max_score (automatic points),
    lost (sentences: parts without points, cells that failed) and rows (of the notebook's `results`, a ResultsTable;
    empty without one).
    Raises nbclient's CellExecutionError, which names the cell, when one fails.
    """
    with tempfile.TemporaryDirectory(prefix="reference-") as folder:
        made, durations, began = notebook(assignment), {}, time.monotonic()
        tests = {cell.id: cell.released for cell in assignment.of_kind("test")}  # hidden parts are the judge's
        for cell in made.cells:
            cell.source = tests.get(cell.id, cell.source)
        client = NotebookClient(made, timeout=CELL_SECONDS, resources={"metadata": {"path": folder}})
        with client.setup_kernel(env=os.environ | {"COURSE_SEED": str(seed)}):
            for index, cell in enumerate(progress(made.cells, f"{assignment.name}, seed {seed}")):
                before = time.monotonic()
                client.execute_cell(cell, index)
                durations[cell.id] = time.monotonic() - before
            rows = _rows(client)
        seconds = time.monotonic() - began
        executed = course.BUILD / "reference" / f"{assignment.name}-{seed}.ipynb"
        course.write_atomically(executed, nbformat.writes(made))
        checkpoints = dict(course.checkpoints_in(Path(folder, "checkpoints")))
    result = grade(assignment, nbformat.writes(made).encode(), course.sandbox_for(assignment), checkpoints=checkpoints)
    slowest = max(durations, key=durations.get)
    judged = [cell for cell in result.cells if cell.parts]
    failed = [f"{cell.id} failed: {output.ename}: {output.evalue}" for cell in made.cells
              for output in cell.get("outputs", []) if output.output_type == "error"]  # tagged so that Run All goes on
    return {"seed": seed, "seconds": seconds, "slowest": (slowest, durations[slowest]), "rows": rows,
            "score": sum(cell.score for cell in judged), "max_score": sum(cell.max for cell in judged),
            "lost": failed + [f"{cell.id}: {part['name']}: {part['message']}" for cell in judged for part in cell.parts
                              if not part["passed"]]}


def _rows(client: NotebookClient) -> list[dict]:
    """The rows of the notebook's `results` table, asked of the kernel in which it has run."""
    ask = {"rows": "list(results.rows.values()) if 'results' in globals() else []"}
    reply = run_sync(client.kc.execute_interactive)("", user_expressions=ask, output_hook=lambda message: None)
    return ast.literal_eval(reply["content"]["user_expressions"]["rows"]["data"]["text/plain"])


def page(assignment: Assignment, runs: list[dict], machine: str) -> str:
    """Markdown: what the runs gave, seed by seed."""
    seeds = ", ".join(str(one["seed"]) for one in runs)
    lines = [f"# {assignment.name}: the reference notebook from scratch", "",
             f"Written by `make reference NAME={assignment.name} SEEDS={len(runs)}` on {machine}: seeds {seeds}.", "",
             "| seed | automatic points | minutes | slowest cell |", "| --- | --- | --- | --- |"]
    lines += [f"| {one['seed']} | {one['score']:g} of {one['max_score']:g} | {one['seconds'] / 60:.1f} | "
              f"{one['slowest'][0]}, {one['slowest'][1]:.0f} s |" for one in runs]
    if models := list(dict.fromkeys(row["model"] for one in runs for row in one["rows"])):
        lines += ["", "| model | parameters | seconds | validation error | test error |",
                  "| --- | --- | --- | --- | --- |"]
        lines += [_model(model, [row for one in runs for row in one["rows"] if row["model"] == model])
                  for model in models]
    lost = [f"- seed {one['seed']}: {sentence}" for one in runs for sentence in one["lost"]]
    return "\n".join(lines + (["", "Points lost:", "", *lost] if lost else []) + [""])


def _model(name: str, rows: list[dict]) -> str:
    seconds = [row["seconds"] for row in rows]
    valid, test = (", ".join(f"{row[part]:.2%}" for row in rows) for part in ("validation", "test"))
    return f"| {name} | {rows[0]['parameters']:,} | {min(seconds):.0f} to {max(seconds):.0f} | {valid} | {test} |"


def machine() -> str:
    """This machine and the versions that matter, in a line."""
    memory = psutil.virtual_memory().total / 2**30
    model = next((line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    return (f"{os.cpu_count()} cores ({model}), {memory:.0f} GB, Linux {platform.release()}, Python "
            f"{platform.python_version()}, torch {version('torch')}, nbgrader {version('nbgrader')}")
