"""The author's file: one Jupytext percent file per assignment, read into an `Assignment`.

Everything later (the notebook for nbgrader, the judge, the probes) starts from what `parse` returns.
It is pure: text in, cells out, or a `SourceError` that names file, line and cell.
"""

import ast
import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import jupytext

from common.checkpoints import restoring
from common.released import CARD
from grading.regions import (
    BEGIN_HIDDEN,
    BEGIN_SOLUTION,
    END_HIDDEN,
    END_SOLUTION,
    clear_solutions,
    cut,
    keep_lines,
    regions,
)

KINDS = ("exercise", "test", "answer", "show", "train")  # given by `# %% kind="id"` in a cell's header
SETUP = Path(__file__).parent / "templates" / "setup.py"  # the first code cell of every notebook
OPTIONS = {"points", "bonus", "timeout", "data", "title", "lines_to_next_cell", "cell_type"}


class SourceError(ValueError):
    """A mistake in an author's file, with the place where it is."""

    def __init__(self, file, line, cell, message):
        super().__init__(f"{file}:{line}: cell {cell!r}: {message}")
        self.file, self.line, self.cell, self.message = str(file), line, cell, message


@dataclass(frozen=True)
class Part:
    """One `with part("name", points=…)` of a hidden test."""

    name: str
    points: float


@dataclass(frozen=True)
class Card:
    """An exercise's heading: `### Exercise 3 · Backward pass · 2 points · about 30 minutes`."""

    number: int
    title: str
    points: float
    minutes: int
    bonus: bool
    line: int


@dataclass(frozen=True)
class Cell:
    """One cell of the author's file.

    kind: text, given, exercise, test, answer, show, train, judge, or setup, which comes by itself.
    id: unique in the assignment; the notebook's cell id and nbgrader's grade_id.
    source: what the author wrote; released: what the student gets; hidden: what only the judge runs.
    """

    kind: str
    id: str
    name: str
    cell_type: str
    source: str
    released: str
    line: int
    hidden: str = ""
    points: float = 0.0
    bonus: bool = False
    timeout: float = 30.0
    parts: tuple[Part, ...] = ()
    card: Card | None = None

    @property
    def graded(self) -> bool:
        return self.kind in ("test", "answer")

    @property
    def students(self) -> bool:
        """Whether the student writes in it."""
        return self.kind in ("exercise", "answer", "train")

    @property
    def restore(self) -> str:
        """What runs in place of a train cell when grading: the handed-in checkpoint goes into a fresh model."""
        return restoring(self.name)


@dataclass(frozen=True)
class Assignment:
    name: str
    title: str
    cells: tuple[Cell, ...]
    text: str = field(repr=False)
    data: tuple[str, ...] = ()  # the data sets that its notebook reads

    def of_kind(self, *kinds) -> list[Cell]:
        return [cell for cell in self.cells if cell.kind in kinds]

    @property
    def max_score(self) -> float:
        """Points without the bonus ones (those are nbgrader's extra credit)."""
        return sum(cell.points for cell in self.cells if cell.graded and not cell.bonus)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]


def load(path, bundle: str = "") -> Assignment:
    path = Path(path)
    return parse(path.read_text(encoding="utf-8"), path.stem, path, bundle)


