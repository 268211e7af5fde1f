"""Charts for the class report, as SVG that stands in the page itself and takes its colours and type from it.

Across, everything is placed in percent of the width; up and down, in pixels. So a chart follows the page from
a telephone to a sheet of paper while its text keeps its size, and light, dark and print are the style sheet's.
Each chart comes with its numbers, for a table beside it and for people who do not see it.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

WIDTHS = (0.25, 0.5, 1, 2, 2.5, 5, 10, 20, 25, 50, 100)  # of a histogram's bins, in points
MAX_BINS = 14
TICKS = [mantissa * 10.0**power for power in range(-3, 6) for mantissa in (1, 2, 5)]


@dataclass(frozen=True)
class Chart:
    """A drawing, what it says in one sentence, and its numbers as a table."""

    svg: Markup
    says: str
    head: tuple[str, ...]
    rows: list[tuple]


def tag(element: str, content="", /, **attributes) -> Markup:
    """An SVG element; everything that is not markup of ours is escaped (`class_` is written for `class`)."""
    pairs = (Markup(' {}="{}"').format(name.rstrip("_").replace("_", "-"), value) for name, value in attributes.items())
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(element), Markup("").join(pairs), content)


def percent(share: float) -> str:
    return f"{100 * share:.0f}\N{NARROW NO-BREAK SPACE}%"


def points(value: float) -> str:
    return f"{round(value, 2):g}"


def seconds(value: float) -> str:
    return f"{value:.2g} s" if value < 10 else f"{value:.0f} s"


def _x(share: float) -> str:
    return f"{100 * share:.2f}%"


def _drawing(height: int, parts: list[Markup], says: str) -> Markup:
    return tag("svg", Markup("").join(parts), class_="chart", width="100%", height=height, role="img", aria_label=says)


def _text(x: str, y: float, content, **attributes) -> Markup:
    return tag("text", content, x=x, y=f"{y:g}", **attributes)


def histogram(scores: Sequence[float], maximum: float) -> Chart:
    """How many students have how many of `maximum` points; each bin holds its lower edge, the last both edges."""
    width = next((w for w in WIDTHS if maximum <= w * MAX_BINS), math.ceil(maximum / MAX_BINS))
    bins = max(1, math.ceil(maximum / width - 1e-9))
    counts = Counter(min(max(int(score / width + 1e-9), 0), bins - 1) for score in scores)
    mean, tallest = math.fsum(scores) / max(len(scores), 1), max(counts.values(), default=1)
    top, base = 40, 220
    step = next(tick for tick in TICKS if tick >= 1 and tallest <= 5 * tick)

    parts = [_text("0", 12, "students", class_="unit", dx="-28")]
    for tick in range(0, tallest + 1, int(step)):
        y = base - (base - top) * tick / tallest
        parts += [tag("line", x1="0", x2="100%", y1=y, y2=y, class_="axis" if tick == 0 else "grid"),
                  _text("0", y + 4, tick, class_="end", dx="-8")]  # fmt: skip
    rows = []
    for number in range(bins):
        low, high, count = number * width, min((number + 1) * width, maximum), counts[number]
        label = f"{points(low)} to {points(high)}" if number == bins - 1 else f"{points(low)} to below {points(high)}"
        rows.append((label, count))
        height = (base - top) * count / tallest
        if count:
            box = tag("rect", tag("title", f"{label} points: {count}"), x=_x((number + 0.06) / bins), y=base - height,
                      width=_x(0.88 / bins), height=height, rx=2, class_="bar")  # fmt: skip
            parts += [box, _text(_x((number + 0.5) / bins), base - height - 6, count, class_="middle value")]
    every = next(n for n in (1, 2, 4, 5, 10, 20) if bins <= 8 * n)
    parts += [_text(_x(edge / bins), base + 18, points(edge * width), class_="middle")
              for edge in range(0, bins + 1, every)]  # fmt: skip
    parts.append(_text("50%", base + 40, f"automatic points, of {points(maximum)}", class_="middle unit"))
    if scores:
        place = min(mean / (bins * width), 1)
        parts += [tag("line", x1=_x(place), x2=_x(place), y1=16, y2=base, class_="mark"),
                  _text(_x(place), 12, f"mean {points(mean)}", class_="middle mark-text")]  # fmt: skip
    says = f"Histogram of the automatic points of {len(scores)} students: mean {points(mean)} of {points(maximum)}."
    return Chart(_drawing(base + 46, parts, says), says, ("points", "students"), rows)


def success(exercises: Sequence[tuple[str, float, float]]) -> Chart:
    """Each exercise's share of the points earned: (title, mean points, points that can be had)."""
    pitch, parts, rows = 42, [], []
    base = pitch * len(exercises) + 2
    for tick in (0, 0.25, 0.5, 0.75, 1):
        parts += [tag("line", x1=_x(tick), x2=_x(tick), y1=0, y2=base, class_="grid" if tick else "axis"),
                  _text(_x(tick), base + 18, percent(tick), class_="middle")]  # fmt: skip
    for number, (title, earned, most) in enumerate(exercises):
        share, y = earned / most if most else 0.0, pitch * number
        short = title if len(title) <= 40 else title[:39] + "…"
        parts += [_text("0", y + 16, short, class_="label plate", dx="6"),
                  _text("100%", y + 16, percent(share), class_="end value plate", dx="-2"),
                  tag("rect", x="0", y=y + 23, width="100%", height=10, class_="track"),
                  tag("rect", tag("title", f"{title}: {points(earned)} of {points(most)} points on average"),
                      x="0", y=y + 23, width=_x(share), height=10, class_="bar")]  # fmt: skip
        rows.append((title, points(earned), points(most), percent(share)))
    parts.append(_text("50%", base + 40, "share of the points earned", class_="middle unit"))
    hardest = min(exercises, key=lambda e: e[1] / e[2] if e[2] else 1, default=None)
    says = "Share of the points earned in each exercise" + (f"; the least in {hardest[0]}." if hardest else ".")
    return Chart(_drawing(base + 46, parts, says), says, ("exercise", "mean points", "of", "share"), rows)


