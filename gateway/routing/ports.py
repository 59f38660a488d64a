"""What routing asks of the rest of the gateway: signals, a durable place, time; and what a destination must offer.

Each port is a contract in prose; the contract suite runs it against every adapter.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from gateway.routing.answers import Answer
from gateway.routing.model import Batch, DeadLetter, FeedPage, LetterKey, RoutedSignal


class PermittedFeed(Protocol):
    """The log read as an outbox, through consent.

    Contract
        Permission: signals of ONE purpose, each opened with that person's signal key for that purpose NOW and only
            where consent for that purpose is in force NOW. A destroyed key or a person who withdrew is silently absent.
        Ordering: by (index, position). A page holds whole records: it may exceed `limit` by the rest of one record.
        Consistency: only durable records. The record at `first` is always looked at, even when `limit` is 1.
        Progress: a call looks at a bounded number of records; `next_index > first` unless `end`. A page without signals
            is ordinary. Asking beyond the end answers an empty page with `next_index == first` and `end`.
        Concurrency: called by one task per destination at a time, and by dead-letter repetitions beside it.
        Errors: FeedError if the log cannot be read, or permission cannot be judged now (a clock that stepped back, or
            records that cannot be read when something ran out); the caller repeats. What is left out of a page is never
            asked for again.
    """

    async def read(self, purpose: str, first: int, limit: int) -> FeedPage:
        """Permitted signals of `purpose` in records from index `first` on, about `limit` of them."""
        ...

    def renewed(self, signal: RoutedSignal) -> RoutedSignal | None:
        """The signal as it may be used at this very moment: itself, or with fewer fields if a condition has ended; or not at all.

        Cheap; no I/O.

        Raises:
            FeedError: it cannot be judged now, as with `still_permitted`.
        """
        ...

    def still_permitted(self, signal: RoutedSignal) -> bool:
        """Whether the signal may be used, as it is, at this very moment. Cheap; no I/O; asked before the bytes leave.

        Raises:
            FeedError: it cannot be judged now. Nothing is sent, and nothing is settled: answering False instead would
                move the cursor past signals that are permitted.
        """
        ...


class RoutingStore(Protocol):
    """Cursors and dead letters.

    Contract
        Durability on return: what a method wrote has survived a crash when it returns.
        Atomicity: `settle` writes the cursor and its dead letters together or not at all.
        Ordering: a cursor never moves back; letters are listed by (purpose, index, position).
        Idempotence: `settle` with the same cursor and letters again changes nothing but the letters' last failure.
        Concurrency: blocking; called from worker threads, also several at once.
        Errors: CursorMovedBackError; RoutingStoreError for everything else.
        Absence: no cursor is None; an unknown letter makes `resolve` return False.
        Personal data: none; a letter is a place in the log.
    """

    def place(self, destination: str, purpose: str, index: int) -> int:
        """Set the cursor to `index` if there is none yet; the cursor in force either way."""
        ...

    def cursor(self, destination: str, purpose: str) -> int | None:
        """The log index at which delivery continues."""
        ...

    def settle(self, destination: str, purpose: str, next_index: int, letters: Sequence[DeadLetter]) -> None:
        """Move the cursor to `next_index` and keep these dead letters, in one transaction."""
        ...

    def letters(
        self, destination: str, purpose: str, after: LetterKey | None, limit: int
    ) -> list[DeadLetter]:
        """The dead letters of a destination for one purpose that come after `after`, at most `limit`."""
        ...

    def count(self, destination: str, purpose: str) -> int:
        """How many dead letters a destination has for one purpose."""
        ...

    def keep(self, letter: DeadLetter) -> None:
        """Replace an existing letter by one with a newer failure; nothing if it was resolved meanwhile."""
        ...

    def resolve(self, key: LetterKey) -> bool:
        """Remove a dead letter; whether it was there."""
        ...


class Sink(Protocol):
    """One destination's far end.

    Contract
        Permission: `permitted` is asked as late as the medium allows, just before the bytes become visible to the
            destination; when it answers no, nothing of the batch may be completed and the answer is `Outdated`. When
            it raises, nothing may be completed either, and the exception passes through.
        Durability on return: `Delivered` means that the destination has taken the batch (a 2xx; an fsynced file).
        Errors: every expected failure is an `Answer`, never an exception.
        Concurrency: one `deliver` at a time. Cancelling it must leave nothing half visible.
        Time: bounded, whatever the far end does.
    """

    async def deliver(self, batch: Batch, permitted: Callable[[], bool]) -> Answer:
        """Offer a batch to the destination."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class Timer(Protocol):
    """Time, so that tests need none.

    Contract
        `wait` returns as soon as the event is set, or after `seconds`, whichever is first. Cancellation passes through.
    """

    def now(self) -> float:
        """Wall time (unix seconds)."""
        ...

    async def wait(self, woken: asyncio.Event, seconds: float) -> None:
        """Wait for the event, at most so long."""
        ...
