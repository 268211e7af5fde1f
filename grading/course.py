"""The course's folders, and its configuration of nbgrader: one place that says where things lie."""

import ast
import fcntl
import functools
import os
from pathlib import Path

from traitlets.config import Config, PyFileConfigLoader

from common.checkpoints import MAX_CHECKPOINTS, MAX_MEGABYTES
from grading.sandbox import ROOT, Limits, Sandbox
from grading.source import Assignment, load

SOLUTIONS = ROOT / "solutions"
ASSIGNMENTS = ROOT / "assignments"
BUILD = ROOT / "build"
SOURCE = BUILD / "source"
SUBMITTED = BUILD / "submitted"
AUTOGRADED = BUILD / "autograded"
FEEDBACK = BUILD / "feedback"
RESULTS = BUILD / "results"
ATTEMPTS = BUILD / "attempts"
UNKNOWN = BUILD / "unknown"
REPORT = BUILD / "report"
EXPORT = BUILD / "export"
PROBES = ROOT / "grading" / "probes"

MAX_CHECKPOINT = MAX_MEGABYTES * 2**20  # bytes of one handed-in checkpoint


class UsageError(Exception):
    """Something that the person at the keyboard can put right; shown as one line."""


def assignment_names() -> list[str]:
    return sorted(path.stem for path in SOLUTIONS.glob("w*.py"))


def assignment(name: str) -> Assignment:
    path = SOLUTIONS / f"{name}.py"
    if not path.is_file():
        raise UsageError(f"there is no assignment {name!r}: choose from {', '.join(assignment_names())}")
    return load(path)


def has_ungraded(name: str, force: bool = False) -> bool:
    """Whether somebody's work for it has never been graded (`force`: was handed in). A quick look at the folders."""
    return any(force or not (RESULTS / name / f"{folder.parent.name}.json").exists()
               for folder in SUBMITTED.glob(f"*/{name}"))


def chosen(names) -> list[str]:
    """The assignments named on the command line, or all of them."""
    for name in names:
        assignment(name)
    return list(names) or assignment_names()


def sandbox_for(source: Assignment, walls: bool = True, limits: Limits | None = None) -> Sandbox:
    """The sandbox for an assignment, with its data sets inside, their test labels withheld.

    A data set that this machine lacks is fetched first.
    """
    data = None
    if source.data:
        from common.withholding import withhold

        data = BUILD / "sandbox-data"
        data.mkdir(parents=True, exist_ok=True)
        with open(data / ".lock", "w") as lock:  # several workers of one machine begin at once
            fcntl.flock(lock, fcntl.LOCK_EX)
            for name in source.data:
                withhold(name, data)
    return Sandbox(data, imported(source), walls=walls, limits=limits or Limits())


def imported(source: Assignment) -> tuple[str, ...]:
    """The modules that the cells import which run when grading, as `import` and `from … import …` name them."""
    names = {}
    for cell in source.of_kind("given", "exercise", "train", "test"):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Import):
                names |= dict.fromkeys(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):  # what follows may be modules too: `from common import data`
                names |= dict.fromkeys([node.module] + [f"{node.module}.{alias.name}" for alias in node.names])
    return tuple(names)


def checkpoints_in(folder: Path) -> tuple[tuple[str, bytes], ...]:
    """The checkpoints lying in a folder, as (name, bytes); links and other strange files are passed over."""
    paths = sorted(folder.glob("*.safetensors")) if folder.is_dir() and not folder.is_symlink() else []
    plain = [path for path in paths if path.is_file() and not path.is_symlink()]
    return tuple((path.stem, read_bounded(path, MAX_CHECKPOINT)) for path in plain[:MAX_CHECKPOINTS])


def read_bounded(path: Path, most: int) -> bytes:
    """A file's bytes, or the first `most` + 1 of a longer one, by which the reader sees that it is too long."""
    with path.open("rb") as file:
        return file.read(most + 1)


@functools.cache
def nbgrader_config() -> Config:
    return PyFileConfigLoader("nbgrader_config.py", path=str(ROOT)).load_config()


def nbgrader():
    """nbgrader's own programming interface on this course: a `nbgrader.apps.NbGraderAPI`."""
    from nbgrader.apps import NbGraderAPI  # takes a second, and few commands need it
    from nbgrader.coursedir import CourseDirectory

    BUILD.mkdir(exist_ok=True)
    config = nbgrader_config()
    return NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)


def db_url() -> str:
    return nbgrader_config().CourseDirectory.db_url


def write_atomically(path: Path, text: str, encoding: str = "utf-8"):
    """Whole or not at all, and on the disk before it has its name: also when the machine's power fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("w", encoding=encoding, newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:  # the disk is full: what was written of it is of no use
        temporary.unlink(missing_ok=True)
        raise
