"""A name that is nearly a member's is a slip for it; another word is another word."""

from __future__ import annotations

import pytest

from gateway.routes.slips import meant_by

MEMBERS = ("id", "title", "category", "tags", "price", "stock", "blocked", "provider")


@pytest.mark.parametrize(
    ("name", "member"),
    [
        ("blockd", "blocked"),
        ("isBlocked", "blocked"),
        ("is_blocked", "blocked"),
        ("inStock", "stock"),
        ("stok", "stock"),
        ("STOCK", "stock"),
        ("titel", "title"),
        ("categroy", "category"),
        ("blokket", "blocked"),
    ],
)
def test_a_slip_is_known_for_what_was_meant(name: str, member: str) -> None:
    assert meant_by(name, MEMBERS) == member


@pytest.mark.parametrize("name", ["", "brand", "url", "colour", "image_url", "subtitle", "b" * 10_000])
def test_another_word_is_none(name: str) -> None:
    assert meant_by(name, MEMBERS) is None
