"""New keys to sign receipts and certificates with. What the old ones signed stays good: their public halves stay published.

For each key, in this order, and each step may be interrupted; whoever runs it again goes on:

    1. the public half of the present key goes on the list of retired ones;
    2. a new key takes its place, and nobody has the old one any more;
    3. the log says that it happened.

A key that was listed and not replaced yet is in use and on the list: it is published once.
"""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from audit import Kind, Outcome
from gateway.durable_files import put_in_place
from gateway.errors import DirectoryError
from gateway.lasting.keeping import CERTIFICATE_KEY_FILE
from gateway.parts import Stopped
from gateway.signing_keys.retired import public_half, retire
from privacy import Entropy, create_key_file, load_key_file

RECEIPT_KEY_FILE = "receipt.key"


async def renew(stopped: Stopped, keys_dir: Path, *, now: int, entropy: Entropy) -> int:
    """Replace both signing keys; how many there were to replace.

    Args:
        stopped: the records and the log of a gateway that does not run.
        keys_dir: where the keys are.
        now: unix seconds.
        entropy: random bytes from the operating system, by length.

    Raises:
        DirectoryError, KeyFileError: a key or the list cannot be read or written; run it again.
        AuditError: the log could not take it; run it again.

    Durable: everything, in this order.
    """
    names = [name for name in (RECEIPT_KEY_FILE, CERTIFICATE_KEY_FILE) if (keys_dir / name).exists()]
    for name in names:
        await asyncio.to_thread(_renew, keys_dir, name, entropy)
    detail: dict[str, str | int] = {"act": "renewed", "n": len(names)}
    stopped.sequencer.append(stopped.writer.plain(Kind.KEY, Outcome.DONE, now, detail), reserved=True)
    await stopped.sequencer.wait_durable()
    return len(names)


def _renew(keys_dir: Path, name: str, entropy: Entropy) -> None:
    path = keys_dir / name
    retire(keys_dir, name, public_half(load_key_file(path)))
    fresh = keys_dir / f"{name}.next"
    with contextlib.suppress(FileNotFoundError):
        fresh.unlink()
    create_key_file(fresh, entropy)
    try:
        put_in_place(fresh, path)
    except OSError as exc:
        raise DirectoryError("a new key cannot take the place of the old one") from exc
