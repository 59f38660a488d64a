"""A round that is killed at any step is ended by the next one: its loss is booked once or not at all, and all verifies."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys

import pytest

from gateway.bootstrap import view_fleet
from gateway.fleet.bundles import Signer
from gateway.fleet.verifying import verify_fleet
from gateway.settings.reading import load_settings
from privacy import SpendState, load_key_file
from tests.fault.gateway.round_run import OF_DEVICES, OF_THE_GATEWAY, SPENT, run
from tests.house.source import ROOT
from tests.requirement import whole_campaign

SAMPLE = ("booked", "closed-kept", "masked")
STEPS = (*OF_THE_GATEWAY, *OF_DEVICES) if whole_campaign() else SAMPLE
CLOSED = frozenset({"closed-kept", "settled", "published-entry", "published", "done"})
"""Steps at which the round itself was over."""


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step(tmp_path, step):
    directory = tmp_path / "data"
    command = [sys.executable, "-m", "tests.fault.gateway.round_run", str(directory), step]
    assert subprocess.run(command, cwd=ROOT, check=False, timeout=300).returncode == -signal.SIGKILL

    outcome, rounds, spends, balances = asyncio.run(run(directory, "none"))
    assert outcome.verdict == "published"
    *earlier, last = rounds
    assert [each.state.value for each in earlier] == (
        [] if step == "opened-entry" else ["closed" if step in CLOSED else "aborted"]
    )
    assert all(each.closed_index is not None for each in rounds)
    assert [each.spent_micro_rho > 0 for each in earlier] == [step in SPENT] * len(earlier)
    spent = sum(each.spent_micro_rho for each in rounds)
    assert {each.spent.micro_rho for each in balances} == {spent} == {sum(e.loss.micro_rho for e in spends)}
    assert len({each.key for each in spends}) == len(spends) == sum(e.spent_micro_rho > 0 for e in rounds)
    assert spends[-1].state is SpendState.PUBLISHED
    assert all(each.state is not SpendState.RESERVED for each in spends)
    assert last.spent_micro_rho > 0

    settings = load_settings(directory)
    public = Signer(load_key_file(settings.keys_dir / "models.key")).public
    with view_fleet(settings, public) as past:
        assert verify_fleet(past).findings == []
