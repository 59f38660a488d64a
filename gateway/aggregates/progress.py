"""How far a run is: which step, and of reading the log, which part. Nothing of what is found there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """What a run is doing."""

    BOOKING = "booking"
    """The loss is booked, and noted in the log."""
    READING = "reading"
    """What people did is read from the log."""
    MEASURING = "measuring"
    """The process that measures adds it up, bounds it and draws the noise."""


@dataclass(frozen=True, slots=True)
class Progress:
    """A run under way."""

    release: str
    """The id of the release."""
    window: str
    """The name of the window."""
    step: Step
    """What is being done."""
    share: float | None = None
    """How much of the log that is to be read is read, from 0 to 1; None in other steps."""
