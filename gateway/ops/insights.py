"""Published numbers as a page: for each release its last window with its intervals, how it went, and what of the budget is spent.

Pure. Only what was published comes in, so nothing here can say anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gateway.ops.charts import Line, LineChart, draw_lines
from gateway.ops.spelling import Spelling
from gateway.ops.words import UNPUBLISHED
from gateway.wording.languages import phrase
from privacy import TOLD_DELTA, Balance, Budget, epsilon_of, epsilon_of_loss

MOST_FIGURES = 40
"""Numbers of one release that are drawn; the others stand in the export."""
MOST_WINDOWS = 100
"""Windows of one release that are drawn, the last ones."""
MOST_MISSING = 5
"""Windows of one release that are told as not published."""
_WIDTH = 1000
_DAYS_SHOWN = 7


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One number of a release, ready to show."""

    key: str
    """What the number is about."""
    said: str
    """The number; empty where it is hidden."""
    between: str
    """Between which two the truth lies."""
    left: float
    """Where the interval begins, in thousandths of the picture."""
    width: float
    """How wide it is."""
    middle: float
    """Where the number is."""


@dataclass(frozen=True, slots=True)
class Card:
    """One release, ready to show."""

    id: str
    """The release's id."""
    title: str
    """The release's title for people."""
    window: str
    """Of which time the numbers are; empty before the first publication."""
    rows: tuple[FigureRow, ...]
    """The numbers of the release."""
    more: int
    """How many numbers are not drawn."""
    hidden: int
    """How many are hidden by their noise."""
    noise: str
    """What was added to each number of people."""
    cut: str
    """Of how many people something was cut off; empty where nothing can be."""
    course: LineChart | None
    """The first number over the windows."""
    unpublished: tuple[tuple[str, str], ...]
    """The last windows that were not published though their time had come, the newest first, and why."""
    more_unpublished: int
    """And how many before them."""


@dataclass(frozen=True, slots=True)
class BudgetDay:
    """What a day cost."""

    name: str
    """The day, as people read it."""
    share: float
    """Of the budget, from 0 to 1."""
    said: str
    """The same, with its epsilon."""
    burnt: bool
    """Whether it is closed for good."""


@dataclass(frozen=True, slots=True)
class Insights:
    """The whole page of published numbers."""

    cards: tuple[Card, ...]
    """The releases to show."""
    days: tuple[BudgetDay, ...]
    """The last days, the newest first."""
    epsilon_per_day: str
    """What a day may cost."""
    epsilon_per_month: str
    """And thirty of them."""


def make_insights(
    releases: Sequence[tuple[str, str]],
    publications: Mapping[str, Sequence[Mapping[str, Any]]],
    balances: Sequence[Balance],
    budget: Budget,
    spelling: Spelling,
    unpublished: Mapping[str, Mapping[str, str]],
) -> Insights:
    """The page of these releases (id, title), with the publications of each, the oldest first, and the windows of each that were
    not published, and why (`Schedule.not_published`); in a language.
    """
    days = [each for each in balances if each.scope.startswith("global/")]
    return Insights(
        cards=tuple(
            _card(name, title, publications.get(name, ()), spelling, unpublished.get(name, {}))
            for name, title in releases
        ),
        days=tuple(_day(each, spelling) for each in reversed(days[-_DAYS_SHOWN:])),
        epsilon_per_day=spelling.epsilon(epsilon_of(budget.daily.rho, TOLD_DELTA)),
        epsilon_per_month=spelling.epsilon(epsilon_of(30 * budget.daily.rho, TOLD_DELTA)),
    )


