"""What the attacks of `course attacks` do to stock `nbgrader autograde`: measured, in a throwaway course.

    python benchmarks/stock_attacks.py [TEXT] [--again]

Each attack is handed in to a plain nbgrader course (its own kernel, hidden tests in the notebook, no plug-in of ours)
by a student who is graded before an honest neighbour. nbgrader runs inside bubblewrap, without network, with nothing
writable but the course and an empty home folder, and under a time limit. What happened goes to
stock_attacks.json and stock_attacks.md beside this file, after each attack; what is there is not run again.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, MissingEntry

from grading.attack_suite import CANARY, Attack, load_attacks
from grading.attacks import STOCK_RESULTS
from grading.authoring import notebook
from grading.sandbox import find_bubblewrap
from grading.source import Assignment

MARK = "course_attack"  # begins the names of the files that attacks leave behind
SECONDS = 60  # for grading two submissions, which takes about ten
# Left out: what is about our judge, folders, checkpoints (`*-checkpoint`) and the processes that kernels are forked
# from, and what bubblewrap would stop here in the place of stock nbgrader.
OURS = ("reading/network", "reading/nested-namespace", "reading/rank", "reading/leaves-a-key", "reading/finds-",
        "channel/", "reading/held-out-data", "reading/link-in-exchange",
        "reading/hidden-tests-in-memory", "harm/disk-in-exchange", "harm/deep-folders", "harm/output-when-asked",
        "harm/slow-answers", "sharing/process-numbers", "sharing/parent-by-number", "sharing/inherited-files",
        "sharing/sockets-by-path", "sharing/shared-pages", "sharing/held-terminal", "sharing/anothers-terminal",
        "sharing/uncovered-proc", "sharing/many-namespaces")  # fmt: skip
HIDDEN = {  # the same demands as the hidden parts in tests/attacks/assignments, in nbgrader's usual form
    "cube": "assert cube(3) == 27\nassert cube(-2) == -8\nassert cube(0.5) == 0.125",
    "softmax": "for A in [np.random.randn(5, 4), 1000 * np.random.randn(2, 3)]:\n"
               "    E = np.exp(A - A.max(axis=1, keepdims=True))\n"
               "    np.testing.assert_allclose(softmax(A), E / E.sum(axis=1, keepdims=True), atol=1e-6)",
    "affine": "layer = Affine(3, 2)\nassert layer.W.shape == (3, 2) and layer.b.shape == (2,)\n"
              "layer.W, layer.b, x = np.random.randn(3, 2), np.random.randn(2), np.random.randn(3)\n"
              "np.testing.assert_allclose(layer(x), x @ layer.W + layer.b)",
    "countdown": "assert list(countdown(6)) == [6, 5, 4, 3, 2, 1]\nassert set(countdown(4)) == {1, 2, 3, 4}",
    "unit": "for T in [torch.randn(6), torch.randn(3, 4)]:\n    torch.testing.assert_close(unit(T), T / T.norm())",
    "network": "assert network(torch.eye(3)).shape == (3, 2)",
}  # fmt: skip


def make_course(folder: Path, assignment: Assignment):
    """A stock course with the assignment released; nothing is configured but where it lies."""
    source = notebook(assignment)
    for cell, written in zip(source.cells, assignment.cells, strict=True):
        if written.kind == "test":
            hidden = f"### BEGIN HIDDEN TESTS\n{HIDDEN[written.name]}\n### END HIDDEN TESTS"
            cell.source = f"{written.released.rstrip()}\n{hidden}"
    name = assignment.name
    path = folder / "course" / "source" / name / f"{name}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(nbformat.writes(source))
    (folder / "course" / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'stock'\n")
    (folder / "home").mkdir()
    (folder / "home" / ".netrc").write_text(CANARY)
    command(folder, f"nbgrader generate_assignment {name} --create --force").check_returncode()


def command(folder: Path, line: str) -> subprocess.CompletedProcess:
    """Run a shell command in the course, walled off from this machine. Raises TimeoutExpired."""
    home = str(folder / "home")
    walls = [find_bubblewrap(), "--unshare-all", "--die-with-parent", "--new-session", "--ro-bind", "/", "/", "--proc",
             "/proc", "--ro-bind", "/proc/sys", "/proc/sys", "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", "/run",
             "--bind", str(folder), str(folder), "--bind", home, os.path.expanduser("~"), "--chdir",
             str(folder / "course"), "--ro-bind", sys.prefix, sys.prefix]  # fmt: skip
    walls += ["--ro-bind", sys.base_prefix, sys.base_prefix] if sys.base_prefix.startswith(str(Path.home())) else []
    walls += ["--setenv", "PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}", "--setenv", "TMPDIR", "/tmp"]
    return subprocess.run([*walls, "sh", "-c", line], timeout=SECONDS, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace")  # fmt: skip


def put(attack: Attack, template: Path) -> dict:
    """Put one attack to stock nbgrader; what happened, as a sentence and as numbers."""
    folder, name = Path(tempfile.mkdtemp(prefix="stock-")), attack.assignment.name
    full = sum(cell.points for cell in attack.assignment.of_kind("test"))
    try:
        shutil.copytree(template, folder, dirs_exist_ok=True)
        course = folder / "course"
        files = [course / "gradebook.db", course / f"source/{name}/{name}.ipynb", course / "nbgrader_config.py",
                 course / f"submitted/neighbour/{name}/{name}.ipynb"]  # fmt: skip
        where = {"files": [str(path) for path in files], "folders": [str(course), str(course / "source")], "port": 9,
                 "abstract": "none", "socket": str(course / "none"), "victim": 3}  # fmt: skip
        Attack("honest", "", attack.assignment).hand_in(files[3].parent, where)
        attack.hand_in(course / "submitted/attacker" / name, where)
        before = {path: path.read_bytes() for path in files[1:]}
        began = time.monotonic()
        late = 6 if attack.name == "reading/gradebook" else 0
        try:
            done = command(folder, f"sleep 600 & nbgrader autograde {name}; code=$?; sleep {late}; exit $code")
            ended, error = done.returncode, done.stderr
        except subprocess.TimeoutExpired as expired:
            ended, error = None, (expired.stderr or b"").decode(errors="replace")
        seconds = time.monotonic() - began
        marks = {student: score(course / "gradebook.db", name, student) for student in ("attacker", "neighbour")}
        changed = [path.name for path in before if not path.is_file() or path.read_bytes() != before[path]]
        find = ["find", str(folder), "-name", f"{MARK}*"]  # folders may be deeper than Python's own walk can go
        left = subprocess.run(find, capture_output=True, text=True, check=False).stdout.split()
        shown = course / f"autograded/attacker/{name}/{name}.ipynb"
        got = re.findall(r"^=> got (.*?)(?:: |$)", printed(shown), re.MULTILINE)
        deserved = full - 2 * len({part.split("/")[0] for part in attack.loses})
        said = happened(marks, full, deserved, ended, changed, left, got)
        return {"happened": said, "marks": marks, "deserved": deserved, "exit": ended, "seconds": round(seconds, 1),
                "log": error[-300:].replace(str(folder), "…") if ended else ""}  # fmt: skip
    finally:
        subprocess.run(["rm", "-rf", str(folder)], check=False)


def printed(path: Path) -> str:
    """What the cells of an executed notebook printed; '' where there is none."""
    try:
        cells = json.loads(path.read_text())["cells"]
    except (OSError, ValueError):
        return ""
    return "\n".join("".join(output.get("text", "")) for cell in cells for output in cell.get("outputs", []))


def score(path: Path, name: str, student: str) -> float | str:
    """A student's automatic points in the gradebook; "none" when there are none."""
    try:
        with Gradebook(f"sqlite:///{path}", "stock") as gradebook:
            return sum(grade.auto_score or 0.0 for one in gradebook.find_submission(name, student).notebooks
                       for grade in one.grades)  # fmt: skip
    except MissingEntry:
        return "none"
    except Exception as error:
        return f"unreadable: {type(error).__name__}"


