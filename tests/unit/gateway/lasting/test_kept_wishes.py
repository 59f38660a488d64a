"""A wish is kept under its person's key: whoever has it reads what was wished and when, and nobody else anything."""

from __future__ import annotations

import os

import pytest

from gateway.lasting.kept_wishes import KeptWish, WishSort, open_wish, seal_wish
from privacy import NONCE_BYTES, seal, sealer

WISHES = [
    KeptWish(WishSort.DISPUTED, "lamp\n7", 1_900_000_000),
    KeptWish(WishSort.DISLIKED, "lamp"),
    KeptWish(WishSort.RESET, at=1_900_000_000),
]


@pytest.mark.parametrize("wish", WISHES)
def test_a_wish_is_what_it_was_to_its_person_and_nothing_to_others(wish: KeptWish) -> None:
    own, other = sealer(os.urandom(32)), sealer(os.urandom(32))
    sealed = seal_wish(own, wish)
    assert open_wish(own, sealed) == wish
    assert open_wish(other, sealed) is None


def test_an_item_that_was_disputed_before_moments_were_kept_is_still_not_used() -> None:
    cipher = sealer(os.urandom(32))
    sealed = seal(cipher, os.urandom(NONCE_BYTES), b"lamp", b"volens/disputed/v1")
    assert open_wish(cipher, sealed) == KeptWish(WishSort.DISPUTED, "lamp")
