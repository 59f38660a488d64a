"""Published numbers beside the true ones, as a page: a file that the demo writes of its made-up people.

No gateway can show it: the page is made of what the demo made up itself and of what it was given over HTTP like anybody else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gateway.ops.pages import ops_pages
from gateway.wording.languages import Languages

_WIDTH = 1000
_MARGIN = 1.05


@dataclass(frozen=True, slots=True)
class Beside:
    """One number as it was published, and as it is."""

    key: str
    """What the number is about."""
    said: str
    """As it was published; empty where it is hidden."""
    between: str
    """Between which two the truth should lie."""
    true: str
    """As it is."""
    is_inside: bool
    """Whether the truth lies there."""
    left: float
    """Where the interval begins, in thousandths of the picture."""
    width: float
    """How wide it is."""
    middle: float
    """Where the published number is."""
    true_place: float
    """Where the true one is."""


def beside(figures: Sequence[Mapping[str, Any]], true: Mapping[str, float]) -> list[Beside]:
    """Each published number that the truth is known of."""
    return [_beside(figure, true[figure["key"]]) for figure in figures if figure["key"] in true]


def draw_page(figures: Sequence[Mapping[str, Any]], true: Mapping[str, float]) -> str:
    """The page, whole: one file without a script."""
    loader = FileSystemLoader(Path(__file__).parent / "templates")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    style = ops_pages(Languages()).styles("pages.css", "ops.css")
    return environment.get_template("truth.html").render(rows=beside(figures, true), style=style)


def _beside(figure: Mapping[str, Any], true: float) -> Beside:
    key = figure["key"]
    spell = "{:.1%}".format if ": share" in key else "{:,.0f}".format
    if figure["value"] is None:
        return Beside(key, "", "", spell(true), is_inside=True, left=0, width=0, middle=0, true_place=0)
    value, low, high = figure["value"], figure["low"], figure["high"]
    scale = _WIDTH / (_MARGIN * max(high, true, 1e-9))
    return Beside(
        key=key,
        said=spell(value),
        between=f"{spell(low)} to {spell(high)}",
        true=spell(true),
        is_inside=low <= true <= high,
        left=round(scale * low, 1),
        width=round(max(scale * (high - low), 2.0), 1),
        middle=round(scale * value, 1),
        true_place=round(scale * true, 1),
    )
