"""Field rules: which fields of which event one purpose may see, and how exactly.

A rule is one line of a policy: `TYPE[:MAX] [TRANSFORM[:ARGUMENTS]] [if CONDITION]`

| type | accepts | MAX |
|---|---|---|
| `string` | text | characters, 256 unless told |
| `id` | text, or a whole number (which becomes text) | characters, 256 unless told |
| `strings` | a list of texts | characters of each, 256 unless told |
| `number`, `integer`, `boolean` | what they say | |
| `time` | ISO 8601 with an offset | |
| `place` | `{latitude, longitude}`, or a zone's name | |

| transform | of | gives |
|---|---|---|
| `keep` (when none is named) | anything but `place` | the value |
| `floor:minute`, `floor:hour`, `floor:day` | `time` | the start of that minute, hour or day, in UTC |
| `round:N` | `number`, `integer` (N at most 0) | rounded to N decimals |
| `bucket:a,b,c` | `number`, `integer` | `<a`, `a-b`, `b-c` or `>=c` |
| `zone`, `zone:N` | `place` | the zone of a grid of N degrees: 1, 2, 5 or 10 |
| `site` | `string` | of a web address its site: the host alone |

`if CONDITION` keeps the field only while the person has given that condition too. A path is dotted
(`shipping.country`); `products[].price` reaches into the objects of a list.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from privacy.aging_keys import DAY_SECONDS
from privacy.errors import FieldRuleError
from privacy.zones import GRID_DEGREES

MAX_TEXT = 4096
DEFAULT_TEXT = 256
MAX_DEPTH = 6

_SEGMENT = re.compile(r"[^.\[\]\x00-\x1f\x7f]{1,64}(\[\])?")
_CONDITION = re.compile(r"[a-z][a-z0-9-]{0,39}")


class FieldType(StrEnum):
    """What a value must be to be taken at all."""

    STRING = "string"
    ID = "id"
    STRINGS = "strings"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    TIME = "time"
    PLACE = "place"


class Transform(StrEnum):
    """What is done to a value that is taken."""

    KEEP = "keep"
    FLOOR = "floor"
    ROUND = "round"
    BUCKET = "bucket"
    ZONE = "zone"
    SITE = "site"


FLOOR_SECONDS: Mapping[str, int] = {"minute": 60, "hour": 3600, "day": DAY_SECONDS}

_TEXTS = (FieldType.STRING, FieldType.ID, FieldType.STRINGS)
_TAKES: Mapping[Transform, tuple[FieldType, ...]] = {
    Transform.KEEP: tuple(kind for kind in FieldType if kind is not FieldType.PLACE),
    Transform.FLOOR: (FieldType.TIME,),
    Transform.ROUND: (FieldType.NUMBER, FieldType.INTEGER),
    Transform.BUCKET: (FieldType.NUMBER, FieldType.INTEGER),
    Transform.ZONE: (FieldType.PLACE,),
    Transform.SITE: (FieldType.STRING,),
}


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One allowed field."""

    path: str
    """Where it is: dotted, `[]` after the name of a list of objects."""
    kind: FieldType
    """What it must be."""
    max_length: int
    """Characters a text may have (texts only)."""
    transform: Transform
    """What is done to it."""
    arguments: tuple[float, ...]
    """Of the transform: seconds, decimals, ascending bounds, or degrees."""
    condition: str | None
    """Which condition the person must have given as well."""

    @property
    def segments(self) -> tuple[str, ...]:
        """The path's steps; a step into a list ends in `[]`."""
        return tuple(self.path.split("."))


@dataclass(frozen=True, slots=True)
class FieldPolicy:
    """What one purpose may see: per event name, its allowed fields. An event that is not named is unknown."""

    events: Mapping[str, tuple[FieldRule, ...]]
    """Event name -> rules."""

    @property
    def top_level_names(self) -> frozenset[str]:
        """The names of the attributes that are read at all: the first step of every path."""
        return frozenset(
            rule.segments[0].removesuffix("[]") for rules in self.events.values() for rule in rules
        )

    @property
    def conditions(self) -> frozenset[str]:
        """The conditions that some field asks for."""
        return frozenset(rule.condition for rules in self.events.values() for rule in rules if rule.condition)


