"""The enforcement point: the only place where a permitted signal can come into being.

An event comes in with its person's slot; what goes out is, per purpose in force, the fields that this purpose may see.

- Permission is `ledger AND claims AND the purposes that know this event`; claims (of the event, of GPC) only narrow.
- Two purposes never share a field list: each is minimised from the event on its own.
- A clock that stepped back permits nothing.
- An import contract lets only this module construct `scoring.permitted.PermittedSignals`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from itertools import compress
from operator import or_
from typing import Any

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit import Outcome
from consent import Policy
from gateway.clock import Clock
from gateway.event_plans import EventPlans
from gateway.evidence.open_signals import OpenSignal, open_signal
from gateway.evidence.outcomes import WITHHELD
from gateway.evidence.sealed_records import pack_signal
from gateway.evidence.sealing_events import NONCE_BYTES, EventsToSeal, seal_events
from gateway.memory.event_codes import event_codes
from gateway.memory.people import People
from gateway.memory.sealing_keys import SealingKeys
from gateway.reading_back import ReadingBack, items_named
from gateway.telemetry.dropped_fields import DroppedFields
from gateway.telemetry.withheld_purposes import WithheldPurposes
from privacy import minimise
from scoring import sighting_of
from scoring.permitted import PermittedOccurrence, PermittedSignals

Seen = tuple[int, str, tuple[int, ...], int, dict[str, Any]]
"""Whose (slot), event name, items, when (unix seconds), fields."""

Judged = tuple[int, str, int, Mapping[str, Any], int, int]
"""An event that may become signals: whose (slot), its name, of which purposes (bits), what it says, when it happened (unix
seconds), the digest of its message id."""

_pack = msgspec.msgpack.Encoder().encode

ENTROPY_BYTES = NONCE_BYTES
"""Random bytes for each purpose that an event becomes a signal for: a nonce."""


class Enforcement:
    """Consent and purpose limitation, applied."""

    def __init__(  # noqa: PLR0913  # what a judgement depends on, given once
        self,
        policy: Policy,
        people: People,
        sealing_keys: SealingKeys,
        clock: Clock,
        *,
        index_of: Mapping[str, int],
        resolve_again: Callable[[int], None],
        wanted: Callable[[int], bool],
    ) -> None:
        """Enforce `policy` for `people`.

        Args:
            policy: what each purpose may see.
            people: what the ledger permits, by slot.
            sealing_keys: what signals are sealed with.
            clock: the gateway's.
            index_of: an item's id to its permanent index.
            resolve_again: resolves a person's ledger anew, when something has run out, if it can be read.
            wanted: whether anybody in this process learns from a purpose's signals.
        """
        self._people = people
        self._sealing_keys = sealing_keys
        self._clock = clock
        self._index_of = index_of
        self.reading = ReadingBack(policy, index_of)
        """Minimises again what was sealed before."""
        self._resolve_again = resolve_again
        self._whole = 0
        self._wholes: dict[str, int] = {}
        self.policy = policy
        self.dropped = DroppedFields(policy)
        self.withheld = WithheldPurposes(policy)
        self.codes = event_codes(policy)
        """What events are called in memory."""
        self._bits = tuple(purpose.bit for purpose in policy.purposes)
        self._conditions = policy.conditions_mask
        self._knowing: dict[str, int] = {}
        for purpose in policy.purposes:
            for name in purpose.fields.events:
                self._knowing[name] = self._knowing.get(name, 0) | 1 << purpose.bit
        self._plans = EventPlans(policy, self.codes, wanted)

    def show_whole(self, asked_by: str, bits: int) -> None:
        """Give the consumers of these purposes each event whole, with the fields that the purpose may see, for `asked_by`."""
        self._wholes[asked_by] = bits
        self._whole = reduce(or_, self._wholes.values())
        self._plans.clear()

    @property
    def shows_whole(self) -> bool:
        """Whether the consumers of any purpose are given each event whole."""
        return self._whole != 0

    def permitted_bits(self, slot: int, now: int) -> int:
        """What the ledger permits for a person now (bits), without what ran out; nothing, if it cannot say what is left."""
        people = self._people
        if not self._clock.trusted:
            return 0
        if now >= people.expires_at[slot]:
            self._resolve_again(slot)
            return people.mask[slot] if now < people.expires_at[slot] else 0
        return people.mask[slot]

    def judge_each(
        self, slots: Sequence[int | Outcome], names: Sequence[str], claims: Sequence[int | Outcome], now: int
    ) -> list[int | Outcome]:
        """The purposes whose signals each event may become (bits), or the outcome of an event that may become none.

        Args:
            slots: whose each one is, or the outcome of one that is nobody's.
            names: what each one is called.
            claims: what the claims of each leave permitted (bits), or the outcome that they lead to, which comes first.
            now: unix seconds.
        """
        knowing, unknown = self._knowing, Outcome.WITHHELD_UNKNOWN_EVENT
        judged: list[int | Outcome] = []
        for slot, name, left in zip(slots, names, claims, strict=True):
            if type(left) is Outcome:
                judged.append(left)
            elif type(slot) is Outcome:
                judged.append(slot)
            elif (known := knowing.get(name)) is None:
                judged.append(unknown)
            else:
                held = known & self.permitted_bits(slot, now)
                judged.append(held & left or self._why_withheld(slot, known, held))
        return judged

    def seal(
        self, events: Sequence[Judged], tags: bytes, entropy: bytes, day: int
    ) -> tuple[list[bytes], dict[int, PermittedSignals]]:
        """Minimise events for each purpose on its own, and seal each result under the key of that person and that purpose.

        Args:
            events: what was judged to be permitted, since the event loop last had its turn.
            tags: of each one's entry, 16 bytes: bound as associated data.
            entropy: ENTROPY_BYTES fresh random bytes for each permitted purpose of each event.
            day: of the time that their entries carry (`privacy.day_of`).

        Returns:
            (The sealed half of each one's record, in which a purpose whose key is gone has no part;
            by purpose bit, the signals that consumers in this process will be given.)
        """
        keys_of_each = self._sealing_keys.of_all([event[0] for event in events], day)
        learnt: dict[int, PermittedSignals] = {}
        sealed = EventsToSeal()
        add_bit, add_key, add_body = sealed.bits.append, sealed.keys.append, sealed.bodies.append
        plans, mask, conditions, whole = self._plans, self._people.mask, self._conditions, self._whole
        for (slot, name, bits, attributes, at, digest), keys in zip(events, keys_of_each, strict=True):
            plan = (name, bits, mask[slot] & conditions)
            for bit, fields, granularity, alike, wanted, code in plans[plan]:
                if not alike:
                    kept = minimise(attributes, fields)
                    items = items_named(kept, self._index_of) if kept else ()
                    when = at - at % granularity
                    body = _pack((name, items, when, kept))
                key = keys.get(bit)
                if key is not None:
                    add_bit(bit)
                    add_key(key)
                    add_body(body)
                    if wanted and items:
                        found = learnt.get(bit) or self._no_signals(learnt, bit)
                        for item in items:
                            found.slots.append(slot)
                            found.items.append(sighting_of(item, code))
                            found.times.append(when)
                    if whole >> bit & 1:
                        self._show(learnt, bit, (slot, name, items, when, kept or {}))
            sealed.digests.append(digest)
            sealed.ends.append(len(sealed.bits))
        halves = seal_events(sealed, tags, entropy)
        self.dropped.note_all(events)
        return halves, learnt

    def seal_own(
        self, slot: int, bit: int, signal: OpenSignal, tag: bytes, nonce: bytes, day: int
    ) -> bytes | None:
        """Seal a signal that we make ourselves (that a rule fired, say): its part of a record; None if the key is gone."""
        key = self._sealing_keys.of(slot, day).get(bit)
        return (
            None if key is None else pack_signal(bit, nonce, AESGCM(key).encrypt(nonce, _pack(signal), tag))
        )

    def expect(self, slots: Iterable[int], day: int) -> None:
        """Read the keys of people of whom signals of that day are about to be opened, all at once."""
        self._sealing_keys.warm(slots, day)

    def open(self, slot: int, bit: int, sealed: bytes, tag: bytes, day: int) -> OpenSignal | None:
        """What a signal sealed on a day says, as it may be used now (`ReadingBack`); None when its key is gone or another."""
        return self.open_each(slot, ((bit, sealed),), tag, day)[0]

    def open_each(
        self, slot: int, sealed: Sequence[tuple[int, bytes]], tag: bytes, day: int
    ) -> list[OpenSignal | None]:
        """`open` of the signals of one event: for which purpose (bit) each is, and what is sealed."""
        keys, held = self._sealing_keys.of(slot, day), self._people.mask[slot]
        opened = [(bit, open_signal(keys.get(bit), body, tag)) for bit, body in sealed]
        return [None if said is None else self.reading.narrowed(bit, held, said) for bit, said in opened]

    def open_as_held(self, slot: int, bit: int, sealed: bytes, tag: bytes, day: int) -> OpenSignal | None:
        """`open` with everything that is still held, for the person alone."""
        return open_signal(self._sealing_keys.of(slot, day).get(bit), sealed, tag)

    def learn(
        self, bit: int, signals: Iterable[tuple[int, OpenSignal]], *, whole: bool = False
    ) -> PermittedSignals | None:
        """What of a purpose's signals that were read back from the log goes to the consumers; None for nothing.

        Args:
            bit: the purpose.
            signals: whose (slot), and what was opened of theirs, in the order of the log.
            whole: whether each event is shown whole, whoever asked for that.
        """
        learnt: dict[int, PermittedSignals] = {}
        shown = whole or bool(self._whole >> bit & 1)
        for slot, (name, items, at, kept) in signals:
            if items:
                found = learnt.get(bit) or self._no_signals(learnt, bit)
                code = self.codes.get(name, 0)
                for item in items:
                    found.slots.append(slot)
                    found.items.append(sighting_of(item, code))
                    found.times.append(at)
            if shown:
                self._show(learnt, bit, (slot, name, items, at, kept))
        return learnt.get(bit)

    def still_permitted(self, signals: PermittedSignals) -> PermittedSignals:
        """The signals without those whose permission has ended since they were made.

        One of whose conditions has ended is shown whole to nobody any more.
        """
        mask, revocation, bit = self._people.mask, self._people.revocation, signals.purpose
        if self._people.revocations == signals.revocations:
            return signals
        shown = (bit, *self.reading.conditions_of(bit))
        standing = [
            mask[slot] >> bit & 1 and revocation(slot, bit) <= signals.revocations for slot in signals.slots
        ]
        return PermittedSignals(
            purpose=bit,
            revocations=self._people.revocations,
            slots=list(compress(signals.slots, standing)),
            items=list(compress(signals.items, standing)),
            times=list(compress(signals.times, standing)),
            occurrences=[
                each
                for each in signals.occurrences
                if mask[each.slot] >> bit & 1
                and all(revocation(each.slot, ended) <= signals.revocations for ended in shown)
            ],
        )

    def _show(self, learnt: dict[int, PermittedSignals], bit: int, seen: Seen) -> None:
        slot, name, items, at, kept = seen
        found = learnt.get(bit) or self._no_signals(learnt, bit)
        found.occurrences.append(PermittedOccurrence(slot=slot, event=name, items=items, at=at, fields=kept))

    def _no_signals(self, learnt: dict[int, PermittedSignals], bit: int) -> PermittedSignals:
        """Those of a purpose that has had none yet."""
        found = learnt[bit] = PermittedSignals(
            purpose=bit, revocations=self._people.revocations, slots=[], items=[], times=[]
        )
        return found

    def _why_withheld(self, slot: int, knowing: int, held: int) -> Outcome:
        """Of an event that some purposes know, and of which none of those that the ledger permits is left."""
        if held:
            self.withheld.note_signal(held)
            return Outcome.WITHHELD_SIGNAL
        why = tuple((bit, self._people.reason(slot, bit)) for bit in self._bits if knowing >> bit & 1)
        self.withheld.note(why)
        reasons = {reason for _, reason in why}
        weighty = ("refused", "superseded", "expired", "unprovable", "restricted", "minor")
        return WITHHELD[next((word for word in weighty if word in reasons), "no_consent")]
