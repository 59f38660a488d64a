"""The row about removals is of removals that give the right result."""

from __future__ import annotations

from bench.removal import measure


def test_what_is_measured_is_exact() -> None:
    trained, removed, apart = measure(64, 3, 2)
    assert min(trained, removed) > 0
    assert apart < 1e-12
