"""From signals to the rows of the cube: one line for each event, or for each line of an order, and what of it is counted.

What is alike within an hour is one row, whose time is that of the first; events whose order somebody looks at (steps of funnels,
arms of experiments) are one row a second, since the second of a kind may be the one that comes after another.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, TypeAlias

from gateway.routing import RoutedSignal
from privacy import AMOUNT_FIELDS, CUBE_NUMBERS, SubjectRef

MAX_LINES = 50
"""Lines of one order that are looked at."""

_HOUR = 3600
_COLUMNS = (CUBE_NUMBERS[0], "event", *CUBE_NUMBERS[1:])
_MOST_MINOR = 10**12

RowKey: TypeAlias = tuple[date, int, str, int, tuple[str | None, ...]]
"""Day, hour of arrival, event, the hour or the second (unix seconds), fields."""

Amounts: TypeAlias = list[int]
"""When first (unix seconds), events, lines, minor units."""

Owned: TypeAlias = tuple[str, SubjectRef, Mapping[RowKey, Amounts]]
"""A purpose, whose rows these are, and the rows."""

Columns: TypeAlias = dict[str, list[object]]
"""By name, all of one length."""


def rows_of(
    signal: RoutedSignal, fields: Sequence[str], arrival: int, ordered: Collection[str] = ()
) -> Iterator[tuple[RowKey, Amounts]]:
    """What one signal adds: only the first line of an order counts as an event, and carries the money.

    Args:
        signal: permitted, minimised.
        fields: the fields that releases look at, in the order of the columns.
        arrival: the hour in which it arrived.
        ordered: the events that are a row each second.
    """
    day = datetime.fromtimestamp(signal.at, UTC).date()
    amount = _minor(signal.attributes)
    when = signal.at if signal.event in ordered else signal.at - signal.at % _HOUR
    for place, line in enumerate(_lines(signal.attributes, fields)):
        told = tuple(_text(line.get(name, signal.attributes.get(name))) for name in fields)
        key = (day, arrival, signal.event, when, told)
        yield key, [signal.at, int(not place), 1, 0 if place else amount]


def add(row: Amounts, more: Amounts) -> None:
    """Let a row hold another line, too."""
    row[0] = min(row[0], more[0])
    for place in (1, 2, 3):
        row[place] = min(row[place] + more[place], _MOST_MINOR)


def columns_of(
    owned: Iterable[Owned],
    fields: Mapping[str, Sequence[str]],
    name_of: Callable[[SubjectRef, str, int], int],
) -> dict[tuple[str, date, int], Columns]:
    """The columns of the cube's files, by purpose, day and hour of arrival.

    Args:
        owned: what is to be written.
        fields: purpose -> the fields that its rows tell.
        name_of: under which name somebody stands, for a purpose, at a moment (unix seconds); asked once for each day of a person.
    """
    found: dict[tuple[str, date, int], Columns] = {}
    for purpose, whose, rows in owned:
        names: dict[date, int] = {}
        for (day, arrival, event, when, told), amounts in rows.items():
            if day not in names:
                names[day] = name_of(whose, purpose, when)
            columns = found.get((purpose, day, arrival))
            if columns is None:
                titles = (*_COLUMNS, *(f"f.{name}" for name in fields[purpose]))
                columns = found[purpose, day, arrival] = {title: [] for title in titles}
            for column, value in zip(columns.values(), (names[day], event, *amounts, *told), strict=True):
                column.append(value)
    return found


def _lines(attributes: Mapping[str, Any], fields: Sequence[str]) -> Sequence[Mapping[str, Any]]:
    lines = attributes.get("products")
    if not fields or not isinstance(lines, list) or not lines:
        return ({},)
    return [line for line in lines[:MAX_LINES] if isinstance(line, dict)] or ({},)


def _minor(attributes: Mapping[str, Any]) -> int:
    """Money as a whole number of minor units, from 0 on; what is no number counts nothing."""
    for name in AMOUNT_FIELDS:
        value = attributes.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _MOST_MINOR // 100:
            return round(value * 100)
    return 0


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return str(value)
