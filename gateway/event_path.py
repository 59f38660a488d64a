"""The path of an event, from the parsed request to the consumers of its purposes.

    authenticate (before) -> who is it about -> what is permitted -> minimise per purpose -> one entry, one frame, one
    fsync -> the consumers of that purpose -> the answer

Rules:

- Every event of a request meets exactly one outcome (`gateway.evidence.outcomes`).
- An accepted event is one entry of the log; the events of a request that were withheld share one that counts them by
  reason. Nothing is handed on, and no answer leaves, before the frame is durable.
- What the log cannot take has not happened: its message ids are forgotten again, so that the client's retry counts. (Of a
  request of more than a chunk the first part may be recorded; a retry finds it to be duplicates.)
- The raw identifiers of an event are last seen in `Identities`; from there on there is a slot.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from audit import LogUnavailableError, Outcome, Sequencer
from consent import UPDATED
from gateway.callers.principals import Principal
from gateway.consents.linking import Linking
from gateway.enforcement import ENTROPY_BYTES, Enforcement, Judged
from gateway.evidence.entries import EntryWriter, commit
from gateway.evidence.outcomes import OutcomeLedger
from gateway.evidence.sealed_records import pack_withheld
from gateway.identities import Identities
from gateway.memory.consumers import Consumers
from gateway.memory.people import People
from gateway.memory.recent_ids import RecentIds
from gateway.preferences.updates import PreferenceUpdates
from gateway.wire.bots import is_bot
from gateway.wire.claims import Claims
from gateway.wire.tracking import EventContext, TrackedBatch, TrackedEvent, happened_at
from privacy import Pseudonymiser, day_of

CHUNK = 200
"""Events judged without giving the event loop back (about 2 ms)."""


@dataclass(frozen=True, slots=True)
class BatchReply:
    """What the app is told."""

    accepted: int
    """Events of which at least one purpose received a signal."""
    withheld: int
    """Events of which none did: by consent, claims, duplication or because they could not be read."""
    reasons: dict[str, int]
    """The withheld ones by reason."""
    log_bytes: int
    """What the log took in for them."""


@dataclass(slots=True)
class _Chunk:
    """What one turn of judging has made: it is appended to the log before the event loop goes on."""

    source: Principal
    """Who sent it."""
    claims: int
    """What the request itself (GPC, root context) leaves permitted, as bits."""
    now: int
    """The time of arrival (unix seconds)."""
    skew_seconds: int
    """What to add to the client's timestamps."""
    accepted: list[Judged] = field(default_factory=list)
    """The events that may become signals."""
    digests: list[int] = field(default_factory=list)
    """Message digests that are new."""
    withheld_digests: list[int] = field(default_factory=list)
    """Those of them whose event was withheld."""
    counts: Counter[Outcome] = field(default_factory=Counter)
    """How many events came to each outcome."""
    log_bytes: int = 0
    """What the log took in."""