def happened(marks, full, deserved, ended, changed, left, got) -> str:
    mine, other = marks["attacker"], marks["neighbour"]
    found = [f"it hung ({SECONDS} s)"] if ended is None else []
    if not isinstance(mine, float | int):
        found.append("the student has no marks" if mine == "none" else f"gradebook {mine}")
    elif mine > deserved:
        found.append(f"points taken: {mine:g}, deserved {deserved:g}")
    elif mine < deserved:
        found.append(f"marks lost: {mine:g}, deserved {deserved:g}")
    if other != full:
        lost = f"the neighbour's marks: {other}, deserved {full:g}"
        found.append("the class was aborted" if other == "none" else lost)
    found += [f"changed {', '.join(changed)}"] if changed else []
    found += ["left files for the next student"] if left else []
    found += [f"got {', '.join(dict.fromkeys(name.split('/')[-1][:40] for name in got))}"] if got else []
    return "; ".join(found) or "held"


def write(results: dict, attacks: list[Attack]):
    """The data, and the table made of it."""
    STOCK_RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    rows = [f"| {one.name} | {one.tries} | {results['attacks'][one.name]['happened']} |".replace("\n", " ")
            for one in attacks if one.name in results["attacks"]]  # fmt: skip
    bad = sum(one["happened"] != "held" for one in results["attacks"].values())
    text = (f"# Attacks on stock nbgrader {results['nbgrader']}\n\nWritten by `python benchmarks/stock_attacks.py`. "
            "Each attack was handed in to a plain nbgrader course (`nbgrader autograde`, hidden tests in the notebook) "
            f"and graded before an honest neighbour, within {SECONDS} s. {bad} of {len(rows)} did harm or took points. "
            "The attacks on our own judge's channel, on the processes that kernels are forked from and on checkpoints "
            "have no counterpart there, and those on the machine's network are stopped by the walls of the measurement "
            "itself.\n\n"
            "| attack | what it tried | what happened |\n| --- | --- | --- |\n")  # fmt: skip
    STOCK_RESULTS.with_suffix(".md").write_text(text + "\n".join(rows) + "\n")


