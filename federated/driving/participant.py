"""The device's side of a round: it takes part in what was signed, in nothing else, and only while its person wants it to.

What a server sends is judged before anything is made of the history; nothing but a masked contribution ever leaves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

import msgspec
import numpy as np
from nacl.signing import SigningKey, VerifyKey
from numpy.typing import NDArray

from federated.contribution import Clip, update_of
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
from federated.secure_sum.device import DeviceSum
from federated.secure_sum.refusals import Refusal
from federated.signing import DocumentUse, open_document
from privacy import Entropy

MAX_COHORTS_OF_A_ROUND = 3
"""How often a device lets itself be put into another cohort of the same round."""


class No(StrEnum):
    """Why a device does not do what it is asked."""

    UNWILLING = "unwilling"
    """Its person does not want it to."""
    MALFORMED = "malformed"
    """Not a message of this step."""
    NOT_SIGNED = "not-signed"
    """Not signed by the key that the device trusts."""
    OTHER_PURPOSE = "other-purpose"
    """Another purpose than its person consented to."""
    OTHER_PROGRAM = "other-program"
    """Other code than this."""
    OTHER_MODEL = "other-model"
    """A model before it that is not the one this device was given: not everybody is shown the same."""
    OVER = "over"
    """Not open any more, or not yet, or older than one before it."""
    NOT_KEPT = "not-kept"
    """It cannot keep that it uploaded, and so does not."""
    OTHER_ITEMS = "other-items"
    """Another list than the manifest names."""
    NOT_NOW = "not-now"
    """Not the step that this device is at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What a device was given when it enrolled, and checks everything against."""

    publisher: bytes
    """The Ed25519 key that signs manifests and models, 32 bytes."""
    purpose: str
    """What its person consented to."""
    program: str
    """Digest of the code that it runs, hexadecimal."""
    receipt: bytes
    """SHA-256 of its enrolment's entry."""


@dataclass(frozen=True, slots=True)
class HeldModel:
    """The model that a device ranks with, whose signature it has checked."""

    version: int
    """The number of the version."""
    artefact: str
    """SHA-256 of its bytes, hexadecimal."""


@dataclass(slots=True)
class Remembered:
    """What a device remembers between rounds. Nothing of it leaves."""

    newest: int = 0
    """When the newest round it was in opened."""
    uploaded: set[bytes] = field(default_factory=set)
    """The manifests (SHA-256) of rounds that opened then and to which it has uploaded: nothing of them is begun again."""
    proofs: list[Evidence] = field(default_factory=list)
    """What became of it in each round."""


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
        held = self._model()
        if not self._willing():
            return No.UNWILLING
        if manifest.purpose != self._trust.purpose:
            return No.OTHER_PURPOSE
        if manifest.program != self._trust.program:
            return No.OTHER_PROGRAM
        if not self.remembered.newest <= manifest.opens_at <= self._now() < manifest.closes_at:
            return No.OVER
        if held is not None and manifest.version <= held.version:
            return No.OVER
        if held is not None and manifest.version == held.version + 1 and manifest.parent != held.artefact:
            return No.OTHER_MODEL
        return None

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
        told = msgspec.msgpack.decode(message, type=Evidence)
        if told.manifest != self._digest:
            return No.NOT_NOW
        if not self.verify(told):
            return No.MALFORMED
        self.remembered.proofs.append(told)
        self.leave()
        return b""

    def verify(self, told: Evidence) -> bool:
        """Whether evidence shows what became of this device, in the round with that root."""
        try:
            standing = Standing(told.standing)
        except ValueError:
            return False
        own = Participation(told.salt, bytes(self._identity.verify_key), self._trust.receipt, standing)
        return verify_participation(ParticipationProof(own, told.index, told.size, told.path), told.root)


@lru_cache(maxsize=4)
def _opened(message: bytes, publisher: bytes) -> tuple[Manifest, ItemList, bytes]:
    """The manifest of an invitation, its items and its digest. All devices get the same: in one process, one opens it.

    Raises:
        msgspec.DecodeError, SignatureError, DocumentError: it is none, or `publisher` did not sign it.
    """
    asked = msgspec.msgpack.decode(message, type=Invitation)
    body = open_document(DocumentUse.MANIFEST, asked.manifest, VerifyKey(publisher))
    return read_manifest(body), ItemList(asked.items), hashlib.sha256(body).digest()
