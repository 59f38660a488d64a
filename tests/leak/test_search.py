"""The search finds what is planted, in every spelling and under every compression: or the leak suite would prove nothing."""

from __future__ import annotations

import gzip
import zlib

import pytest
import zstandard

from tests.leak.canaries import canary, search, spellings

VALUE = canary("planted")
NOISE = bytes(range(256)) * 20


@pytest.mark.parametrize("form", sorted(spellings(VALUE)))
def test_each_spelling_is_found(form: str) -> None:
    assert search(NOISE + spellings(VALUE)[form] + NOISE, {"planted": VALUE})


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress, zstandard.compress])
def test_each_compression_is_looked_into(compress) -> None:
    inner = compress(NOISE + VALUE.encode())
    assert search(NOISE + inner, {"planted": VALUE})
    assert search(NOISE + gzip.compress(inner), {"planted": VALUE})


def test_other_values_are_not_found() -> None:
    assert not search(NOISE + canary("another").encode(), {"planted": VALUE})
