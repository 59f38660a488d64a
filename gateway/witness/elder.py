"""Before anything is signed: does a witness remember a longer log than ours? Then ours is an older copy, and is not gone on with.

The head in the keys directory says so too, unless it was restored with the rest. A witness is what was not restored. Whatever one
says counts only with our own signature on it, so a lying witness can stop nobody. One that does not answer stops nobody either.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from audit import Checkpoint, CorruptionError, NoteError, RollbackError, open_note, parse_checkpoint
from gateway.receipts.published_log import PublishedLog
from gateway.witness.asking import WitnessCaller


async def refuse_younger(
    callers: Sequence[WitnessCaller], log: PublishedLog, durable: Callable[[], tuple[int, bytes]]
) -> None:
    """Ask every witness what it saw last of our log.

    Args:
        callers: whom to ask.
        log: what is published.
        durable: how many entries there are, and the root over them.

    Raises:
        RollbackError: one of them has cosigned a longer log, or another one of the same size.
    """
    origin = log.verifiers()[0].name
    for note in await asyncio.gather(*(each.latest(origin) for each in callers)):
        seen = None if note is None else _read(note, log)
        if seen is not None:
            await asyncio.to_thread(_compare, seen, log, durable)


def _read(note: bytes, log: PublishedLog) -> Checkpoint | None:
    """What a witness shows, if it is ours."""
    try:
        seen = parse_checkpoint(open_note(note, log.verifiers()).text)
    except NoteError:
        return None
    return seen if seen.origin == log.verifiers()[0].name else None


def _compare(seen: Checkpoint, log: PublishedLog, durable: Callable[[], tuple[int, bytes]]) -> None:
    size, root = durable()
    if seen.size > size:
        raise RollbackError("a witness has seen a longer log: this one comes from an older copy")
    if seen.size == size:
        ours: bytes | None = root
    else:
        try:
            ours = log.root_at(seen.size)
        except (
            CorruptionError
        ):  # not published so far: the witness compares it itself with the next checkpoint
            ours = None
    if ours is not None and ours != seen.root:
        raise RollbackError("a witness has seen another log of this name")
