"""What is said of a destination when something changes: a word each time, not each attempt."""

from __future__ import annotations

from typing import Protocol

from gateway.routing.answers import Trouble
from gateway.routing.model import LetterReason
from gateway.telemetry.journal import Happening, Journal


class Reports(Protocol):
    """Takes what happens to destinations, for whoever runs the gateway. Called on the event loop; quick."""

    def down(self, destination: str, trouble: Trouble) -> None:
        """Attempts have begun to fail."""
        ...

    def up(self, destination: str) -> None:
        """It takes batches again, after it was down."""
        ...

    def dead_letters(self, destination: str, reason: LetterReason, count: int) -> None:
        """So many signals were given up, durably."""
        ...

    def fault(self, destination: str, error: str) -> None:
        """Its task met an internal fault, the class of an exception, and starts over."""
        ...


class JournalReports:
    """`Reports` as lines of the journal."""

    def __init__(self, journal: Journal) -> None:
        """Write to `journal`."""
        self._journal = journal

    def down(self, destination: str, trouble: Trouble) -> None:
        """See the port."""
        self._journal.write(Happening.DESTINATION_DOWN, destination=destination, reason=trouble.value)

    def up(self, destination: str) -> None:
        """See the port."""
        self._journal.write(Happening.DESTINATION_UP, destination=destination)

    def dead_letters(self, destination: str, reason: LetterReason, count: int) -> None:
        """See the port."""
        self._journal.write(Happening.DEAD_LETTER, destination=destination, reason=reason.value, count=count)

    def fault(self, destination: str, error: str) -> None:
        """See the port."""
        self._journal.write(Happening.FAULT, destination=destination, error=error)