def parse_field_rule(path: str, text: str) -> FieldRule:
    """Read one rule of a policy.

    Args:
        path: the field's path.
        text: `TYPE[:MAX] [TRANSFORM[:ARGUMENTS]] [if CONDITION]`.

    Raises:
        FieldRuleError: it cannot be understood; says why, quotes nothing.
    """
    segments = path.split(".")
    if len(segments) > MAX_DEPTH or not all(_SEGMENT.fullmatch(segment) for segment in segments):
        raise FieldRuleError("a path has 1 to 6 named steps, [] only at the end of a step")
    if segments[-1].endswith("[]"):
        raise FieldRuleError("a path ends in a field, not in a list of objects")
    words, condition = _split_condition(text.split())
    if not 1 <= len(words) <= 2:
        raise FieldRuleError("a rule is TYPE[:MAX] [TRANSFORM[:ARGUMENTS]] [if CONDITION]")
    kind, max_length = _parse_type(words[0])
    transform, arguments = _parse_transform(words[1] if len(words) == 2 else "keep", kind)
    return FieldRule(path, kind, max_length, transform, arguments, condition)


def _split_condition(words: list[str]) -> tuple[list[str], str | None]:
    if "if" not in words:
        return words, None
    at = words.index("if")
    if at != len(words) - 2 or not _CONDITION.fullmatch(words[-1]):
        raise FieldRuleError("`if` is followed by one condition, at the end")
    return words[:at], words[-1]


def _parse_type(word: str) -> tuple[FieldType, int]:
    name, colon, size = word.partition(":")
    try:
        kind = FieldType(name)
    except ValueError:
        raise FieldRuleError("there is no such type") from None
    if not colon:
        return kind, DEFAULT_TEXT
    if kind not in _TEXTS or not re.fullmatch("[1-9][0-9]{0,3}", size, re.ASCII) or int(size) > MAX_TEXT:
        raise FieldRuleError("only texts have a length, from 1 to 4096")
    return kind, int(size)


def _parse_transform(word: str, kind: FieldType) -> tuple[Transform, tuple[float, ...]]:
    name, _, text = word.partition(":")
    try:
        transform = Transform(name)
    except ValueError:
        raise FieldRuleError("there is no such transform") from None
    if kind not in _TAKES[transform]:
        raise FieldRuleError("that transform does not fit the type")
    if transform in (Transform.KEEP, Transform.SITE):
        if word != transform:
            raise FieldRuleError("keep and site take no argument")
        return transform, ()
    if transform is Transform.FLOOR:
        if text not in FLOOR_SECONDS:
            raise FieldRuleError("floor is to the minute, the hour or the day")
        return transform, (FLOOR_SECONDS[text],)
    if transform is Transform.ROUND:
        return transform, _parse_decimals(text, kind)
    if transform is Transform.BUCKET:
        return transform, _parse_bounds(text)
    degrees = {"": 1, **{str(size): size for size in GRID_DEGREES}}.get(text)
    if degrees is None:
        raise FieldRuleError("zones are of 1, 2, 5 or 10 degrees")
    return transform, (degrees,)


def _parse_decimals(text: str, kind: FieldType) -> tuple[float, ...]:
    if not re.fullmatch("-?[0-9]", text, re.ASCII):
        raise FieldRuleError("round is to -9 to 9 decimals")
    if kind is FieldType.INTEGER and int(text) > 0:
        raise FieldRuleError("a whole number has no decimals to round to")
    return (int(text),)


def _parse_bounds(text: str) -> tuple[float, ...]:
    try:
        bounds = tuple(float(word) for word in text.split(","))
    except ValueError:
        raise FieldRuleError("bucket takes numbers") from None
    if not all(math.isfinite(bound) and abs(bound) < 1e15 for bound in bounds):
        raise FieldRuleError("bucket takes finite numbers below 1e15")
    if len(bounds) > 64 or any(low >= high for low, high in pairwise(bounds)):
        raise FieldRuleError("the bounds of bucket rise, and there are at most 64")
    return bounds