def main():
    arguments = argparse.ArgumentParser(description="Put the attacks to stock nbgrader.")
    arguments.add_argument("text", nargs="?", default="", help="only the attacks with this in their name")
    arguments.add_argument("--again", action="store_true", help="also those whose result is there")
    chosen = arguments.parse_args()
    attacks = [one for one in load_attacks()
               if not one.name.startswith(OURS) and not re.search("-checkpoints?$", one.name)]  # fmt: skip
    results = json.loads(STOCK_RESULTS.read_text()) if STOCK_RESULTS.is_file() else {"attacks": {}}
    results["nbgrader"] = version("nbgrader")
    todo = [one for one in attacks
            if chosen.text in one.name and (chosen.again or one.name not in results["attacks"])]  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="stock-") as folder:
        for assignment in {one.assignment.name: one.assignment for one in todo}.values():
            template = Path(folder) / assignment.name
            template.mkdir()
            make_course(template, assignment)
            honest = put(Attack("honest", "", assignment), template)
            if honest["happened"] != "held":
                raise SystemExit(f"stock nbgrader does not grade an honest submission here: {honest}")
        for attack in todo:
            results["attacks"][attack.name] = put(attack, Path(folder) / attack.assignment.name)
            print(f"{attack.name}: {results['attacks'][attack.name]['happened']}", flush=True)
            write(results, attacks)
    write(results, attacks)


if __name__ == "__main__":
    main()