def parse(text: str, name: str, file="<text>", bundle: str = "") -> Assignment:
    """Read an author's file. Raises SourceError for everything that DESIGN's table does not allow.

    bundle: where notebooks opened by themselves find the students' bundle, when nothing else says so.
    """
    try:
        notebook = jupytext.reads(text, fmt="py:percent")
    except Exception as error:  # jupytext raises many kinds; all of them are the author's mistake
        raise SourceError(file, 1, name, f"not a Jupytext percent file: {error}") from error
    lines = [number for number, line in enumerate(text.splitlines(), 1) if re.match(r"# ?%%", line)]
    if len(lines) != len(notebook.cells):
        raise SourceError(file, 1, name, "text before the first cell header `# %%`: give it a header")

    cells, card = [], None
    for raw, line in zip(notebook.cells, lines, strict=True):
        if raw.cell_type == "markdown" and (match := CARD.search(raw.source)):
            card = Card(int(match["number"]), match["title"], float(match["points"]), int(match["minutes"]),
                        bool(match["bonus"]), line)
        elif raw.cell_type == "markdown" and re.search(r"^### Exercise\b", raw.source, re.MULTILINE):
            raise SourceError(file, line, "text", "an exercise's heading reads "
                              "`### Exercise 3 · Title · 2 points · about 30 minutes`")
        cells.append(_cell(raw, line, card, file))
    cells.insert(bool(cells) and cells[0].kind == "text", _setup(bundle))
    _check_ids(cells, file)
    _check_cards(cells, file)
    title = next((m[1] for cell in cells if (m := re.search(r"^# (.+)$", cell.source, re.MULTILINE))
                  and cell.kind == "text"), name)
    data = [word for raw in notebook.cells for word in re.findall(r"\w+", raw.metadata.get("data", ""))]
    return Assignment(name, title, tuple(cells), text, tuple(dict.fromkeys(data)))


def _cell(raw, line, card, file) -> Cell:
    options, source = raw.metadata, raw.source
    kinds = [kind for kind in KINDS if kind in options]
    judge = options.get("title") == "judge"
    label = str(options[kinds[0]]) if kinds else "judge" if judge else raw.cell_type

    def fail(message, offset=0):
        raise SourceError(file, line + offset, label, message)

    if len(kinds) + judge > 1:
        fail(f"one header says {' and '.join(kinds) or 'judge'}: a cell has one kind")
    unknown = set(options) - set(KINDS) - OPTIONS
    if unknown or (options.get("title") and not judge):
        fail(f"unknown words in the header: {', '.join(sorted(unknown)) or options['title']}")
    kind = kinds[0] if kinds else "judge" if judge else "text" if raw.cell_type == "markdown" else "given"
    if raw.cell_type == "markdown" and kind not in ("text", "answer"):
        fail(f"a {kind} cell is code, not markdown")
    if kinds and not re.fullmatch(r"[a-z][a-z0-9-]{0,49}", label):
        fail("an id is words in lower case with hyphens")

    in_solution = regions(source, BEGIN_SOLUTION, END_SOLUTION, fail)
    in_hidden = regions(source, BEGIN_HIDDEN, END_HIDDEN, fail)
    if in_solution and kind not in ("exercise", "answer", "train"):
        fail("a solution region outside an exercise, answer or train cell", in_solution[0][0] + 1)
    if in_hidden and kind != "test":
        fail("a hidden region outside a test cell", in_hidden[0][0] + 1)
    if kind in ("exercise", "answer", "train") and not in_solution:
        fail(f"no solution region ({BEGIN_SOLUTION} … {END_SOLUTION})")
    if kind == "test" and not in_hidden:
        fail(f"a graded test without a hidden region ({BEGIN_HIDDEN} … {END_HIDDEN})")
    graded = kind in ("test", "answer")
    points, bonus = options.get("points"), "bonus" in options
    if graded and (isinstance(points, bool) or not isinstance(points, int | float) or points < 0):
        fail("a graded cell needs points=… (a number, not negative)")
    timeout = options.get("timeout", 30)
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or timeout <= 0:
        fail("timeout=… is a number of seconds above 0")
    if bonus and kind != "answer":
        fail("bonus points are given by a person: only an answer cell can have them")

    named = _cell_id(kind, label, source)  # as nbgrader names it when it releases
    released = clear_solutions(source, named, raw.cell_type) if in_solution else cut(source, in_hidden)
    hidden = "\n".join(keep_lines(source, in_hidden)) if in_hidden else ""
    if raw.cell_type == "code":
        for what, code in (("the whole cell", source), ("what is released", released), ("the hidden part", hidden)):
            try:
                ast.parse(code)
            except SyntaxError as error:
                fail(f"{what} does not parse: {error.msg}", error.lineno or 0)
    parts = _parts(hidden, float(points), label, fail) if kind == "test" else ()
    return Cell(kind, _cell_id(kind, label, source), label, raw.cell_type, source, released, line, hidden,
                float(points or 0), bonus, float(timeout), parts, card)


