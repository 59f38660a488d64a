"""A person's own recent decisions: found by the memory of whose entry is whose, opened with that person's key.

A decision's sealed half says what was shown and which item of the history counted most. It is bound to its entry by the tag;
what does not open is left out. Whoever is erased has no key, and so no decisions.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit import Sequencer
from gateway.deciding.answers import DecisionPayload
from gateway.lasting.disputing import Disputed
from gateway.memory.owners import EntryOwners
from gateway.memory.people import People
from gateway.own_slates.opened import open_decision
from privacy import SubjectRef
from scoring import Catalogue, History

SHOWN = 20
"""Decisions on the page."""

_ENTRIES = 400
"""Of the person's newest entries so many are opened at most, to find the decisions among them."""

_LOOKED_THROUGH = 2_000_000
_NOTHING = -1


@dataclass(frozen=True, slots=True)
class Item:
    """Something that was shown."""

    title: str
    """What people call it; its id where it has no title."""
    because: str | None
    """What in the person's history it follows from, in the same way; None if it is popular with everybody."""
    again: bool = False
    """Whether that is the thing itself: they had looked at it before, once or often."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One answer to what to show."""

    index: int
    """Its entry in the log."""
    at: int
    """When (unix seconds)."""
    placement: str
    """Where the slate was shown."""
    outcome: str
    """As a word of `audit.Outcome`."""
    items: tuple[Item, ...]
    """What was shown, in order."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """One thing that recommendations go by now."""

    item: int
    """Its permanent index."""
    id: str
    """The app's id of it."""
    title: str
    """What people call it."""
    at: int
    """When it was last seen (unix seconds)."""
    returns: int
    """How often the person came back to it, as far as that is kept."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """One thing that recommendations do not go by, because the person wished it."""

    item: int
    """Its permanent index."""
    id: str
    """The app's id of it."""
    title: str
    """What people call it."""


class OwnDecisions:
    """Opens what concerns one person."""

    def __init__(
        self,
        *,
        people: People,
        owners: EntryOwners,
        sequencer: Sequencer,
        catalogue: Catalogue,
        history: History,
        disputed: Disputed,
    ) -> None:
        """Look into these."""
        self._people = people
        self._owners = owners
        self._sequencer = sequencer
        self._catalogue = catalogue
        self._history = history
        self._disputed = disputed

    def learnt(self, ref: SubjectRef) -> list[Learnt]:
        """What recommendations go by now, the newest first."""
        slot = self._people.slot_of.get(ref)
        if slot is None:
            return []
        returns, ids = self._history.returns(slot), self._catalogue.ids
        found = self._history.of(slot)
        return [Learnt(item, ids[item], self._title(item), at, returns[item]) for item, at in found]

    def set_aside(self, ref: SubjectRef) -> list[SetAside]:
        """What is not used, or shown less, because the person wished it, by title."""
        slot = self._people.slot_of.get(ref)
        found = [] if slot is None else self._disputed.wished_of(slot)
        named = [SetAside(item, self._catalogue.ids[item], self._title(item)) for item in found]
        return sorted(named, key=lambda each: each.title)

    async def recent(self, ref: SubjectRef) -> list[Decision]:
        """The last decisions about a person, the newest first.

        Raises:
            CorruptionError: the log cannot be read.
        """
        slot = self._people.slot_of.get(ref)
        if slot is None:
            return []
        indices = self._owners.latest_of(slot, _ENTRIES, within=_LOOKED_THROUGH)
        key = self._people.evidence_key(slot)
        opened = await asyncio.to_thread(self._open, indices, key)
        if self._people.slot_of.get(ref) != slot:
            return []
        return [self._decision(index, payload) for index, payload in opened]

    def _open(self, indices: list[int], key: bytes) -> list[tuple[int, DecisionPayload]]:
        cipher = AESGCM(key)
        found: list[tuple[int, DecisionPayload]] = []
        for index in indices:
            for at, entry, sealed in self._sequencer.read(index, 1):
                payload = open_decision(cipher, entry, sealed) if at == index else None
                if payload is not None:
                    found.append((index, payload))
            if len(found) == SHOWN:
                break
        return found

    def _decision(self, index: int, payload: DecisionPayload) -> Decision:
        shown = zip(payload.items, payload.because, strict=True)
        items = tuple(
            Item(self._title(item), None if because == _NOTHING else self._title(because), item == because)
            for item, because in shown
        )
        return Decision(index, payload.at, payload.placement, payload.outcome, items)

    def _title(self, item: int) -> str:
        known = self._catalogue.items[item]
        return (known.title if known is not None else None) or self._catalogue.ids[item]
