"""The keys of the log: the one in use, and for a while the one before it.

    log.key        in use
    log.key.next   announced in the log, not in use yet: an interrupted change
    log.key.former signs beside the one in use, until the overlap is ended

A change of keys, each step of which may be interrupted; whoever runs it again goes on:

    1. a new key is made, and the log says which (an entry, published under the old key: that is what makes it believable);
    2. it takes the old one's place, which stays as the former one: both sign;
    3. readers and witnesses take over the new key in their own time;
    4. the overlap is ended: the log says so, the former key is destroyed, its public half stays listed.

Source: c2sp.org/signed-note (signatures of unknown keys are ignored).
"""

from __future__ import annotations

import asyncio
import os
from base64 import urlsafe_b64decode
from pathlib import Path

from audit import CheckpointSigner, Kind, NoteSigner, NoteVerifier, Outcome, OverlappingSigner
from gateway.durable_files import put_in_place
from gateway.errors import DirectoryError
from gateway.parts import Stopped
from gateway.signing_keys.retired import public_half, read_retired, retire
from privacy import Entropy, create_key_file, load_key_file

LOG_KEY_FILE = "log.key"
NEXT_KEY_FILE = "log.key.next"
FORMER_KEY_FILE = "log.key.former"


def load_log_signer(keys_dir: Path, origin: str) -> CheckpointSigner:
    """What signs checkpoints: one key, or two while they overlap.

    Raises:
        KeyFileError: a key cannot be used.
    """
    current = NoteSigner.from_seed(origin, load_key_file(keys_dir / LOG_KEY_FILE))
    if not (keys_dir / FORMER_KEY_FILE).exists():
        return current
    former = NoteSigner.from_seed(origin, load_key_file(keys_dir / FORMER_KEY_FILE))
    if former.verifier.key_id == current.verifier.key_id:  # interrupted within step 2
        return current
    return OverlappingSigner(current, former)


def retired_log_keys(keys_dir: Path, origin: str) -> list[NoteVerifier]:
    """The keys that signed before and sign no more, the newest first.

    Raises:
        DirectoryError: the list cannot be read.
    """
    listed = read_retired(keys_dir).get(LOG_KEY_FILE, ())
    return [NoteVerifier(origin, urlsafe_b64decode(x + "=")) for x in reversed(listed)]


async def announce_log_key(
    stopped: Stopped, keys_dir: Path, origin: str, *, now: int, entropy: Entropy
) -> str:
    """Step 1: make the next key and let the log say which it is; the log must be closed before step 2.

    Returns:
        Its verifier key.

    Raises:
        DirectoryError: two keys overlap already.
        KeyFileError, AuditError: run it again.
    """
    if _overlaps(keys_dir):
        raise DirectoryError("two keys of the log overlap already: end that first")
    path = keys_dir / NEXT_KEY_FILE
    if not path.exists():
        await asyncio.to_thread(create_key_file, path, entropy)
    vkey = NoteSigner.from_seed(origin, load_key_file(path)).vkey
    await _say(stopped, "log_key_announced", vkey, now)
    return vkey


def take_over_log_key(keys_dir: Path) -> None:
    """Step 2: the announced key comes into use, and the one before it becomes the former one. Durable.

    Raises:
        DirectoryError: the files cannot be moved; run it again.
    """
    current, former = keys_dir / LOG_KEY_FILE, keys_dir / FORMER_KEY_FILE
    try:
        if not former.exists():
            os.link(current, former)
        put_in_place(keys_dir / NEXT_KEY_FILE, current)
    except OSError as exc:
        raise DirectoryError("the announced key cannot take the place of the old one") from exc


async def end_log_overlap(stopped: Stopped, keys_dir: Path, origin: str, *, now: int) -> str:
    """Step 4: the former key signs no more, and nobody has it any more.

    Returns:
        Its verifier key.

    Raises:
        DirectoryError: no two keys overlap.
        AuditError: the log could not take it; run it again.
    """
    if not _overlaps(keys_dir):
        raise DirectoryError("no two keys of the log overlap")
    path = keys_dir / FORMER_KEY_FILE
    seed = load_key_file(path)
    vkey = NoteSigner.from_seed(origin, seed).vkey
    retire(keys_dir, LOG_KEY_FILE, public_half(seed))
    await _say(stopped, "log_key_ended", vkey, now)
    path.unlink()
    return vkey


def _overlaps(keys_dir: Path) -> bool:
    former = keys_dir / FORMER_KEY_FILE
    return former.exists() and load_key_file(former) != load_key_file(keys_dir / LOG_KEY_FILE)


async def _say(stopped: Stopped, act: str, vkey: str, now: int) -> None:
    entry = stopped.writer.plain(Kind.KEY, Outcome.DONE, now, {"act": act, "key": vkey})
    stopped.sequencer.append(entry, reserved=True)
    await stopped.sequencer.wait_durable()
