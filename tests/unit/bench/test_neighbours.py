"""Processor time of others is what is left when ours is taken away."""

from __future__ import annotations

import os
from pathlib import Path

from bench.neighbours import Account, machine_seconds, process_seconds

TICKS = os.sysconf("SC_CLK_TCK")


def test_waiting_and_idling_is_not_work_but_what_the_host_took_is() -> None:
    line = "cpu  {} {} {} {} {} {} {} {} 99 99\ncpu0 1 2 3 4 5 6 7 8 9 9\n"
    busy = line.format(*(n * TICKS for n in (1, 2, 4, 1000, 1000, 8, 16, 32)))
    assert machine_seconds(busy) == 63


def test_a_process_may_have_a_name_with_spaces_and_brackets() -> None:
    fields = ["S", *["0"] * 10, str(3 * TICKS), str(2 * TICKS), "7", "7"]
    assert process_seconds(f"42 (a (b) c) {' '.join(fields)}\n") == 5


def test_the_share_of_others_is_of_all_cores() -> None:
    cores = os.cpu_count() or 1
    before, after = Account(at=10, all=100, ours=50), Account(at=20, all=100 + 4 * cores, ours=50 + 3 * cores)
    assert after.others_since(before) == 0.1
    assert before.others_since(Account(at=0, all=100, ours=0)) == 0


def test_this_machine_can_be_read() -> None:
    assert machine_seconds(Path("/proc/stat").read_text()) > 0
    assert process_seconds(Path("/proc/self/stat").read_text()) > 0
