"""What destinations, experiments and published numbers read: the log's sealed signals of one purpose.

Each is opened through consent as it stands now.
A destroyed key opens nothing, and whoever does not permit the purpose at the moment of reading is silently absent. The feed never
shows whose signal it is: only the pseudonym, from which routing makes another one for each destination.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from audit import Sequencer
from consent import Policy
from gateway.clock import Clock
from gateway.enforcement import Enforcement
from gateway.evidence.sealed_records import Form, read_event
from gateway.memory.owners import EntryOwners, tag_of, time_of
from gateway.memory.people import NOBODY, People
from gateway.routing import FeedError, FeedPage, RoutedSignal
from privacy import day_of
from scoring import EffectKind

if TYPE_CHECKING:
    from gateway.parts import Memory, Opened  # which hold what reads this feed

MAX_RECORDS = 512
"""Records opened without giving the event loop back."""


class LogFeed:
    """The port `PermittedFeed` over the log."""

    def __init__(
        self,
        *,
        sequencer: Sequencer,
        owners: EntryOwners,
        people: People,
        enforcement: Enforcement,
        policy: Policy,
        clock: Clock,
    ) -> None:
        """Read what `sequencer` has made durable."""
        self._sequencer = sequencer
        self._owners = owners
        self._people = people
        self._enforcement = enforcement
        self._policy = policy
        self._clock = clock

    async def read(self, purpose: str, first: int, limit: int) -> FeedPage:
        """A page of signals; see the port's contract.

        Raises:
            FeedError: nobody can tell what is permitted (see `_held`): nothing may be passed over either.
        """
        self._insist_on_time()
        records = await asyncio.to_thread(self._sequencer.read, first, min(limit, MAX_RECORDS))
        rule = self._policy.purpose(purpose)
        signals: list[RoutedSignal] = []
        next_index = first
        for index, entry, sealed in records:
            next_index = index + 1
            if rule is not None and sealed and sealed[0] == Form.EVENT:
                signals.extend(self._open(index, entry, sealed, rule.bit, purpose))
        return FeedPage(
            signals=tuple(signals), next_index=next_index, end=next_index >= self._sequencer.durable_size
        )

    def renewed(self, signal: RoutedSignal) -> RoutedSignal | None:
        """The signal as it may be used now; None if the person does not permit the purpose any more. See the port's contract.

        Raises:
            FeedError: nobody can tell.
        """
        bit, slot = self._policy.bits[signal.purpose], signal.slot
        held = self._held(slot)
        if not held >> bit & 1 or self._people.revocation(slot, bit) != signal.generation:
            return None
        conditions = self._conditions_lost(slot, bit)
        if conditions == signal.conditions:
            return signal
        said = (signal.event, (), signal.at, dict(signal.attributes))
        left = self._enforcement.reading.narrowed(bit, held, said)
        return None if left is None else replace(signal, attributes=left[-1], conditions=conditions)

    def still_permitted(self, signal: RoutedSignal) -> bool:
        """Whether the person still permits it as it is: checked again right before bytes leave.

        Raises:
            FeedError: nobody can tell.
        """
        return self.renewed(signal) is signal

    def _conditions_lost(self, slot: int, bit: int) -> int:
        lost = (self._people.revocation(slot, each) for each in self._enforcement.reading.conditions_of(bit))
        return max(lost, default=0)

    def _held(self, slot: int) -> int:
        """What a person permits now (bits).

        Raises:
            FeedError: the clock stepped back, or something ran out and the records cannot say what is left.
        """
        self._insist_on_time()
        now = self._clock.now()
        held = self._enforcement.permitted_bits(slot, now)
        if now >= self._people.expires_at[slot]:
            raise FeedError("the records cannot be read")
        return held

    def _insist_on_time(self) -> None:
        self._clock.now()
        if not self._clock.trusted:
            raise FeedError("the clock stepped back")

    def _open(self, index: int, entry: bytes, sealed: bytes, bit: int, purpose: str) -> list[RoutedSignal]:
        slot = self._owners.of(index)
        if slot == NOBODY or not self._held(slot) >> bit & 1:
            return []
        ref = self._people.ref_of[slot]
        recorded_at = time_of(entry)
        opened: list[RoutedSignal] = []
        for position, (signal_bit, body) in enumerate(read_event(sealed).signals):
            if signal_bit == bit and ref is not None:
                found = self._enforcement.open(slot, bit, body, tag_of(entry), day_of(recorded_at))
                if found is not None and found[0] != EffectKind.SUPPRESSED:
                    event, _, at, attributes = found
                    opened.append(
                        RoutedSignal(
                            index=index,
                            position=position,
                            subject=ref,
                            event=event,
                            at=at,
                            attributes=attributes,
                            purpose=purpose,
                            generation=self._people.revocation(slot, bit),
                            slot=slot,
                            conditions=self._conditions_lost(slot, bit),
                            recorded_at=recorded_at,
                        )
                    )
        return opened


def open_log_feed(opened: Opened, memory: Memory) -> LogFeed:
    """A feed of its own over the log of an open gateway."""
    return LogFeed(
        sequencer=opened.sequencer,
        owners=memory.owners,
        people=memory.people,
        enforcement=memory.enforcement,
        policy=memory.policy,
        clock=memory.clock,
    )