class EventPath:
    """Judges events, records them, and hands on what is permitted."""

    def __init__(
        self,
        *,
        identities: Identities,
        enforcement: Enforcement,
        people: People,
        pseudonyms: Pseudonymiser,
        claims: Claims,
        recent: RecentIds,
        writer: EntryWriter,
        sequencer: Sequencer,
        consumers: Consumers,
        outcomes: OutcomeLedger,
        on_recorded: Callable[[int, list[int]], None],
        on_durable: Callable[[int], None],
        linking: Linking,
        preferences: PreferenceUpdates,
    ) -> None:
        """Wire the path.

        Args (those that do not explain themselves):
            on_recorded: learns which entry belongs to which person.
            on_durable: learns how many entries are durable, when events were among them.
        """
        self._on_durable = on_durable
        self._linking = linking
        self._preferences = preferences
        self._identities = identities
        self._enforcement = enforcement
        self._people = people
        self._message_id = pseudonyms.message_id
        self._claims = claims
        self._recent = recent
        self._writer = writer
        self._sequencer = sequencer
        self._consumers = consumers
        self._outcomes = outcomes
        self._on_recorded = on_recorded

    async def accept(self, batch: TrackedBatch, source: Principal, *, gpc: bool, now: int) -> BatchReply:
        """Take a request's events all the way.

        Args:
            batch: the decoded chunk.
            source: the authenticated caller.
            gpc: whether the request carried `Sec-GPC: 1`.
            now: unix seconds.

        Returns:
            The counts, once everything is durable.

        Raises:
            LogUnavailableError: the log cannot take all of it; what it did not take has not happened.
        """
        self._recent.turn(now)
        claims = self._claims.of_request(batch.context, gpc=gpc)
        await self._link_and_heed(batch, source, claims)
        with self._outcomes.admit(len(batch.events)) as fate:
            try:
                counts, log_bytes = await self._take(batch, source, claims, now)
            except LogUnavailableError:
                fate.settle(Outcome.FAULT_LOG_UNAVAILABLE, len(batch.events))
                raise
            for outcome, n in counts.items():
                fate.settle(outcome, n)
        return _reply(counts, log_bytes)

    async def _take(
        self, batch: TrackedBatch, source: Principal, claims: int, now: int
    ) -> tuple[Counter[Outcome], int]:
        """Judge and append chunk by chunk; the outcomes and the bytes in the log, once all of it is durable."""
        counts: Counter[Outcome] = Counter()
        log_bytes = 0
        durable = []
        for first in range(0, len(batch.events), CHUNK):
            if first:
                await asyncio.sleep(0)
            events = batch.events[first : first + CHUNK]
            chunk = _Chunk(source, claims, now, batch.skew_seconds)
            for event in events:
                chunk.counts[self._judge(event, chunk)] += 1
            durable.append(self._append(chunk))
            counts += chunk.counts
            log_bytes += chunk.log_bytes
        for each in durable:
            await each
        return counts, log_bytes

    async def _link_and_heed(self, batch: TrackedBatch, source: Principal, claims: int) -> None:
        """Link the ids that a server's `identify` or `alias` ties together, where that is allowed; keep its banner's no."""
        if not source.confirms_ids:
            return
        seen: set[int] = set()
        for event in batch.events:
            if event is not None and event.event == UPDATED and event.name() == UPDATED:
                await self._preferences.heed(event, source)
            if event is None or event.type not in ("identify", "alias") or event.name() is None:
                continue
            digest = self._digest(event, source)
            if digest in seen or (digest and digest in self._recent):
                continue
            seen.update({digest} - {0})
            asked = self._identities.link_asked(event, source)
            left = self._left_by(event, claims)
            if asked is not None:
                allowed = not isinstance(left, Outcome) and self._linking.claimed(left)
                await self._linking.identified(*asked, source.source_id, allowed=allowed)

    def _judge(self, event: TrackedEvent | None, chunk: _Chunk) -> Outcome:
        """One event: read it aloud."""
        if event is None or (name := event.name()) is None:
            return Outcome.INVALID
        digest = self._digest(event, chunk.source)
        if digest and not self._recent.add(digest):
            return Outcome.DUPLICATE
        if digest:
            chunk.digests.append(digest)
        outcome = self._judge_new(event, name, digest, chunk)
        if outcome is not Outcome.ACCEPTED and digest:
            chunk.withheld_digests.append(digest)
        return outcome

    def _judge_new(self, event: TrackedEvent, name: str, digest: int, chunk: _Chunk) -> Outcome:
        claims = self._left_by(event, chunk.claims)
        if isinstance(claims, Outcome):
            return claims
        slot = self._identities.of_event(event, chunk.source)
        if isinstance(slot, Outcome):
            return slot
        bits = self._enforcement.judge(slot, name, claims, chunk.now)
        if isinstance(bits, Outcome):
            return bits
        at = happened_at(event, chunk.skew_seconds, chunk.now)
        chunk.accepted.append((slot, name, bits, event.attributes(), at, digest))
        return Outcome.ACCEPTED

    def _left_by(self, event: TrackedEvent, claims: int) -> int | Outcome:
        """What an event's own claims leave permitted of what its request does, or the outcome of a bot's event."""
        context = event.context
        if type(context) is not EventContext:
            return claims
        if context.userAgent is not None and is_bot(context.userAgent):
            return Outcome.WITHHELD_BOT
        return claims & self._claims.of_event(context)

    def _append(self, chunk: _Chunk) -> asyncio.Future[None]:
        """Seal a chunk and put it into the log; the future is done when it is durable and its consumers have it."""
        slots = [event[0] for event in chunk.accepted]
        evidence = [self._people.evidence(slot) for slot in slots]
        entropy = os.urandom(ENTROPY_BYTES * sum([event[2].bit_count() for event in chunk.accepted]))
        day = day_of(self._writer.rounded(chunk.now))
        sealed, signals = self._enforcement.seal(chunk.accepted, evidence, entropy, day)
        entries = [
            self._writer.accepted(event[2], tag, commit(r, half), chunk.now)
            for event, (tag, r), half in zip(chunk.accepted, evidence, sealed, strict=True)
        ]
        withheld: dict[Outcome, int] = {o: n for o, n in chunk.counts.items() if o is not Outcome.ACCEPTED}
        if withheld:
            entries.append(self._writer.withheld(withheld, chunk.now))
            sealed.append(pack_withheld(chunk.withheld_digests))
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            first = self._sequencer.append_many(entries, sealed)
        except LogUnavailableError:
            self._undo(chunk.digests, slots)
            raise
        chunk.log_bytes = sum(map(len, entries)) + sum(map(len, sealed))
        self._on_recorded(first, slots)

        def settle(failure: BaseException | None) -> None:
            """The frame is durable, so the consumers may have the signals; or it is not, and nothing happened."""
            if failure is None:
                self._consumers.hand_over(signals.values())
                self._on_durable(self._sequencer.durable_size)
                if not done.cancelled():
                    done.set_result(None)
            else:
                self._undo(chunk.digests, slots)
                if not done.cancelled():
                    done.set_exception(failure)

        self._sequencer.when_durable(settle)
        return done

    def _undo(self, digests: list[int], slots: list[int]) -> None:
        """The message ids and running numbers are as they were before."""
        self._recent.forget(digests)
        for slot in slots:
            self._people.number[slot] -= 1

    def _digest(self, event: TrackedEvent, source: Principal) -> int:
        message_id = event.messageId
        return self._message_id(source.source_id, message_id) if type(message_id) is str else 0


def _reply(counts: Counter[Outcome], log_bytes: int) -> BatchReply:
    accepted = counts[Outcome.ACCEPTED]
    return BatchReply(
        accepted=accepted,
        withheld=counts.total() - accepted,
        reasons={outcome.reason: n for outcome, n in counts.items() if outcome is not Outcome.ACCEPTED and n},
        log_bytes=log_bytes,
    )
