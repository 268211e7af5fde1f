"""What students run in a terminal: check a notebook, hand it in, put lost cells back.

    python -m common.handin check NAME     run the visible checks         (make check NAME=…)
    python -m common.handin submit NAME    write the file to hand in      (make submit NAME=…)
    python -m common.handin repair NAME    put lost or doubled cells back (make repair NAME=…)
"""

import argparse
import copy
import json
import os
import re
import shutil
import sys
import tomllib
import zipfile
from datetime import datetime
from pathlib import Path

import nbformat

from common.checkpoints import MAX_CHECKPOINTS, MAX_MEGABYTES
from common.checks import check
from common.progress import progress
from common.released import MAX_NOTEBOOK, ROOT, Trouble, original, path_of, read_notebook
from common.repair import repair

STUDENT = ROOT / "student.toml"  # who hands in: asked for once
HAND_IN = ROOT / "to-hand-in"


def main(arguments=None):
    """The command line; 2 when there is something that the person has to put right first."""
    parser = argparse.ArgumentParser(prog="python -m common.handin", description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=["check", "submit", "repair"])
    parser.add_argument("name", nargs="?", default="", help="an assignment, for instance w03_numpy_network")
    given = parser.parse_args(arguments)
    try:
        {"check": check_one, "submit": submit, "repair": repair_one}[given.command](given.name)
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 2
    return 0


def check_one(name):
    """Run the visible checks of an assignment's notebook and print what they say; the repaired notebook, not run."""
    path, released = path_of(name), original(name)
    print(f"{name}, as it was saved on {datetime.fromtimestamp(path.stat().st_mtime):%d %B at %H:%M}")
    notebook, notes = repair(read_notebook(path), released)
    if notes:
        print("\n".join(["", *(f"  {note}" for note in notes), f"  `make repair NAME={name}` does this to your file"]))
    seen = copy.deepcopy(notebook)
    exercises, seconds = check(seen, released, path.parent, lambda cells: progress(cells, "checks"))
    print(f"\n{describe(exercises)}\n\nIt took {seconds:.0f} s. The grader asks more than these checks do: by "
          "themselves they are worth nothing.")
    return notebook


def describe(exercises):
    """What the checks say of each exercise, as text for a terminal."""
    width, lines = max([len(one.title) for one in exercises], default=0), []
    for one in exercises:
        done = not one.remarks
        state = "done" if done and one.passed + one.person >= one.points else f"about {one.minutes} minutes"
        state = "a person marks it" if one.bonus and done else state
        lines.append(f"{one.number:3d}  {one.title:{width}}  {one.passed + one.person:5g} of {one.points:g}"
                     f"{' bonus' if one.bonus else ''}  {state}")
        lines += [f"       {remark}" for remark in one.remarks]
    graded = [one for one in exercises if not one.bonus]
    open_minutes = sum(one.minutes for one in exercises if one.remarks and not one.bonus)
    lines += ["", f"Within reach: {sum(one.passed for one in graded):g} points whose visible checks pass, "
              f"{sum(one.person for one in graded):g} of answers that a person marks, "
              f"of {sum(one.points for one in graded):g}."]
    if open_minutes:
        lines.append(f"Exercises with something left to do: about {open_minutes} minutes, as their headings say.")
    return "\n".join(lines)


def repair_one(name):
    """Put the released cells of a notebook back; the file as it was stays beside it."""
    path = path_of(name)
    notebook, notes = repair(read_notebook(path), original(name))
    if not notes:
        print(f"{name}: every cell is there once, nothing to repair")
        return
    before = path.with_suffix(".before-repair.ipynb")
    shutil.copy(path, before)
    _write(path, nbformat.writes(notebook).encode() + b"\n")
    print("\n".join([f"{name}: repaired", *(f"  {note}" for note in notes),
                     f"Your file as it was: {before.relative_to(ROOT)}",
                     "Is it open in JupyterLab? There: File, Reload Notebook from Disk"]))


def submit(name, ask=True):
    """Check a notebook, then write the one file that is handed in; returns its path.

    `ask`: whether somebody is at the keyboard who can be asked for name and number.

    Unfinished exercises cost only their own points, so nothing of what the checks say stops it.
    """
    path = path_of(name)
    student = whoami(ask and sys.stdin.isatty())
    checkpoints = _checkpoints(path.parent / "checkpoints")
    notebook = check_one(name)
    notebook.metadata["course"] = student
    text = nbformat.writes(notebook).encode() + b"\n"
    if len(text) > MAX_NOTEBOOK:
        raise Trouble(f"the notebook takes {len(text) / 2**20:.0f} MB, at most {MAX_NOTEBOOK // 2**20} can be graded: "
                      "clear the outputs that nobody has to see, save it, and try again")
    target = HAND_IN / f"{name}-{student['number']}.zip"
    target.parent.mkdir(exist_ok=True)
    temporary = target.with_suffix(f".{os.getpid()}")
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}.ipynb", text)
        for checkpoint in checkpoints:
            archive.write(checkpoint, f"checkpoints/{checkpoint.name}")
    os.replace(temporary, target)
    files = f"the notebook and {len(checkpoints)} checkpoint{'s' * (len(checkpoints) != 1)}"
    print(f"\nTo hand in, {student['name']} ({student['number']}): {target.relative_to(ROOT)}, "
          f"{max(target.stat().st_size / 2**20, 0.1):.1f} MB, {files}")
    return target


def whoami(ask):
    """Name and number of the student: from student.toml or, when we may `ask`, from the keyboard, then kept there."""
    try:
        known = tomllib.loads(STUDENT.read_text(encoding="utf-8")) if STUDENT.is_file() else {}
    except ValueError as error:
        raise Trouble(f"{STUDENT} cannot be read ({error}): delete it, and you will be asked again") from None
    student = {key: str(known.get(key, "")).strip() for key in ("name", "number")}
    if not all(student.values()):
        if not ask:
            raise Trouble(f'who hands in? Write two lines into {STUDENT}: name = "Ada Lovelace" and number = "123456"')
        for key, question in (("name", "Your name: "), ("number", "Your student number: ")):
            student[key] = student[key] or input(question).strip()
    if not student["name"] or not re.fullmatch(r"\w[\w.@-]{0,63}", student["number"], re.ASCII):
        raise Trouble(f"{student['number']!r} is no student number (letters, digits and . _ - @ make one), or the name "
                      f"is missing: correct it in {STUDENT}")
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in student.items()]
    _write(STUDENT, "".join(lines).encode())
    return student


def _checkpoints(folder):
    paths = sorted(folder.glob("*.safetensors"))
    if len(paths) > MAX_CHECKPOINTS:
        raise Trouble(f"{folder} holds {len(paths)} checkpoints, at most {MAX_CHECKPOINTS} are read: delete old ones")
    for path in paths:
        if path.stat().st_size > MAX_MEGABYTES * 2**20:
            raise Trouble(f"{path} takes {path.stat().st_size / 2**20:.0f} MB, at most {MAX_MEGABYTES} are read")
    return paths


def _write(path: Path, content: bytes):
    """Whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(content)
    os.replace(temporary, path)


if __name__ == "__main__":
    sys.exit(main())
