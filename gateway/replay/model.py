"""The words of a replay: what a recording gives, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Fault(StrEnum):
    """Why a line cannot be replayed. The text is what the operator reads; it never quotes the line."""

    NOT_TEXT = "not UTF-8 text"
    TOO_LONG = "longer than a line may be"
    ENDS_EARLY = "the compressed data ends early or is damaged; nothing after this line was read"
    NOT_JSON = "not a JSON object"
    REPEATED_MEMBER = "a member is written twice"
    TWO_CLAIMS = "an event and its batch claim different things about consent"
    NOT_AN_EVENT = "not an event, a batch of events or a session of events"
    NOT_A_ROW = "not as many cells as the header has columns, or a broken quotation"
    NO_SUBJECT = "no userId, anonymousId, user or session"
    NO_ITEM = "no item"
    NO_EVENT_NAME = "no event name"
    BAD_TIME = "the time is not a time"
    BAD_NUMBER = "a quantity or price is not a number"
    EVENT_TOO_LARGE = "an event larger than the gateway takes"


@dataclass(frozen=True, slots=True)
class Recorded:
    """One event of a recording, ready to send."""

    line: int
    """Where it stands: the line of a text file, the row of a Parquet file, counted from 1."""
    event: dict[str, Any]
    """The event as the Segment tracking API spells it, with a `messageId`."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that was skipped."""

    line: int
    """Its number, counted from 1."""
    fault: Fault
    """What is wrong with it."""
