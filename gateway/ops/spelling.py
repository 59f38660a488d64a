"""How values are spelt on the page."""

from __future__ import annotations


def count(value: float) -> str:
    """A number of things: `12`, `12.5`, `12,345`, `1.2 M`."""
    if value >= 1_000_000:
        return f"{value / 1_000_000:.1f} M"
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2g}"


def share(value: float) -> str:
    """A share from 0 to 1, as per cent."""
    percent = 100 * value
    return f"{percent:.0f} %" if percent >= 10 or percent == int(percent) else f"{percent:.1f} %"


def seconds(value: float) -> str:
    """A short time: `0.8 ms`, `12 ms`, `1.5 s`."""
    if value >= 1:
        return f"{value:g} s" if value < 10 else f"{value:.0f} s"
    ms = value * 1000
    return f"{ms:.2g} ms" if ms < 10 else f"{ms:.0f} ms"


def age(value: float) -> str:
    """A longer time: `40 s`, `12 min`, `3 h`, `2 days`."""
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if value >= 2 * size:
            return f"{value / size:.0f} {unit}"
    return f"{value:.0f} s"


def words(name: str) -> str:
    """A word of a closed list, for people: `no_record` is "no record"."""
    return name.replace("_", " ")
