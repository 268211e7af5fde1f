"""Which cell of a handed-in notebook is which released one: by id, and by likeness when ids are lost.

The grader reads submissions by it, and `make repair` puts lost cells back by it, so the two agree.
"""

import ast
import functools
import re
from collections import Counter

ANSWER_STUB = "*Your answer:*"  # stands in an answer cell in which nobody has written
LIKENESS = 0.6  # at least, for a cell without its id


def match(released, handed):
    """Pair the cells of a handed-in notebook with the released ones.

    Args:
        released: dict from id to a released cell, with the attributes kind, id, source, released (the text that
            students get) and students (whether they write in it).
        handed: list of cells with the attributes ids (those that it claims to have) and source.
    Returns:
        (place, found): a dict from index in `handed` to id, several to one where a cell was doubled; and the ids of
        students' cells that were recognised by their text.
    """
    place = {}
    for index, cell in enumerate(handed):
        known = [cell_id for cell_id in cell.ids if cell_id in released]
        if known:
            place[index] = known[0]
    lost = [cell for cell_id, cell in released.items() if cell_id not in place.values()]
    free = [index for index in range(len(handed)) if index not in place and handed[index].source.strip()]
    pairs = [(likeness(cell, handed[index].source), -number, index) for number, cell in enumerate(lost)
             for index in free] if len(lost) * len(free) < 40_000 else []
    for alike, number, index in sorted(pairs, reverse=True):
        cell = lost[-number]
        if alike < LIKENESS or index in place or cell.id in place.values():
            continue
        place[index] = cell.id
    return place, [cell.id for cell in lost if cell.students and cell.id in place.values()]


def likeness(cell, source):
    """How much a text looks like a released cell, from 0 to 1, by their words in any order.

    A student's code is recognised by what it defines, an answer by its question; a locked cell has to be
    nearly the same text.
    """
    if plain(cell.released) == plain(source):
        return 1.0
    if cell.kind == "exercise" and (names := _defined(cell.released) or _defined(cell.source)):
        return 0.95 * len(names & _defined(source)) / len(names)
    mine, theirs = _words(cell.released.replace(ANSWER_STUB, "")), _words(source)
    shared = (mine & theirs).total()
    if cell.students:
        return 0.9 * shared / max(mine.total(), 1)
    ratio = 2 * shared / max(mine.total() + theirs.total(), 1)
    return ratio if ratio > 0.9 else 0.0


def plain(text):
    """A text without the blanks around it and at the ends of its lines, by which two cells are compared."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


@functools.lru_cache(maxsize=1000)
def _words(text):
    return Counter(re.findall(r"\w+|[^\w\s]", text[:20_000]))


@functools.lru_cache(maxsize=1000)
def _defined(source):
    """Names of functions and classes, methods with their class, and top-level variables; by text if need be."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset(re.findall(r"^\s*(?:def|class)\s+(\w+)", source, re.MULTILINE))
    names = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return frozenset(names)
