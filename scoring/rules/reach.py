"""Does an expression ask for more than is ever counted?

What is kept of a person is bounded: a count stops at `MAX_TIMES`, a number of values at `MAX_VALUES`. A comparison that could
come out either way if counting went on for ever, and only one way because it stops, says something else than it does.

Every part of an expression has two ranges: of what is counted, and of what there may be. Parts that are not numbers, or of
which nothing is known, have all numbers for both; so nothing is found that is not so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from scoring.features import MAX_TIMES, MAX_VALUES, Feature, Measure
from scoring.rules.cel_words import read_words

Range = tuple[float, float]
"""The least and the greatest."""

_ANY: Range = (-math.inf, math.inf)
_LIMITS: Mapping[Measure, float] = {
    Measure.COUNT: MAX_TIMES,
    Measure.SESSION_COUNT: MAX_TIMES,
    Measure.DISTINCT: MAX_VALUES,
    Measure.ENTROPY: math.log2(MAX_VALUES),
}
"""Where the values of a person end because of what is kept."""
_COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})
_TIERS: tuple[frozenset[str], ...] = (
    frozenset({"||"}),
    frozenset({"&&"}),
    _COMPARISONS | {"in"},
    frozenset({"+", "-"}),
    frozenset({"*", "/", "%"}),
)
"""Operators, the loosest first."""


@dataclass(frozen=True, slots=True)
class _Span:
    """Where the value of a part lies."""

    counted: Range = _ANY
    """As things are counted."""
    real: Range = _ANY
    """If they were counted for ever."""


_UNKNOWN = _Span()


def asks_beyond(program: str, features: Mapping[str, Feature]) -> bool:
    """Whether a comparison is settled by nothing but where counting stops.

    Args:
        program: an expression that was found good, about one person.
        features: its features, by variable.
    """
    reading = _Reading(program, features)
    reading.whole()
    return reading.found


class _Reading:
    """An expression, read once more for its ranges."""

    def __init__(self, program: str, features: Mapping[str, Feature]) -> None:
        self._words = read_words(program)
        self._features = features
        self._at = 0
        self.found = False

    def whole(self) -> _Span:
        """A whole expression; what it comes to if it is one of two is not known."""
        span = self._tier(0)
        while self._taken("?") or self._taken(":"):
            self._tier(0)
            span = _UNKNOWN
        return span

    def _tier(self, tier: int) -> _Span:
        if tier == len(_TIERS):
            return self._signed()
        left = self._tier(tier + 1)
        while self._words[self._at][1] in _TIERS[tier]:
            operator = self._words[self._at][1]
            self._at += 1
            right = self._tier(tier + 1)
            if operator in _COMPARISONS:
                self.found |= _only_where_counting_stops(operator, left, right)
            left = _joined(operator, left, right)
        return left

    def _signed(self) -> _Span:
        minus = False
        while True:
            if self._taken("-"):
                minus = not minus
            elif not self._taken("!"):
                break
        span = self._member()
        return _Span(_negative(span.counted), _negative(span.real)) if minus else span

    def _member(self) -> _Span:
        span = self._primary()
        while self._words[self._at][1] in (".", "[") and self._words[self._at][0] == "mark":
            is_method = self._taken(".")
            self._at += 1
            self._list(")" if is_method else "]", opened=not is_method)
            span = _UNKNOWN
        return span

    def _primary(self) -> _Span:
        kind, word = self._words[self._at]
        self._at += 1
        if kind == "number":
            return _Span((float(word), float(word)), (float(word), float(word)))
        if kind == "mark" and word in ("(", "["):
            inner = self._list(")" if word == "(" else "]", opened=True)
            return inner if word == "(" else _UNKNOWN
        if kind == "name" and self._words[self._at] == ("mark", "("):
            inner = self._list(")", opened=False)
            return inner if word in ("int", "double") else _UNKNOWN
        feature = self._features.get(word) if kind == "name" else None
        return _UNKNOWN if feature is None else _span_of(feature)

    def _list(self, end: str, *, opened: bool) -> _Span:
        """What stands between brackets, up to the closing one; its last member."""
        self._at += not opened
        span = _UNKNOWN
        while not self._taken(end):
            span = self.whole()
            self._taken(",")
        return span

    def _taken(self, mark: str) -> bool:
        found = self._words[self._at] == ("mark", mark)
        self._at += found
        return found


def _span_of(feature: Feature) -> _Span:
    limit = _LIMITS.get(feature.measure)
    return _UNKNOWN if limit is None else _Span((0.0, limit), (0.0, math.inf))


def _joined(operator: str, left: _Span, right: _Span) -> _Span:
    work = _ARITHMETIC.get(operator)
    return _UNKNOWN if work is None else _Span(work(left.counted, right.counted), work(left.real, right.real))


def _sum(a: Range, b: Range) -> Range:
    return a[0] + b[0], a[1] + b[1]


def _product(a: Range, b: Range) -> Range:
    corners = [x * y if x and y else 0.0 for x in a for y in b]
    return min(corners), max(corners)


def _quotient(a: Range, b: Range) -> Range:
    return (a[0] / b[0], a[1] / b[0]) if b[0] == b[1] > 0 else _ANY


def _negative(a: Range) -> Range:
    return -a[1], -a[0]


_ARITHMETIC: Mapping[str, Callable[[Range, Range], Range]] = {
    "+": _sum,
    "-": lambda a, b: _sum(a, _negative(b)),
    "*": _product,
    "/": _quotient,
}


def _only_where_counting_stops(operator: str, left: _Span, right: _Span) -> bool:
    """Whether a comparison is settled as things are counted, and would not be otherwise.

    The last number is "so many, or more": whether it is equal to something is not known of it.
    """
    if operator in ("==", "!="):
        apart = (
            right.counted[0] >= left.counted[1]
            if left.counted != left.real
            else left.counted[0] >= right.counted[1]
        )
        return (left.counted != left.real or right.counted != right.real) and apart
    return _settled(operator, left.counted, right.counted) and not _settled(operator, left.real, right.real)


def _settled(operator: str, a: Range, b: Range) -> bool:
    """Whether a comparison comes out one way whatever the values."""
    if operator in ("<", ">="):
        return a[1] < b[0] or a[0] >= b[1]
    return a[1] <= b[0] or a[0] > b[1]
