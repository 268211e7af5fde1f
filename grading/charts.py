"""Charts for the class report, as SVG that stands in the page itself and takes its colours and type from it.

Across, everything is placed in percent of the width; up and down, in pixels. So a chart follows the page
from a telephone to a sheet of paper while its text keeps its size; light, dark and print are the style
sheet's. Each chart comes with its numbers, for a table beside it and for people who do not see it.
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
    names = (name.rstrip("_").replace("_", "-") for name in attributes)
    pairs = map(Markup(' {}="{}"').format, names, attributes.values())
    return Markup("<{0}{1}>{2}</{0}>").format(element, Markup("").join(pairs), content)


def percent(share: float) -> str:
    return f"{100 * share:.0f}\N{NARROW NO-BREAK SPACE}%"


def points(value: float) -> str:
    return f"{round(value, 2):g}"


def seconds(value: float) -> str:
    return f"{value:.2g} s" if value < 10 else f"{value:.0f} s"


def _x(share: float) -> str:
    return f"{100 * share:.2f}%"


def _drawing(height: int, parts: list[Markup], says: str, style="chart") -> Markup:
    drawing = Markup("").join(parts)
    return tag("svg", drawing, class_=style, width="100%", height=height, role="img", aria_label=says)


def _text(x: str, y: float, content, style: str, dx=0) -> Markup:
    return tag("text", content, x=x, y=f"{y:g}", dx=dx, class_=style)


def _line(x: str, y: float, x2: str, y2: float, style: str) -> Markup:
    return tag("line", x1=x, y1=f"{y:g}", x2=x2, y2=f"{y2:g}", class_=style)


def _rect(y: float, width: float, height: float, style: str, says="", x=0.0) -> Markup:
    title = tag("title", says) if says else ""
    return tag("rect", title, x=_x(x), y=f"{y:g}", width=_x(width), height=f"{height:g}", class_=style)


def histogram(scores: Sequence[float], maximum: float) -> Chart:
    """How many students have how many of `maximum` points: bins with their lower edge, the last with both."""
    width = next((w for w in WIDTHS if maximum <= w * MAX_BINS), math.ceil(maximum / MAX_BINS))
    bins = max(1, math.ceil(maximum / width - 1e-9))
    counts = Counter(min(max(int(score / width + 1e-9), 0), bins - 1) for score in scores)
    mean, tallest = math.fsum(scores) / max(len(scores), 1), max(counts.values(), default=1)
    top, base = 40, 220
    unit = (base - top) / tallest  # pixels a student
    step = int(next(tick for tick in TICKS if tick >= 1 and tallest <= 5 * tick))

    parts = [_text("0", 12, "students", "unit", dx=-28)]
    for tick in range(0, tallest + 1, step):
        y = base - unit * tick
        parts += [_line("0", y, "100%", y, "grid" if tick else "axis"),
                  _text("0", y + 4, tick, "tick end", dx=-8)]
    if scores:
        x = _x(min(mean / (bins * width), 1))
        parts += [_line(x, 18, x, base, "mark"), _text(x, 12, f"mean {points(mean)}", "middle mark-text")]
    rows = []
    for number in range(bins):
        low, high, count = number * width, min((number + 1) * width, maximum), counts[number]
        label = f"{points(low)} to {'' if number == bins - 1 else 'below '}{points(high)}"
        rows.append((label, count))
        if count:
            y, says = base - unit * count, f"{label} points: {count}"
            parts += [_rect(y, 0.88 / bins, unit * count, "bar", says, x=(number + 0.06) / bins),
                      _text(_x((number + 0.5) / bins), y - 6, count, "middle value plate")]
    every = next(n for n in (1, 2, 4, 5, 10, 20) if bins <= 8 * n)
    for edge in range(0, bins + 1, every):
        parts.append(_text(_x(edge / bins), base + 18, points(edge * width), "tick middle"))
    parts.append(_text("50%", base + 40, f"automatic points, of {points(maximum)}", "middle unit"))
    says = f"Automatic points of {len(scores)} students: mean {points(mean)} of {points(maximum)}."
    return Chart(_drawing(base + 46, parts, says, "chart inset"), says, ("points", "students"), rows)


def success(exercises: Sequence[tuple[str, float, float]]) -> Chart:
    """Each exercise's share of the points earned: (title, mean points, points that can be had)."""
    pitch, parts, rows = 42, [], []
    base = pitch * len(exercises) + 2
    for tick in (0, 0.25, 0.5, 0.75, 1):
        parts += [_line(_x(tick), 0, _x(tick), base, "grid" if tick else "axis"),
                  _text(_x(tick), base + 18, percent(tick), "tick middle")]
    for number, (title, earned, most) in enumerate(exercises):
        share, y = earned / most, pitch * number
        short = title if len(title) <= 44 else title[:43] + "…"
        says = f"{title}: {points(earned)} of {points(most)} points on average"
        parts += [_text("0", y + 16, short, "label plate", dx=6),
                  _text("100%", y + 16, percent(share), "end value plate"),
                  _rect(y + 23, 1, 10, "track"), _rect(y + 23, share, 10, "bar", says)]
        rows.append((title, points(earned), points(most), percent(share)))
    parts.append(_text("50%", base + 40, "share of the points earned", "middle unit"))
    hardest = min(exercises, key=lambda one: one[1] / one[2])[0]
    says = f"Share of the points earned in each exercise; the least in {hardest}."
    return Chart(_drawing(base + 46, parts, says), says, ("exercise", "mean points", "of", "share"), rows)


