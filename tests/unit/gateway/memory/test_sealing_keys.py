"""Keys of many people come from one reading, and are those that one person's would be."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.memory.sealing_keys import SealingKeys
from privacy import AgingKey

DAY = 20_000


class Keys:
    """Keys of everybody but subject 3, and how often they were asked for."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []

    def load(self, subject_ids: list[int]) -> Mapping[int, Mapping[int, AgingKey]]:
        self.asked.append(sorted(subject_ids))
        return {each: {5: AgingKey(DAY, bytes([each]) * 64)} for each in subject_ids if each != 3}


def make(keys: Keys, max_keys: int = 100) -> SealingKeys:
    return SealingKeys(keys.load, lambda slot: slot, max_keys=max_keys)


def sealed_by(keys: Mapping[int, bytes]) -> bytes | None:
    return keys.get(5)


def test_the_keys_of_many_are_read_at_once_and_once():
    keys = Keys()
    keys_in_use = make(keys)
    first = keys_in_use.of_all([1, 2, 3, 1], DAY)
    assert keys.asked == [[1, 2, 3]]
    assert [sealed_by(each) for each in keys_in_use.of_all([1, 2, 3, 1], DAY)] == [
        sealed_by(each) for each in first
    ]
    assert keys.asked == [[1, 2, 3]], "what is here is not read again"


def test_many_are_the_same_as_one_by_one():
    together, alone = make(Keys()), make(Keys())
    found = together.of_all([1, 2, 3], DAY)
    assert [sealed_by(each) for each in found] == [sealed_by(alone.of(slot, DAY)) for slot in (1, 2, 3)]
    assert sealed_by(found[0]) != sealed_by(found[1])
    assert sealed_by(found[2]) is None, "whose key is gone has none"


def test_whose_keys_changed_is_read_again_and_the_others_are_not():
    keys = Keys()
    keys_in_use = make(keys)
    keys_in_use.of_all([1, 2], DAY)
    keys_in_use.drop(2)
    keys_in_use.of_all([1, 2], DAY)
    assert keys.asked == [[1, 2], [2]]


def test_more_people_than_are_kept_are_served_all_the_same():
    keys_in_use = make(Keys(), max_keys=4)
    slots = [slot for slot in range(10, 30) if slot != 3]
    assert None not in [sealed_by(each) for each in keys_in_use.of_all(slots, DAY)]


def test_so_many_are_kept_and_no_more():
    keys_in_use = make(Keys(), max_keys=64)
    for slot in range(4, 250):
        keys_in_use.of_all([slot, 3], DAY + slot // 100)
    held = [found for days in keys_in_use._keys.values() for found in days.values()]
    assert sum(len(found) + 1 for found in held) == keys_in_use._held <= 64 + 4
    keys_in_use.drop(249)
    keys_in_use.drop(249)
    assert (
        sum(len(found) + 1 for days in keys_in_use._keys.values() for found in days.values())
        == keys_in_use._held
    )


def test_the_keys_of_twenty_thousand_people_with_three_purposes_are_read_once():
    asked: list[int] = []

    def load(subject_ids: list[int]) -> Mapping[int, Mapping[int, AgingKey]]:
        asked.extend(subject_ids)
        return {each: dict.fromkeys((0, 1, 2), AgingKey(DAY, bytes(64))) for each in subject_ids}

    keys_in_use = SealingKeys(load, lambda slot: slot)
    for _ in range(2):
        for first in range(0, 20_000, 100):
            keys_in_use.of_all(range(first, first + 100), DAY)
    assert len(asked) == 20_000
