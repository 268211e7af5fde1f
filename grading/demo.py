"""The demo's class: thirty students made from the probes, with everything that a real class hands in.

Each student has a skill; for each exercise it decides between a right answer, one with a known mistake, an
empty one. A few hand in late, hand in broken files, try to cheat, or copy. The same class every time.
"""

import json
import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat

from grading import attempts, course
from grading.attempts import Work
from grading.authoring import notebook
from grading.course import SUBMITTED, UsageError, write_atomically
from grading.gradebook import forget, open_gradebook, recorded
from grading.probing import Probe, load_probes
from grading.source import Assignment

DUE = datetime(2027, 3, 1, 22, 0)
MARK = ".demo"  # in build/submitted: this class is made up, and may be replaced
NAMES = """Ada Agata Amir Bartek Celia Dawid Ewa Farid Filip Greta Hania Igor Jagoda Kaito Kasia Leon Lena Marek
Mila Nadia Olek Ola Piotr Roza Samir Tola Ula Wanda Yara Zosia""".split()
REMARKS = ["We tried several widths and drew the curve; the answer is in the picture above.",
           "Because without a non-linearity a chain of linear maps is one linear map.",
           "It depends on the initial weights: some runs get stuck where the gradient is almost zero.",
           "I am not sure, but more hidden units gave more runs that succeed."]


def make_class(names: list[str]) -> int:
    """Write the class's submissions under build/submitted; how many. Never over a real class."""
    if SUBMITTED.is_dir() and any(SUBMITTED.iterdir()) and not (SUBMITTED / MARK).exists():
        raise UsageError("build/submitted holds a class that the demo did not make: move it away, or run the demo "
                         "in another clone")
    with open_gradebook() as gradebook:
        if not (SUBMITTED / MARK).exists() and (known := recorded(gradebook)):
            raise UsageError(f"the gradebook holds {len(known)} submissions that the demo did not make: run the demo "
                             "in another clone")
        for name in names:
            forget(gradebook, name)
    SUBMITTED.mkdir(parents=True, exist_ok=True)
    (SUBMITTED / MARK).touch()
    count = 0
    for name in names:
        assignment = course.assignment(name)
        probes = load_probes(assignment)
        for number, student in enumerate(NAMES):
            chance = random.Random(f"{name}/{student}")
            folder = SUBMITTED / student.lower() / name
            folder.mkdir(parents=True, exist_ok=True)
            late = timedelta(hours=chance.uniform(1, 30)) if chance.random() < 0.12 else timedelta(0)
            early = timedelta(hours=chance.expovariate(1 / 20)) if not late else timedelta(0)
            stamp = DUE + late - early
            write_atomically(folder / "timestamp.txt", f"{stamp:%Y-%m-%d %H:%M:%S} UTC")
            files = _handed_in(assignment, probes, number, chance)
            if number == 14:
                files[f"{name}.ipynb"] = _copied(SUBMITTED / NAMES[4].lower() / name / f"{name}.ipynb")
            for path, data in files.items():
                (folder / path).parent.mkdir(exist_ok=True)
                (folder / path).write_bytes(data)
            if number not in range(5, 14) and random.Random(f"early {name}/{student}").random() < 0.8:
                _begin(assignment, student.lower(), folder, min(stamp, DUE) - timedelta(days=7, hours=2))
            count += 1
    return count


