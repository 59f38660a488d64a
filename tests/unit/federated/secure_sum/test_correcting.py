"""Wrong shares: as many as half of those to spare are found and got round, and one more is not taken for something else."""

from __future__ import annotations

import random

import pytest

from federated.secure_sum.correcting import correct
from federated.secure_sum.shamir import SHARE_BYTES, agrees, join, split

SECRET = bytes(range(32))


def shares_of(points: int, threshold: int) -> dict[int, bytes]:
    draw = random.Random(points).randbytes
    listed = list(range(1, points + 1))
    return dict(zip(listed, split(SECRET, threshold, listed, draw), strict=True))


@pytest.mark.parametrize(("points", "threshold"), [(3, 3), (5, 4), (17, 12), (40, 27)])
def test_so_many_wrong_shares_are_found(points: int, threshold: int) -> None:
    for wrong in range((points - threshold) // 2 + 1):
        shares = shares_of(points, threshold)
        bad = frozenset(random.Random(wrong).sample(sorted(shares), wrong))
        shares |= {point: bytes([point]).rjust(SHARE_BYTES, b"\0") for point in bad}
        found = correct(shares, threshold)
        assert found is not None
        assert (found.secret, found.wrong) == (SECRET, bad)


@pytest.mark.parametrize(("points", "threshold"), [(3, 3), (5, 4), (17, 12)])
def test_one_more_gives_nothing_that_was_shared(points: int, threshold: int) -> None:
    shares = shares_of(points, threshold)
    for point in range(1, (points - threshold) // 2 + 2):
        shares[point] = bytes([point]).rjust(SHARE_BYTES, b"\0")
    found = correct(shares, threshold)
    assert found is None or found.secret != SECRET


def test_a_share_agrees_with_others_of_the_same_secret_only() -> None:
    shares = shares_of(9, 5)
    five = {point: shares[point] for point in (1, 3, 5, 7, 9)}
    assert join(five) == SECRET
    assert agrees(five, 2, shares[2])
    assert agrees(five, 3, shares[3])
    assert not agrees(five, 2, shares[4])
