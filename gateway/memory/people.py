"""The people the gateway knows, in memory: who they are (a slot), what is permitted now, and their evidence keys.

Everything here is a projection of the consent ledger: it is rebuilt from it at every start, and it is the only thing
that the hot path asks. Rules:

- A person without any consent record has no slot. Unknown is denied.
- A denial takes effect here *before* it is committed to the ledger; a grant only *after* it is sequenced in the log.
- `revocation(slot, bit)` rises when permission ends, by a denial or because it ran out: whoever read it, or `revocations`,
  before doing something slow compares it afterwards.
- Columns are flat arrays indexed by slot (about 50 bytes a person beside the look-up), because there are millions.

Must not know: SQL, HTTP, what an item is.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import numpy as np

from consent import Reason, Resolution
from privacy import SubjectRef, derive_evidence

NOBODY = -1
"""The slot of nobody, or of nobody we can still know."""

NEVER = 0xFFFF_FFFF
"""`expires_at` of somebody with nothing that can expire (unix seconds)."""

_KEY_BYTES = 32


class People:
    """Slots and what holds for them. Lives on the event loop; no locks."""

    def __init__(self) -> None:
        """Start with nobody."""
        self.slot_of: dict[SubjectRef, int] = {}
        """Every known person's slot."""
        self.ref_of: list[SubjectRef | None] = []
        """The pseudonym in each slot; None once erased."""
        self.subject_id = array("I")
        """Row number in the records store."""
        self.mask = array("H")
        """Bits of the purposes and conditions permitted now."""
        self.refused = array("H")
        """Bits the person refused, withdrew or objected to."""
        self.expires_at = array("I")
        """When the first of the permitted bits runs out (unix seconds)."""
        self.number = array("I")
        """How many audit entries concern this person so far: the next entry's running number."""
        self._keys = bytearray()
        self.revocations = 0
        """How often something that was permitted was denied or ran out since the process started."""
        self._revocations: dict[int, int] = {}
        self._reasons: dict[int, Mapping[int, Reason]] = {}
        self._held: dict[int, int] = {}
        self._restricted: dict[int, int] = {}

    def __len__(self) -> int:
        """How many people are known."""
        return len(self.slot_of)

    def add(self, ref: SubjectRef, subject_id: int, evidence_key: bytes) -> int:
        """Give a person a slot, with nothing permitted yet.

        Args:
            ref: the pseudonym, 16 bytes.
            subject_id: the row in the records store.
            evidence_key: 32 bytes, unwrapped.

        Returns:
            The slot; the existing one if the person is known already.
        """
        known = self.slot_of.get(ref)
        if known is not None:
            return known
        slot = len(self.ref_of)
        self.slot_of[ref] = slot
        self.ref_of.append(ref)
        self.subject_id.append(subject_id)
        self.mask.append(0)
        self.refused.append(0)
        self.expires_at.append(NEVER)
        self.number.append(0)
        self._keys += evidence_key
        return slot

    def take_up(self, slot: int, resolution: Resolution, settled: int = 0) -> int:
        """Replace what holds for a person by a fresh resolution of the ledger.

        Args:
            slot: whose.
            resolution: from the ledger; what was denied here and is not committed there yet stays denied.
            settled: the bits whose change is committed now.

        Returns:
            The bits that were permitted until now, or would have been but for a restriction, and are no more: what is held
            for them has to be forgotten.
        """
        held = self._held.pop(slot, 0) & ~settled
        if held:
            self._held[slot] = held
        mask, restricted = resolution.mask & ~held, resolution.restricted_mask & ~held
        lost = self.mask[slot] & ~mask | self._restricted.pop(slot, 0) & ~(mask | restricted)
        self.mask[slot] = mask
        if restricted:
            self._restricted[slot] = restricted
        if lost:
            self.outdate(slot, lost)
        self.refused[slot] = resolution.refused_mask | held
        self.expires_at[slot] = NEVER if resolution.expires_at is None else min(resolution.expires_at, NEVER)
        if resolution.reasons:
            self._reasons[slot] = resolution.reasons
        else:
            self._reasons.pop(slot, None)
        return lost

    def deny(self, slot: int, bits: int) -> None:
        """Take permission away at once, and outdate everything that was decided on it.

        Args:
            slot: whose.
            bits: the bits to clear; `take_up` does not bring them back before their change is committed.
        """
        self._held[slot] = self._held.get(slot, 0) | bits
        self.mask[slot] &= ~bits & 0xFFFF
        if slot in self._restricted:
            self._restricted[slot] &= ~bits
        self.refused[slot] |= bits
        self.outdate(slot, bits)

    def outdate(self, slot: int, bits: int) -> None:
        """Whatever was decided on these bits before is out of date, and is decided anew."""
        self.revocations += 1
        bit = 0
        while bits >> bit:
            if bits >> bit & 1:
                self._revocations[slot << 4 | bit] = self.revocations
            bit += 1

    def revocation(self, slot: int, bit: int) -> int:
        """What `revocations` was right after this person last lost this bit; 0 if never since the process started.

        Of somebody who was removed: what it is now.
        """
        if self.ref_of[slot] is None:
            return self.revocations
        return self._revocations.get(slot << 4 | bit, 0)

    def has_lost(self, slot: int, bits: Iterable[int], since: int) -> bool:
        """Whether any of these bits ended after `revocations` was `since`, or is not permitted."""
        return any(self.revocation(slot, bit) > since or not self.mask[slot] >> bit & 1 for bit in bits)

    def but_for_restriction(self, slot: int) -> int:
        """The bits that are permitted now, with those that only a restriction of all processing denies."""
        return self.mask[slot] | self._restricted.get(slot, 0)

    def reason(self, slot: int, bit: int) -> str:
        """Why a bit is not permitted: a word of the closed list (`audit.Outcome`, the part after the dot)."""
        if self.refused[slot] >> bit & 1:
            return "refused"
        reasons = self._reasons.get(slot)
        return "no_consent" if reasons is None else reasons.get(bit, Reason.NO_CONSENT).value

    def evidence(self, slot: int) -> tuple[bytes, bytes]:
        """The next entry's tag (16 bytes) and commitment randomness (32 bytes); the running number moves on."""
        n = self.number[slot]
        self.number[slot] = n + 1
        return derive_evidence(self.evidence_key(slot), n)

    def take_numbers(self, slots: Iterable[int]) -> tuple[bytes, list[int]]:
        """What the evidence of the next entry of each follows from: their evidence keys, and their numbers, which move on."""
        number, keys = self.number, self._keys
        found, numbers = [], []
        for slot in slots:
            n = number[slot]
            number[slot] = n + 1
            numbers.append(n)
            found.append(keys[slot * _KEY_BYTES : (slot + 1) * _KEY_BYTES])
        return b"".join(found), numbers

    @contextmanager
    def numbers_kept(self, slots: Iterable[int]) -> Iterator[None]:
        """If what is done inside fails, the running numbers are as they were before. Nothing may be awaited inside."""
        number = self.number
        kept = [slot for slot in slots if slot != NOBODY]
        before = [number[slot] for slot in kept]
        try:
            yield
        except BaseException:
            for slot, n in zip(kept, before, strict=True):
                number[slot] = n
            raise

    def give_back(self, slots: Iterable[int]) -> None:
        """Entries of these people, one for each mention, are lost: their running numbers are as they were before them."""
        for slot in slots:
            if slot != NOBODY:
                self.number[slot] -= 1

    def evidence_key(self, slot: int) -> bytes:
        """The person's evidence key, 32 bytes."""
        return bytes(self._keys[slot * _KEY_BYTES : (slot + 1) * _KEY_BYTES])

    def remove(self, slot: int) -> None:
        """Forget a person: look-up, permissions and key. The slot is not used again by this process."""
        ref = self.ref_of[slot]
        if ref is None:
            return
        del self.slot_of[ref]
        self.ref_of[slot] = None
        self.deny(slot, 0xFFFF)
        self.expires_at[slot] = NEVER
        self._keys[slot * _KEY_BYTES : (slot + 1) * _KEY_BYTES] = bytes(_KEY_BYTES)
        self._reasons.pop(slot, None)
        self._held.pop(slot, None)
        self._restricted.pop(slot, None)
        for bit in range(16):
            self._revocations.pop(slot << 4 | bit, None)

    def run_out(self, now: int) -> list[SubjectRef]:
        """Everybody of whom something that is still permitted here has run out."""
        slots = np.flatnonzero(np.array(self.expires_at, dtype=np.uint32) <= now).tolist()
        return [ref for ref in (self.ref_of[slot] for slot in slots) if ref is not None]

    def slots(self) -> Iterator[int]:
        """Every slot in use."""
        return iter(self.slot_of.values())
