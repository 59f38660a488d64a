"""Whom a rule leaves out to compare with: by a hash of its name and the pseudonym, so it is the same after every restart."""

from __future__ import annotations

from collections.abc import Callable

from gateway.memory.people import People
from scoring import hash_share


def shares(people: People) -> Callable[[str, int], float]:
    """Where a person (slot) falls for a rule (name), from 0 up to but not including 1; 1 for somebody who is gone."""

    def share_of(rule: str, slot: int) -> float:
        ref = people.ref_of[slot]
        return 1.0 if ref is None else hash_share(f"holdout/{rule}/", ref.hex())

    return share_of
