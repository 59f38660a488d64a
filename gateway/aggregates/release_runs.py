"""One release of one window, from the question whether it may be to the numbers: read it aloud.

    in force? closed? -> book the loss (committed) -> entry in the log (durable) -> build the cube -> measure -> publish -> entry

Whoever kills this process at any step finds, after the next start, at most one publication and exactly one booking: a reservation
without a publication is taken over and measured anew; nobody saw what was drawn before.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

from audit import Kind, Outcome
from gateway.aggregates.cube import Cube
from gateway.aggregates.entries import Detail, booked, bookings_in, publications_in, published
from gateway.aggregates.in_force import ReleasesInForce
from gateway.aggregates.progress import Progress, Step
from gateway.aggregates.questions import Places
from gateway.aggregates.worker_process import Measuring
from gateway.evidence.entries import EntryWriter
from privacy import (
    DAY_SECONDS,
    LEASE_BYTES,
    BudgetLedger,
    Catalogue,
    Claim,
    Consents,
    Granted,
    Late,
    Loss,
    OtherPlan,
    OverBudget,
    Release,
    Settled,
    Window,
    plan_digest,
    window_named,
)

AppendEntries = Callable[[list[bytes]], Awaitable[int]]
"""Appends entries to the log; the first one's index, once they are durable."""
ReadEntries = Callable[[int], Awaitable[Sequence[tuple[int, bytes]]]]
"""Entries from an index on; none at the end."""


BOOKED_EARLIER_SECONDS = 3600
"""A window is booked once it has begun, or so long before by what a log says that rounds its times."""


class Ended(StrEnum):
    """How a run ended."""

    PUBLISHED = "published"
    """The numbers are out now."""
    ALREADY = "already_published"
    """They were before: the same bytes."""
    LOST = "lost"
    """It was given up: nothing will ever be published of this window."""
    NOT_IN_FORCE = "not_in_force"
    """Nobody approved this version or the terms of the budget, or nobody can prove what it costs."""
    NOT_CLOSED = "not_closed"
    """The window still takes events."""
    TOO_EARLY = "too_early"
    """It had closed before the log has its first entry: nobody can be in it."""
    TOO_OLD = "too_old"
    """What people did then is not kept any more."""
    OVER_BUDGET = "over_budget"
    """It costs more than is left."""
    OTHER_PLAN = "other_plan"
    """Another plan was booked under this version."""


