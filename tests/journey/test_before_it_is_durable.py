"""What happens between a judgement and its evidence: the log is lost, somebody leaves, a snapshot is made, something fails."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, NoReturn

import pytest

from audit import LogUnavailableError
from gateway.decision_path import DecisionPath
from gateway.directory.init_directory import initialise
from gateway.learning.explorer import Explorer
from privacy import SubjectRef
from tests.house.source import ROOT
from tests.journey.in_process import Inside, inside
from tests.journey.shop import ITEMS, PER_SHELF, view
from tests.journey.test_learning import directory, learner_of, open_shop

__all__ = ["directory"]

SHELF = 1
GATE = f"""
[composition.sensitive]
categories = ["shelf-{SHELF}"]
"""
BEHIND_THE_GATE = set(ITEMS[SHELF * PER_SHELF : (SHELF + 1) * PER_SHELF])


def ref_of(served: Inside, who: str) -> SubjectRef:
    ref = served.services.identities.ref_of(known=who, anonymous=None)
    assert ref is not None
    return ref


def shown(answer: dict[str, Any]) -> set[str]:
    return {each["id"] for each in answer["items"]}


@pytest.mark.parametrize("when", ["at once", "later"])
async def test_without_evidence_nothing_that_stands_behind_the_gate_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    gated = tmp_path / "data"
    initialise(gated)
    pack = (ROOT / "docs/examples/policies/sensitive-verticals.toml").read_text()
    for name, more in (("policy.toml", pack), ("volens.toml", GATE)):
        (gated / name).write_text((gated / name).read_text() + more)
    async with inside(gated) as served:
        await served.stock()
        await served.adopt_a_model()
        for purpose in ("recommendations", "age-verified", "not-self-excluded"):
            await served.consent("ada", "given", purpose)
        await served.batch([view("ada", ITEMS[SHELF * PER_SHELF])])
        assert shown(await served.decide("ada", limit=60)) & BEHIND_THE_GATE

        def lose(path: DecisionPath, group: Any, *_: Any) -> None:
            lost = LogUnavailableError("full")
            if when == "at once":
                raise lost
            asyncio.get_running_loop().call_soon(path._settle, group, 0, lost)

        monkeypatch.setattr(DecisionPath, "_record", lose)
        answer = await served.decide("ada", limit=60)
        assert (answer["reason"], answer["audit"]) == ("log_unavailable", None)
        assert answer["items"]
        assert not shown(answer) & BEHIND_THE_GATE


async def test_whoever_withdraws_while_their_decision_is_written_teaches_nothing(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with inside(directory) as served:
        await open_shop(served, teach=("ada",))
        learner, effect = learner_of(served), served.services.desk._effect
        record = DecisionPath._record

        def withdraw_meanwhile(path: DecisionPath, *group: Any) -> None:
            record(path, *group)
            effect.deny(ref_of(served, "ada"), ["model-improvement"])

        with monkeypatch.context() as patch:
            patch.setattr(DecisionPath, "_record", withdraw_meanwhile)
            answer = await served.decide("ada")
        assert answer["personalised"], "what the slate itself stands on was not withdrawn"
        assert (learner.people(), len(learner.decisions)) == (0, 0)


async def test_who_stays_teaches(directory: Path) -> None:
    async with inside(directory) as served:
        await open_shop(served, teach=("ada",))
        await served.decide("ada")
        assert (learner_of(served).people(), len(learner_of(served).decisions)) == (1, 1)


async def test_a_decision_that_fails_when_it_is_to_be_learnt_from_has_one_outcome(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def defect(*_: Any) -> NoReturn:
        raise ZeroDivisionError

    async with inside(directory, expects_faults=True) as served:
        await open_shop(served)
        with monkeypatch.context() as patch:
            patch.setattr(Explorer, "shown", defect)
            assert (await served.decide("ada"))["reason"] == "internal"
        assert served.services.decisions.balanced()


async def test_a_snapshot_of_any_moment_holds_what_the_durable_entries_led_to(tmp_path: Path) -> None:
    async with inside(tmp_path / "volens") as served:
        await served.stock()
        assert (await served.consent("ada", "given")).status_code == 200
        loop, log = asyncio.get_running_loop(), served.services.sequencer
        history = served.running.front._decisions._history
        slot = served.services.people.slot_of[ref_of(served, "ada")]
        await log.wait_durable()
        before = log.durable_size
        lacking: list[tuple[int, int]] = []
        looks = True

        def look_in_every_turn() -> None:
            if looks:
                led_to = len(history.of(slot))
                if led_to != log.durable_size - before:
                    lacking.append((led_to, log.durable_size - before))
                loop.call_soon(look_in_every_turn)

        loop.call_soon(look_in_every_turn)
        for item in ITEMS[:10]:
            assert (await served.batch([view("ada", item)])).json()["accepted"] == 1
        looks = False
        assert log.durable_size == before + 10
        assert lacking == []
