"""What a change of consent does in memory: permissions, features and ciphers follow it in one step of the loop."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence

from consent import ConsentEvent, ConsentRecord, Policy, Status, StoreUnavailableError, resolve
from gateway.clock import Clock
from gateway.memory.consumers import Consumers
from gateway.memory.people import People
from gateway.memory.sealing_keys import SealingKeys
from privacy import SubjectRef

_EVERYTHING = 0xFFFF
"""Every bit of a policy."""


class TakingEffect:
    """Lets a denial take effect at once, and a grant when the ledger and the log have it."""

    def __init__(  # noqa: PLR0913  # what a change takes effect in
        self,
        *,
        policy: Policy,
        notices: Container[bytes],
        people: People,
        sealing_keys: SealingKeys,
        consumers: Consumers,
        clock: Clock,
        forget_wishes: Callable[[int], None],
    ) -> None:
        """Change `people`, and with them what `consumers` hold and `sealing_keys` can open; an erasure takes wishes along."""
        self._ending: set[SubjectRef] = set()
        self._forget_wishes = forget_wishes
        self._policy = policy
        self._notices = notices
        self._people = people
        self._sealing_keys = sealing_keys
        self._consumers = consumers
        self._clock = clock

    def deny(self, ref: SubjectRef, purposes: Sequence[str]) -> None:
        """Permit these no longer, forget what rested on them and drop the ciphers. Nothing if nobody is known."""
        slot = self._people.slot_of.get(ref)
        bits = self._policy.mask_of(purposes)
        if slot is not None and bits:
            self._people.deny(slot, bits)
            self._consumers.forget(slot, bits)
            self._sealing_keys.drop(slot)

    def take_up(
        self, slot: int, records: Mapping[str, ConsentRecord] | None, events: Sequence[ConsentEvent]
    ) -> None:
        """Make memory say what the ledger says, now that these events are in it."""
        ending = self._people.ref_of[slot] in self._ending
        settled = 0 if ending else self._policy.mask_of([event.purpose for event in events])
        given = self._policy.mask_of([event.purpose for event in events if event.status is Status.GIVEN])
        afresh = given & self._people.mask[slot]  # had run out, and nobody had asked since
        self._sealing_keys.drop(slot)
        found = resolve(records, self._policy, self._clock.now(), self._notices)
        ended = self._people.take_up(slot, found, settled)
        if ended | afresh:
            self._consumers.forget(slot, ended | afresh)

    def end(self, ref: SubjectRef) -> None:
        """Permit a person nothing more and forget what rested on it, until `forget` is called: they are to be erased."""
        self._ending.add(ref)
        slot = self._people.slot_of.get(ref)
        if slot is not None:
            self._people.deny(slot, _EVERYTHING)
            self._consumers.forget(slot, _EVERYTHING)
            self._sealing_keys.drop(slot)

    def refuse_if_ending(self, ref: SubjectRef) -> None:
        """Let nothing be written for whoever is to be erased: it would be erased with them.

        Raises:
            StoreUnavailableError: an erasure of this person has begun and is not done.
        """
        if ref in self._ending:
            raise StoreUnavailableError("an erasure has begun and is not done")

    def forget(self, ref: SubjectRef) -> None:
        """Know nothing of a person any more: they are erased."""
        self._ending.discard(ref)
        slot = self._people.slot_of.get(ref)
        if slot is not None:
            self._consumers.forget(slot, _EVERYTHING)
            self._forget_wishes(slot)
            self._sealing_keys.drop(slot)
            self._people.remove(slot)
