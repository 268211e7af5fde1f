"""Results as text for a terminal."""

from grading.grade import Result


def describe(result: Result) -> str:
    """One result: each graded cell, its parts, and what is said about them."""
    lines = [f"{result.assignment}: {result.score:g} automatic points, {result.max_score:g} in all", ""]
    for cell in result.cells:
        score = "  a person marks it" if cell.score is None else f"{cell.score:5g} of {cell.max:g}"
        lines.append(f"{score}  {cell.id}" + (f"  ({cell.message})" if cell.message else ""))
        for part in cell.parts:
            mark = "✓" if part["passed"] else "✗"
            lines.append(f"             {mark} {part['name']} {part['score']:g}/{part['max']:g}"
                         + (f": {part['message']}" if part["message"] else ""))
    if result.notes:
        lines += ["", "Notes", *(f"  {note}" for note in result.notes)]
    if result.person:
        lines += ["", "A person should look", *(f"  {note}" for note in result.person)]
    return "\n".join(lines)


def table(rows: list[tuple], head: tuple[str, ...]) -> str:
    """Columns of text, numbers to the right."""
    cells = [[f"{value:.3g}" if isinstance(value, float) else str(value) for value in row] for row in [head, *rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    numeric = [all(isinstance(row[i], int | float) for row in rows) for i in range(len(head))]
    lines = ["  ".join(cell.rjust(w) if right else cell.ljust(w)
                       for cell, w, right in zip(row, widths, numeric, strict=True)).rstrip() for row in cells]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])
