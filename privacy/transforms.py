"""Takers: what becomes of one value under one rule.

A taker returns what may be kept, or None. None for a value of the wrong type, too long, out of range, or not finite:
when in doubt a value is dropped, never mended, cut or guessed.
"""

from __future__ import annotations

import datetime
import math
from bisect import bisect_right
from collections.abc import Callable
from typing import Any, TypeAlias

from privacy.buckets import bucket_labels
from privacy.fields import FieldRule, FieldType, Transform
from privacy.sites import site_of
from privacy.zones import coarsen

Taker: TypeAlias = Callable[[object], object | None]
"""One value in; what may be kept of it out, or None."""

MAX_STRINGS = 100
MAX_INTEGER = 1 << 53
MAX_NUMBER = 1e15

_MAX_TIME_TEXT = 40


def taker_of(rule: FieldRule) -> Taker:
    """The taker of a rule, made once and called for every event."""
    read = _reader_of(rule)
    if rule.transform is Transform.KEEP or rule.transform is Transform.ZONE:
        return read
    change = _change_of(rule)

    def take(value: object) -> object | None:
        taken = read(value)
        return None if taken is None else change(taken)

    return take


def taker_again_of(rule: FieldRule) -> Taker:
    """The taker of a rule for what was kept before, under it or another: what it once gave is given again."""
    take = taker_of(rule)
    if rule.transform is Transform.BUCKET:
        labels = frozenset(bucket_labels(rule.arguments))
        return lambda value: value if type(value) is str and value in labels else take(value)
    if rule.transform is Transform.SITE:
        return lambda value: (
            value if type(value) is str and site_of(f"https://www.{value}") == value else take(value)
        )
    return take


def _reader_of(rule: FieldRule) -> Taker:
    longest = rule.max_length
    match rule.kind:
        case FieldType.STRING:
            return lambda value: value if type(value) is str and len(value) <= longest else None
        case FieldType.ID:
            return lambda value: _read_id(value, longest)
        case FieldType.STRINGS:
            return lambda value: _read_strings(value, longest)
        case FieldType.NUMBER:
            return _read_number
        case FieldType.INTEGER:
            return lambda value: (
                value if type(value) is int and -MAX_INTEGER <= value <= MAX_INTEGER else None
            )
        case FieldType.BOOLEAN:
            return lambda value: value if type(value) is bool else None
        case FieldType.TIME:
            return _time_reader(int(rule.arguments[0]) if rule.arguments else 1)
        case FieldType.PLACE:
            degrees = int(rule.arguments[0])
            return lambda value: coarsen(value, degrees)


def _change_of(rule: FieldRule) -> Callable[[Any], object]:
    if rule.transform is Transform.ROUND:
        decimals = int(rule.arguments[0])
        return lambda value: round(value, decimals)
    if rule.transform is Transform.BUCKET:
        bounds = rule.arguments
        labels = bucket_labels(bounds)
        return lambda value: labels[bisect_right(bounds, value)]
    return site_of if rule.transform is Transform.SITE else lambda value: value


def _read_id(value: object, longest: int) -> str | None:
    if type(value) is int and -MAX_INTEGER <= value <= MAX_INTEGER:
        value = str(value)
    return value if type(value) is str and 0 < len(value) <= longest else None


def _read_strings(value: object, longest: int) -> list[str] | None:
    if type(value) is not list or len(value) > MAX_STRINGS:
        return None
    return value if all(type(text) is str and len(text) <= longest for text in value) else None


def _read_number(value: object) -> float | None:
    if type(value) is float or type(value) is int:
        return value if -MAX_NUMBER <= value <= MAX_NUMBER else None
    return None


def _time_reader(granularity: int) -> Taker:
    def read(value: object) -> str | None:
        if type(value) is not str or len(value) > _MAX_TIME_TEXT:
            return None
        try:
            moment = datetime.datetime.fromisoformat(value)
            if moment.tzinfo is None:
                return None
            seconds = math.floor(moment.timestamp())
            floored = datetime.datetime.fromtimestamp(seconds - seconds % granularity, datetime.UTC)
        except (ValueError, OverflowError, OSError):
            return None
        return floored.isoformat().replace("+00:00", "Z")

    return read
