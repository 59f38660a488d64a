"""Ciphers of many people come from one reading of their keys, and are those that one person's would be."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.memory.signal_sealers import SignalSealers
from privacy import AgingKey

DAY = 20_000
NONCE = bytes(12)


class Keys:
    """Keys of everybody but subject 3, and how often they were asked for."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []

    def load(self, subject_ids: list[int]) -> Mapping[int, Mapping[int, AgingKey]]:
        self.asked.append(sorted(subject_ids))
        return {each: {5: AgingKey(DAY, bytes([each]) * 64)} for each in subject_ids if each != 3}


def make(keys: Keys, max_ciphers: int = 100) -> SignalSealers:
    return SignalSealers(keys.load, lambda slot: slot, max_ciphers=max_ciphers)


def sealed_by(ciphers: Mapping[int, object]) -> bytes | None:
    return ciphers[5].encrypt(NONCE, b"signal", b"") if 5 in ciphers else None


def test_the_keys_of_many_are_read_at_once_and_once():
    keys = Keys()
    sealers = make(keys)
    first = sealers.of_all([1, 2, 3, 1], DAY)
    assert keys.asked == [[1, 2, 3]]
    assert [sealed_by(each) for each in sealers.of_all([1, 2, 3, 1], DAY)] == [
        sealed_by(each) for each in first
    ]
    assert keys.asked == [[1, 2, 3]], "what is here is not read again"


def test_many_are_the_same_as_one_by_one():
    together, alone = make(Keys()), make(Keys())
    found = together.of_all([1, 2, 3], DAY)
    assert [sealed_by(each) for each in found] == [sealed_by(alone.of(slot, DAY)) for slot in (1, 2, 3)]
    assert sealed_by(found[0]) != sealed_by(found[1])
    assert sealed_by(found[2]) is None, "whose key is gone has no cipher"


def test_whose_keys_changed_is_read_again_and_the_others_are_not():
    keys = Keys()
    sealers = make(keys)
    sealers.of_all([1, 2], DAY)
    sealers.drop(2)
    sealers.of_all([1, 2], DAY)
    assert keys.asked == [[1, 2], [2]]


def test_more_people_than_are_kept_are_served_all_the_same():
    sealers = make(Keys(), max_ciphers=4)
    slots = [slot for slot in range(10, 30) if slot != 3]
    assert None not in [sealed_by(each) for each in sealers.of_all(slots, DAY)]


def test_so_many_are_kept_and_no_more():
    sealers = make(Keys(), max_ciphers=64)
    for slot in range(4, 250):
        sealers.of_all([slot, 3], DAY + slot // 100)
    held = [found for days in sealers._ciphers.values() for found in days.values()]
    assert sum(len(found) + 1 for found in held) == sealers._held <= 64 + 4
    sealers.drop(249)
    sealers.drop(249)
    assert (
        sum(len(found) + 1 for days in sealers._ciphers.values() for found in days.values()) == sealers._held
    )
