"""What is known of people in memory, and what stays of somebody who was removed."""

from __future__ import annotations

import pytest

from gateway.memory.people import People
from privacy import SubjectRef

BITS = range(16)


@pytest.fixture
def people() -> People:
    return People()


def add(people: People, number: int) -> int:
    return people.add(SubjectRef(number.to_bytes(16, "big")), number, bytes(32))


def test_whoever_was_removed_has_lost_everything_since_any_time_before(people: People) -> None:
    ada, bea = add(people, 1), add(people, 2)
    before = people.revocations
    people.remove(ada)
    people.deny(bea, 1)
    assert all(people.revocation(ada, bit) > before for bit in BITS)
    assert people.has_lost(ada, (0,), before)
    assert not any(people.revocation(bea, bit) > before for bit in BITS[1:])


def test_nothing_is_kept_of_the_changes_of_somebody_who_was_removed(people: People) -> None:
    for number in range(100):
        slot = add(people, number)
        people.deny(slot, 0b101)
        people.remove(slot)
        people.remove(slot)
    assert len(people) == 0
    assert people._revocations == {}
