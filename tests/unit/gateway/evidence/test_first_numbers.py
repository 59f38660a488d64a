"""Where the oldest segments went, people's entries go on with the numbers that they had, and without their key nobody's number is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit import Base, CorruptionError, Disk
from audit.wal_base import BaseHead, load_base, write_base
from gateway.evidence.first_numbers import FirstNumbers, pack_numbers
from gateway.memory.people import People
from privacy import SubjectRef, derive_evidence

KEYS = [bytes([n]) * 32 for n in range(1, 40)]


def base_with(tmp_path: Path, state: bytes) -> Base:
    for name in ("wal", "scratch"):
        (tmp_path / name).mkdir(exist_ok=True)
    write_base(tmp_path, BaseHead(7, bytes(32)), [], lambda: state, Disk())
    return load_base(tmp_path / "wal" / f"{7:016d}.base")


def everybody() -> People:
    people = People()
    for n, key in enumerate(KEYS):
        people.number[people.add(SubjectRef(bytes([n]) * 16), n, key)] = 3 * n
    return people


def test_everybody_has_the_number_they_had_and_strangers_none(tmp_path: Path) -> None:
    people = everybody()
    people.remove(5)
    numbers = FirstNumbers(base_with(tmp_path, pack_numbers(people)))
    assert numbers.first == 7
    assert [numbers.of(key) for key in KEYS] == [0 if n == 5 else 3 * n for n in range(len(KEYS))]
    assert numbers.of(bytes(32)) == 0
    again = numbers.people((SubjectRef(bytes([n]) * 16), n, key) for n, key in enumerate(KEYS))
    assert again.number.tolist() == [numbers.of(key) for key in KEYS]


def test_nothing_in_it_is_a_tag_or_a_key() -> None:
    packed = pack_numbers(everybody())
    assert len(packed) == 20 * (len(KEYS) - 1)  # whoever had no entry is not in it
    rows = [packed[at : at + 16] for at in range(0, len(packed), 20)]
    assert rows == sorted(rows)
    told = {derive_evidence(key, number)[0] for key in KEYS for number in range(130)}
    assert not told & set(rows)


def test_a_log_that_is_whole_begins_with_nothing(tmp_path: Path) -> None:
    assert (FirstNumbers(None).first, FirstNumbers(None).of(KEYS[1])) == (0, 0)
    with pytest.raises(CorruptionError):
        FirstNumbers(base_with(tmp_path, bytes(21)))
