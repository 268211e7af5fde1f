"""An assignment as nbgrader sees it: a notebook whose cells carry nbgrader's metadata (schema 3)."""

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grading.source import Assignment, Cell, load

METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}


def notebook(assignment: Assignment, released: bool = False) -> nbformat.NotebookNode:
    """The instructor's notebook (solutions and hidden tests inside), or the student's when `released`.

    The same text gives the same bytes: ids come from the author's names or from the cells' text.
    """
    cells = [_cell(cell, cell.released if released else cell.source)
             for cell in assignment.cells if cell.kind != "judge"]
    return new_notebook(cells=cells, metadata=METADATA, nbformat_minor=5)


def _cell(cell: Cell, source: str) -> nbformat.NotebookNode:
    make = new_markdown_cell if cell.cell_type == "markdown" else new_code_cell
    metadata = {"nbgrader": nbgrader_metadata(cell), "course": {"kind": cell.kind}}
    if cell.cell_type == "code" and cell.kind not in ("given", "setup"):
        metadata["tags"] = ["raises-exception"]  # "Run All" goes on after an exercise that was left out
    if cell.kind == "setup":
        metadata["jupyter"] = {"source_hidden": True}  # folded: nobody has to read it
    return make(source=source, id=cell.id, metadata=metadata)


def nbgrader_metadata(cell: Cell) -> dict:
    metadata = {
        "schema_version": 3,
        "grade_id": cell.id,
        "grade": cell.graded,
        "solution": cell.students,
        "locked": not cell.students,
        "task": False,
    }
    if cell.graded:  # bonus points are nbgrader's extra credit: a person types them on top
        metadata["points"] = 0.0 if cell.bonus else cell.points
    return metadata


def build(source_path, destination, bundle: str = "") -> Assignment:
    """Write `destination/<name>/<name>.ipynb` from `<name>.py`, and what lies in the folder beside it.

    bundle: the address of the students' bundle, for its first cell.
    """
    assignment = load(source_path, bundle)
    folder = destination / assignment.name
    folder.mkdir(parents=True, exist_ok=True)
    text = nbformat.writes(notebook(assignment)) + "\n"
    (folder / f"{assignment.name}.ipynb").write_text(text, encoding="utf-8")
    for extra in sorted(source_path.with_suffix("").glob("*.png")):
        (folder / extra.name).write_bytes(extra.read_bytes())
    return assignment
