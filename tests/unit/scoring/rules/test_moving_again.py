"""Moves are made again while the log is read, and wait for their records."""

from __future__ import annotations

import pytest

from scoring import Effect, EffectKind, Segment
from scoring.rules.conditions import Present
from scoring.rules.moving_again import MovingAgain


class Movements:
    """Whoever is looked at joins a segment each time; what was taken back is kept."""

    def __init__(self) -> None:
        self.undone: list[tuple[int, str, int]] = []

    def look(self, segments: list[str], present: Present, at: int) -> list[Effect]:
        return [
            Effect(
                kind=EffectKind.JOINED,
                source=each,
                bit=present.bit,
                slot=present.slot,
                at=at,
                fields={},
                undo=lambda each=each: self.undone.append((present.slot, each, at)),
            )
            for each in segments
        ]


@pytest.fixture
def movements() -> Movements:
    return Movements()


@pytest.fixture
def again(movements) -> MovingAgain:
    return MovingAgain(movements)


def look(again: MovingAgain, slot: int, at: int, *segments: str) -> None:
    named: list[Segment] = list(segments)  # type: ignore[arg-type]  # names are enough here
    again.look(named, Present(0, slot, at, {}, -1), at)


def test_what_nothing_was_recorded_of_is_taken_back_the_last_first(again, movements):
    for at in (1, 2, 3):
        look(again, 7, at, "a")
    again.confirm(0, 7, "a")
    again.settle()
    assert movements.undone == [(7, "a", 3), (7, "a", 2)]


def test_of_somebody_who_is_forgotten_nothing_is_taken_back_and_of_others_it_is(again, movements):
    look(again, 7, 1, "a", "b")
    look(again, 8, 1, "a")
    again.forget(0, 7)
    again.forget(0, 7)
    again.settle()
    assert movements.undone == [(8, "a", 1)]


def test_a_record_without_a_move_changes_nothing(again, movements):
    again.confirm(0, 7, "a")
    look(again, 7, 1, "a")
    again.confirm(0, 7, "b")
    again.confirm(1, 7, "a")
    again.settle()
    assert movements.undone == [(7, "a", 1)]


def test_nothing_is_kept_of_whom_every_move_has_its_record(again):
    look(again, 7, 1, "a", "b")
    again.confirm(0, 7, "a")
    again.confirm(0, 7, "b")
    assert not again._waiting
