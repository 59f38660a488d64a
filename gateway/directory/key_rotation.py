"""Rotation of the key-encryption key: afterwards no copy of the records made before can be opened any more.

The steps, each of which may be interrupted; whoever runs it again goes on where it stopped:

    1. the key of the next epoch is written; not if there are two already, which an interrupted rotation left;
    2. every key in the records is wrapped under it, some thousands per transaction;
    3. the log says so;
    4. the older keys are destroyed, if nothing is wrapped with them any more.

Until the last step the records open with either key, so a gateway may be served in between.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from audit import Kind, Outcome
from gateway.errors import KeysInUseError
from gateway.parts import Stopped
from privacy import Entropy, create_next_kek, destroy_older_keks, load_key_ring


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation did."""

    epoch: int
    """Of the key-encryption key in use now."""
    rewrapped: int
    """Keys that were wrapped anew; fewer than there are if an interrupted rotation had done the rest."""
    destroyed: int
    """Older key-encryption keys that are gone."""


async def rotate(stopped: Stopped, keys_dir: Path, *, now: int, entropy: Entropy) -> Rotation:
    """Rotate, or end a rotation that was interrupted.

    Args:
        stopped: the records and the log of a gateway that does not run.
        keys_dir: where the key-encryption keys are.
        now: unix seconds.
        entropy: random bytes from the operating system, by length.

    Raises:
        KeysInUseError: something is still wrapped with an older key, which was therefore kept.
        AuditError, ConsentError, PrivacyError: a step failed; run it again.

    Durable: everything, in this order.
    """
    ring = await asyncio.to_thread(load_key_ring, keys_dir)
    if len(ring.epochs) == 1:
        ring = await asyncio.to_thread(create_next_kek, keys_dir, entropy)
    rewrapped = await asyncio.to_thread(stopped.keys.rewrap, ring)
    if await asyncio.to_thread(stopped.keys.count_older):
        raise KeysInUseError("something is still wrapped with an older key, which was kept: run it again")
    detail: dict[str, str | int] = {"act": "rotated", "epoch": ring.current.epoch, "n": rewrapped}
    stopped.sequencer.append(stopped.writer.plain(Kind.KEY, Outcome.DONE, now, detail), reserved=True)
    await stopped.sequencer.wait_durable()
    destroyed = await asyncio.to_thread(destroy_older_keks, keys_dir, ring)
    return Rotation(ring.current.epoch, rewrapped, destroyed)
