"""The path of an event, from the parsed request to the consumers of its purposes.

    authenticate (before) -> who is it about -> what is permitted -> minimise per purpose -> one entry, one frame, one
    fsync -> the consumers of that purpose -> the answer

Rules:

- Every event of a request meets exactly one outcome (`gateway.evidence.outcomes`).
- The requests that come in before a lull are judged one after the other and recorded as a group (`gateway.lull`), in one
  synchronous step: there is no moment between the check and the use.
- An accepted event is one entry of the log; the events of a request that were withheld share one that counts them by
  reason. Nothing is handed on, and no answer leaves, before the frame is durable.
- What the log cannot take has not happened: its message ids are forgotten again, so that the client's retry counts. (Of a
  request longer than a chunk, the first chunks may be recorded already; on a retry, their events are duplicates.)
- The raw identifiers of an event are last seen in `Identities`; from there on there is a slot.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import compress, islice
from typing import TYPE_CHECKING

from audit import LogUnavailableError, Outcome, Sequencer
from gateway.acting_events import ActingEvents
from gateway.callers.principals import Principal
from gateway.enforcement import ENTROPY_BYTES, Enforcement, Judged
from gateway.event_chunk import EventChunk
from gateway.evidence.entries import EntryWriter
from gateway.evidence.outcomes import OutcomeLedger, reasons_of
from gateway.evidence.personal_entries import PersonalEntries
from gateway.evidence.sealed_records import pack_withheld
from gateway.evidence.sealing_events import derive_evidence_of
from gateway.identities import Identities
from gateway.lull import Lull
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
"""Events of one request that are judged without a break, at most."""

GROUP = 400
"""Events that are recorded together, whichever requests they came in, at most; the event loop is kept for about 5 ms."""


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
        call_soon: Callable[[Callable[[], None]], object],
    ) -> None:
        """Wire the path.

        Args (those that do not explain themselves):
            on_durable: learns how many entries are durable, when events were among them.
            call_soon: calls something in the next turn of the event loop.
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
        self._waiting: list[EventChunk] = []
        self._events_waiting = 0
        self._lull = Lull(self._record_waiting, lambda: len(self._waiting), call_soon)

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
        return _reply(counts, log_bytes, source)

    async def _take(
        self, batch: TrackedBatch, source: Principal, claims: int, now: int
    ) -> tuple[Counter[Outcome], int]:
        """Let act, judge and append part by part; the outcomes and the bytes in the log, once all of it is durable."""
        taken: list[EventChunk] = []
        for part in self._acting.parts(batch.events, source):
            if part and (begins := part[0]) is not None:
                if taken:
                    self._record_waiting()  # what comes before an event that acts is judged before it acts
                await self._acting.act(begins, source, self._left_by(begins, claims))
            for first in range(0, len(part), CHUNK):
                if taken:
                    await asyncio.sleep(0)
                events, durable = part[first : first + CHUNK], asyncio.get_running_loop().create_future()
                taken.append(EventChunk(events, source, claims, now, batch.skew_seconds, durable))
                self._wait_for_lull(taken[-1])
        await asyncio.gather(*(chunk.durable for chunk in taken))
        counts = sum((chunk.counts for chunk in taken), Counter[Outcome]())
        return counts, sum(chunk.log_bytes for chunk in taken)

    def _wait_for_lull(self, chunk: EventChunk) -> None:
        """Let a chunk go with those of other requests, unless they are many together."""
        if self._waiting and self._events_waiting + len(chunk.events) > GROUP:
            self._record_waiting()
        self._waiting.append(chunk)
        self._events_waiting += len(chunk.events)
        if len(self._waiting) == 1:
            self._lull.begin()

    def _record_waiting(self) -> None:
        """Everything that waits: judge and append, in one step. What fails has not happened."""
        group, self._waiting, self._events_waiting = self._waiting, [], 0
        judged = [chunk for chunk in group if self._is_judged(chunk)]
        if judged:
            self._record(judged)

    def _record(self, group: list[EventChunk]) -> None:
        """Append what was judged: if it cannot be made together, chunk by chunk, so that a defect in one spoils no other."""
        size = self._sequencer.size
        try:
            self._append(group)
        except Exception as failure:  # noqa: BLE001 - whoever sent them is told
            reached_log = isinstance(failure, LogUnavailableError) or self._sequencer.size != size
            if reached_log or len(group) == 1:
                self._give_up(group, failure)
            else:
                for chunk in group:
                    self._record([chunk])

    def _is_judged(self, chunk: EventChunk) -> bool:
        """Judge a chunk; whether that succeeded. If not, whoever sent it is told, and the others of its group go on."""
        try:
            self._judge_all(chunk)
        except Exception as failure:  # noqa: BLE001 - whoever sent them is told
            self._give_up([chunk], failure)
            return False
        return True

    def _give_up(self, chunks: Iterable[EventChunk], failure: BaseException) -> None:
        """These have not happened."""
        for chunk in chunks:
            self._recent.forget(chunk.digests)
            if not chunk.durable.cancelled():
                chunk.durable.set_exception(failure)

    def _judge_all(self, chunk: EventChunk) -> None:
        """The events of a chunk, question by question: read it aloud. One that came before is asked for its message id only.

        NOTE: whether something is an outcome is asked by its type, and none is named for each event: with a class that is an
        enumeration `isinstance` and naming a member take five times as long.
        """
        named = [
            (each, name) for each in chunk.events if each is not None and (name := each.name()) is not None
        ]
        met = [Outcome.INVALID] * (len(chunk.events) - len(named))
        digests = self._message_ids(chunk.source.messages, [event.messageId for event, _ in named])
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

    def _append(self, group: list[EventChunk]) -> None:
        """Seal what was judged and put it into the log; when it is durable, its consumers have it and its senders are told."""
        accepted = [event for chunk in group for event in chunk.accepted]
        slots = [event[0] for event in accepted]
        with self._people.numbers_kept(slots):
            entries, sealed, signals = self._evidence(group, accepted, slots)

            def settled(failure: BaseException | None) -> None:
                """The frame is durable, so the consumers may have the signals; or it is not, and nothing happened."""
                if failure is not None:
                    self._give_up(group, failure)
                    return
                try:
                    self._consumers.hand_over(signals)
                    self._on_durable(self._sequencer.durable_size)
                finally:
                    for chunk in group:
                        if not chunk.durable.cancelled():
                            chunk.durable.set_result(None)

            self._entries.append(entries, sealed, slots, settled)

    def _evidence(
        self, group: list[EventChunk], accepted: list[Judged], slots: list[int]
    ) -> tuple[list[bytes], list[bytes], Iterable[PermittedSignals]]:
        """The entries of a group, their sealed halves, and the signals by purpose; the running numbers move on."""
        now = max(chunk.now for chunk in group)
        evidence = derive_evidence_of(*self._people.take_numbers(slots))
        bits = [event[2] for event in accepted]
        entropy = os.urandom(ENTROPY_BYTES * sum(map(int.bit_count, bits)))
        day = day_of(self._writer.rounded(now))
        sealed, signals = self._enforcement.seal(accepted, evidence.tags, entropy, day)
        entries = self._writer.accepted_many(bits, evidence, sealed, now)
        sizes = iter([len(entry) + len(half) for entry, half in zip(entries, sealed, strict=True)])
        for chunk in group:
            chunk.log_bytes = sum(islice(sizes, len(chunk.accepted)))
            if withheld := chunk.withheld():
                entries.append(self._writer.withheld(withheld, now))
                sealed.append(pack_withheld(chunk.withheld_digests))
                chunk.log_bytes += len(entries[-1]) + len(sealed[-1])
        return entries, sealed, signals.values()


def _reply(counts: Counter[Outcome], log_bytes: int, source: Principal) -> BatchReply:
    accepted = counts[Outcome.ACCEPTED]
    return BatchReply(
        accepted=accepted,
        withheld=counts.total() - accepted,
        reasons=reasons_of(counts, is_public=source.kind == "browser"),
        log_bytes=log_bytes,
    )
