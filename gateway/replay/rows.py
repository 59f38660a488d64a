"""A row of a table as an event. Pure: cells in, an event or a fault out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from gateway.replay.columns import Columns
from gateway.replay.errors import ColumnsError
from gateway.replay.events import event_name, iso_time, item_properties, sequence_time, track
from gateway.replay.model import Fault

Cell = str | None


class RowReader:
    """Turns rows of one table into events."""

    def __init__(self, header: Sequence[str], columns: Columns, event: str | None) -> None:
        """Look up the positions once.

        Args:
            header: the column names in the order of the cells.
            columns: the column of each role.
            event: the name of every event; None takes it from the event column.

        Raises:
            ColumnsError: neither an event column nor a name.
        """
        if event is None and columns.event is None:
            raise ColumnsError('no column says what a row is; say it: --event "Product Viewed"')
        self._event = event
        position = {name: index for index, name in reversed(list(enumerate(header)))}
        self._at = {
            role: position[column]
            for role in Columns.__dataclass_fields__
            if (column := getattr(columns, role)) is not None
        }

    def event_of(self, cells: Sequence[Cell]) -> dict[str, Any] | Fault:
        """The row's event, or why it has none."""
        subject = self._subject(cells)
        item = self._cell(cells, "item")
        if subject is None or item is None:
            return Fault.NO_SUBJECT if subject is None else Fault.NO_ITEM
        recorded = self._event or self._cell(cells, "event")
        if recorded is None:
            return Fault.NO_EVENT_NAME
        at = self._time(cells)
        if isinstance(at, Fault):
            return at
        details = self._item(cells, item)
        if isinstance(details, Fault):
            return details
        name = event_name(recorded)
        return track(name, subject, item_properties(name, details, self._cell(cells, "order")), at)

    def _subject(self, cells: Sequence[Cell]) -> dict[str, str] | None:
        """Who it was: the user if the row names one, else the session. Never both: a replay links nobody."""
        user = self._cell(cells, "user")
        if user is not None:
            return {"userId": user}
        session = self._cell(cells, "session")
        return None if session is None else {"anonymousId": session}

    def _time(self, cells: Sequence[Cell]) -> str | Fault | None:
        if "time" in self._at:
            return iso_time(self._cell(cells, "time") or "") or Fault.BAD_TIME
        if "sequence" in self._at:
            return sequence_time(self._cell(cells, "sequence") or "") or Fault.BAD_TIME
        return None

    def _item(self, cells: Sequence[Cell], item: str) -> dict[str, Any] | Fault:
        details: dict[str, Any] = {"product_id": item}
        for role, field in (("title", "name"), ("category", "category")):
            text = self._cell(cells, role)
            if text is not None:
                details[field] = text
        for role in ("quantity", "price"):
            text = self._cell(cells, role)
            if text is None:
                continue
            number = _number(text)
            if number is None:
                return Fault.BAD_NUMBER
            details[role] = number
        return details

    def _cell(self, cells: Sequence[Cell], role: str) -> str | None:
        index = self._at.get(role)
        if index is None:
            return None
        text = cells[index]
        return (text.strip() or None) if text is not None else None


def _number(text: str) -> int | float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() else number
