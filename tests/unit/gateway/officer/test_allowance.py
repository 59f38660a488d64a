"""Tests of `gateway.officer.allowance`."""

from __future__ import annotations

import pytest

from gateway.officer.allowance import Allowance
from gateway.pages.refusals import TooManyError

HOUR = 3_600
DAY = 24 * HOUR


def test_so_many_entries_and_each_officer_has_their_own() -> None:
    allowance = Allowance(100, lambda: 0.0)
    allowance.take("vera", 60)
    with pytest.raises(TooManyError):
        allowance.take("vera", 50)
    allowance.take("vera", 40)  # what was refused was not counted
    allowance.take("vera", 0)
    allowance.take("otto", 100)
    with pytest.raises(TooManyError):
        allowance.take("vera", 1)


def test_what_was_seen_counts_for_a_whole_day() -> None:
    now = [0.0]
    allowance = Allowance(100, lambda: now[0])
    allowance.take("vera", 60)
    now[0] = 12 * HOUR
    allowance.take("vera", 40)
    now[0] = DAY - 1
    with pytest.raises(TooManyError):
        allowance.take("vera", 1)
    now[0] = DAY
    allowance.take("vera", 60)
    with pytest.raises(TooManyError):
        allowance.take("vera", 1)


def test_never_more_than_that_in_any_day() -> None:
    now, shown = [0.0], []
    allowance = Allowance(100, lambda: now[0])
    for step in range(400):
        now[0] = step * HOUR / 4
        try:
            allowance.take("vera", 7)
        except TooManyError:
            continue
        shown.append(now[0])
    assert max(7 * sum(at - DAY < other <= at for other in shown) for at in shown) == 98
