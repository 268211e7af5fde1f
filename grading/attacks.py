"""Runs the attack suite on the engine and says what stopped each attack, as observed in its result.

Each attack hands in a folder that is read as a class's submissions are; it is graded by the workers, with small
limits, beside honest submissions that must keep all their marks. What stopped it is read off what its attempts
met inside (an error's name), the cells' endings, the grader's notes, and the verdicts.
"""

import contextlib
import json
import os
import re
import resource
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dask
from distributed import as_completed

from grading import classroom
from grading.attack_pages import MARK, page_problems, report_problems
from grading.attack_suite import CANARY, Attack, load_attacks, places
from grading.cluster import cluster
from grading.course import ROOT
from grading.grade import Result
from grading.nbgrader_plugin import refuse_links
from grading.sandbox import Limits, Sandbox
from grading.warm import fork_server
from grading.workers import Task, grade_task, here

STOCK_RESULTS = ROOT / "benchmarks" / "stock_attacks.json"  # measured by the script beside it
LIMITS = Limits(cell_seconds=3, notebook_seconds=20, memory=3 * 2**29, processes=64, open_files=128,
                file_size=16 * 2**20, disk=32 * 2**20, output=50_000)  # fmt: skip
SANDBOX = Sandbox(preload=("numpy", "torch", "torchvision"), limits=LIMITS)
GRACE = 15  # seconds over the notebook's limit: starting kernels, interrupts obeyed late, a busy machine
MAX_RESULT = 24 * 2**20  # characters of one executed notebook
EVERY = 8  # after so many attacks an honest submission is graded
STOPS = {  # what an attempt met inside the sandbox -> the wall
    "No such file": "mount namespace",
    "Read-only file system": "read-only mounts",
    "No such process": "PID namespace",
    "refused|unreachable": "network namespace",
    "not permitted|Permission denied|Required key": "no rights",
    "not implemented": "refused calls",
    "watches:": "counted calls",
    "Invalid argument": "locked mounts",
    "MemoryError|Cannot allocate": "limit: memory",
    "temporarily unavailable|start new thread": "limit: processes",
    "Too many open files": "limit: open files",
    "No space left": "limit: disk",
    "File too large": "limit: file size",
    "took too long|ran longer|too long:": "limit: time",
    "is cut here": "limit: output",
    "process ended|ended the notebook": "its end is noticed",
    "the limit is|nested too|too many|not plain data|answer cannot be used|cannot travel": "plain data, bounded",
    "nothing there": "nothing there",
    "used more than|started more than|sent more than|filled the folder": "the watch",
}


@dataclass
class Outcome:
    """What became of an attack. `problems` is empty when it got nothing."""

    name: str
    tries: str
    stopped_by: str
    problems: list[str]
    seconds: float = 0.0


def grade_measured(task: Task) -> tuple[Result, int]:
    """On a worker: grade, and say by how many bytes the worker's memory had grown at its peak."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    before = _memory("VmRSS")
    result = grade_task(task)
    return result, _memory("VmHWM") - before


def _memory(name: str) -> int:
    with contextlib.suppress(OSError):
        return int(re.search(rf"{name}:\s+(\d+)", Path("/proc/self/status").read_text())[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def run_attacks(attacks: list[Attack]) -> Iterator[Outcome]:
    """Each attack's outcome in the order in which they end, the neighbours' and the machine's last.

    Raises NoWalls where there is nothing to wall them in with.
    """
    targets = {attack.assignment.name: attack.assignment for attack in attacks}
    honest = {name: Attack(f"honest/{name}", "", target) for name, target in targets.items()}
    queue = []
    for number, attack in enumerate(attacks):
        queue += [honest[attack.assignment.name]] * (number % EVERY == 0) + [attack]
    hurt, left = [], []
    with places(left) as where, _folder(left) as folder, _workers(folder) as client:
        for attack, outcome in _graded(client, [*queue, *honest.values()], folder / "submitted", where):
            if attack.name.startswith("honest/"):
                hurt += outcome.problems
            else:
                yield outcome
    yield Outcome("all/neighbours", "The honest submissions beside and after them lose marks.", "own walls each", hurt)
    yield Outcome("all/leftovers", "Files and processes outlive their submission.", "ended with the kernel", left)


def _graded(client, queue: list[Attack], submitted: Path, where: dict) -> Iterator[tuple[Attack, Outcome]]:
    """Hand in, read and grade the attacks, a few at a time."""
    running, finished, waiting = {}, as_completed(), list(enumerate(queue))[::-1]
    while waiting or running:
        while waiting and len(running) < 2 * len(client.nthreads()):
            number, attack = waiting.pop()
            place = submitted / f"student{number}" / attack.assignment.name
            attack.hand_in(place, where)
            try:
                task, growth = _read(attack, place)
            except Exception as error:
                yield attack, Outcome(attack.name, attack.tries, "", [f"reading it failed: {error!r}"])
                continue
            same = list(client.nthreads())[:1] if attack.name.startswith("reading/") else None
            future = client.submit(grade_measured, task, pure=False, workers=same)  # a neighbour on the same worker
            running[future.key] = attack, growth
            finished.add(future)
        if running:
            future = next(finished)
            attack, growth = running.pop(future.key)
            outcome = Outcome(attack.name, attack.tries, "", [])
            try:
                result, grown = future.result()
            except Exception as error:  # nothing that is handed in may end the grader
                outcome.problems.append(f"the grader failed: {type(error).__name__}: {str(error)[:200]}")
            else:
                observe(attack, result, max(growth, grown), outcome)
            future.release()
            yield attack, outcome


def _read(attack: Attack, place: Path) -> tuple[Task, int]:
    """What the class's run reads of a submission's folder, and by how many bytes reading made this process grow."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    before, target = _memory("VmRSS"), attack.assignment
    one = classroom._find(target.name, "student", place)
    data, checkpoints = one.read()
    one.submitted()
    refuse_links(target.name, "student", [str(place / f"{target.name}.ipynb")])  # what nbgrader's own autograde does
    growth = _memory("VmHWM") - before
    return Task(None, target.name, target.text, data, here(SANDBOX), "student", checkpoints, one.notes), growth


