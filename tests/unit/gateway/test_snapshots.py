"""Snapshots: when people came back to things is in them, and a snapshot from before it was kept is still read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from consent import Reason, Resolution
from gateway import long_packing
from gateway.memory.owners import EntryOwners
from gateway.memory.people import People
from gateway.memory.recent_ids import RecentIds
from gateway.reading_back import ReadingBack
from gateway.snapshot_file import SnapshotFile
from gateway.snapshots import VERSION, Remembered, copy_state, pack_state, restore_state
from gateway.taking_up import TakingUp
from privacy import SubjectRef
from scoring import Contributions, History
from tests.unit.consent.material import condition_text, policy_of, purpose_text

RECOMMENDATIONS, TRAINING = 0, 1
ADA, BEA = SubjectRef(bytes([1]) * 16), SubjectRef(bytes([2]) * 16)
GATED = '{ "Viewed" = { product_id = "id", location = "place zone if location" } }'


def remembered(*known: tuple[SubjectRef, int, int]) -> Remembered:
    """Nobody did anything yet; each of these is known, under a row of the ledger, with what they permit."""
    people = People()
    for ref, subject_id, mask in known:
        people.mask[people.add(ref, subject_id, bytes(32))] = mask
    recent = RecentIds(window_seconds=3600, max_ids=100)
    return Remembered(people, History(), Contributions(), recent, EntryOwners())


@pytest.fixture
def lived() -> Remembered:
    state = remembered((ADA, 1, 0b11), (BEA, 2, 0b11))
    for slot in (0, 1):
        for item, at in [(1, 10), (2, 20), (1, 30)]:
            state.history.add(slot, item, at)
            state.contributions.add(slot, item, at)
    return state


def packed_now(state: Remembered) -> bytes:
    return b"".join(pack_state(copy_state(state, 7, ())))


def restored(packed: bytes, *known: tuple[SubjectRef, int, int]) -> Remembered:
    state = remembered(*known)
    assert restore_state(packed, state, history_bit=RECOMMENDATIONS, training_bit=TRAINING) == 7
    return state


def came_back(state: Remembered, slot: int) -> tuple[int, int]:
    """How often: by the history, and by the contributions."""
    earlier = state.contributions.export().earlier
    assert earlier is not None
    return sum(state.history.returns(slot).values()), int((earlier.times[earlier.slots == slot] > 0).sum())


def test_what_somebody_came_back_to_is_taken_up_again(lived: Remembered) -> None:
    state = restored(packed_now(lived), (BEA, 2, 0b11), (ADA, 1, 0b11))
    for slot in (0, 1):
        assert state.history.ages(slot) == lived.history.ages(slot)
        assert came_back(state, slot) == (1, 1)


def test_of_who_is_gone_or_permits_it_no_more_nothing_is(lived: Remembered) -> None:
    state = restored(packed_now(lived), (ADA, 1, 0b01), (BEA, 3, 0b11))
    assert came_back(state, 0) == (1, 0)
    assert came_back(state, 1) == (0, 0)
    assert len(state.history.earlier) == 1


def test_one_from_before_it_was_kept_is_read_and_knows_of_no_returns(lived: Remembered) -> None:
    packed = packed_now(lived)
    *older, _, _ = msgspec.msgpack.decode(packed[1:])
    state = restored(VERSION + msgspec.msgpack.encode(older), (ADA, 1, 0b11), (BEA, 2, 0b11))
    for slot in (0, 1):
        assert state.history.sightings(slot) == lived.history.sightings(slot)
        assert state.contributions.of(slot) == [1, 2]
        assert came_back(state, slot) == (0, 0)


def test_what_is_longer_than_a_piece_is_taken_up_from_its_pieces(
    lived: Remembered, monkeypatch: pytest.MonkeyPatch
) -> None:
    lived.recent.add(77)
    lived.owners.record(0, [0, 1, -1, 1, 0])
    whole = packed_now(lived)
    monkeypatch.setattr(long_packing, "LONGEST_PIECE", 3)
    packed = packed_now(lived)
    assert len(packed) > len(whole) > 1000
    state = restored(packed, (ADA, 1, 0b11), (BEA, 2, 0b11))
    monkeypatch.undo()
    assert packed_now(state) == whole


def test_one_of_the_version_before_is_read(lived: Remembered) -> None:
    packed = packed_now(lived)
    state = restored(b"\x04" + packed[1:], (ADA, 1, 0b11), (BEA, 2, 0b11))
    assert packed_now(state) == packed
    other = remembered((ADA, 1, 0b11))
    for version in (b"\x03", b"\x06"):
        taken = restore_state(version + packed[1:], other, history_bit=RECOMMENDATIONS, training_bit=TRAINING)
        assert (taken, len(other.history)) == (0, 0)


def test_what_comes_after_the_copy_is_not_in_it(lived: Remembered) -> None:
    before = packed_now(lived)
    copied = copy_state(lived, 7, ())
    lived.history.add(0, 9, 40)
    lived.history.clear(1)
    lived.contributions.add(1, 9, 40)
    lived.contributions.clear(0)
    lived.recent.add(77)
    lived.people.number[0] = 12
    lived.people.remove(1)
    assert b"".join(pack_state(copied)) == before
    assert packed_now(lived) != before


def test_of_an_entry_that_is_not_durable_the_number_is_taken_back(lived: Remembered) -> None:
    lived.people.number[0] = 5
    state = restored(b"".join(pack_state(copy_state(lived, 7, [0, -1, 0]))), (ADA, 1, 0b11))
    assert state.people.number[0] == 3


def test_a_file_that_cannot_be_written_leaves_the_one_before(tmp_path: Path) -> None:
    file = SnapshotFile(tmp_path / "snapshot" / "state", tmp_path / "snapshot.key")
    assert file.write([b"first"]) == (tmp_path / "snapshot" / "state").stat().st_size

    def broken() -> Iterator[bytes]:
        yield b"half"
        raise OSError(28, "no room")

    with pytest.raises(OSError, match="no room"):
        file.write(broken())
    assert file.read() == b"first"
    file.write([b"sec", b"ond"])
    assert file.read() == b"second"
    assert sorted(each.name for each in (tmp_path / "snapshot").iterdir()) == ["state"]


def test_the_key_of_the_one_before_is_gone(tmp_path: Path) -> None:
    path, key = tmp_path / "snapshot" / "state", tmp_path / "snapshot.key"
    file = SnapshotFile(path, key)
    file.write([b"first"])
    older = path.read_bytes()
    file.write([b"second"])
    path.write_bytes(older)
    assert file.read() is None


class RuleNotes:
    """Says of whom something was taken up: stands in for what rules remember."""

    def __init__(self) -> None:
        self.taken: dict[int, int] = {}

    def pack(self) -> bytes:
        return b"notes of everybody"

    def restore(self, packed: bytes, index: int, slot_now: Callable[[int, int], int]) -> None:
        self.taken = {bit: slot_now(bit, 0) for bit in (0, 1)}


def of_rules(before: str, now: str, reason: Reason | None = None, fields: str = GATED) -> dict[int, int]:
    """Where what rules remember of the first person goes, by purpose, after a start with another policy; nothing if nowhere."""

    def state(names: str, fields: str = GATED) -> Remembered:
        purposes = [purpose_text(name, name[:3], fields=fields) for name in names.split()]
        policy = policy_of(*purposes, condition_text("location", "loc"))
        found = remembered((ADA, 1, 0b11))
        taking_up = TakingUp(policy, found.people, ReadingBack(policy, {}))
        return replace(found, rules=RuleNotes(), taking_up=taking_up)

    packed, after = packed_now(state(before)), state(now, fields)
    if reason is not None:
        after.people.take_up(0, Resolution(0b11, 0, None, {2: reason}))
    assert isinstance(after.rules, RuleNotes)
    begins = restore_state(packed, after, history_bit=None, training_bit=None)
    assert begins == (7 if after.rules.taken else 0)
    return after.rules.taken


def test_what_rules_remember_stays_with_its_purpose() -> None:
    assert of_rules("first second", "first second") == {0: 0, 1: 0}
    assert of_rules("first", "first second") == {0: 0, 1: 0}


def test_a_snapshot_of_purposes_that_were_others_or_saw_something_else_is_not_taken_up() -> None:
    for now in ("second first", "first other", "first"):
        assert of_rules("first second", now) == {}
    assert of_rules("first", "first", fields='{ "Viewed" = { product_id = "id" } }') == {}


def test_a_snapshot_that_does_not_say_under_which_purposes_it_was_made_is_not_taken_up() -> None:
    found, policy = remembered((ADA, 1, 0b11)), policy_of(purpose_text("first", "fir"))
    judge = TakingUp(policy, found.people, ReadingBack(policy, {}))
    assert not judge.may_be_read([])
    assert judge.may_be_read(judge.purposes)
    assert (
        restore_state(packed_now(found), replace(found, taking_up=judge), history_bit=None, training_bit=None)
        == 0
    )


@pytest.mark.parametrize("reason", [Reason.EXPIRED, Reason.SUPERSEDED, Reason.UNPROVABLE])
def test_what_rules_remember_does_not_outlive_a_condition_of_its_fields(reason: Reason) -> None:
    assert of_rules("first second", "first second", reason) == {0: -1, 1: -1}
