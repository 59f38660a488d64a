"""When the clock or the log cannot be relied on, nothing passes, and nobody gets an error page instead of a slate."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from nacl.signing import SigningKey

import gateway.readiness.records_probe
import gateway.telemetry.metrics
from audit import LogUnavailableError, verify_directory
from audit.disk import Disk
from consent import StoreCorruptError, StoreError, StoreUnavailableError
from gateway.log_feed import LogFeed
from gateway.routing import FeedError
from gateway.stores.records import SqlRecords
from gateway.telemetry.metrics import CONTENT_TYPE
from tests.journey.breaking import Breaking
from tests.journey.fleet_people import PURPOSE, generous, node_key
from tests.journey.in_process import inside
from tests.journey.shop import item, view


async def test_a_clock_that_steps_back_permits_nothing_until_it_has_caught_up(tmp_path: Path) -> None:
    async with inside(tmp_path / "volens") as served:
        await served.stock()
        await served.adopt_a_model()
        await served.personalise("ada")
        offset = 0.0
        served.services.clock._read = lambda: time.time() + offset
        offset = -3600.0
        answer = await served.decide("ada")
        assert not answer["personalised"]
        assert (await served.batch([view("ada", item(1, 2))])).json()["accepted"] == 0
        assert (await served.http.get("/readyz")).status_code == 503
        offset = 0.0
        assert (await served.decide("ada"))["personalised"]


async def test_records_that_do_not_answer_are_seen_by_whoever_asks_whether_it_is_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "volens"
    monkeypatch.setattr(gateway.readiness.records_probe, "EVERY_SECONDS", 0.0)
    async with inside(directory) as served:

        async def ready() -> tuple[int, bool, bool]:
            answer = await served.http.get("/readyz")
            metrics = await served.http.get("/metrics")
            assert metrics.headers["content-type"] == CONTENT_TYPE
            return answer.status_code, answer.json()["checks"]["records"], "volens_ready 1.0" in metrics.text

        assert await ready() == (200, True, True)
        monkeypatch.setattr(gateway.readiness.records_probe, "WITHIN_SECONDS", 0.1)
        with closing(sqlite3.connect(directory / "records.db", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")  # as a copying program does that takes its time
            assert await ready() == (503, False, False)
        monkeypatch.setattr(gateway.readiness.records_probe, "WITHIN_SECONDS", 60.0)
        assert await ready() == (200, True, True)


async def test_a_consent_that_runs_out_is_not_brought_back_by_the_clock(tmp_path: Path) -> None:
    async with inside(tmp_path / "volens") as served:
        await served.stock()
        await served.adopt_a_model()
        await served.personalise("bea")
        offset = 366 * 86_400.0
        served.services.clock._read = lambda: time.time() + offset
        served.http.headers.pop("authorization")
        await served.sign_in()
        assert (await served.decide("bea"))["reason"] == "expired"
        offset = 0.0
        assert not (await served.decide("bea"))["personalised"]


@pytest.mark.parametrize("failure", [StoreUnavailableError, StoreCorruptError])
async def test_a_consent_that_ran_out_while_the_records_cannot_be_read_permits_nothing_and_spoils_nothing(
    tmp_path: Path, failure: type[StoreError]
) -> None:
    async with inside(tmp_path / "volens") as served:
        await served.stock()
        await served.adopt_a_model()
        for who in ("ada", "bea"):
            await served.personalise(who)
        people, ref_of = served.services.people, served.services.identities.ref_of
        ada = people.slot_of[ref_of(known="ada", anonymous=None)]
        until, people.expires_at[ada] = people.expires_at[ada], 0
        broken = Breaking(SqlRecords, "records_of", failure("gone"))
        answers = await asyncio.gather(*[served.decide(who) for who in ("ada", "bea")])
        assert [answer["personalised"] for answer in answers] == [False, True]
        assert all(answer["items"] for answer in answers)
        assert (await served.batch([view("ada", item(1, 2)), view("bea", item(1, 2))])).json()[
            "accepted"
        ] == 1
        broken.mend()
        assert (await served.decide("ada"))["personalised"], "now the ledger can say that it has not run out"
        assert people.expires_at[ada] == until


async def test_what_cannot_be_judged_while_the_records_cannot_be_read_is_not_passed_over_on_its_way_out(
    tmp_path: Path,
) -> None:
    async with inside(tmp_path / "volens") as served:
        await served.stock()
        await served.consent("ada", "given")
        assert (await served.batch([view("ada", item(1, 2))])).json()["accepted"] == 1
        services, entries = served.services, served.running.front._decisions._log
        people, clock = services.people, services.clock
        feed = LogFeed(
            sequencer=services.sequencer, owners=entries._owners, people=people,
            enforcement=services.enforcement, policy=services.policy, clock=clock,
        )  # fmt: skip
        (signal,) = (await feed.read("recommendations", 0, 100)).signals
        (slot,) = people.slot_of.values()
        people.expires_at[slot] = 0
        broken = Breaking(SqlRecords, "records_of", StoreUnavailableError("gone"))
        with pytest.raises(FeedError):
            await feed.read("recommendations", 0, 100)
        for judge in (feed.renewed, feed.still_permitted):
            with pytest.raises(FeedError):
                judge(signal)
        broken.mend()
        assert feed.still_permitted(signal), "now the ledger can say that it has not run out"
        assert (await feed.read("recommendations", 0, 100)).signals == (signal,)


async def test_a_clock_that_leaps_ten_years_ahead_permits_nothing_and_leaves_a_whole_log(
    tmp_path: Path,
) -> None:
    directory = tmp_path / "volens"
    async with inside(directory) as served:
        await served.stock()
        await served.adopt_a_model()
        await served.personalise("dora")
        offset = -0.001
        served.services.clock._read = lambda: time.time() + offset
        assert (await served.decide("dora"))["personalised"], "a millisecond back is nothing"
        offset = 3653 * 86_400.0
        served.http.headers.pop("authorization")
        await served.sign_in()
        assert (await served.decide("dora"))["reason"] == "expired"
        assert (await served.batch([view("dora", item(1, 2))])).json()["accepted"] == 0
        assert (await served.consent("dora", "withdrawn")).status_code == 200, "a no is taken at any time"
        offset = 0.0
        assert not (await served.decide("dora"))["personalised"]
        assert (await served.http.get("/readyz")).status_code == 503
    assert verify_directory(directory).ok


@pytest.mark.parametrize("failing", ["write", "sync"])
async def test_a_log_that_cannot_write_gives_unpersonalised_answers_and_takes_no_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    async with inside(tmp_path / "volens") as served:
        await served.stock()
        await served.adopt_a_model()
        await served.personalise("cleo")

        def fail(*_: object) -> None:
            raise OSError(5, "the disk is gone")

        monkeypatch.setattr(Disk, failing, fail)
        for _ in range(3):
            answer = await served.decide("cleo")
            assert (answer["personalised"], answer["audit"], answer["decision_id"]) == (False, None, None)
            assert answer["reason"] == "log_unavailable"
            refused = await served.batch([view("cleo", item(1, 3))])
            assert refused.status_code == 503
            assert refused.headers["retry-after"]
        grant = await served.consent("dora", "given")
        assert grant.status_code == 503
        withdrawal = await served.consent("cleo", "withdrawn")
        assert (withdrawal.status_code, withdrawal.json()["audit"]) == (200, None)
        assert not (await served.decide("cleo"))["personalised"]
        erasure = await served.erase("cleo")
        assert (erasure.status_code, erasure.json()["audit"]) == (200, None)
        assert served.services.events.balanced()
        assert served.services.decisions.balanced()
        assert "fault.internal" not in served.services.events.counts
        monkeypatch.undo()
    async with inside(tmp_path / "volens") as served:
        assert (await served.decide("cleo"))["reason"] == "no_record", (
            "what was answered holds after the restart"
        )
        assert (await served.batch([view("cleo", item(1, 4))])).json()["reasons"] == {"no_record": 1}


async def test_what_could_not_be_sealed_has_not_happened_and_is_taken_when_it_comes_again(
    tmp_path: Path,
) -> None:
    directory = tmp_path / "volens"
    async with inside(directory, expects_faults=True) as served:
        await served.stock()
        await served.consent("ada", "given")
        services = served.services
        slot = services.people.slot_of[services.identities.ref_of(known="ada", anonymous=None)]
        before = services.people.number[slot]
        event = {**view("ada", item(1, 1)), "messageId": "comes-again"}
        broken = Breaking(
            services.permissions._enforcement._sealing_keys, "_load_keys", StoreUnavailableError("down")
        )
        assert (await served.batch([event])).status_code == 503
        assert services.people.number[slot] == before
        broken.mend()
        assert (await served.batch([event])).json()["accepted"] == 1
        assert services.people.number[slot] == before + 1
    for snapshot in (directory / "snapshot").iterdir():
        snapshot.unlink()
    async with inside(directory) as served:
        services = served.services
        slot = services.people.slot_of[services.identities.ref_of(known="ada", anonymous=None)]
        assert services.people.number[slot] == before + 1, (
            "no entry of theirs is missed when they are counted again"
        )


@pytest.mark.parametrize("down", ["log", "store"])
async def test_a_device_that_could_not_be_enrolled_comes_again_with_its_keys(
    tmp_path: Path, down: str
) -> None:
    async with inside(generous(tmp_path / "volens"), expects_faults=True) as served:
        await served.consent("ada", "given", PURPOSE)
        keys = {"node_key": node_key(), "signing_key": bytes(SigningKey.generate().verify_key).hex()}
        enrolments = served.services.fleet.enrolments
        if down == "log":
            broken = Breaking(enrolments._entries, "append_durably", LogUnavailableError("down"))
        else:
            broken = Breaking(enrolments._store, "put_device", StoreUnavailableError("down"))
        asked = {"subject": {"id": "ada"}, **keys}
        assert (await served.http.post("/v1/devices", json=asked)).status_code == 503
        broken.mend()
        assert (await served.http.post("/v1/devices", json=asked)).status_code == 200
        assert (await served.http.post("/v1/devices", json=asked)).status_code == 409