def _begin(assignment: Assignment, student: str, folder: Path, at: datetime):
    """An attempt for the early deadline: what is handed in later, its second half not yet written."""
    path = folder / f"{assignment.name}.ipynb"
    document = nbformat.read(path, as_version=4)
    own = [cell for cell in assignment.cells if cell.students]
    later = {cell.id: cell.released for cell in own[len(own) // 2:]}
    for cell in document.cells:
        cell.source = later.get(cell.id, cell.source)
    data = nbformat.writes(document).encode()
    attempts.keep(assignment, student, {path.name: data}, Work(data, {}), at.replace(tzinfo=UTC))


def _handed_in(assignment: Assignment, probes: list[Probe], number: int, chance: random.Random) -> dict[str, bytes]:
    """The files of one student, by their paths in the submission's folder."""
    file = f"{assignment.name}.ipynb"
    reference = next(probe for probe in probes if probe.name == "reference")
    files = {f"checkpoints/{name}.safetensors": data for name, data in reference.checkpoints()}
    if number == 5:
        return {file: b"%PDF-1.7 this is not a notebook"}
    if number == 6:
        return {file: b""}
    if number == 7:
        hostile = [probe for probe in probes if probe.kind == "hostile"]
        return files | {file: chance.choice(hostile or probes).submission(assignment)}
    if number == 8:
        hostile = [probe for probe in probes if probe.kind == "hostile"]
        return files | {file: (hostile or probes)[0].submission(assignment)}
    if number == 9:
        return {file: next(probe for probe in probes if probe.name == "empty release").submission(assignment)}
    document = nbformat.reads(_student(assignment, probes, number, chance), as_version=4)
    if number == 10:
        return files | {f"{assignment.name} (1).ipynb": nbformat.writes(document).encode()}
    if number == 11:  # ids and metadata lost, as by a detour through another program
        bare = [{"cell_type": cell.cell_type, "source": cell.source, "metadata": {}} for cell in document.cells]
        return files | {file: json.dumps({"cells": bare, "metadata": {}, "nbformat": 4, "nbformat_minor": 2}).encode()}
    if number == 12:  # a cell that was copied
        position = next(i for i, cell in enumerate(document.cells) if cell.cell_type == "code" and i > 2)
        document.cells.insert(position, document.cells[position])
    if number == 13:  # a cell that was deleted
        last = max(i for i, cell in enumerate(document.cells) if cell.metadata.get("nbgrader", {}).get("solution"))
        del document.cells[last]
    return files | {file: json.dumps(document).encode()}


def _student(assignment: Assignment, probes: list[Probe], number: int, chance: random.Random) -> bytes:
    """A notebook whose answers are right, mistaken or missing as the student's skill has it."""
    skill = 1.0 if number < 2 else chance.betavariate(4, 1.6)
    texts = {}
    for position, cell in enumerate(assignment.of_kind("exercise")):
        fitting = {kind: [probe for probe in probes if probe.kind == kind and len(probe.texts) == 1
                          and probe.texts[0][0] == cell.name] for kind in ("right", "wrong")}
        fate = chance.random() * (1 + 0.08 * position)  # later exercises are harder
        if fate < skill:
            options = [cell.source] + [probe.texts[0][1] for probe in fitting["right"]]
        elif fate < skill + 0.75 * (1 - skill) and fitting["wrong"]:
            options = [probe.texts[0][1] for probe in fitting["wrong"]]
        else:
            options = [cell.released]
        texts[cell.name] = chance.choice(options)
    for cell in assignment.of_kind("answer", "train"):
        if chance.random() < 0.5 + 0.5 * skill:
            remark = f"{cell.released}\n\n{chance.choice(REMARKS)}"
            texts[cell.name] = remark if cell.cell_type == "markdown" else cell.source
    handed_in = notebook(assignment, released=True)
    for cell in handed_in.cells:
        cell.source = texts.get(cell.id.removeprefix("train-"), cell.source)
    return nbformat.writes(handed_in).encode()


def _copied(path: Path) -> bytes:
    """Another student's notebook as if it were one's own, without the comments."""
    document = nbformat.read(path, as_version=4)
    for cell in document.cells:
        own = cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution")
        if own and "NotImplementedError" not in cell.source:
            cell.source = re.sub(r"(?m)^ *#.*\n", "", cell.source)
    return nbformat.writes(document).encode()


def summary(results: list[dict]) -> list[tuple]:
    """Rows for the terminal: student, assignment, points, and what is remarkable."""
    rows = []
    for result in sorted(results, key=lambda one: (one["student"], one["assignment"])):
        worst = next((cell["status"] for cell in result["cells"] if cell["status"] in ("crashed", "timeout")), "")
        remarks = [worst, "late" if result["late_seconds"] else "", result["notes"][0] if result["notes"] else ""]
        text = "; ".join(filter(None, remarks))
        rows.append((result["student"], result["assignment"], f"{result['score']:g} of {result['max_score']:g}",
                     result["seconds"].get("all", 0.0), text if len(text) < 70 else text[:67] + "…"))
    return rows


def paths() -> list[Path]:
    return [course.REPORT / "index.html", course.FEEDBACK, course.AUTOGRADED, course.BUILD / "gradebook.db"]