def times(phases: Sequence[tuple[str, Sequence[tuple[float, str]]]]) -> Chart:
    """How long grading took: for each phase (name, [(seconds, student)]) a row of dots on one logarithmic scale."""
    found = [value for _, dots in phases for value, _ in dots if value > 0] or [1.0]
    low = max((tick for tick in TICKS if tick <= min(found)), default=TICKS[0])
    high = min(tick for tick in TICKS if tick > max(found, default=1))
    ticks = [tick for tick in TICKS if low <= tick <= high]
    while len(ticks) > 6:  # decades only, then every second one
        decades = [tick for tick in ticks if math.log10(tick).is_integer()]
        ticks = decades if len(decades) < len(ticks) else ticks[::2]
    pitch, parts, rows = 62, [], []
    base = pitch * len(phases) + 2

    def place(value):
        return math.log(max(value, low) / low) / math.log(high / low)

    for tick in ticks:
        parts += [tag("line", x1=_x(place(tick)), x2=_x(place(tick)), y1=0, y2=base, class_="grid"),
                  _text(_x(place(tick)), base + 18, f"{tick:g}", class_="middle")]  # fmt: skip
    for number, (name, dots) in enumerate(phases):
        values = sorted(value for value, _ in dots)
        y = pitch * number
        parts.append(_text("0", y + 16, name, class_="label plate", dx="6"))
        if not values:
            continue
        middle, late, longest = _quantile(values, 0.5), _quantile(values, 0.9), values[-1]
        rows.append((name, seconds(middle), seconds(late), seconds(longest)))
        parts.append(_text("100%", y + 16, f"median {seconds(middle)}", class_="end value plate", dx="-2"))
        for (value, student), offset in zip(dots, _swarm([place(v) for v, _ in dots]), strict=True):
            parts.append(tag("circle", tag("title", f"{student}: {seconds(value)}"), cx=_x(place(value)),
                             cy=f"{y + 40 + 14 * offset:.1f}", r=3, class_="dot"))  # fmt: skip
        parts.append(tag("line", x1=_x(place(middle)), x2=_x(place(middle)), y1=y + 24, y2=y + 56, class_="mark solid"))
    parts.append(_text("50%", base + 40, "seconds per submission (logarithmic scale)", class_="middle unit"))
    says = "Time to grade one submission: " + "; ".join(f"{name}, median {middle}" for name, middle, *_ in rows) + "."
    return Chart(_drawing(base + 46, parts, says), says, ("phase", "median", "90 % within", "longest"), rows)


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def _swarm(places: Sequence[float], columns: int = 60) -> list[float]:
    """Offsets in [-1, 1] that spread points lying at the same place, symmetric about the row."""
    seen, total = Counter(), Counter(int(place * columns) for place in places)
    spread = max(total.values(), default=1)
    offsets = []
    for place in places:
        column = int(place * columns)
        turn, side = divmod(seen[column] + 1, 2)
        seen[column] += 1
        offsets.append((turn if side == 0 else -turn) * 2 / max(spread, 6))
    return offsets


def bar(share: float) -> Markup:
    """A bar for a table's cell; the number stands beside it."""
    parts = [tag("rect", width="100%", height=8, class_="track"), tag("rect", width=_x(share), height=8, class_="bar")]
    return tag("svg", Markup("").join(parts), class_="inline", width="100%", height=8, aria_hidden="true")
