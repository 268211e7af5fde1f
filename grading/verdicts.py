"""The executed notebook with the judge's verdicts in it, in the form that nbgrader and people read.

nbgrader takes a test cell's score from its outputs: a number, or an error for none. So whatever the visible
part printed is kept as plain text, and the verdict is the only number and the only error there is.
"""

import html
import re

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.utils import compute_checksum

from grading.authoring import METADATA, nbgrader_metadata
from grading.harmless import harmless
from grading.kernel import CellRun
from grading.submission import Item, Rebuilt

SAFE_TYPES = ("text/plain", "image/png", "image/jpeg")
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def notebook(rebuilt: Rebuilt, runs: dict[int, CellRun], results) -> dict:
    """The notebook as handed in, executed and judged: released text, the student's text, safe outputs."""
    verdicts = {result.id: result for result in results}
    cells = [new_markdown_cell(harmless(_notes(rebuilt.notes)), id="grader-notes")] if rebuilt.notes else []
    for position, item in enumerate(rebuilt.items):
        outputs = _outputs(runs.get(position)) if item.cell_type == "code" else []
        if item.kind == "test":
            outputs = [_as_text(output) for output in outputs] + _verdict(verdicts[item.cell.id])
        cells.append(_cell(item, position, outputs))
    return new_notebook(cells=cells, metadata=METADATA)


def _notes(notes) -> str:
    return "**Notes of the grader**\n\n" + "\n".join(f"- {note}" for note in notes)


def _cell(item: Item, position: int, outputs):
    """A notebook cell; text of the student's own can be no HTML when somebody opens it."""
    mine = item.cell is None or item.cell.students
    source = harmless(item.source) if mine and item.cell_type != "code" else item.source
    cell_id = item.cell.id if item.cell else f"added-{position}"
    make = new_code_cell if item.cell_type == "code" else new_markdown_cell
    metadata = {}
    if item.cell:
        metadata = {"nbgrader": nbgrader_metadata(item.cell)}
        released = make(item.cell.released, metadata=metadata)
        metadata["nbgrader"]["checksum"] = compute_checksum(released)  # by it nbgrader knows an empty answer
    cell = make(source, id=cell_id, metadata=metadata)
    if item.cell_type == "code":
        cell.outputs = [*item.outputs, *outputs]
    return cell


def _outputs(run: CellRun | None) -> list:
    """What a cell printed and showed, without anything that could run in a browser."""
    kept = []
    for output in run.outputs if run else []:
        if output.output_type in ("display_data", "execute_result"):
            data = {kind: value for kind, value in output.data.items() if kind in SAFE_TYPES and isinstance(value, str)}
            output = new_output("display_data", data=data or {"text/plain": "(an output of another kind)"})
        elif output.output_type == "error":
            lines = [str(line) for line in output.traceback]
            output = new_output("error", ename=str(output.ename), evalue=str(output.evalue), traceback=lines)
        kept.append(output)
    ending = {"timeout": "This cell took too long and was interrupted.",
              "dead": "The notebook's process ended in this cell."}.get(run.status if run else "", "")
    if run and run.error == "not run":
        ending = "This cell was not run any more: the notebook had run out of time or restarts."
    if run and run.truncated:
        ending = (ending + " Its output was too long and is cut here.").strip()
    return [*kept, new_output("stream", name="stdout", text=f"\n[{ending}]\n")] if ending else kept


def _as_text(output):
    """An output of a test's visible part, in a form from which nbgrader reads no score."""
    if output.output_type == "error":
        text = ANSI.sub("", f"{output.ename}: {output.evalue}\n")
    elif output.output_type == "stream":
        text = output.text
    else:
        return output
    return new_output("stream", name="stdout", text=text)


def _verdict(result) -> list:
    """The parts as a list, then what nbgrader reads: the score, or an error when there is none.

    No table: nbconvert cleans HTML for feedback and formgrader, and lets tables through but not their bodies.
    """
    lines = [f"{_mark(part)} {part['name']}  {part['score']:g} of {part['max']:g}"
             + (f"  {part['message']}" if part["message"] else "") for part in result.parts]
    head = f"{result.score:g} of {result.max:g} points" + (f". {result.message}" if result.message else "")
    rows = "".join(
        f"<li>{_mark(part)} <b>{html.escape(part['name'])}</b> {part['score']:g} of {part['max']:g}"
        + (f": {html.escape(part['message'])}" if part["message"] else "") + "</li>" for part in result.parts
    )
    page = f'<div><b>{html.escape(head)}</b></div><ul class="list-unstyled">{rows}</ul>'
    said = new_output("display_data", data={"text/plain": "\n".join([head, *lines]), "text/html": page})
    if result.score > 0:
        return [said, new_output("execute_result", data={"text/plain": repr(float(result.score))})]
    return [said, new_output("error", ename="No points", evalue=result.message or "see the parts", traceback=lines)]


def _mark(part) -> str:
    return "✓" if part["passed"] else "✗"