def _setup(bundle) -> Cell:
    """The cell under the title that makes `import common` work where the notebook was opened by itself."""
    text = SETUP.read_text(encoding="utf-8").strip().replace('bundle=""', f"bundle={json.dumps(bundle)}")
    return Cell("setup", "setup", "setup", "code", text, text, 1)


def _cell_id(kind, label, source) -> str:
    """Readable where the author named the cell, else from its text: inserting a cell changes no other id."""
    if kind in ("exercise", "answer"):
        return label
    if kind in ("test", "show", "train"):
        return f"{kind}-{label}"
    return f"{kind}-{hashlib.sha256(source.encode()).hexdigest()[:10]}"


def _parts(hidden, points, label, fail) -> tuple[Part, ...]:
    """The parts of a hidden region, read from its syntax tree: literal names and points that add up."""
    parts = []
    for node in ast.parse(hidden).body:
        if not _is_part(node):
            if any(_is_part(inner) for inner in ast.walk(node)):
                fail("a part stands at the top level of the hidden region, not inside another statement", node.lineno)
            continue
        call = node.items[0].context_expr
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        literal = (len(node.items) == len(call.args) == 1 and set(given) == {"points"}
                   and all(isinstance(value, ast.Constant) for value in [call.args[0], given["points"]])
                   and isinstance(call.args[0].value, str) and type(given["points"].value) in (int, float))
        if not literal:
            fail('a part reads `with part("name", points=1):`, both literal, and nothing beside it', node.lineno)
        part = Part(call.args[0].value, float(given["points"].value))
        if not re.fullmatch(r"[^/,]+", part.name) or part.name in [other.name for other in parts]:
            fail(f"part {part.name!r}: names are unique in a cell, without / and commas", node.lineno)
        parts.append(part)
    if not parts:
        return (Part(label, points),)
    total = sum(part.points for part in parts)
    if abs(total - points) > 1e-9:
        fail(f"its parts add up to {total:g} points, its header says {points:g}")
    return tuple(parts)


def _is_part(node) -> bool:
    return isinstance(node, ast.With) and any(
        isinstance(item.context_expr, ast.Call) and getattr(item.context_expr.func, "id", "") == "part"
        for item in node.items)


def _check_ids(cells, file):
    seen, exercises = {}, set()
    for cell in cells:
        if cell.id in seen and cell.kind in ("text", "given", "judge"):
            raise SourceError(file, cell.line, cell.id, f"the same text as the cell in line {seen[cell.id]}")
        if cell.id in seen:
            raise SourceError(file, cell.line, cell.name, f"repeated id, first used in line {seen[cell.id]}")
        seen[cell.id] = cell.line
        if cell.kind == "exercise":
            exercises.add(cell.name)
        if cell.kind == "test" and cell.name not in exercises:
            raise SourceError(file, cell.line, cell.name, "a test without an exercise of that id before it")


def _check_cards(cells, file):
    """The points in an exercise's heading are those of the graded cells under it."""
    sums = {}
    for cell in cells:
        if cell.card:
            sums.setdefault(cell.card, 0.0)
        if cell.graded and not cell.card:
            raise SourceError(file, cell.line, cell.name, "a graded cell before the first exercise's heading")
        if cell.graded:
            sums[cell.card] += cell.points
            if cell.bonus != cell.card.bonus:
                raise SourceError(file, cell.line, cell.name, "bonus in its header or in its heading, but not in both")
    for card, total in sums.items():
        if abs(total - card.points) > 1e-9:
            raise SourceError(file, card.line, f"Exercise {card.number}",
                              f"the heading says {card.points:g} points, the cells' headers {total:g}")
