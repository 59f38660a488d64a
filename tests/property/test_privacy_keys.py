"""Keys and seals: what goes in comes out for its owner, and for nobody else."""

from __future__ import annotations

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy import (
    KeyEncryptionKey,
    KeyRing,
    SealBrokenError,
    UnwrapError,
    coarsen,
    seal,
    sealer,
    unseal,
    zone_of,
)

KEYS = st.binary(min_size=32, max_size=32)
OWNERS = st.binary(max_size=24)


@given(KEYS, KEYS, OWNERS, OWNERS, st.binary(min_size=24, max_size=24))
def test_a_wrapped_key_is_its_owners(kek, key, owner, other, nonce):
    ring = KeyRing([KeyEncryptionKey(1, kek)])
    wrapped = ring.wrap(key, owner=owner, nonce=nonce)
    assert ring.unwrap(wrapped, owner=owner) == key
    if other != owner:
        with pytest.raises(UnwrapError):
            ring.unwrap(wrapped, owner=other)


@given(KEYS, st.binary(max_size=200))
def test_unwrapping_noise_is_an_unwrap_error_and_nothing_else(kek, noise):
    with pytest.raises(UnwrapError):
        KeyRing([KeyEncryptionKey(1, kek)]).unwrap(noise, owner=b"")


@given(KEYS, st.binary(min_size=12, max_size=12), st.binary(max_size=300), st.binary(max_size=20), st.data())
def test_a_changed_seal_never_opens_to_anything(key, nonce, plaintext, aad, data):
    sealed = seal(sealer(key), nonce, plaintext, aad)
    assert unseal(sealer(key), sealed, aad) == plaintext
    at = data.draw(st.integers(0, len(sealed) - 1))
    bit = data.draw(st.integers(0, 7))
    with contextlib.suppress(SealBrokenError):
        unseal(sealer(key), sealed[:at] + bytes([sealed[at] ^ 1 << bit]) + sealed[at + 1 :], aad)
        pytest.fail("a changed seal opened")


@given(st.floats(-90, 90), st.floats(-180, 180), st.sampled_from([1, 2, 5, 10]))
def test_a_zone_says_no_more_than_its_square(latitude, longitude, degrees):
    zone = zone_of(latitude, longitude, degrees)
    assert coarsen(zone, degrees) == zone
    south, west = math.floor(latitude / degrees) * degrees, math.floor(longitude / degrees) * degrees
    if south < 90 and west < 180:
        assert zone_of(south, west, degrees) == zone
        nudged = (min(south + degrees * 0.999, 90), min(west + degrees * 0.999, 179.9999))
        assert zone_of(*nudged, degrees) == zone
