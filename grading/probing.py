"""Probes: answers whose marks are known. They are the grader's own tests, the demo's class, the benchmark's load.

`grading/probes/<assignment>/<exercise>.py` is a percent file; each cell is the text of one exercise, handed
in with the reference's other answers. Its header says what it is and what it must lose:

    # %% wrong="no-bias-gradient" exercise="backward" loses="backward/b1, backward/b2"
    # %% right="einsum" exercise="backward"
    # %% hostile="exit" exercise="backward" loses="*"
"""

from dataclasses import dataclass
from pathlib import Path

import jupytext
import nbformat

from grading.authoring import notebook
from grading.course import PROBES, SOLUTIONS, checkpoints_in
from grading.grade import Result
from grading.source import Assignment, SourceError

KINDS = ("right", "wrong", "hostile")


@dataclass(frozen=True)
class Probe:
    """One submission with known marks. `texts`: exercise id -> text; `loses`: {"exercise/part", …}."""

    assignment: str
    name: str
    kind: str
    texts: tuple[tuple[str, str], ...]
    loses: frozenset[str]

    def submission(self, assignment: Assignment) -> bytes:
        """The file that this probe's student hands in."""
        handed_in = notebook(assignment, released=True)
        solved = {cell.id: cell.source for cell in assignment.cells if cell.students} | dict(self.texts)
        for cell in handed_in.cells:
            cell.source = solved.get(cell.id, cell.source)
        return nbformat.writes(handed_in).encode()

    @property
    def _own_checkpoints(self) -> Path:
        file, _, short = self.name.partition("/")
        return PROBES / self.assignment / f"{file}.checkpoints" / short

    def checkpoints(self) -> tuple[tuple[str, bytes], ...]:
        """The reference's checkpoints, but for those that lie in `<file>.checkpoints/<probe>/` beside the probe.

        An empty file there means that this one is not handed in.
        """
        reference = dict(checkpoints_in(SOLUTIONS / self.assignment / "checkpoints"))
        handed_in = reference | dict(checkpoints_in(self._own_checkpoints))
        return tuple((name, data) for name, data in handed_in.items() if data)

    @property
    def touches(self) -> frozenset[str]:
        """The exercises that it changes, or in which it loses something."""
        return frozenset(name for name, _ in self.texts) | {part.partition("/")[0] for part in self.loses}

    @property
    def alone(self) -> bool:
        """Whether it can't share a notebook with other probes."""
        return self.kind == "hostile" or not self.texts or self._own_checkpoints.is_dir()


def all_parts(assignment: Assignment) -> set[str]:
    return {f"{test.name}/{part.name}" for test in assignment.of_kind("test") for part in test.parts}


def load_probes(assignment: Assignment) -> list[Probe]:
    """The reference, the empty release, and every probe of the assignment's folder."""
    everything = frozenset(all_parts(assignment))
    empty = tuple((cell.id, cell.released) for cell in assignment.cells if cell.students)
    probes = [Probe(assignment.name, "reference", "right", (), frozenset()),
              Probe(assignment.name, "empty release", "wrong", empty, everything)]
    for path in sorted((PROBES / assignment.name).glob("*.py")):
        probes += _read(path, assignment, everything)
    names = [probe.name for probe in probes]
    for name in names:
        if names.count(name) > 1:
            raise SourceError(PROBES / assignment.name, 1, name, "two probes of one name")
    return probes


def _read(path: Path, assignment: Assignment, everything) -> list[Probe]:
    text = path.read_text(encoding="utf-8")
    lines = [number for number, line in enumerate(text.splitlines(), 1) if line.startswith("# %%")]
    cells = [cell for cell in jupytext.reads(text, fmt="py:percent").cells if set(KINDS) & set(cell.metadata)]
    exercises = {cell.name for cell in assignment.of_kind("exercise")}
    found: dict[str, Probe] = {}
    for cell, line in zip(cells, lines, strict=True):
        kind = next(kind for kind in KINDS if kind in cell.metadata)
        short, exercise = str(cell.metadata[kind]), cell.metadata.get("exercise")
        if exercise not in exercises:
            raise SourceError(path, line, short, f"there is no exercise {exercise!r} in {assignment.name}")
        loses = {word.strip() for word in cell.metadata.get("loses", "").split(",") if word.strip()}
        if "*" in loses:
            loses = loses - {"*"} | {part for part in everything if part.startswith(f"{exercise}/")}
        if (unknown := loses - everything) or bool(loses) == (kind == "right"):
            raise SourceError(path, line, short, f"loses unknown parts {sorted(unknown)}" if unknown else
                              "a right answer loses nothing, a wrong or hostile one loses something")
        name = f"{path.stem}/{short}"
        before = found.get(name)
        texts = (*(before.texts if before else ()), (exercise, cell.source))
        loses = loses | (before.loses if before else set())
        found[name] = Probe(assignment.name, name, kind, texts, frozenset(loses))
    return list(found.values())


def together(probes: list[Probe]) -> list[tuple[Probe, ...]]:
    """Probes that touch different exercises, put into one student's notebook: a third of the notebooks to grade."""
    shared: list[list[Probe]] = []
    for probe in sorted((probe for probe in probes if not probe.alone), key=lambda one: -len(one.touches)):
        fitting = (group for group in shared if not any(probe.touches & other.touches for other in group))
        group = next(fitting, None)
        if group is None:
            shared.append(group := [])
        group.append(probe)
    return [(probe,) for probe in probes if probe.alone] + [tuple(group) for group in shared]


def combined(group: tuple[Probe, ...]) -> Probe:
    """The probes of a group as one."""
    if len(group) == 1:
        return group[0]
    kind = "right" if all(probe.kind == "right" for probe in group) else "wrong"
    return Probe(group[0].assignment, " + ".join(probe.name for probe in group), kind,
                 tuple(text for probe in group for text in probe.texts),
                 frozenset().union(*(probe.loses for probe in group)))


def differences(probe: Probe, result: Result) -> list[str]:
    """How a result differs from what the probe must get; empty when it is as expected."""
    lost, messages = set(), {}
    for cell in result.cells:
        for part in cell.parts:
            name = f"{cell.id.removeprefix('test-')}/{part['name']}"
            messages[name] = part["message"]
            if not part["passed"]:
                lost.add(name)
    return [*(f"kept {name}, should lose it" for name in sorted(probe.loses - lost)),
            *(f"lost {name}: {messages[name]}" for name in sorted(lost - probe.loses)),
            *(f"a person should look: {note}" for note in result.person if probe.kind == "right")]
