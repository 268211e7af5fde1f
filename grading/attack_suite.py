"""What the attacks are: hostile submissions as files in `tests/attacks/`, and the places they try to reach.

`cells/*.py` are percent files in the form of the probes (`hostile="…" exercise="…" loses="…"`; the comment at the
top of a cell says what it tries); `submissions.py` has functions that spoil a whole folder. All are put to the small
assignments in `assignments/`.
"""

import contextlib
import importlib.util
import json
import re
import shutil
import site
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

import jupytext
import nbformat

from grading.authoring import notebook
from grading.course import ROOT
from grading.probing import all_parts
from grading.source import Assignment, load

FOLDER = ROOT / "tests" / "attacks"
TRACE, LEFT = b"left by an attack", "course_attack*"  # what the attacks write, and the names of their files
GROWTH = 400  # megabytes; a message of many parts may take more, until the watch sees it (MAX_RECEIVED)
CANARY = "canary-7f3a91"  # the text that no submission may ever show
PRELUDE = '''\
PLACES = {places!r}


def attempt(what, action):
    """Say what `action` got, or what stopped it."""
    try:
        loot = action()
    except BaseException as error:
        print(f"=> stopped {{what}}: {{type(error).__name__}}: {{error}}")
    else:
        print(f"=> got {{what}}: {{str(loot)[:100]!r}}" if loot else f"=> stopped {{what}}: nothing there")


def attempt_in_a_child(what, action):
    """The same in a process of its own: action(write) writes what it got."""
    import os

    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        write = lambda text: os.write(writing, text.encode() + b"\\n")
        try:
            action(write)
        except BaseException as error:
            write(f"=> stopped {{what}}: {{type(error).__name__}}: {{error}}")
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    print(os.read(reading, 10_000).decode())


def attempt_in_children(what, count, take):
    """In `count` processes at once: take(number), and keep what it took until all have."""
    import os
    import time

    reading, writing = os.pipe()
    children = []
    for number in range(count):
        if (child := os.fork()) == 0:
            try:
                kept = take(number)
                os.write(writing, b"!")
                time.sleep(10)
            except OSError as error:
                os.write(writing, str(error).encode() + b"\\n")
            os._exit(0)
        children.append(child)
    os.close(writing)
    time.sleep(2)
    said = os.read(reading, 1000)
    attempt(what, lambda: said == count * b"!")
    if said != count * b"!":
        print(f"=> stopped: {{said.decode()}}")
    for child in children:
        os.kill(child, 9)


'''


@dataclass(frozen=True)
class Attack:
    """One hostile submission. `loses`: {"exercise/part", …}, at least.

    It may lose those in `may`; and one that loses anything may lose the rest of the exercises that it changes (many end
    their own kernel there). One that loses nothing has to earn its points, so that a slip in its own text is found.
    megabytes: by how much it may make grow whoever reads or grades it.

    texts: exercise id -> the text handed in; spoil(folder, notebook as a dict, places) changes the folder.
    """

    name: str
    tries: str
    assignment: Assignment
    loses: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()
    megabytes: int = GROWTH
    texts: dict[str, str] = field(default_factory=dict)
    spoil: Callable | None = None

    @property
    def may_lose(self) -> frozenset[str]:
        changed = self.texts if self.loses else ()
        return self.loses.union(self.may, *(_parts(self.assignment, f"{name}/*") for name in changed))

    def hand_in(self, folder: Path, where: dict):
        """Write the submission's folder; `where` are the places that it may try to reach."""
        handed_in = notebook(self.assignment, released=True)
        solved = {cell.id: cell.source for cell in self.assignment.cells if cell.students} | self.texts
        for cell in handed_in.cells:
            source = solved.get(cell.id, cell.source)
            reaches = cell.id in self.texts and re.search(r"\battempt\w*\(|PLACES", source)
            cell.source = PRELUDE.format(places=where) + source if reaches else source
        folder.mkdir(parents=True)
        path = folder / f"{self.assignment.name}.ipynb"
        path.write_text(nbformat.writes(handed_in))
        if any(cell.kind == "train" for cell in self.assignment.cells):
            shutil.copytree(FOLDER / "assignments" / "checkpoints", folder / "checkpoints")
        changed = self.spoil(folder, json.loads(json.dumps(handed_in)), where) if self.spoil else None
        if changed is not None:
            path.write_bytes(changed if isinstance(changed, bytes) else json.dumps(changed).encode())


def hostile(assignment: str = "plain", loses: str = ""):
    """Marks a function of submissions.py as an attack; it gives the changed notebook (dict or bytes) or None."""

    def mark(function):
        function.attack = (assignment, loses)
        return function

    return mark