def _card(
    name: str,
    title: str,
    published: Sequence[Mapping[str, Any]],
    spelling: Spelling,
    unpublished: Mapping[str, str],
) -> Card:
    missing = sorted(unpublished.items(), reverse=True)
    told = tuple((window, spelling.say(UNPUBLISHED[why])) for window, why in missing[:MOST_MISSING])
    more = len(missing) - len(told)
    if not published:
        return Card(name, title, "", (), 0, 0, "", "", None, told, more)
    latest = published[-1]
    figures = latest["figures"]
    shown = figures[:MOST_FIGURES]
    drawn = [each for each in shown if each["value"] is not None and not _is_share(each)]
    ends = [end for each in drawn for end in (each["low"], each["high"])]
    low, high = min([0.0, *ends]), max([0.0, *ends]) or 1.0
    return Card(
        id=name,
        title=title,
        window=latest["window"],
        rows=tuple(
            _row(each, (0.0, 1.0), spelling.exact_share, spelling)
            if _is_share(each)
            else _row(each, (low, high), spelling.number, spelling)
            for each in shown
        ),
        more=len(figures) - len(shown),
        hidden=latest["hidden"],
        noise="" if latest["noise"] is None else spelling.number(latest["noise"]),
        cut=_cut(latest["cut_people"], spelling),
        course=_course(published, spelling),
        unpublished=told,
        more_unpublished=more,
    )


def _is_share(figure: Mapping[str, Any]) -> bool:
    """Whether a figure is a part of a whole: it stands on an axis of its own."""
    return (
        ": share" in figure["key"]
        and figure["value"] is not None
        and 0 <= figure["low"] <= figure["high"] <= 1
    )


def _row(
    figure: Mapping[str, Any], ends: tuple[float, float], spell: Callable[[float], str], spelling: Spelling
) -> FigureRow:
    if figure["value"] is None:
        return FigureRow(figure["key"], "", "", 0, 0, 0)
    lowest, highest = ends

    def place(value: float) -> float:
        return round(_WIDTH * (value - lowest) / (highest - lowest), 1)

    left, right = place(figure["low"]), place(figure["high"])
    between = _between(figure["low"], figure["high"], spell, spelling)
    width, middle = max(right - left, 2.0), place(figure["value"])
    return FigureRow(figure["key"], spell(figure["value"]), between, left, width, middle)


def _between(low: float, high: float, spell: Callable[[float], str], spelling: Spelling) -> str:
    return spelling.say(phrase("%(low)s to %(high)s"), low=spell(low), high=spell(high))


def _cut(figure: Mapping[str, Any] | None, spelling: Spelling) -> str:
    if figure is None:
        return ""
    if figure["value"] is None:
        return spelling.say(phrase("fewer than %(n)s"), n=spelling.number(figure["high"]))
    low, high = max(0.0, figure["low"]), max(0.0, figure["high"])
    return _between(low, high, spelling.number, spelling)


def _course(published: Sequence[Mapping[str, Any]], spelling: Spelling) -> LineChart | None:
    """How what is now the first number went, with its interval; None of a single window."""
    if len(published) < 2 or not published[-1]["figures"]:
        return None
    key = published[-1]["figures"][0]["key"]
    found = [next((each for each in body["figures"] if each["key"] == key), None) for body in published]
    lines = [
        Line(
            spelling.say(said),
            np.array([np.nan if each is None or each[name] is None else each[name] for each in found], float),
        )
        for name, said in (
            ("value", phrase("number")),
            ("low", phrase("at least")),
            ("high", phrase("at most")),
        )
    ]
    return draw_lines(lines, [body["begin"] for body in published], spelling.number, spelling.ago)


def _day(balance: Balance, spelling: Spelling) -> BudgetDay:
    share = balance.spent.rho / balance.most.rho if balance.most.rho else 1.0
    epsilon = spelling.epsilon(epsilon_of_loss(balance.spent, TOLD_DELTA))
    said = spelling.say(
        phrase("%(share)s of its budget, epsilon %(epsilon)s"), share=spelling.share(share), epsilon=epsilon
    )
    return BudgetDay(balance.scope.removeprefix("global/"), min(share, 1.0), said, balance.burnt)
