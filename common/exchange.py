"""JupyterLab's Assignment List on a student's own machine: their notebooks, Validate, and Submit.

nbgrader's list talks to an exchange, a folder shared with the instructors, which a machine at home does not have. Here
the assignments in `assignments/` are there from the start, Submit writes the file to hand in (`common.handin`), and
Fetch brings a deleted notebook back. nbgrader_config.py names these classes.
"""

import shutil
from datetime import UTC, datetime

from nbgrader.exchange import abc

from common import handin, released
from common.released import Trouble


class List(abc.ExchangeList):
    """The assignments with their notebooks or, when `cached`, the files written to be handed in."""

    def init_src(self):
        pass

    init_dest = copy_files = init_src

    def list_files(self):
        names = sorted(path.stem for path in released.ORIGINALS.glob("*.ipynb"))
        names = names or sorted(path.stem for path in released.ASSIGNMENTS.glob("*/w*.ipynb"))
        made = [self._handed_in(name) if self.cached else self._assignment(name) for name in names]
        return [one for one in made if one]

    def _assignment(self, name):
        path = released.ASSIGNMENTS / name / f"{name}.ipynb"
        there = path.is_file()
        return {"course_id": self.coursedir.course_id, "assignment_id": name, "path": str(path.parent),
                "status": "fetched" if there else "released",
                "notebooks": [{"notebook_id": name, "path": str(path)}] if there else []}

    def _handed_in(self, name):
        none = {"has_local_feedback": False, "has_exchange_feedback": False, "feedback_updated": False,
                "local_feedback_path": None}
        common = {"course_id": self.coursedir.course_id, "assignment_id": name, "status": "submitted"}
        files = sorted(handin.HAND_IN.glob(f"{name}-*.zip"))
        submissions = [{**common, **none, "student_id": path.stem.removeprefix(f"{name}-"), "path": str(path),
                        "timestamp": f"{datetime.fromtimestamp(path.stat().st_mtime, UTC):%Y-%m-%d %H:%M:%S} UTC",
                        "notebooks": [{"notebook_id": name, "path": str(path), **none}]} for path in files]
        return {**common, "student_id": "", "submissions": submissions} if files else None


class FetchAssignment(abc.ExchangeFetchAssignment):
    """Bring back a notebook that was deleted; one that is there is left alone."""

    def init_src(self):
        self.name = self.coursedir.assignment_id

    def init_dest(self):
        self.path = released.ASSIGNMENTS / self.name / f"{self.name}.ipynb"

    def copy_files(self):
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(released.ORIGINALS / self.path.name, self.path)


class Submit(abc.ExchangeSubmit):
    """Check the notebook and write the file to hand in, as `make submit` does."""

    def init_src(self):
        pass

    init_dest = init_src

    def copy_files(self):
        try:
            handin.submit(self.coursedir.assignment_id, ask=False)
        except Trouble as trouble:
            self.fail(str(trouble))
