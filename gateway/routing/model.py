"""The words of routing: a routed signal, a page of the feed, a batch, a dead letter.

- A routed signal belongs to exactly one purpose and is minimised already; nothing here adds to it.
- A dead letter points into the log and holds nothing of the signal, not even its event name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from privacy import SubjectRef


@dataclass(frozen=True, slots=True)
class RoutedSignal:
    """One minimised signal, for one purpose, permitted when it was read."""

    index: int
    """The log index of the record it comes from."""
    position: int
    """Which of the record's signals it is, from 0."""
    subject: SubjectRef
    """Our pseudonym, 16 bytes; no destination ever sees it."""
    event: str
    """The event's name, as the policy spells it."""
    at: int
    """When it happened (unix seconds)."""
    attributes: Mapping[str, object]
    """The fields the purpose allows, and no other."""
    purpose: str
    """The purpose's id."""
    generation: int
    """The person's revocation count for this purpose when the signal was opened; opaque here."""
    slot: int
    """The person's place in memory; opaque here."""
    recorded_at: int = 0
    """When its entry was written (unix seconds, rounded down)."""
    conditions: int = 0
    """The person's revocation count for the conditions under which the purpose has further fields, likewise."""


@dataclass(frozen=True, slots=True)
class FeedPage:
    """What one read of the feed gave."""

    signals: Sequence[RoutedSignal]
    """In log order; whole records only."""
    next_index: int
    """The log index to continue at."""
    end: bool
    """Whether the durable end of the log was reached."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Signals that travel together."""

    name: str
    """Stable across redeliveries of the same cursor position: files are named after it."""
    signals: tuple[RoutedSignal, ...]
    """At least one."""

    def halves(self) -> tuple[Batch, Batch]:
        """The first and the second half, under names of their own; for two signals or more."""
        middle = len(self.signals) // 2
        return Batch(f"{self.name}-0", self.signals[:middle]), Batch(f"{self.name}-1", self.signals[middle:])


def batch_name(cursor: int) -> str:
    """The name of the batch that starts at a log index: sortable, 16 digits."""
    return f"{cursor:016d}"


class LetterReason(StrEnum):
    """Why a signal became a dead letter: a closed list, used as a metric label."""

    REJECTED = "rejected"
    """The destination refused it (a 4xx that a repetition will not change)."""
    EXHAUSTED = "exhausted"
    """The bound on attempts was reached without an answer that settles it."""
    TOO_LARGE = "too_large"
    """It alone is larger than the destination's batches may be."""
    UNENCODABLE = "unencodable"
    """It has no representation in the destination's format."""


@dataclass(frozen=True, slots=True)
class LetterKey:
    """Which signal, for which destination and purpose."""

    destination: str
    """The destination's id."""
    purpose: str
    """The purpose's id."""
    index: int
    """The log index of the record."""
    position: int
    """Which of the record's signals."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A signal that could not be delivered: where to find it again, and why it failed. Never what it says."""

    key: LetterKey
    """Which signal it is."""
    reason: LetterReason
    """Why it was given up."""
    status: int | None
    """The destination's last HTTP status, if it answered."""
    attempts: int
    """How often it was tried."""
    failed_at: int
    """When it last failed (unix seconds)."""


@dataclass(frozen=True, slots=True)
class RetryReport:
    """What a repetition of dead letters came to."""

    delivered: int
    """Delivered now, and resolved."""
    silent: int
    """Resolved without sending: the person withdrew meanwhile, or the record is gone."""
    kept: int
    """Tried again in vain; still dead letters."""
    stopped: bool
    """Whether the destination was unreachable or busy, so that the rest was left untouched."""