def load_attacks() -> list[Attack]:
    """Every attack of the suite, in the order of their files."""
    assignments = {path.stem: load(path) for path in sorted((FOLDER / "assignments").glob("*.py"))}
    home = {cell.name: assignment for assignment in assignments.values() for cell in assignment.of_kind("exercise")}
    attacks = []
    for path in sorted((FOLDER / "cells").glob("*.py")):
        for cell in jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent").cells:
            if "hostile" not in cell.metadata:
                continue
            exercise = cell.metadata["exercise"]
            comment = takewhile(lambda line: line.startswith("# "), cell.source.splitlines())
            loses = cell.metadata.get("loses", "").replace(" ", "")
            loses = {"*": f"{exercise}/*", "all": "*"}.get(loses, loses)
            attacks.append(Attack(f"{path.stem}/{cell.metadata['hostile']}", " ".join(line[2:] for line in comment),
                                  home[exercise], _parts(home[exercise], loses),
                                  _parts(home[exercise], cell.metadata.get("may", "")),
                                  cell.metadata.get("megabytes", GROWTH), {exercise: cell.source}))  # fmt: skip
    spec = importlib.util.spec_from_file_location("attack_submissions", FOLDER / "submissions.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for function in [value for value in vars(module).values() if hasattr(value, "attack")]:
        assignment, loses = function.attack
        attacks.append(Attack("submissions/" + function.__name__.replace("_", "-"), " ".join(function.__doc__.split()),
                              assignments[assignment], _parts(assignments[assignment], loses.replace(" ", "")),
                              spoil=function))  # fmt: skip
    return attacks


def _parts(assignment: Assignment, loses: str) -> frozenset[str]:
    """`cube/once,softmax/*` or `*` as a set of parts."""
    everything, found = all_parts(assignment), set()
    for word in filter(None, loses.split(",")):
        matching = {part for part in everything if word == "*" or part == word
                    or word.endswith("/*") and part.startswith(word[:-1])}  # fmt: skip
        if not matching:
            raise ValueError(f"{assignment.name}: no part {word!r}")
        found |= matching
    return frozenset(found)


@contextlib.contextmanager
def places(hurt: list[str]) -> Iterator[dict]:
    """Files, services and a process that hold a secret or can be hurt; `hurt` gets what was changed of them."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="attack-places-")))
        for name in ("solutions/plain.py", "submitted/neighbour/plain.ipynb", "home/.netrc"):
            (folder / name).parent.mkdir(parents=True)
            (folder / name).write_text(f"{CANARY}\n")
        with contextlib.closing(sqlite3.connect(folder / "gradebook.db")) as base:
            base.execute("create table grade (auto_score, needs_manual_grade, comment)")
            base.execute("insert into grade values (0, 0, ?)", (CANARY,))
            base.execute("create table source_cell (source)")
            base.execute("insert into source_cell values ('assert True')")
            base.commit()
        victim = stack.enter_context(subprocess.Popen([sys.executable, "-c", "input()", CANARY], stdin=subprocess.PIPE))
        stack.callback(victim.kill)
        port = _serve(stack, socket.AF_INET, ("127.0.0.1", 0))[1]
        _serve(stack, socket.AF_UNIX, "\0" + folder.name)
        _serve(stack, socket.AF_UNIX, str(folder / "service"))
        own = [ROOT / "grading" / "judge.py", ROOT / "nbgrader_config.py", FOLDER / "assignments" / "plain.py",
               *sorted(ROOT.glob("solutions/*.py"))[:2]]  # fmt: skip
        home = [path for path in sorted(Path.home().glob(".*")) if path.is_file()][:3]
        files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        before = {path: path.read_bytes() for path in files}
        yield {"files": [str(path) for path in files + own + home], "port": port, "abstract": folder.name,
               "folders": [str(path) for path in (folder, folder / "solutions", folder / "home")],
               "socket": str(folder / "service"), "victim": victim.pid}  # fmt: skip
        changed = [path for path in before if path.read_bytes() != before[path]]
        changed += [path for path in own if TRACE in path.read_bytes()]  # people may be at work on these
        left = [path for path in folder.rglob("*") if path.is_file() and path not in before]
        left += [path for place in (ROOT / "common", *map(Path, site.getsitepackages())) for path in place.glob(LEFT)]
        hurt += [f"changed or written: {path}" for path in changed + left]
        hurt += [] if victim.poll() is None else ["a process outside the sandbox was ended"]


def _serve(stack, family, address):
    """A service that says the secret to whoever connects; its address."""
    server = stack.enter_context(socket.socket(family))
    server.bind(address)
    server.listen()

    def answer():
        with contextlib.suppress(OSError):
            while True:
                with server.accept()[0] as connection:
                    connection.sendall(CANARY.encode())

    stack.callback(server.shutdown, socket.SHUT_RDWR)
    threading.Thread(target=answer, daemon=True).start()
    return server.getsockname()

