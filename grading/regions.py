"""Marked regions of a cell: solutions, which become stubs, and hidden tests, which only the judge sees."""

import json
import re

from common.matching import ANSWER_STUB

BEGIN_SOLUTION, END_SOLUTION = "### BEGIN SOLUTION", "### END SOLUTION"
BEGIN_HIDDEN, END_HIDDEN = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"


def regions(source, begin, end, fail) -> list[tuple[int, int]]:
    """The (first, last) lines of each region, delimiters included; `fail(message, offset)` when malformed."""
    found, start = [], None
    for number, line in enumerate(source.splitlines()):
        if begin in line:
            if start is not None:
                fail(f"nested region: {begin} inside another", number + 1)
            start = number
        elif end in line:
            if start is None:
                fail(f"{end} without {begin}", number + 1)
            found.append((start, number))
            start = None
    if start is not None:
        fail(f"unclosed region: {begin} without {end}", start + 1)
    return found


def cut(source, spans) -> str:
    inside = {n for first, last in spans for n in range(first, last + 1)}
    return "\n".join(line for n, line in enumerate(source.splitlines()) if n not in inside)


def keep_lines(source, spans) -> list[str]:
    """The lines inside the regions, blank elsewhere, so that tracebacks count as in the cell."""
    inside = {n for first, last in spans for n in range(first + 1, last)}
    return [line if n in inside else "" for n, line in enumerate(source.splitlines())]


def clear_solutions(source: str, name: str, cell_type: str) -> str:
    """Each solution region becomes a stub: "*Your answer:*" in text; in code an error that names its exercise.

    What to do is said by a line `# TODO: …` when it is the region's first; it goes into the error's message.
    """
    released, inside = [], False
    for line in source.splitlines():
        if BEGIN_SOLUTION in line:
            inside, first, todo, indent = True, True, "write this part", re.match(r"\s*", line)[0]
        elif END_SOLUTION in line:
            inside = False
            stub = f"raise NotImplementedError({json.dumps(f'{name}: {todo}', ensure_ascii=False)})"
            released.append(indent + stub if cell_type == "code" else ANSWER_STUB)
        elif not inside:
            released.append(line)
        else:
            if first and (match := re.match(r"\s*# TODO: (.+)", line)):
                todo = match[1].strip()
            first = False
    return "\n".join(released)
