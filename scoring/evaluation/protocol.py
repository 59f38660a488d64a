"""The protocols: which rows are learnt from, and which are asked about.

| recording | asked | tuned on |
|---|---|---|
| with an order | the last item of all with three or more | the item before, learnt from what came earlier |
| without one, test people of their own | one item of each with two or more, by a fixed rule | the same, of some of the others |
| without one, test rows of known people | each such row | a part of the rows learnt from |
| without any of these | one item of each person with at least three, by a fixed rule | the next by that rule |

What is tested on is never tuned on: a round that tunes sees no hidden row, as history or as statistics.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scoring.errors import RecordingError
from scoring.evaluation.recording import Questions, Recording, Rows

_TUNING_SHARE = 5
"""One in so many people or rows is set aside where nothing else says which."""

Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Round:
    """One learning and asking."""

    learnt: Rows
    """What statistics are made of."""
    asked: Questions
    """What is asked."""


@dataclass(frozen=True, slots=True, eq=False)
class Protocol:
    """A round to tune with and one to test with."""

    name: str
    """What it is called, in words."""
    tuning: Round
    """Nothing of the test is in it."""
    test: Round
    """The one that counts."""


def split(recording: Recording, *, tuning: int | None = None, test: int | None = None) -> Protocol:
    """The rounds for a recording.

    Args:
        recording: all rows.
        tuning: questions at most to tune with: every so many-th. None: all.
        test: likewise, to test with.

    Raises:
        RecordingError: too few people have enough rows to hide one and tune on another.
    """
    if not recording.ordered and recording.tested is not None and recording.tested.any():
        known = np.isin(recording.people[recording.tested], recording.people[~recording.tested])
        protocol = (_test_rows if known.any() else _test_people)(recording, tuning, test)
    else:
        name = "the last item of each person" if recording.ordered else "one item of each person"
        protocol = Protocol(name, _hide_latest(recording, 1, tuning), _hide_latest(recording, 0, test))
    if min(len(protocol.tuning.asked), len(protocol.test.asked)) < 1 or not len(
        protocol.tuning.learnt.people
    ):
        raise RecordingError(
            "too few people have three items or more: nothing could be hidden and asked about"
        )
    return protocol


def _hide_latest(recording: Recording, back: int, most: int | None) -> Round:
    """Ask for the row `back` from the last of everybody with three rows or more; learn from all that come before."""
    people = recording.people
    order = np.arange(len(people))
    if not recording.ordered and recording.tie is not None:
        order = np.lexsort((-recording.tie, people))
    lengths = np.bincount(people)
    starts = np.cumsum(lengths) - lengths
    from_end = lengths[people] - 1 - (np.arange(len(people)) - starts[people])
    enough = lengths[people] >= 3
    hidden = _some(order[(from_end == back) & enough], most)
    learnt = order[(from_end > back) | ~enough & (from_end >= 0)]
    return _round(recording, np.sort(learnt), hidden, np.sort(order[(from_end > back) & enough]))


def _test_people(recording: Recording, tuning: int | None, test: int | None) -> Protocol:
    """The test people are not learnt from at all; what is not hidden of each is their history."""
    tested = recording.tested
    assert tested is not None
    others = np.unique(recording.people[~tested])
    aside = np.isin(recording.people, others[others % _TUNING_SHARE == 0]) & ~tested
    return Protocol(
        "one item of each test person",
        _hide_one(recording, ~tested & ~aside, aside, tuning),
        _hide_one(recording, ~tested, tested, test),
    )


def _hide_one(
    recording: Recording, learnt: NDArray[np.bool_], asked: NDArray[np.bool_], most: int | None
) -> Round:
    rows = np.flatnonzero(asked)
    people = recording.people[rows]
    tie = recording.tie[rows] if recording.tie is not None else rows
    rows = rows[np.lexsort((tie, people))]
    first = np.ones(len(rows), dtype=np.bool_)
    first[1:] = recording.people[rows[1:]] != recording.people[rows[:-1]]
    several = np.bincount(people)[recording.people[rows]] >= 2
    hidden = _some(rows[first & several], most)
    return _round(recording, np.flatnonzero(learnt), hidden, np.sort(rows[~first & several]))


def _test_rows(recording: Recording, tuning: int | None, test: int | None) -> Protocol:
    """The test rows belong to people who are learnt from."""
    tested = recording.tested
    assert tested is not None
    train = np.flatnonzero(~tested)
    aside = np.zeros(len(tested), dtype=np.bool_)
    aside[train[(train * 2_654_435_761 >> 7) % (4 * _TUNING_SHARE) == 0]] = True
    return Protocol(
        "each test row",
        _ask_rows(recording, ~tested & ~aside, aside, tuning),
        _ask_rows(recording, ~tested, tested, test),
    )


def _ask_rows(
    recording: Recording, learnt: NDArray[np.bool_], asked: NDArray[np.bool_], most: int | None
) -> Round:
    """Ask for rows of people who have others; the history of each is all of theirs that is learnt from."""
    known = np.bincount(recording.people[learnt], minlength=int(recording.people[-1]) + 1)
    hidden = _some(np.flatnonzero(asked & (known[recording.people] > 0)), most)
    base = np.flatnonzero(learnt)
    low = np.searchsorted(recording.people[base], recording.people[hidden])
    lengths = known[recording.people[hidden]]
    offsets = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    history = base[np.repeat(low, lengths) + offsets]
    return _asking(recording, base, hidden, history, np.repeat(np.arange(len(hidden)), lengths))


def _some(rows: Indices, most: int | None) -> Indices:
    """Not more than can be asked in minutes: every so many-th."""
    if most is None or len(rows) <= most:
        return rows
    return rows[np.unique(np.linspace(0, len(rows) - 1, most).astype(np.int64))]


def _round(recording: Recording, learnt: Indices, hidden: Indices, history: Indices) -> Round:
    """A round whose questions are each of another person: the rows of `history` that are theirs go before."""
    asked = recording.people[hidden]
    history = history[np.isin(recording.people[history], asked)]
    return _asking(recording, learnt, hidden, history, np.searchsorted(asked, recording.people[history]))


def _asking(
    recording: Recording, learnt: Indices, hidden: Indices, history: Indices, question: NDArray[np.int64]
) -> Round:
    rows = recording.take(history)
    contexts = {name: values[hidden] for name, values in recording.contexts.items()}
    return Round(
        recording.take(learnt),
        Questions(
            replace(rows, people=question),
            recording.items[hidden],
            contexts,
            None if recording.times is None else recording.times[hidden],
        ),
    )
