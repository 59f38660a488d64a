"""Showing our log to witnesses: what counts, what is kept, who is told when somebody knows another history."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from audit import RollbackError, Sequencer, TrustPolicy, read_witnessed
from gateway.receipts.published_log import PublishedLog
from gateway.telemetry.journal import Journal
from gateway.witness.cosigning import Cosigning
from gateway.witness.elder import refuse_younger
from gateway.witness.witnessed_file import WitnessedFile
from tests.unit.audit.logs import SIGNER, entry, started
from tests.unit.gateway.witness.witness_room import FORKED, Witness, policy_of, submission


class House:
    """A log that is written and shown."""

    def __init__(self, root: Path, log: Sequencer, *witnesses: Witness, threshold: int = 1) -> None:
        self.log, self.witnesses = log, witnesses
        self.policy: TrustPolicy = policy_of(*witnesses, threshold=threshold)
        self.kept = WitnessedFile(root / "witnessed", self.policy)
        self.published = PublishedLog(log, root / "log", witnessed=self.kept.note)
        self.said = io.StringIO()
        self.cosigning = Cosigning(
            policy=self.policy,
            callers=[each.caller() for each in witnesses],
            log=self.published,
            kept=self.kept,
            journal=Journal(lambda: 0, self.said),
            interval_seconds=0.01,
            alarm_seconds=0.0,
        )

    async def grow(self, count: int) -> None:
        """Append, and publish."""
        first = self.log.size
        self.log.append_many([entry(n) for n in range(first, first + count)], [b""] * count)
        await self.log.wait_durable()
        await self.log._publishing.finish()  # what its timer does

    def happened(self) -> list[str]:
        """What the journal says."""
        return [json.loads(line)["happening"] for line in self.said.getvalue().splitlines()]


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[Sequencer]:
    opened = await started(tmp_path)
    yield opened
    await opened.close()


async def test_a_checkpoint_is_cosigned_and_proofs_are_made_against_it(
    tmp_path: Path, log: Sequencer
) -> None:
    house = House(tmp_path, log, Witness(tmp_path / "w"))
    await house.grow(300)
    assert house.published.prove(5)[1].count("\N{EM DASH}".encode()) == 1
    await house.cosigning.run_round()
    assert house.cosigning.size == log.size == 301
    assert house.published.prove(5)[1].count("\N{EM DASH}".encode()) == 2
    await house.grow(300)
    assert house.published.prove(400)[1].count("\N{EM DASH}".encode()) == 1  # not witnessed yet
    assert house.published.prove(5)[1].count("\N{EM DASH}".encode()) == 2
    await house.cosigning.run_round()
    assert house.cosigning.size == 601
    note = house.kept.note()
    assert note is not None
    assert read_witnessed(note, house.policy).is_enough


async def test_what_was_witnessed_is_still_known_after_a_restart(tmp_path: Path, log: Sequencer) -> None:
    witness = Witness(tmp_path / "w")
    house = House(tmp_path, log, witness)
    await house.grow(10)
    await house.cosigning.run_round()
    again = House(tmp_path, log, witness)
    assert again.kept.size == 11
    await again.grow(10)
    await again.cosigning.run_round()  # it does not know yet what the witness has: it is told
    assert again.kept.size == 21
    stranger = House(tmp_path, log, Witness(tmp_path / "x", seed=9))
    assert stranger.kept.size == 0  # another policy: nothing is believed of it


async def test_too_few_are_told_and_publication_goes_on(tmp_path: Path, log: Sequencer) -> None:
    one, two = Witness(tmp_path / "w1", seed=8), Witness(tmp_path / "w2", seed=9)
    house = House(tmp_path, log, one, two, threshold=2)
    two.answers = False
    await house.grow(10)
    await house.cosigning.run_round()
    await house.cosigning.run_round()
    assert house.cosigning.size == 0
    assert house.cosigning.unwitnessed_seconds() > 0
    assert house.happened() == ["witnesses_missing"]
    two.answers = True
    await house.cosigning.run_round()
    assert house.cosigning.size == 11
    assert house.cosigning.unwitnessed_seconds() == 0
    assert house.happened() == ["witnesses_missing", "witnesses_back"]


async def test_a_witness_that_knows_a_longer_log_is_told_loudly(tmp_path: Path, log: Sequencer) -> None:
    witness = Witness(tmp_path / "w")
    house = House(tmp_path, log, witness)
    witness.desk.add_checkpoint(submission(0, 500))
    await house.grow(10)
    await house.cosigning.run_round()
    await house.cosigning.run_round()
    assert house.cosigning.size == 0
    assert house.cosigning.conflicts == 2
    assert house.happened().count("witness_disagrees") == 1
    with pytest.raises(RollbackError):
        await refuse_younger([witness.caller()], house.published, log.root)


async def test_a_witness_that_knows_another_log_is_told_loudly(tmp_path: Path, log: Sequencer) -> None:
    witness = Witness(tmp_path / "w")
    house = House(tmp_path, log, witness)
    witness.desk.add_checkpoint(submission(0, 8, FORKED))
    await house.grow(10)
    await house.cosigning.run_round()
    assert (house.cosigning.size, house.cosigning.conflicts) == (0, 1)
    with pytest.raises(RollbackError):
        await refuse_younger([witness.caller()], house.published, log.root)
    witness.desk.add_checkpoint(submission(8, 11, FORKED))
    with pytest.raises(RollbackError):
        await refuse_younger([witness.caller()], house.published, log.root)


async def test_a_witness_that_agrees_or_is_silent_stops_nobody(tmp_path: Path, log: Sequencer) -> None:
    witness = Witness(tmp_path / "w")
    house = House(tmp_path, log, witness)
    await house.grow(10)
    await refuse_younger([witness.caller()], house.published, log.root)
    await house.cosigning.run_round()
    await refuse_younger([witness.caller()], house.published, log.root)
    await house.grow(500)
    await refuse_younger([witness.caller()], house.published, log.root)
    witness.answers = False
    await refuse_younger([witness.caller()], house.published, log.root)


async def test_a_lying_witness_adds_nothing(tmp_path: Path, log: Sequencer) -> None:
    """It signs with another key or another tree: what it says counts for nothing."""
    witness = Witness(tmp_path / "w")
    house = House(tmp_path, log, witness)
    await house.grow(10)
    caller = house.cosigning._callers[0]
    signer = Witness(tmp_path / "x", seed=9).signer
    text = house.published.newest().decode().partition("\n\n")[0] + "\n"
    for lie in (signer.cosign(text, 5), witness.signer.cosign(text.replace("11", "12", 1), 5)):

        async def tell(body: bytes, lie: bytes = lie) -> bytes:
            return lie

        caller.add = tell  # type: ignore[method-assign]
        await house.cosigning.run_round()
        assert house.kept.size == 0


async def test_what_cannot_be_kept_is_asked_for_again(
    tmp_path: Path, log: Sequencer, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path, log, Witness(tmp_path / "w"))
    await house.grow(10)

    def fail(note: bytes) -> None:
        raise OSError(28, "no space")

    with monkeypatch.context() as patched:
        patched.setattr(house.kept, "keep", fail)
        await house.cosigning.run_round()
    assert house.cosigning.size == 0
    assert house.cosigning.unwitnessed_seconds() > 0
    await house.cosigning.run_round()
    assert house.cosigning.size == 11


async def test_the_loop_asks_by_itself(tmp_path: Path, log: Sequencer) -> None:
    house = House(tmp_path, log, Witness(tmp_path / "w"))
    house.cosigning.start()
    await house.grow(3)
    for _ in range(3_000):
        if house.cosigning.size:
            break
        await asyncio.sleep(0.01)
    await house.cosigning.stop()
    assert SIGNER.name.encode() in (house.kept.note() or b"")
