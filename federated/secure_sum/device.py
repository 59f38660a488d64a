"""The device's side of a secure sum: four steps, each done once, and secrets that are destroyed with the last."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from nacl.signing import SigningKey

from federated.errors import StepError
from federated.secure_sum.masks import (
    SEED_BYTES,
    Use,
    Values,
    agree,
    commit_to,
    mask_of,
    open_shares,
    place_of,
    public_of,
    seal_shares,
)
from federated.secure_sum.messages import (
    Advertisement,
    Inbox,
    Opening,
    OpeningRequest,
    Roster,
    Shares,
    Upload,
    digest_of,
    read,
    read_roster,
    write,
)
from federated.secure_sum.plan import SumPlan
from federated.secure_sum.refusals import Refusal
from federated.secure_sum.shamir import SHARE_BYTES, split
from privacy import Entropy


class Step(IntEnum):
    """The step a device is at."""

    NEW = 0
    ADVERTISED = 1
    SHARED = 2
    UPLOADED = 3
    OVER = 4


class DeviceSum:
    """One device in one secure sum. Not for use by several threads; never used again once it is over."""

    def __init__(self, plan: SumPlan, identity: SigningKey, draw: Entropy) -> None:
        """Draw the secrets of this sum.

        Args:
            plan: what the signed manifest says.
            identity: the key the device enrolled with.
            draw: gives that many fresh random bytes.
        """
        self._plan, self._identity, self._draw = plan, identity, draw
        self._mask_key, self._share_key, self._own_seed = (bytearray(draw(SEED_BYTES)) for _ in range(3))
        self._public = public_of(bytes(self._mask_key)), public_of(bytes(self._share_key))
        self._roster: tuple[Advertisement, ...] = ()
        self._digest = b""
        self._me = 0
        self._holders: tuple[int, ...] = ()
        self._share_keys: dict[int, bytes] = {}
        """Place -> the key that shares are sealed with between that device and this one."""
        self._held: dict[int, bytes] = {}
        """Place -> the two shares that its device gave us: of its own mask's seed, then of its mask key."""
        self._sharing: frozenset[int] = frozenset()
        """The places of those who shared and whose masks this device adds or takes away, its own among them."""
        self.step = Step.NEW
        """How far this device is."""

    def advertise(self) -> bytes:
        """The first message: two fresh public keys, signed.

        Raises:
            StepError: done already.
        """
        if self.step is not Step.NEW:
            raise StepError("keys were advertised already")
        self.step = Step.ADVERTISED
        mask_key, share_key = self._public
        unsigned = Advertisement(
            self._plan.round, bytes(self._identity.verify_key), mask_key, share_key, bytes(64)
        )
        signature = self._identity.sign(unsigned.signed()).signature
        return write(Advertisement(unsigned.round, unsigned.device, mask_key, share_key, bytes(signature)))

    def share(self, roster: bytes) -> bytes | Refusal:
        """Check the list of participants, and seal shares of this device's secrets for its neighbours."""
        if self.step is not Step.ADVERTISED:
            return Refusal.TWICE
        listed = read_roster(roster)
        if isinstance(listed, Refusal):
            return listed
        refused = self._judge_roster(listed)
        if refused is not None:
            return refused
        self._roster, self._digest = listed.entries, digest_of(roster)
        size = len(listed.entries)
        keys = {place: self._key_with(place, Use.SHARES) for place in self._holders if place != self._me}
        self._share_keys = {place: key for place, key in keys.items() if key is not None}
        if len(self._share_keys) < len(keys):
            return Refusal.NOT_SIGNED
        self.step = Step.SHARED
        threshold, points = self._plan.threshold(size), [place + 1 for place in self._holders]
        seeds = split(bytes(self._own_seed), threshold, points, self._draw)
        mask_keys = split(bytes(self._mask_key), threshold, points, self._draw)
        pairs = {p: a + b for p, a, b in zip(self._holders, seeds, mask_keys, strict=True)}
        self._held[self._me] = pairs.pop(self._me)
        sealed = {
            place: seal_shares(
                self._share_keys[place], pair, place_of(self._digest, self._me, place), self._draw
            )
            for place, pair in pairs.items()
        }
        return write(Shares(self._digest, commit_to(bytes(self._own_seed), self._digest), sealed))

    def upload(self, inbox: bytes, values: Values) -> bytes | Refusal:
        """The masked vector: the values, this device's own mask, and those shared with each neighbour that is still there.

        A neighbour whose seal is broken is named, and counts like the others: that their masks cancel takes no shares.

        Args:
            inbox: the shares that the others sealed for this device.
            values: `n_values` unsigned 32-bit integers; read, not kept.

        Raises:
            StepError: the vector has not the length that the plan says.
        """
        if values.shape != (self._plan.n_values,) or values.dtype != np.uint32:
            raise StepError("the vector is not of the agreed length and type")
        if self.step is not Step.SHARED:
            return Refusal.TWICE
        received = read(Inbox, inbox)
        if isinstance(received, Refusal):
            return received
        if received.roster != self._digest:
            return Refusal.OTHER_ROUND
        broken = self._open_inbox(received)
        if isinstance(broken, Refusal):
            return broken
        masked = values + mask_of(bytes(self._own_seed), self._plan.n_values)
        for place in received.sealed:
            seed = self._key_with(place, Use.MASK)
            if seed is None:
                return Refusal.NOT_SIGNED
            mask = mask_of(seed, self._plan.n_values)
            if self._me < place:
                masked += mask
            else:
                masked -= mask
        self.step = Step.UPLOADED
        self._forget_keys()
        return write(Upload(self._digest, masked.astype("<u4", copy=False).tobytes(), broken))

    def answer(self, request: bytes) -> bytes | Refusal:
        """Give one share per device, once: of its own mask if it stayed, of its mask key if it dropped out. Then forget all."""
        if self.step is not Step.UPLOADED:
            return Refusal.TWICE
        asked = read(OpeningRequest, request)
        if isinstance(asked, Refusal):
            return asked
        refused = self._judge_request(asked)
        if refused is not None:
            return refused
        own = {p: self._held[p][:SHARE_BYTES] for p in asked.stayed if p in self._held}
        keys = {p: self._held[p][SHARE_BYTES:] for p in asked.dropped if p in self._held}
        self.forget()
        return write(Opening(self._digest, own, keys))

    def forget(self) -> None:
        """End this device's part: overwrite the secrets, drop the shares of others. Whoever asks later is refused."""
        self._forget_keys()
        self._held.clear()
        self.step = Step.OVER

    def _forget_keys(self) -> None:
        _wipe(self._own_seed, self._mask_key, self._share_key)
        self._share_keys.clear()

    def _judge_roster(self, roster: Roster) -> Refusal | None:
        entries = roster.entries
        if roster.round != self._plan.round:
            return Refusal.OTHER_ROUND
        if len(entries) < self._plan.minimum:
            return Refusal.TOO_FEW
        places = [p for p, entry in enumerate(entries) if (entry.mask_key, entry.share_key) == self._public]
        if len(places) != 1 or entries[places[0]].device != bytes(self._identity.verify_key):
            return Refusal.NOT_LISTED
        self._me = places[0]
        self._holders = self._plan.holders(self._me, len(entries))
        others = (entries[place] for place in self._holders if place != self._me)
        if not all(entry.round == roster.round and entry.is_signed() for entry in others):
            return Refusal.NOT_SIGNED
        return None

    def _open_inbox(self, inbox: Inbox) -> tuple[int, ...] | Refusal:
        """The places whose seals are broken. With fewer sound ones than it takes to open anything, the device steps back."""
        if not set(inbox.sealed) <= set(self._holders) - {self._me}:
            return Refusal.NOT_LISTED
        if len(inbox.sealed) + 1 < self._plan.threshold(len(self._roster)):
            return Refusal.TOO_FEW
        pairs = {
            place: open_shares(self._share_keys[place], sealed, place_of(self._digest, place, self._me))
            for place, sealed in inbox.sealed.items()
        }
        opened = {place: pair for place, pair in pairs.items() if pair is not None}
        if len(opened) + 1 < self._plan.threshold(len(self._roster)):
            return Refusal.BROKEN_SEAL
        self._held.update(opened)
        self._sharing = frozenset(pairs) | {self._me}
        return tuple(sorted(pairs.keys() - opened.keys()))

    def _judge_request(self, asked: OpeningRequest) -> Refusal | None:
        if asked.roster != self._digest:
            return Refusal.OTHER_ROUND
        named = asked.stayed + asked.dropped
        if len(set(named)) < len(named):
            return Refusal.CONTRADICTORY
        if self._me not in asked.stayed or not set(named) <= set(range(len(self._roster))):
            return Refusal.NOT_LISTED
        near = sum(place in self._sharing for place in asked.stayed)
        if len(asked.stayed) < self._plan.minimum or near < self._plan.threshold(len(self._roster)):
            return Refusal.TOO_FEW
        return None

    def _key_with(self, place: int, use: Use) -> bytes | None:
        entry = self._roster[place]
        if use is Use.MASK:
            return agree(bytes(self._mask_key), entry.mask_key, self._digest, use)
        return agree(bytes(self._share_key), entry.share_key, self._digest, use)


def _wipe(*secrets: bytearray) -> None:
    """Overwrite. Copies that the interpreter made on the way go when their memory is used again."""
    for secret in secrets:
        secret[:] = bytes(len(secret))
