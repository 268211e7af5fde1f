"""The visible checks of a notebook, run in a fresh kernel: what passes, what is wrong, what is still to do.

As when grading, long experiments (`show` cells) and answers for a person are not run, and the checkpoint of a training
cell is loaded in its place. nbgrader's Validate button in JupyterLab uses the same shortcut, by nbgrader_config.py.
"""

import logging
import re
import subprocess
import time
from dataclasses import dataclass, field

from common.checkpoints import restoring
from common.matching import plain
from common.released import CARD, cells_of

CELL_SECONDS, NOTEBOOK_SECONDS = 120, 600  # twice what the grader allows: this machine may be slower
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def shorten(cell, cell_index=None):
    """A hook for nbclient before a cell runs: leave out what takes long and earns nothing by itself.

    Changes the cell (an nbformat node) in place, so hand it a copy of the student's notebook.
    """
    kind = cell.metadata.get("course", {}).get("kind")
    if kind in ("show", "answer"):
        cell.metadata["tags"] = [*cell.metadata.get("tags", []), "skip-execution"]
    elif kind == "train":
        cell.source = restoring(cell.metadata.nbgrader.grade_id.removeprefix("train-"))


@dataclass
class Exercise:
    """What the checks say of one exercise of the assignment.

    points: all that it can give; passed: those whose visible checks pass; person: those of answers that are written and
    marked by a person. remarks: what is wrong or missing, a line each.
    """

    number: int
    title: str
    points: float
    minutes: int
    bonus: bool = False
    passed: float = 0.0
    person: float = 0.0
    remarks: list = field(default_factory=list)


def check(notebook, original, folder, progress=None):
    """Run a repaired notebook's cells in a fresh kernel and collect what the visible checks say.

    Args:
        notebook: nbformat node, as `common.repair.repair` gives it; it is executed in place.
        original: the released one.  folder: where the notebook lies; its checkpoints/ are read.
        progress: function from a list to what is iterated over, for a bar.
    Returns:
        (exercises, seconds): a list of Exercise, and how long it took.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import DeadKernelError

    began, stopped, ended = time.monotonic(), {}, ""
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)  # nbclient's words about time-outs: ours are below
    client = NotebookClient(notebook, timeout=CELL_SECONDS, allow_errors=True, interrupt_on_timeout=True,
                            kernel_name="python3", on_cell_start=shorten, resources={"metadata": {"path": folder}})
    with client.setup_kernel(stderr=subprocess.DEVNULL):
        for index, cell in enumerate((progress or list)(notebook.cells)):
            if not ended and time.monotonic() - began > NOTEBOOK_SECONDS:
                ended = f"the notebook had run for {NOTEBOOK_SECONDS} s"
            if ended and cell.cell_type == "code":
                stopped[cell.id] = f"was not run: {ended}"
                continue
            try:
                client.execute_cell(cell, index)
            except DeadKernelError:
                stopped[cell.id] = "ended the notebook's process: too much memory, or exit()?"
                ended = "an earlier cell ended the notebook's process"
    return _collect(notebook, cells_of(original), stopped), time.monotonic() - began


def _collect(notebook, released, stopped):
    exercises, home = [], {}  # home: the number of the exercise under whose heading a cell stands
    for cell in released.values():
        if match := CARD.search(cell.released):
            exercises.append(Exercise(int(match["number"]), match["title"], float(match["points"]),
                                      int(match["minutes"]), bool(match["bonus"])))
        home[cell.id] = len(exercises) - 1
    broken = set()  # exercise cells that did not run to their end
    for node in notebook.cells:
        cell = released.get(node.id)
        if cell is None or home[cell.id] < 0:
            continue
        now, said = exercises[home[cell.id]], _said(node, stopped, home, exercises)
        if cell.kind == "answer":
            if plain(node.source) == plain(cell.released):
                said = f"`{cell.id}`: no answer yet (a person marks it)"
            else:
                now.person += cell.points
                said = "" if cell.cell_type == "markdown" or node.outputs else \
                    f"`{cell.id}`: a person marks what this cell shows: run it, and save the notebook"
        elif cell.kind == "test" and not said:
            now.passed += cell.points
        elif cell.kind == "exercise" and said:
            broken.add(f"test-{cell.id}")
        if said and cell.id not in broken and said not in now.remarks and cell.kind != "show":
            now.remarks.append(said)
    return exercises


def _said(node, stopped, home, exercises):
    """What went wrong in a cell, in a line; the hint of a check is its message. Nothing when all is well."""
    where = f"`{node.id}`"
    if node.id in stopped:
        return f"{where} {stopped[node.id]}"
    errors = [output for output in node.get("outputs", []) if output.output_type == "error"]
    if not errors:
        return ""
    name, text = errors[0].ename, " ".join(ANSI.sub("", errors[0].evalue).split())
    if name == "KeyboardInterrupt":
        return f"{where} took longer than {CELL_SECONDS} s and was interrupted"
    if name == "NotImplementedError":
        stub, _, todo = text.partition(": ")
        if stub in home and home[stub] != home[node.id]:
            return f"{where} waits for `{stub}` of exercise {exercises[home[stub]].number}"
        return f"`{stub}` is not done yet: {todo}" if stub in home else f"not done yet: {text}"
    return f"{where}: {text}" if name == "AssertionError" and text else f"{where} stopped with {name}: {text}"