def times(phases: Sequence[tuple[str, Sequence[tuple[float, str]]]]) -> Chart:
    """How long grading took: each phase (name, [(seconds, student)]) is a row of dots on a log scale."""
    found = [value for _, dots in phases for value, _ in dots if value > 0] or [1.0]
    low = max((tick for tick in TICKS if tick <= min(found)), default=TICKS[0])
    high = min((tick for tick in TICKS if tick > max(found)), default=TICKS[-1])
    ticks = [tick for tick in TICKS if low <= tick <= high]
    if len(ticks) > 10:
        ticks = ticks[::3]  # one a decade
    pitch, parts, rows = 62, [], []
    base = pitch * len(phases) + 2

    def place(value):
        return math.log(min(max(value, low), high) / low) / math.log(high / low)

    for tick in ticks:
        x = _x(place(tick))
        parts += [_line(x, 0, x, base, "grid"), _text(x, base + 18, f"{tick:g}", "tick middle")]
    for number, (name, dots) in enumerate(phases):
        y, values = pitch * number, sorted(value for value, _ in dots)
        parts.append(_text("0", y + 16, name, "label plate", dx=6))
        if not values:
            continue
        median = _quantile(values, 0.5)
        rows.append((name, *map(seconds, (median, _quantile(values, 0.9), values[-1]))))
        parts.append(_text("100%", y + 16, f"median {seconds(median)}", "end value plate"))
        for (value, student), offset in zip(dots, _swarm([place(value) for value, _ in dots]), strict=True):
            title, height = tag("title", f"{student}: {seconds(value)}"), f"{y + 40 + 14 * offset:.1f}"
            parts.append(tag("circle", title, cx=_x(place(value)), cy=height, r=3, class_="dot"))
        parts.append(_line(_x(place(median)), y + 24, _x(place(median)), y + 56, "mark solid"))
    parts.append(_text("50%", base + 40, "seconds per submission (logarithmic scale)", "middle unit"))
    medians = "; ".join(f"{name}, median {median}" for name, median, *_ in rows)
    says = f"Time to grade one submission: {medians}."
    return Chart(_drawing(base + 46, parts, says), says, ("phase", "median", "90 % within", "longest"), rows)


def interval(value: float, low: float, high: float) -> Markup:
    """A correlation with its interval, on a line from -1 to 1; the numbers stand beside it."""
    places = [(one + 1) / 2 for one in (low, high, value)]
    parts = [_line("0", 8, "100%", 8, "track-line"), _line("50%", 2, "50%", 14, "zero"),
             _line(_x(places[0]), 8, _x(places[1]), 8, "span"),
             tag("circle", cx=_x(places[2]), cy=8, r=3.5, class_="bar")]
    return tag("svg", Markup("").join(parts), class_="inline interval", width="100%", height=16, aria_hidden="true")


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
    parts = [_rect(0, 1, 8, "track"), _rect(0, share, 8, "bar")]
    return tag("svg", Markup("").join(parts), class_="inline", width="100%", height=8, aria_hidden="true")
