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
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import TYPE_CHECKING

from audit import LogUnavailableError, Outcome, Sequencer
from gateway.acting_events import ActingEvents
from gateway.callers.principals import Principal
from gateway.enforcement import ENTROPY_BYTES, Enforcement, Judged
from gateway.evidence.entries import EntryWriter
from gateway.evidence.outcomes import OutcomeLedger
from gateway.evidence.personal_entries import PersonalEntries
from gateway.evidence.sealed_records import pack_withheld
from gateway.evidence.sealing_events import derive_evidence_of
from gateway.identities import Identities
from gateway.memory.consumers import Consumers
from gateway.memory.people import People
from gateway.memory.recent_ids import RecentIds
from gateway.wire.bots import is_bot
from gateway.wire.claims import Claims
from gateway.wire.tracked_event import EventContext, TrackedEvent
from gateway.wire.tracking import TrackedBatch, happened_at
from privacy import Pseudonymiser, day_of

if TYPE_CHECKING:
    from scoring.permitted import PermittedSignals

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
        entries: PersonalEntries,
        consumers: Consumers,
        outcomes: OutcomeLedger,
        on_durable: Callable[[int], None],
        acting: ActingEvents,
    ) -> None:
        """Wire the path.

        Args (those that do not explain themselves):
            on_durable: learns how many entries are durable, when events were among them.
        """
        self._on_durable = on_durable
        self._acting = acting
        self._identities = identities
        self._enforcement = enforcement
        self._people = people
        self._message_ids = pseudonyms.message_ids
        self._claims = claims
        self._recent = recent
        self._writer = writer
        self._sequencer = sequencer
        self._entries = entries
        self._consumers = consumers
        self._outcomes = outcomes

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
        """Let act, judge and append part by part; the outcomes and the bytes in the log, once all of it is durable."""
        counts: Counter[Outcome] = Counter()
        log_bytes = 0
        durable: list[asyncio.Future[None]] = []
        for part in self._acting.parts(batch.events, source):
            if part and (begins := part[0]) is not None:
                await self._acting.act(begins, source, self._left_by(begins, claims))
            for first in range(0, len(part), CHUNK):
                if durable:
                    await asyncio.sleep(0)
                chunk = _Chunk(source, claims, now, batch.skew_seconds)
                durable.append(self._take_chunk(part[first : first + CHUNK], chunk))
                counts += chunk.counts
                log_bytes += chunk.log_bytes
        for each in durable:
            await each
        return counts, log_bytes

    def _take_chunk(self, events: Sequence[TrackedEvent | None], chunk: _Chunk) -> asyncio.Future[None]:
        """Judge and append; the future is done when the chunk is durable. What fails has not happened."""
        try:
            self._judge_all(events, chunk)
            return self._append(chunk)
        except BaseException:
            self._recent.forget(chunk.digests)
            raise

    def _judge_all(self, events: Sequence[TrackedEvent | None], chunk: _Chunk) -> None:
        """The events of a chunk, question by question: read it aloud. One that came before is asked for its message id only.

        NOTE: whether something is an outcome is asked by its type, and none is named for each event: with a class that is an
        enumeration `isinstance` and naming a member take five times as long.
        """
        named = [(each, name) for each in events if each is not None and (name := each.name()) is not None]
        met = [Outcome.INVALID] * (len(events) - len(named))
        digests = self._message_ids(chunk.source.source_id, [event.messageId for event, _ in named])
        new = self._recent.add_many(digests)
        chunk.digests = [digest for digest in compress(digests, new) if digest]
        met += [Outcome.DUPLICATE] * new.count(False)
        told = list(compress(named, new))
        said = [event for event, _ in told]
        slots = self._identities.of_events(said, chunk.source)
        left = [self._left_by(event, chunk.claims) for event in said]
        judged = self._enforcement.judge_each(slots, [name for _, name in told], left, chunk.now)
        rows = zip(told, slots, judged, compress(digests, new), strict=True)
        for (event, name), slot, bits, digest in rows:
            if type(bits) is Outcome:
                met.append(bits)
                if digest:
                    chunk.withheld_digests.append(digest)
            elif type(slot) is not Outcome:
                at = happened_at(event, chunk.skew_seconds, chunk.now)
                chunk.accepted.append((slot, name, bits, event.attributes(), at, digest))
        chunk.counts.update(met)
        if chunk.accepted:
            chunk.counts[Outcome.ACCEPTED] = len(chunk.accepted)

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
        with self._people.numbers_kept(slots):
            entries, sealed, signals = self._evidence(chunk, slots)
            chunk.log_bytes = sum(map(len, entries)) + sum(map(len, sealed))
            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

            def settled(failure: BaseException | None) -> None:
                """The frame is durable, so the consumers may have the signals; or it is not, and nothing happened."""
                if failure is None:
                    self._consumers.hand_over(signals)
                    self._on_durable(self._sequencer.durable_size)
                    if not done.cancelled():
                        done.set_result(None)
                else:
                    self._recent.forget(chunk.digests)
                    if not done.cancelled():
                        done.set_exception(failure)

            self._entries.append(entries, sealed, slots, settled)
        return done

    def _evidence(
        self, chunk: _Chunk, slots: list[int]
    ) -> tuple[list[bytes], list[bytes], Iterable[PermittedSignals]]:
        """The entries of a chunk, their sealed halves, and the signals by purpose; the running numbers move on."""
        evidence = derive_evidence_of(*self._people.take_numbers(slots))
        bits = [event[2] for event in chunk.accepted]
        entropy = os.urandom(ENTROPY_BYTES * sum(map(int.bit_count, bits)))
        day = day_of(self._writer.rounded(chunk.now))
        sealed, signals = self._enforcement.seal(chunk.accepted, evidence.tags, entropy, day)
        entries = self._writer.accepted_many(bits, evidence, sealed, chunk.now)
        withheld: dict[Outcome, int] = {o: n for o, n in chunk.counts.items() if o is not Outcome.ACCEPTED}
        if withheld:
            entries.append(self._writer.withheld(withheld, chunk.now))
            sealed.append(pack_withheld(chunk.withheld_digests))
        return entries, sealed, signals.values()


def _reply(counts: Counter[Outcome], log_bytes: int) -> BatchReply:
    accepted = counts[Outcome.ACCEPTED]
    return BatchReply(
        accepted=accepted,
        withheld=counts.total() - accepted,
        reasons={outcome.reason: n for outcome, n in counts.items() if outcome is not Outcome.ACCEPTED and n},
        log_bytes=log_bytes,
    )
