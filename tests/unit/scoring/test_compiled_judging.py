"""Choosing a recipe holds nobody up: while a table is judged, other threads run."""

from __future__ import annotations

from scoring.compiled_judging import prepare_judging


def test_other_threads_run_while_a_table_is_judged() -> None:
    assert prepare_judging().targetoptions["nogil"]