class ReleaseRuns:
    """Runs releases, one at a time."""

    def __init__(  # noqa: PLR0913  # what a run touches, step by step
        self,
        *,
        catalogue: Catalogue,
        ledger: BudgetLedger,
        in_force: ReleasesInForce,
        cube: Cube,
        start_worker: Callable[[], AbstractAsyncContextManager[Measuring]],
        writer: EntryWriter,
        append: AppendEntries,
        read: ReadEntries,
        first_at: Callable[[], Awaitable[int | None]],
        clock: Callable[[], int],
    ) -> None:
        """Run what `catalogue` has, on the budget of `ledger`; `first_at` tells when the log's first entry was made, or None."""
        self.catalogue = catalogue
        self.ledger = ledger
        self.in_force = in_force
        self._cube = cube
        self._start_worker = start_worker
        self._writer = writer
        self._append = append
        self._read = read
        self._first_at = first_at
        self._now = clock
        self._doing: Progress | None = None
        self._lock = asyncio.Lock()
        self._writing = asyncio.Lock()

    def closes_at(self, window: Window) -> int:
        """When a window takes nothing any more (unix seconds)."""
        return window.end + 60 * self.catalogue.windows.late_minutes

    @property
    def progress(self) -> Progress | None:
        """The run under way, and how far it is; None between runs."""
        doing = self._doing
        return replace(doing, share=self._cube.built) if doing and doing.step is Step.READING else doing

    async def run(
        self, release: Release, window: Window, *, early: bool = False
    ) -> tuple[Ended, bytes | None]:
        """Publish a release of a window, or say why not.

        Args:
            release: of the catalogue.
            window: of the release's length.
            early: close it now, if it is still open: what comes later is in no number of it.

        Raises:
            MeasuringError: it is booked, and can be run again.
            BudgetStoreError, LogUnavailableError, FeedError, OSError: as above, or nothing was booked.
        """
        async with self._lock:
            self._doing = Progress(release.id, window.name, Step.BOOKING)
            try:
                return await self._run(release, window, early)
            finally:
                self._doing = None

    async def _run(self, release: Release, window: Window, early: bool) -> tuple[Ended, bytes | None]:
        now = self._now()
        await self.compare()
        key = key_of(release, window)
        done = await asyncio.to_thread(self.ledger.publication, key)
        if done is not None:
            return Ended.ALREADY, done
        await self.in_force.take_up_shipped()
        loss = await self.in_force.loss_of(release)
        if loss is None:
            return Ended.NOT_IN_FORCE, None
        outside = await self._outside(window, now, early=early)
        if outside is not None:
            return outside, None
        quotas = self.catalogue.budget.quotas(window.days, release.purpose, release.audience)
        costs = await asyncio.to_thread(self._costs, release, window, loss)
        claim = Claim(key, costs, quotas, plan_digest(release))
        lease = os.urandom(LEASE_BYTES)
        answer = await self.book(claim, lease)
        if isinstance(answer, Ended):
            return answer, None
        if not isinstance(answer, Granted):
            return _REFUSED[type(answer)], None
        body = await self._measure(release, window, loss, early=early)
        if not await asyncio.to_thread(self.ledger.publish, key, lease, body, now=self._now()):
            return Ended.LOST, None
        async with self._writing:
            await self._tell_published()
        return Ended.PUBLISHED, body

    async def _outside(self, window: Window, now: int, *, early: bool) -> Ended | None:
        """Why a window cannot be measured now."""
        if now < (window.begin if early else self.closes_at(window)):
            return Ended.NOT_CLOSED
        if window.begin < now - DAY_SECONDS * self.catalogue.windows.keep_days:
            return Ended.TOO_OLD
        first = await self._first_at()
        return None if first is None or first < self.closes_at(window) else Ended.TOO_EARLY

    def _costs(self, release: Release, window: Window, loss: Loss) -> Loss:
        """What a window costs beside those of its day that are booked: nothing more, once everybody's hours are paid for.

        Whoever counted in those hours must be known; where that is lost, every hour is paid for.
        """
        if not release.hours_each:
            return loss
        key, family = key_of(release, window), f"{release.id}@{release.version}/{window.name[:10]}T"
        since = window.begin - DAY_SECONDS - BOOKED_EARLIER_SECONDS
        booked_before = [spend for spend in self.ledger.spends(since=since) if spend.key.startswith(family)]
        for spend in booked_before:
            if spend.key == key:
                return spend.loss
        hours = [window_named(release.window, spend.key.rpartition("/")[2]) for spend in booked_before]
        paid = sum(spend.loss == loss for spend in booked_before)
        known = all(self._cube.participation.is_known(release, hour) for hour in hours)
        return Loss(0) if known and paid >= release.hours_each else loss

    async def _measure(self, release: Release, window: Window, loss: Loss, *, early: bool) -> bytes:
        self._doing = Progress(release.id, window.name, Step.READING)
        counted, table = self._cube.participation, self._cube.files.table_of(key_of(release, window))
        if isinstance(release, Consents):
            files = [await self._cube.consents.write(release, window, table.stem)]
        else:
            closing = self.closes_at(window)
            files = await self._files(release, window, min(self._now() + 1, closing) if early else closing)
        places = Places(
            files=tuple(str(path) for path in files),
            table=str(table),
            limits=tuple(counted.limits(release, window)),
            counted=tuple(str(place) for place in counted.places(release, window)),
        )
        self._doing = Progress(release.id, window.name, Step.MEASURING)
        try:
            async with self._start_worker() as worker:
                return await worker.run(release, window.begin, places, loss)
        finally:
            if isinstance(release, Consents):
                files[0].unlink(missing_ok=True)

    async def _files(self, release: Release, window: Window, closing: int) -> list[Path]:
        """The cube's rows of a window that closes at a moment."""
        await self._cube.build_until(closing)
        await self._cube.settle()
        before, late = self._cube.arrival_of(closing - 1) + 1, isinstance(release, Late)
        return self._cube.files.files(release.purpose, window, before, late=late)

    async def book(self, claim: Claim, lease: bytes) -> Granted | OverBudget | Settled | OtherPlan | Ended:
        """Book a claim, and have the log say so, before this returns. Whoever publishes something else of people books here, too.
        Nothing is booked, and the answer is `Ended.NOT_IN_FORCE`, while nobody approved the terms of the budget.

        Raises:
            BudgetStoreError, LogUnavailableError: it is booked or not; asking again books it once.
        """
        async with self._writing:
            await self._compare()
            await self.in_force.terms.take_up_shipped()
            if not await self.in_force.terms.are_in_force():
                return Ended.NOT_IN_FORCE
            answer = await asyncio.to_thread(self.ledger.reserve, claim, lease, now=self._now())
            await self._sequence_waiting()
        return answer

    async def compare(self) -> int:
        """Hold the books to the log: what only it knows of is lost, and its scopes are burnt. Returns how much that was.

        Raises:
            BudgetStoreError: the books cannot be read or written.
        """
        async with self._writing:
            return await self._compare()

    async def _compare(self) -> int:
        first = seen = await asyncio.to_thread(self.ledger.seen_until)
        known: set[str] | None = None
        missing = 0
        while entries := await self._read(seen):
            for spend in bookings_in(entries):
                if known is None:
                    known = {each.key for each in await asyncio.to_thread(self.ledger.spends)}
                if spend.key not in known:
                    await asyncio.to_thread(self.ledger.take_in, spend)
                    missing += 1
            for key in publications_in(entries):
                missing += await asyncio.to_thread(self.ledger.write_off, key)
            seen = entries[-1][0] + 1
        if seen > first:
            await asyncio.to_thread(self.ledger.has_seen, seen)
        await self._sequence_waiting()
        return missing

    async def _sequence_waiting(self) -> None:
        """Every booking has its entry in the log, durable, before the data is touched."""
        await self._tell_published()
        waiting = await asyncio.to_thread(self.ledger.spends, waiting_only=True)
        for spend in waiting:
            index = await self._note(booked(spend))
            await asyncio.to_thread(self.ledger.mark_sequenced, {spend.key: index})

    async def _tell_published(self) -> None:
        """Every publication has its entry in the log, also one after which the process was killed."""
        for key, body in (await asyncio.to_thread(self.ledger.untold)).items():
            await self._note(published(key, body))
            await asyncio.to_thread(self.ledger.mark_told, key)

    async def _note(self, detail: Detail) -> int:
        return await self._append([self._writer.plain(Kind.RELEASE, Outcome.DONE, self._now(), detail)])


def key_of(release: Release, window: Window) -> str:
    """Under which key a release of a window is booked: `people@1/2026-11-21`."""
    return f"{release.id}@{release.version}/{window.name}"


_REFUSED: Mapping[type, Ended] = {
    OverBudget: Ended.OVER_BUDGET,
    OtherPlan: Ended.OTHER_PLAN,
    Settled: Ended.LOST,
}
"""Of a settled key that has no publication, nothing more will come."""
