"""The condition of a rule: a CEL expression in a small, bounded part of the language.

| may read | |
|---|---|
| `event.FIELD` | a field of the present event, as its purpose may see it |
| `now.hour`, `now.weekday` | 0 to 23, and 1 (Monday) to 7, in the configured zone |
| `count("Product Viewed", 300)` and its kin | features, with literal arguments (`scoring.features`) |

- Each read becomes one variable before the CEL parser sees it: so what a rule reads is known when it is saved, what it costs is
  bounded, and no function of ours is ever called from within an expression.
- No macros, no maps, no pattern matching, at most `cel_words.MAX_CHARACTERS`.

Source: the Common Expression Language specification.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import cel

from scoring.errors import ExpressionError
from scoring.features import MAX_WINDOW_SECONDS, Feature, Measure
from scoring.rules.cel_words import FAILURES, Word, read_words
from scoring.rules.reach import asks_beyond
from scoring.rules.thresholds import compared_with

MAX_FEATURES = 16
"""Different features in one expression."""

_METHODS = frozenset({"startsWith", "endsWith", "contains", "size"})
_FUNCTIONS = frozenset({"size", "int", "double"})
_WORDS = frozenset({"true", "false", "in"})
_MEASURES = frozenset(each.value for each in Measure)
_CLOCK = frozenset({"hour", "weekday"})
_OF_RULES = frozenset({"event", "now"})
_SHAPES: Mapping[Measure, tuple[str, ...]] = {
    Measure.COUNT: ("en", "enf", "enfv"),
    Measure.DISTINCT: ("enf",),
    Measure.ENTROPY: ("enf",),
    Measure.SECONDS_SINCE: ("e",),
    Measure.TOTAL: ("e",),
    Measure.SESSION_COUNT: ("e",),
    Measure.SESSION_SECONDS: ("",),
    Measure.ITEM_TOTAL: ("e",),
    Measure.RATE: ("eo",),
    Measure.PEOPLE: ("e", "ef"),
    Measure.IN_SEGMENT: ("e",),
}
"""Which arguments a function takes: event (or segment), number of seconds, field, value, the event it is a part of."""


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """An expression, ready to be evaluated."""

    program: cel.Program
    """The compiled expression."""
    fields: frozenset[str]
    """The fields that it reads: of the present event, or of what else it may read."""
    features: Mapping[str, Feature]
    """Its features, by variable."""
    reads_clock: bool
    """Whether it reads the time of day."""
    asks_beyond: bool
    """Whether a comparison of it, about one person, comes out as it does only because counting stops (`scoring.rules.reach`)."""
    compared: Mapping[str, frozenset[float]]
    """The variables that are only ever held against numbers, and these (`scoring.rules.thresholds`)."""

    def evaluate(self, values: Mapping[str, Any]) -> object:
        """Its value.

        Raises:
            FAILURES: it cannot be evaluated.
        """
        result: object = self.program.execute(cel.Context(dict(values)))
        return result


def variable_of(field: str) -> str:
    """What a field is called in the program."""
    return f"event_f_{field}"


def compile_expression(text: str, roots: Collection[str] = _OF_RULES) -> Expression:
    """Read an expression.

    Args:
        text: of it.
        roots: what it may read fields of (`now` is the clock).

    Raises:
        ExpressionError: it is no CEL expression, or more than a condition may be.
    """
    reading = _Reading(read_words(text), roots)
    reading.read()
    flat = " ".join(reading.flat)
    try:
        program = cel.compile(flat)
    except FAILURES:
        raise ExpressionError("is no CEL expression") from None
    called = {name for name in program.functions() if name.isidentifier() and not name.startswith("_")}
    if called - _FUNCTIONS - _METHODS or not set(program.variables()) <= reading.variables:
        raise ExpressionError("uses something that a condition may not")
    features = {name: feature for feature, name in reading.features.items()}
    return Expression(
        program=program,
        fields=frozenset(reading.fields),
        features=features,
        reads_clock=reading.reads_clock,
        asks_beyond=asks_beyond(flat, features),
        compared=compared_with(read_words(flat), features.keys()),
    )


class _Reading:
    """The words of an expression, one after the other, made flat."""

    def __init__(self, tokens: list[Word], roots: Collection[str]) -> None:
        self._tokens = tokens
        self._roots = roots
        self._at = 0
        self.flat: list[str] = []
        self.fields: set[str] = set()
        self.variables: set[str] = set()
        self.features: dict[Feature, str] = {}
        self.reads_clock = False

    def read(self) -> None:
        """Go through all of them.

        Raises:
            ExpressionError: one of them may not stand where it stands.
        """
        while self._tokens[self._at][0] != "end":
            kind, word = self._tokens[self._at]
            if kind == "name":
                self._name(word)
            else:
                self._take(word)

    def _take(self, word: str, tokens: int = 1) -> None:
        self.flat.append(word)
        self._at += tokens

    def _name(self, word: str) -> None:
        if word in self._roots:
            self._path(word)
        elif self._at and self._tokens[self._at - 1][1] == ".":
            if word not in _METHODS or not self._calls():
                raise ExpressionError("calls a method that a condition may not")
            self._take(word)
        elif word in _MEASURES and self._calls():
            self._feature(Measure(word))
        elif self._calls():
            if word not in _FUNCTIONS:
                raise ExpressionError("calls a function that a condition may not")
            self._take(word)
        elif word in _WORDS:
            self._take(word)
        else:
            raise ExpressionError("names something that does not exist")

    def _path(self, root: str) -> None:
        (_, dot), (kind, name) = self._tokens[self._at + 1 : self._at + 3]
        if dot != "." or kind != "name":
            raise ExpressionError("names something that does not exist")
        if root == "now":
            if name not in _CLOCK:
                raise ExpressionError("names something that does not exist")
            self.reads_clock = True
            variable = f"now_{name}"
        else:
            variable = variable_of(name)
            self.fields.add(name)
        self.variables.add(variable)
        self._take(variable, 3)

    def _calls(self) -> bool:
        return self._tokens[self._at + 1] == ("mark", "(")

    def _feature(self, measure: Measure) -> None:
        arguments, at = [], self._at + 2
        while self._tokens[at][0] in ("string", "number"):
            arguments.append(self._tokens[at])
            at += 1
            if self._tokens[at] != ("mark", ","):
                break
            at += 1
        if self._tokens[at] != ("mark", ")"):
            raise ExpressionError("gives a feature something that is not a literal")
        feature = _declare(measure, arguments)
        variable = self.features.setdefault(feature, f"feature_{len(self.features)}")
        if len(self.features) > MAX_FEATURES:
            raise ExpressionError(f"reads more than {MAX_FEATURES} features")
        self.variables.add(variable)
        self._take(variable, at + 1 - self._at)


def _declare(measure: Measure, arguments: list[Word]) -> Feature:
    """A feature from the literal arguments of its function.

    Raises:
        ExpressionError: they are not those that it takes.
    """
    shape = next((each for each in _SHAPES[measure] if len(each) == len(arguments)), None)
    if shape is None:
        raise ExpressionError("gives a feature too few arguments, or too many")
    given: dict[str, Any] = {}
    for letter, (kind, text) in zip(shape, arguments, strict=True):
        if (letter == "n") != (kind == "number"):
            raise ExpressionError("gives a feature an argument of another type")
        given[letter] = _seconds(text) if letter == "n" else _text(text)
    return Feature(
        measure,
        given.get("e", ""),
        given.get("n", 0),
        given.get("f", ""),
        given.get("v"),
        given.get("o", ""),
    )


def _seconds(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= MAX_WINDOW_SECONDS:
        raise ExpressionError(f"has a window that is not 1 to {MAX_WINDOW_SECONDS} seconds long")
    return int(text)


def _text(literal: str) -> str:
    try:
        text = json.loads(f'"{literal[1:-1]}"' if literal[0] == "'" else literal)
    except ValueError:
        raise ExpressionError("has a text that cannot be read") from None
    if not isinstance(text, str) or not text or not text.isprintable() or len(text) > 128:
        raise ExpressionError("has a text that is empty, too long or not printable")
    return text
