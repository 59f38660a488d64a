"""The device's side of a round: it takes part in what was signed, in nothing else, and only while its person wants it to.

What a server sends is judged before anything is made of the history; nothing but a masked contribution ever leaves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import lru_cache

import msgspec
import numpy as np
from nacl.signing import SigningKey, VerifyKey
from numpy.typing import NDArray

from federated.contribution import Clip, update_of
from federated.driving.trusting import HeldModel, No, Remembered, Trust, judge
from federated.driving.wire import (
    DONE,
    KEYS,
    LEASE,
    MASKED,
    SHARES,
    UNMASK,
    Answer,
    CohortCall,
    Evidence,
    Invitation,
    encode,
)
from federated.errors import DocumentError, SignatureError, StepError
from federated.items import ItemList, Visit
from federated.manifest import Manifest, read_manifest
from federated.participation import Participation, ParticipationProof, Standing, verify_participation
from federated.record import read_round_end
from federated.secure_sum.device import DeviceSum
from federated.secure_sum.refusals import Refusal
from federated.signing import DocumentUse, open_document
from privacy import Entropy

MAX_PROOFS = 256
"""Rounds that a device keeps its proof of: the last ones."""
MAX_COHORTS_OF_A_ROUND = 3
"""How often a device lets itself be put into another cohort of the same round."""


class Participant:
    """One device. Not for several threads."""

    def __init__(  # noqa: PLR0913  # what a device knows
        self,
        *,
        identity: SigningKey,
        trust: Trust,
        history: Callable[[], Iterable[Visit]],
        willing: Callable[[], bool],
        now: Callable[[], int],
        draw: Entropy,
        model: Callable[[], HeldModel | None] = lambda: None,
        remembered: Remembered | None = None,
        keep: Callable[[Remembered], None] = lambda _: None,
    ) -> None:
        """A device with this key.

        Args:
            identity: the key it enrolled with.
            trust: what it checks against.
            history: what it knows of its person; read for a contribution, never kept.
            willing: whether its person wants it to take part at this moment.
            now: unix seconds.
            draw: fresh random bytes.
            model: what it ranks with now, if anything.
            remembered: what it kept when it ran before.
            keep: keeps that for its next start, before each upload leaves; an `OSError` keeps the upload from leaving.
        """
        self.remembered = Remembered() if remembered is None else remembered
        """What it keeps between rounds."""
        self._identity = identity
        self._trust = trust
        self._history = history
        self._willing = willing
        self._now = now
        self._draw = draw
        self._model = model
        self._keep = keep
        self._manifest: Manifest | None = None
        self._digest = b""
        self._items: ItemList | None = None
        self._sum: DeviceSum | None = None
        self._cohorts: set[int] = set()
        self._steps = {
            LEASE: self._lease,
            KEYS: self._keys,
            SHARES: self._shares,
            MASKED: self._masked,
            UNMASK: self._unmask,
            DONE: self._done,
        }

    def answer(self, step: str, message: bytes) -> bytes:
        """What the device says to a message; it never fails on what is sent to it."""
        handle = self._steps.get(step)
        try:
            said = No.NOT_NOW if handle is None else handle(message)
        except (msgspec.DecodeError, UnicodeDecodeError, DocumentError):
            said = No.MALFORMED
        except SignatureError:
            said = No.NOT_SIGNED
        except StepError:
            said = No.NOT_NOW
        return encode(Answer(said.value) if isinstance(said, No | Refusal) else Answer("", said))

    def leave(self) -> None:
        """End its part in the round that is under way."""
        if self._sum is not None:
            self._sum.forget()
        self._sum, self._manifest = None, None

    def _lease(self, message: bytes) -> bytes | No:
        manifest, items, digest = _opened(message, self._trust.publisher)
        no = No.OVER if digest in self.remembered.uploaded else self._judge(manifest)
        if no is not None:
            return no
        if items.digest.hex() != manifest.items or len(items) != manifest.n_items:
            return No.OTHER_ITEMS
        self.leave()
        if digest != self._digest:
            self._cohorts.clear()
        if manifest.opens_at > self.remembered.newest:
            self.remembered.uploaded.clear()
        self._manifest, self._items, self._digest = manifest, items, digest
        self.remembered.newest = manifest.opens_at
        return b""

    def _judge(self, manifest: Manifest) -> No | None:
        if not self._willing():
            return No.UNWILLING
        return judge(manifest, self._trust, self._model(), self.remembered.newest, self._now())

    def _keys(self, message: bytes) -> bytes | No:
        call = msgspec.msgpack.decode(message, type=CohortCall)
        if (
            self._manifest is None
            or call.manifest != self._digest
            or self._digest in self.remembered.uploaded
        ):
            return No.NOT_NOW
        if call.cohort in self._cohorts or len(self._cohorts) >= MAX_COHORTS_OF_A_ROUND:
            return No.NOT_NOW
        self._cohorts.add(call.cohort)
        if self._sum is not None:
            self._sum.forget()
        self._sum = DeviceSum(self._manifest.plan_of(call.cohort), self._identity, self._draw)
        return self._sum.advertise()

    def _shares(self, message: bytes) -> bytes | No | Refusal:
        return No.NOT_NOW if self._sum is None else self._sum.share(message)

    def _masked(self, message: bytes) -> bytes | No | Refusal:
        if self._sum is None or self._manifest is None or self._items is None:
            return No.NOT_NOW
        if not self._willing():
            self.leave()
            return No.UNWILLING
        if not self._now() < self._manifest.closes_at:
            self.leave()
            return No.OVER
        masked = self._sum.upload(message, self.contribution(self._items, self._manifest.clip))
        return masked if isinstance(masked, Refusal) or self._keeps_upload() else No.NOT_KEPT

    def _keeps_upload(self) -> bool:
        """Remember, also after a crash, that this round has its contribution: two sums of one round differ by single people."""
        self.remembered.uploaded.add(self._digest)
        try:
            self._keep(self.remembered)
        except OSError:
            self.leave()
            return False
        return True

    def contribution(self, items: ItemList, clip: Clip) -> NDArray[np.uint32]:
        """What it adds to the sum; it leaves the device masked only."""
        return update_of(self._history(), items, clip)

    def _unmask(self, message: bytes) -> bytes | No | Refusal:
        return No.NOT_NOW if self._sum is None else self._sum.answer(message)

    def _done(self, message: bytes) -> bytes | No:
        """Keep what became of it, also in a round that it was not asked to, if that is signed and it is in the tree."""
        told = msgspec.msgpack.decode(message, type=Evidence)
        if any(each.manifest == told.manifest for each in self.remembered.proofs):
            return No.NOT_NOW
        unheard = told.standing == Standing.INCLUDED and told.manifest not in self.remembered.uploaded
        if unheard or not self.verify(told):
            return No.MALFORMED
        self.remembered.proofs[:] = [*self.remembered.proofs, told][-MAX_PROOFS:]
        with suppress(OSError):  # it has it until it ends, and its person can ask for it anew
            self._keep(self.remembered)
        if told.manifest == self._digest:
            self.leave()
        return b""

    def verify(self, told: Evidence) -> bool:
        """Whether evidence shows what became of this device, in the round whose end was signed."""
        try:
            standing = Standing(told.standing)
            signed = open_document(DocumentUse.ROUND_END, told.end, VerifyKey(self._trust.publisher))
            end = read_round_end(signed)
        except (ValueError, SignatureError, DocumentError):
            return False
        if end.manifest != told.manifest.hex():
            return False
        own = Participation(told.salt, bytes(self._identity.verify_key), self._trust.receipt, standing)
        root = bytes.fromhex(end.participation)
        return verify_participation(ParticipationProof(own, told.index, told.size, told.path), root)


@lru_cache(maxsize=4)
def _opened(message: bytes, publisher: bytes) -> tuple[Manifest, ItemList, bytes]:
    """The manifest of an invitation, its items and its digest. All devices get the same: in one process, one opens it.

    Raises:
        msgspec.DecodeError, SignatureError, DocumentError: it is none, or `publisher` did not sign it.
    """
    asked = msgspec.msgpack.decode(message, type=Invitation)
    body = open_document(DocumentUse.MANIFEST, asked.manifest, VerifyKey(publisher))
    return read_manifest(body), ItemList(asked.items), hashlib.sha256(body).digest()
