"""A sample is drawn by the root: the same for everybody, another for every other root."""

from __future__ import annotations

import hashlib

from gateway.reports.sampling import DOMAIN, draw_sample

ROOT, OTHER = bytes(32), bytes([1]) * 32


def test_the_sample_follows_from_the_root() -> None:
    sample = draw_sample(ROOT, 100, 1_000_000)
    assert sample == draw_sample(ROOT, 100, 1_000_000)
    assert sample != draw_sample(OTHER, 100, 1_000_000)
    assert sample == sorted(set(sample))
    assert len(sample) == 25
    assert all(100 <= index < 1_000_000 for index in sample)
    first = hashlib.sha256(DOMAIN + ROOT + bytes(8)).digest()
    assert 100 + int.from_bytes(first[:8], "big") % 999_900 in sample


def test_a_small_population_is_looked_at_whole() -> None:
    assert draw_sample(ROOT, 3, 8) == [3, 4, 5, 6, 7]
    assert len(draw_sample(ROOT, 0, 26)) == 25
