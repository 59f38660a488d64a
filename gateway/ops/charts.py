"""Numbers as shapes: where lines, bars and whiskers lie in a picture. Pure; the templates draw them.

All lengths are units of a view box that scales with the page. Tones are numbers from 1; the style sheet gives each a colour for
light and for dark, and no chart tells things apart by colour alone: each tone is named beside the picture with its value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 360, 176
LEFT, RIGHT, TOP, BOTTOM = 50, 8, 10, 24
BAR_WIDTH = 1000
MOST_LINES = 6

Say = Callable[[float], str]
"""Spells a value with its unit."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line to draw."""

    name: str
    """What it is called beside the picture."""
    values: NDArray[np.float64]
    """(n,); nan leaves a gap."""


@dataclass(frozen=True, slots=True)
class DrawnLine:
    """A line as a shape."""

    name: str
    """What it is called."""
    tone: int
    """Of the line."""
    path: str
    """Of an SVG path."""
    dots: tuple[tuple[float, float], ...]
    """Points that have no neighbour, which a path would not show."""
    last: str
    """Its last known value."""
    largest: str
    """Its largest value, as people read it."""


@dataclass(frozen=True, slots=True)
class LineChart:
    """A picture of values over time."""

    lines: tuple[DrawnLine, ...]
    """What is drawn."""
    levels: tuple[tuple[float, str], ...]
    """Horizontal rules: where, and the value."""
    moments: tuple[tuple[float, str], ...]
    """Below: where, and when."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see yet."""
        return not any(line.path or line.dots for line in self.lines)


@dataclass(frozen=True, slots=True)
class BarPart:
    """A part of a bar."""

    name: str
    """What it stands for."""
    tone: int
    """Of the part."""
    left: float
    """Where it begins, in thousandths of the picture."""
    width: float
    """How wide it is, likewise."""
    said: str
    """Its value, as people read it."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A row with its parts."""

    name: str
    """What the row is about."""
    parts: tuple[BarPart, ...]
    """One after the other."""
    said: str
    """The sum of its parts, as people read it."""


@dataclass(frozen=True, slots=True)
class Whisker:
    """An interval around a value, on a scale that holds nought in the middle."""

    low: float
    """In thousandths of the picture."""
    high: float
    """The upper end, likewise."""
    middle: float
    """The value itself, likewise."""


def draw_lines(
    lines: Sequence[Line], times: Sequence[int], say: Say, ago: Say, *, top: float | None = None
) -> LineChart:
    """Values over time, from nought.

    Args:
        lines: at most MOST_LINES.
        times: of the values, unix seconds, rising; at least one.
        say: spells a value.
        ago: spells how long ago something was, in seconds.
        top: the upper end of the scale, if it is known; else it fits the values.
    """
    assert len(lines) <= MOST_LINES
    largest = max(
        (float(np.nanmax(each.values)) for each in lines if np.isfinite(each.values).any()), default=0.0
    )
    end, steps = (top, 4) if top is not None else nice_scale(largest)
    x = _places(times)
    drawn = tuple(_draw(each, tone, x, end, say) for tone, each in enumerate(lines, 1))
    levels = tuple((_height(end * k / steps, end), say(end * k / steps)) for k in range(steps + 1))
    return LineChart(drawn, levels, _moments(times, ago))


def draw_bars(rows: Sequence[tuple[str, Sequence[tuple[str, int, float]]]], say: Say) -> tuple[Bar, ...]:
    """Rows of parts, on one scale.

    Args:
        rows: for each its name, and of each part the name, tone and value (not negative).
        say: spells a value.
    """
    largest = max((sum(value for _, _, value in parts) for _, parts in rows), default=0.0) or 1.0
    bars = []
    for name, parts in rows:
        left, shown = 0.0, []
        for part, tone, value in parts:
            width = BAR_WIDTH * value / largest
            shown.append(BarPart(part, tone, round(left, 1), round(width, 1), say(value)))
            left += width
        bars.append(Bar(name, tuple(shown), say(sum(value for _, _, value in parts))))
    return tuple(bars)


def draw_whisker(low: float, high: float, middle: float, reach: float) -> Whisker:
    """An interval on a scale from -reach to reach; what goes beyond is cut off at its ends."""

    def place(value: float) -> float:
        return round(BAR_WIDTH * (min(1.0, max(-1.0, value / reach)) + 1) / 2, 1)

    return Whisker(place(low), place(high), place(middle))


def nice_scale(largest: float) -> tuple[float, int]:
    """The upper end of a scale from nought that ends on a round number, and into how many steps it falls."""
    if not largest > 0 or not isfinite(largest):
        return 1.0, 2
    power = 10.0 ** floor(log10(largest))
    for step in (0.25, 0.5, 1.0, 2.0, 2.5):
        steps = ceil(largest / (step * power) - 1e-9)
        if steps <= 4:
            return step * power * max(steps, 2), max(steps, 2)
    return 10.0 * power, 4


def _places(times: Sequence[int]) -> list[float]:
    first, length = times[0], max(times[-1] - times[0], 1)
    return [LEFT + (WIDTH - LEFT - RIGHT) * (at - first) / length for at in times]


def _height(value: float, end: float) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * min(value / end, 1.0), 1)


def _draw(line: Line, tone: int, x: Sequence[float], end: float, say: Say) -> DrawnLine:
    known = np.isfinite(line.values)
    path, dots = "", []
    for k in np.flatnonzero(known).tolist():
        at = (round(x[k], 1), _height(float(line.values[k]), end))
        alone = not (k > 0 and known[k - 1]) and not (k + 1 < len(known) and known[k + 1])
        if alone:
            dots.append(at)
        else:
            path += f"{'L' if k > 0 and known[k - 1] else 'M'}{at[0]:g} {at[1]:g}"
    values = line.values[known]
    said = (say(float(values[-1])), say(float(values.max()))) if len(values) else ("-", "-")
    return DrawnLine(line.name, tone, path, tuple(dots), *said)


def _moments(times: Sequence[int], ago: Say) -> tuple[tuple[float, str], ...]:
    length = times[-1] - times[0]
    if length < 120:
        return ((WIDTH - RIGHT, ago(0)),)
    middle = LEFT + (WIDTH - LEFT - RIGHT) / 2
    return ((LEFT, ago(length)), (middle, ago(length / 2)), (WIDTH - RIGHT, ago(0)))
