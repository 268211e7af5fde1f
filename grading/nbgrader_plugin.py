"""Our joints with nbgrader, named in `nbgrader_config.py`: stubs that say what to do, and the judge."""

from pathlib import Path

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader.preprocessors import ClearSolutions
from nbgrader.utils import is_solution

from grading.course import ROOT, assignment, checkpoints_in, read_bounded, sandbox_for
from grading.grade import grade
from grading.gradebook import open_gradebook
from grading.regions import clear_solutions
from grading.sandbox import remove
from grading.submission import MAX_FILE

MAX_DEPTH = 10  # of the folders that are handed in
_judged = {}  # (assignment, student) -> (result, digest of what it depends on), until nbgrader has written its marks


class NamedStubs(ClearSolutions):
    """nbgrader's ClearSolutions, with a stub that names its exercise and says what to do."""

    def preprocess_cell(self, cell, resources, cell_index):
        if is_solution(cell):
            cell.source = clear_solutions(cell.source, cell.metadata.nbgrader.grade_id, cell.cell_type)
        return cell, resources


class JudgedExporter(NotebookExporter):
    """Reads a submission as our grader does: whatever the file is, out comes the executed, judged notebook.

    nbgrader converts a submission twice, from `submitted` and then from `autograded`; the first time is ours.
    """

    def from_filename(self, filename, resources=None, **kwargs):
        if not getattr(self.parent, "_sanitizing", False):
            return super().from_filename(filename, resources=resources, **kwargs)
        from grading.classroom import digest  # not above: releasing needs the stubs alone, and this brings Dask

        path, names = Path(filename), resources["nbgrader"]
        data = read_bounded(path, MAX_FILE) if path.is_file() and not path.is_symlink() else None
        source = assignment(names["assignment"])
        files = dict(checkpoints_in(path.parent / "checkpoints"))
        result = grade(source, data, sandbox_for(source), names["student"], files)
        _judged[source.name, names["student"]] = result, digest(source.text, data, files.items())
        return super().from_notebook_node(nbformat.from_dict(result.notebook), resources=resources, **kwargs)


def keep_result(assignment, student, notebooks):
    """After nbgrader has written marks and notebook: the result, for the report and for `course grade`."""
    from grading.classroom import save_result, submissions

    for name, student in {Path(notebook).parts[-2:-4:-1] for notebook in notebooks} & _judged.keys():
        result, depends = _judged.pop((name, student))
        [one] = submissions([name], (student,))
        with open_gradebook() as gradebook:
            late = gradebook.find_submission(name, student).total_seconds_late
        save_result(one, result, depends, late)


def refuse_links(assignment, student, notebooks):
    """Before nbgrader copies what lies beside a submission: only plain files may lie there.

    A link would make it copy a file of ours into the student's folder, a pipe would make it wait for ever, and
    folders nested without end would stop it.
    """
    waiting = [(ROOT / Path(notebook).parent, 0) for notebook in notebooks]
    while waiting:
        folder, depth = waiting.pop()
        for path in list(folder.iterdir()):
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                path.unlink()
            elif path.is_dir() and depth == MAX_DEPTH:
                remove(path)
            elif path.is_dir():
                waiting.append((path, depth + 1))