def observe(attack: Attack, result: Result, growth: int, outcome: Outcome):
    """Fill in what an attack got that it may not, and what stopped it."""
    cells = result.notebook["cells"]
    shown = "\n".join(_text(output) for cell in cells for output in cell.get("outputs", []))
    said = [result.notes, result.person, [cell.message for cell in result.cells],
            [part["message"] for cell in result.cells for part in cell.parts]]  # fmt: skip
    lost = {f"{cell.id.removeprefix('test-')}/{part['name']}": f"{cell.message} {part['message']}".strip()
            for cell in result.cells for part in cell.parts if not part["passed"]}  # fmt: skip
    points = {cell.id: cell.max for cell in result.cells}
    expected = {cell.id: cell.points for cell in attack.assignment.cells if cell.graded}
    outcome.seconds = result.seconds.get("all", 0.0)
    outcome.problems += [
        *(f"kept {name}, should lose it" for name in sorted(attack.loses - set(lost))),
        *(f"lost {name}: {lost[name]}" for name in sorted(set(lost) - attack.may_lose)),
        *(["other cells or points than the assignment's"] if points != expected else []),
        *re.findall(r"^=> (got .*)$", shown, re.MULTILINE),
        *(["shows a secret"] if CANARY in shown + str(said) else []),
        *([f"took {outcome.seconds:.0f} s"] if outcome.seconds > LIMITS.notebook_seconds + GRACE else []),
        *([f"took {growth / 2**20:.0f} MB of the grader's memory"] if growth > attack.megabytes * 2**20 else []),
        *([f"the result is {size / 2**20:.0f} MB long"] if (size := len(json.dumps(cells))) > MAX_RESULT else []),
        *(f"in the page: {found}" for found in page_problems(result.notebook)),
        *(f"in the page: {found}" for found in report_problems(attack.assignment, result)),
    ]
    met = "\n".join([*re.findall(r"^=> stopped(.*)$", shown, re.MULTILINE),
                     *re.findall(r"^\[.*\]$", shown, re.MULTILINE),
                     *(text for texts in said[1:] for text in texts)])  # fmt: skip
    walls = [wall for pattern, wall in STOPS.items() if re.search(pattern, met)]
    if attack.spoil and not walls:
        walls = ["rebuilt from the released notebook"] if outcome.seconds else ["refused, in a sentence"]
    if MARK in json.dumps(cells):
        walls += ["no markup of theirs in pages"]
    outcome.stopped_by = ", ".join(dict.fromkeys(walls)) or ("the judge" if attack.loses else "no effect")


def _text(output) -> str:
    return "\n".join([str(output.get("text", "")), *output.get("traceback", []), *output.get("data", {}).values()])


@contextlib.contextmanager
def _folder(left: list[str]) -> Iterator[Path]:
    """A folder for everything temporary; `left` gets what submissions leave in it or running from it."""
    folder = Path(tempfile.mkdtemp(prefix="attacks-"))
    (folder / "tmp").mkdir()
    try:
        yield folder
        deadline = time.monotonic() + 5
        while (alive := list(_processes(str(folder)))) and time.monotonic() < deadline:
            time.sleep(0.1)
        left += [f"process: {command}" for command in alive]
        left += [f"file: {path.relative_to(folder)}" for path in (folder / "tmp").iterdir()]
    finally:
        subprocess.run(["rm", "-rf", str(folder)], check=False)  # rmtree does not end on very deep folders


def _processes(text: str) -> Iterator[str]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if text in (command := path.read_text(errors="replace").replace("\0", " ")):
                yield command[:100]


def _warm(sandbox: Sandbox):
    """On a worker: its fork server, before an attack's time runs."""
    fork_server(sandbox)


@contextlib.contextmanager
def _workers(folder: Path):
    """The workers, with a secret in their environment and their temporary files in a folder of their own."""
    before = dict(os.environ)
    os.environ |= {"COURSE_ATTACK_SECRET": CANARY, "TMPDIR": str(folder / "tmp")}
    warnings.filterwarnings("ignore", "Sending large graph", UserWarning)
    settings = {"distributed.scheduler.allowed-failures": 0, "temporary-directory": str(folder)}
    try:
        with dask.config.set(settings), cluster() as client:
            client.run(_warm, here(SANDBOX))
            yield client
    finally:
        os.environ.clear()
        os.environ.update(before)


def attack_table(only: str = "", progress=lambda outcomes, total: outcomes) -> tuple[list[tuple], list[str]]:
    """Rows (attack, what it tried, what stopped it, what it did to stock nbgrader, seconds), sorted; and a sentence
    for each that got something it may not.
    """
    stock = json.loads(STOCK_RESULTS.read_text())["attacks"] if STOCK_RESULTS.is_file() else {}
    chosen = [attack for attack in load_attacks() if only in attack.name]
    rows, failures = [], []
    for one in progress(run_attacks(chosen), len(chosen) + 2) if chosen else []:
        verdict = one.stopped_by
        if one.problems:
            verdict = f"GOT THROUGH: {'; '.join(one.problems)[:200]}"
            failures.append(f"{one.name}: {'; '.join(one.problems)}")
        there = stock.get(one.name, {}).get("happened", "")
        rows.append((one.name, one.tries, verdict, there, round(one.seconds, 1)))
    return sorted(rows), failures
