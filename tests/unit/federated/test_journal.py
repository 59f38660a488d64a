"""The journal of a round: wherever it stops, it says whether something was spent and whether it can be finished."""

from __future__ import annotations

import msgspec
import pytest

from federated import DocumentError, JournalLine, RoundStep, read_document, read_journal, write_document

HEX = "cd" * 32
STEPS = list(RoundStep)


def lines(n_steps: int = 6) -> list[JournalLine]:
    needs_position = {RoundStep.ASKED: 5, RoundStep.CHECKED: 9}
    return [
        JournalLine(
            manifest=HEX, step=step, at=100 + n, position=needs_position.get(step),
            digest=HEX if step in {RoundStep.RELEASED, RoundStep.CLOSED} else None,
        )
        for n, step in enumerate(STEPS[:n_steps])
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("n_steps", "is_spent", "can_be_finished"),
    [
        (1, False, False),
        (2, False, False),
        (3, False, False),
        (4, True, False),
        (5, True, True),
        (6, True, False),
    ],
)
def test_after_a_crash_at_each_step(n_steps: int, is_spent: bool, can_be_finished: bool) -> None:
    state = read_journal(lines(n_steps))
    assert state.step is STEPS[n_steps - 1]
    assert (state.is_spent, state.can_be_finished) == (is_spent, can_be_finished)


def test_a_round_closed_early_has_spent_nothing() -> None:
    state = read_journal([*lines(2), lines()[-1]])
    assert state.step is RoundStep.CLOSED
    assert not state.is_spent


def test_positions_and_the_release_are_remembered() -> None:
    state = read_journal(lines())
    assert (state.asked_at, state.checked_at, state.release) == (5, 9, HEX)


@pytest.mark.parametrize(
    "bad",
    [
        [],
        lines()[1:],
        lines()[::-1],
        [*lines(2), *lines(2)],
        [*lines(1), *lines(4)[2:]],
        [lines()[0], msgspec.structs.replace(lines()[1], manifest="00" * 32)],
        [lines()[0], msgspec.structs.replace(lines()[1], position=None)],
        [*lines(4), msgspec.structs.replace(lines()[4], digest=None)],
    ],
)
def test_what_is_not_one_round_in_order_is_refused(bad: list[JournalLine]) -> None:
    with pytest.raises(DocumentError):
        read_journal(bad)


def test_a_line_is_read_as_it_was_written() -> None:
    for line in lines():
        assert read_document(JournalLine, write_document(line)) == line
