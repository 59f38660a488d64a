"""Proofs of decisions, made when they are asked for: out of the sealed record, the person's key and the published log.

A decision id is no capability. Whatever is asked for, one record is read and one opening is tried, so that a decision of somebody
else and one that never was look alike.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit import CorruptionError, DecisionProof, Kind, Sequencer, TrustPolicy, commit, decode_entry
from gateway.deciding.answers import read_payload
from gateway.decision_proofs.bundle import Bundle, pack_bundle
from gateway.errors import PayloadError
from gateway.evidence.sealed_records import Form
from gateway.identities import Identities
from gateway.memory.owners import tag_of
from gateway.memory.people import NOBODY, People
from gateway.receipts.published_log import PublishedLog
from privacy import SubjectRef, derive_evidence

_NONCE = 12
_R = 32

Opened = tuple[bytes, bytes, bytes]
"""Entry, payload and the secret bytes of its commitment."""


class DecisionProofs:
    """Makes proofs. Lives on the event loop; reads the log in a thread."""

    def __init__(  # noqa: PLR0913  # what a proof is made of
        self,
        *,
        people: People,
        identities: Identities,
        sequencer: Sequencer,
        log: PublishedLog,
        policy: TrustPolicy,
        operations_key: bytes,
        index_of: Callable[[str], int | None],
        item_names: Sequence[str],
    ) -> None:
        """Prove what `sequencer` has recorded and `log` shows, to be believed under `policy`.

        `operations_key` (32 bytes) opens what is about nobody; `index_of` finds the entry of a decision id.
        """
        self._people = people
        self._identities = identities
        self._sequencer = sequencer
        self._log = log
        self._policy = policy
        self._operations_key = operations_key
        self._index_of = index_of
        self._item_names = item_names

    async def for_person(self, decision_id: str, ref: SubjectRef, *, through_links: bool) -> bytes | None:
        """The proof for the person whom the decision was about; None if there is none, or none about them.

        A browser has those of its own decisions, or `through_links` also those of the person whom it is linked to.

        Raises:
            UnavailableError: no published checkpoint covers it yet.
            CorruptionError: the log cannot be read.
        """
        return await self.at(self._index_of(decision_id), ref, through_links=through_links)

    async def at(self, index: int | None, ref: SubjectRef, *, through_links: bool) -> bytes | None:
        """The same by the place of its entry; None is nowhere. A device that is linked has also what it was shown before."""
        whose = self._identities.opened_by(ref, through_links=through_links)
        slots = [self._people.slot_of.get(each, NOBODY) for each in whose]
        opened = [await self._look(index, slot) for slot in slots]
        return await self._hand_out(index, next((each for each in opened if each is not None), None))

    async def of_nobody(self, decision_id: str) -> bytes | None:
        """The proof of a decision that was about nobody; None if there is none, or it was about somebody.

        Raises:
            UnavailableError, CorruptionError: as above.
        """
        index = self._index_of(decision_id)
        opened = await asyncio.to_thread(self._open, index or 0, self._operations_key, 0, operations=True)
        return await self._hand_out(index, opened)

    async def _look(self, index: int | None, slot: int) -> Opened | None:
        key = os.urandom(_R) if slot == NOBODY else self._people.evidence_key(slot)
        entries = 0 if slot == NOBODY else self._people.number[slot]
        return await asyncio.to_thread(self._open, index or 0, key, entries, operations=False)

    async def _hand_out(self, index: int | None, opened: Opened | None) -> bytes | None:
        if opened is None or index is None:
            return None
        await self._log.wait_for(index)
        return await asyncio.to_thread(self._pack, index, opened)

    def _open(self, index: int, key: bytes, entries: int, *, operations: bool) -> Opened | None:
        form = Form.OPERATIONS if operations else Form.DECISION
        for at, entry, sealed in self._sequencer.read(index, 1) or self._sequencer.read(0, 1):
            try:
                opened = AESGCM(key).decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], tag_of(entry))
            except (InvalidTag, ValueError):
                continue
            read = decode_entry(entry)
            if at != index or sealed[:1] != bytes((form,)) or read.kind is not Kind.DECISION:
                continue
            numbers = range(entries)
            r, payload = (
                (opened[:_R], opened[_R:]) if operations else (_opening(read.tag, key, numbers), opened)
            )
            if r is None or commit(r, payload) != read.commitment:
                raise CorruptionError("an entry of the log does not bind its sealed half", index=index)
            return entry, payload, r
        return None

    def _pack(self, index: int, opened: Opened) -> bytes:
        entry, payload, r = opened
        published, proof = self._log.prove(index)
        if published != entry:
            raise CorruptionError("what is published is not what was recorded", index=index)
        shown = DecisionProof(payload, r, entry, proof)
        return pack_bundle(Bundle(shown, self._policy.text(), self._names(payload)))

    def _names(self, payload: bytes) -> dict[int, str]:
        """What the items of a payload are called now, and those in the history that they follow from."""
        try:
            read = read_payload(payload)
        except PayloadError:
            return {}
        parts = [part.because for row in read.parts or [] for part in row]
        found = {*read.items, *read.because, *parts}
        names = self._item_names
        return {number: names[number] for number in found if 0 <= number < len(names)}


def _opening(tag: bytes | None, key: bytes, numbers: Iterable[int]) -> bytes | None:
    """The secret bytes beside this tag: which of the person's entries it is, only their key tells."""
    for number in numbers:
        candidate, opening = derive_evidence(key, number)
        if candidate == tag:
            return opening
    return None
