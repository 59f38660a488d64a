"""*Do not use this*: a person takes one item out of what their recommendations go by.

- It is out of the history at once, and stays out after a restart: the wish is an entry of the log, whose sealed half names the
  item to nobody but the person's key, and a replay follows it in the order of the log.
- If the log cannot take the entry, the item is out all the same, and the caller is told to try again.
- Looking at the item anew is a new act, and counts again.
"""

from __future__ import annotations

import asyncio
import os

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit import LogUnavailableError, Sequencer
from gateway.clock import Clock
from gateway.consumers import Consumers
from gateway.entries import EntryWriter, commit
from gateway.owners import EntryOwners
from gateway.people import People
from gateway.sealed_records import Form
from privacy import SubjectRef
from scoring import History

PAYLOAD_VERSION = 1

_Payload = tuple[int, int, int]
"""PAYLOAD_VERSION, when (unix seconds, exact), the item's permanent index."""

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(_Payload).decode
_NONCE = 12


class SettingAside:
    """Takes items out of histories. Lives on the event loop."""

    def __init__(  # noqa: PLR0913  # what it touches, given once
        self,
        *,
        people: People,
        history: History,
        bit: int | None,
        consumers: Consumers,
        writer: EntryWriter,
        sequencer: Sequencer,
        owners: EntryOwners,
        clock: Clock,
    ) -> None:
        """Take out of `history`, which is of the purpose `bit`; None where the policy has no such purpose."""
        self._people = people
        self._history = history
        self._bit = bit
        self._consumers = consumers
        self._writer = writer
        self._sequencer = sequencer
        self._owners = owners
        self._clock = clock

    async def set_aside(self, ref: SubjectRef, item: int) -> bool:
        """Use an item of a person's history no more. Says whether it was there.

        Args:
            ref: whose.
            item: its permanent index.

        Raises:
            LogUnavailableError: it is out, and the log could not take that yet: after a restart it may be back.
        """
        slot = self._people.slot_of.get(ref)
        if slot is None or self._bit is None or not self._history.remove(slot, item):
            return False
        self._consumers.forget(slot, 0)  # of no purpose; but the snapshot on the disk is out of date
        now = self._clock.now()
        tag, r = self._people.evidence(slot)
        payload = _pack((PAYLOAD_VERSION, now, item))
        nonce = os.urandom(_NONCE)
        cipher = AESGCM(self._people.evidence_key(slot))
        sealed = bytes((Form.SET_ASIDE,)) + nonce + cipher.encrypt(nonce, payload, tag)
        entry = self._writer.set_aside(self._bit, tag, commit(r, payload), now)
        await self._append(slot, entry, sealed)
        return True

    async def _append(self, slot: int, entry: bytes, sealed: bytes) -> None:
        """Put the entry into the log, or leave the running number as it was."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def settle(failure: BaseException | None) -> None:
            if failure is not None:
                self._people.number[slot] -= 1
            if not done.cancelled():
                done.set_result(None) if failure is None else done.set_exception(failure)

        try:
            index = self._sequencer.append(entry, sealed, reserved=True)
        except LogUnavailableError:
            self._people.number[slot] -= 1
            raise
        self._owners.record(index, [slot])
        self._sequencer.when_durable(settle)
        await done


def take_set_aside(people: People, history: History, slot: int, sealed: bytes, tag: bytes) -> None:
    """Follow a wish again at the start; one that does not open was sealed for somebody who is not there any more."""
    nonce, ciphertext = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
    try:
        _, _, item = _unpack(AESGCM(people.evidence_key(slot)).decrypt(nonce, ciphertext, tag))
    except InvalidTag:
        return
    history.remove(slot, item)
