"""The disk is written to while something else is measured, and what stopped is told from what did not."""

from __future__ import annotations

from pathlib import Path
from time import sleep

from bench.disk_probe import STOPPED, stops, touched, watching


def test_writes_are_made_while_the_block_runs_and_leave_no_file(tmp_path: Path) -> None:
    with watching(tmp_path) as writes:
        while len(writes) < 2:
            sleep(0.01)
    assert all(began < ended for began, ended in writes)
    assert writes == sorted(writes)
    assert not list(tmp_path.iterdir())


def test_a_stop_is_a_write_that_took_long_enough() -> None:
    assert stops([(0.0, STOPPED / 2), (1.0, 1.0 + 2 * STOPPED)]) == [(1.0, 1.0 + 2 * STOPPED)]


def test_spans_touch_when_they_share_a_moment() -> None:
    assert touched((1.0, 2.0), [(5.0, 6.0), (2.0, 3.0)])
    assert touched((1.0, 9.0), [(5.0, 6.0)])
    assert not touched((1.0, 2.0), [(2.1, 3.0), (0.0, 0.9)])
