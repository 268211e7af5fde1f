"""Our joints with nbgrader, named in `nbgrader_config.py`: stubs that say what to do, and the judge."""

import os
from pathlib import Path

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader.preprocessors import ClearSolutions
from nbgrader.utils import is_solution

from grading.course import ROOT, assignment, checkpoints_in, sandbox_for
from grading.grade import grade
from grading.regions import clear_solutions


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
        path, names = Path(filename), resources["nbgrader"]
        data = path.read_bytes() if path.is_file() and not path.is_symlink() else None
        source = assignment(names["assignment"])
        files = dict(checkpoints_in(path.parent / "checkpoints"))
        result = grade(source, data, sandbox_for(source), names["student"], files)
        return super().from_notebook_node(nbformat.from_dict(result.notebook), resources=resources, **kwargs)


def refuse_links(assignment, student, notebooks):
    """Before nbgrader copies what lies beside a submission: only plain files may lie there.

    A link would make it copy a file of ours into the student's folder, a pipe would make it wait for ever.
    """
    for notebook in notebooks:
        for folder, folders, files in os.walk(ROOT / Path(notebook).parent):
            for name in files + folders:
                path = Path(folder, name)
                if path.is_symlink() or not (path.is_file() or path.is_dir()):
                    path.unlink()
