"""A person's wish as it is kept: sealed under their own evidence key, with the sort of wish as the associated data.

So it is unreadable after an erasure, in every copy.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import Enum

from privacy import NONCE_BYTES, SealBrokenError, Sealer, seal, unseal


class WishSort(Enum):
    """What is wished: the associated data of its seal."""

    DISPUTED = b"volens/disputed/v2"
    """An item is not to be used: the moment, a line feed, the item."""
    DISLIKED = b"volens/disliked/v1"
    """Less like an item: the item."""
    RESET = b"volens/reset/v1"
    """Nothing up to a moment counts: the moment."""


_UNDATED = b"volens/disputed/v1"
"""A disputed item without the moment, as it was kept before."""


@dataclass(frozen=True, slots=True)
class KeptWish:
    """One wish of a person."""

    sort: WishSort
    """What is wished."""
    item: str = ""
    """The app's id of the item; empty of a reset."""
    at: int = 0
    """When it was wished (unix seconds); 0 where that is not kept."""


def seal_wish(cipher: Sealer, wish: KeptWish) -> bytes:
    """Seal a wish."""
    match wish.sort:
        case WishSort.DISPUTED:
            said = f"{wish.at}\n{wish.item}"
        case WishSort.DISLIKED:
            said = wish.item
        case WishSort.RESET:
            said = str(wish.at)
    return seal(cipher, os.urandom(NONCE_BYTES), said.encode(), wish.sort.value)


def open_wish(cipher: Sealer, sealed: bytes) -> KeptWish | None:
    """Open a kept wish; None if it does not open: it is not this person's."""
    for sort in WishSort:
        said = _unsealed(cipher, sealed, sort.value)
        if said is None:
            continue
        if sort is WishSort.DISLIKED:
            return KeptWish(sort, said)
        at, _, item = said.partition("\n")
        return KeptWish(sort, item, int(at))
    undated = _unsealed(cipher, sealed, _UNDATED)
    return None if undated is None else KeptWish(WishSort.DISPUTED, undated)


def _unsealed(cipher: Sealer, sealed: bytes, associated: bytes) -> str | None:
    try:
        return unseal(cipher, sealed, associated).decode()
    except SealBrokenError:
        return None
