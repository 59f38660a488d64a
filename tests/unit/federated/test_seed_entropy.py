"""How many bits of a mask's seed count: all of ours, 28 of Flower's (flwrlabs/flower#7522), by Flower's own code."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from flwr.common.secure_aggregation.crypto.symmetric_encryption import generate_shared_key
from flwr.common.secure_aggregation.secaggplus_utils import pseudo_rand_gen
from flwr.supercore.primitives.asymmetric import generate_key_pairs

from federated.secure_sum.masks import Use, agree, mask_of, public_of
from tests.unit.federated.summing import chance

N_VALUES = 8


def flower(seed: bytes) -> np.ndarray:
    return pseudo_rand_gen(seed, 2**32, [(N_VALUES,)])[0]


def ours(seed: bytes) -> np.ndarray:
    return mask_of(seed, N_VALUES)


def live_bits(stream: Callable[[bytes], np.ndarray], seeds: list[bytes]) -> int:
    """Bits of the seed that can be told from the stream: of all 256, those that do not cancel against another one.

    A bit that changes the stream is counted unless flipping it does just what flipping a counted one does.
    """
    seed = seeds[0]
    streams: set[bytes] = set()
    for bit in range(8 * len(seed)):
        flipped = (int.from_bytes(seed, "little") ^ (1 << bit)).to_bytes(len(seed), "little")
        streams.add(stream(flipped).tobytes())
    streams.discard(stream(seed).tobytes())
    return len(streams)


def folded(seed: bytes) -> int:
    """What Flower's generator makes of a seed before it draws: 32 bits."""
    return int(np.bitwise_xor.reduce(np.frombuffer(seed, "<u4")))


def test_every_bit_of_our_seeds_changes_the_mask_in_its_own_way() -> None:
    assert live_bits(ours, [chance(1)(32)]) == 256


def test_at_most_32_bits_of_flowers_seeds_do() -> None:
    assert live_bits(flower, [chance(1)(32)]) == 32


def test_flowers_agreed_keys_vary_in_28_bits_of_the_32() -> None:
    pairs = [generate_key_pairs() for _ in range(24)]
    agreed = [generate_shared_key(a[0], b[1]) for a, b in combinations(pairs, 2)]
    first = folded(agreed[0])
    varying = 0
    for seed in agreed:
        varying |= first ^ folded(seed)
    assert varying.bit_count() <= 28


def test_our_agreed_keys_vary_in_all_256() -> None:
    draw = chance(2)
    secrets = [draw(32) for _ in range(12)]
    agreed = [agree(one, public_of(other), bytes(32), Use.MASK) for one, other in combinations(secrets, 2)]
    numbers = [int.from_bytes(key) for key in agreed if key is not None]
    assert len(set(numbers)) == len(agreed)
    varying = 0
    for number in numbers:
        varying |= number ^ numbers[0]
    assert varying.bit_count() == 256


def test_a_mask_of_flowers_is_found_by_trying_its_seeds() -> None:
    # The whole search is 2**28 tries; here all but 12 bits are given, so that it takes a moment.
    agreed = generate_shared_key(generate_key_pairs()[0], generate_key_pairs()[1])
    mask, known = flower(agreed), folded(agreed) & ~0xFFF
    found = [
        low
        for low in range(1 << 12)
        if np.array_equal(np.random.RandomState(known | low).randint(0, 2**32 - 1, N_VALUES, np.int64), mask)
    ]
    assert found == [folded(agreed) & 0xFFF]


def test_two_devices_agree_on_the_same_key_and_each_use_has_its_own() -> None:
    draw = chance(3)
    one, other = draw(32), draw(32)
    mask = agree(one, public_of(other), bytes(32), Use.MASK)
    assert mask == agree(other, public_of(one), bytes(32), Use.MASK)
    assert mask != agree(one, public_of(other), bytes(32), Use.SHARES)
    assert mask != agree(one, public_of(other), bytes([1]) * 32, Use.MASK)


@pytest.mark.parametrize("weak", [bytes(32), b"\x01" + bytes(31)])
def test_a_public_key_that_agrees_with_everybody_is_refused(weak: bytes) -> None:
    assert agree(chance(1)(32), weak, bytes(32), Use.MASK) is None
