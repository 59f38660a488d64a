"""When the log is out, or somebody withdraws in the middle, a flag is its default."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from audit.disk import Disk
from tests.journey.in_process import inside
from tests.journey.test_flags import (
    BANNER,
    CHECKOUT,
    all_flags,
    evaluate,
    put,
    results,
    rollout,
    units,
    willing,
)


async def test_without_a_log_everybody_gets_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with inside(tmp_path / "shop", expects_faults=True) as shop:
        await put(shop, "new-search", rollout(1.0))
        await willing(shop, "ann")
        assert (await evaluate(shop, "new-search", "ann"))["value"] is True

        def fail(*_: object) -> None:
            raise OSError(5, "the disk is gone")

        with monkeypatch.context() as broken:
            broken.setattr(Disk, "sync", fail)
            found = await evaluate(shop, "new-search", "ann")
            assert (found["value"], found["reason"]) == (False, "DISABLED")
            assert (found["metadata"]["why"], "auditIndex" in found["metadata"]) == ("log_unavailable", False)
            everything = (await all_flags(shop, "ann")).json()
            assert [each["value"] for each in everything["flags"]] == [False]
            assert everything["metadata"]["why"] == "log_unavailable"


async def test_an_exposure_that_cannot_be_written_is_no_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with inside(tmp_path / "shop", expects_faults=True) as shop:
        await put(shop, "checkout-button", CHECKOUT)
        people = [f"person-{n}" for n in range(8)]
        await willing(shop, *people)
        sync, calls = Disk.sync, []

        def fail_at_the_second(disk: Disk, descriptor: int) -> None:
            if Path(f"/proc/self/fd/{descriptor}").readlink().suffix == ".wal":  # and no checkpoint meanwhile
                calls.append(1)
                if len(calls) == 2:
                    raise OSError(5, "the disk is gone")
            sync(disk, descriptor)

        with monkeypatch.context() as broken:
            broken.setattr(Disk, "sync", fail_at_the_second)
            found = await evaluate(shop, "checkout-button", people[0])
        assert len(calls) >= 2
        assert (found["value"], found["metadata"]["why"]) == ("blue", "log_unavailable")
        assert sum(units(await results(shop)).values()) == 0


async def test_who_withdraws_in_the_middle_gets_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with inside(tmp_path / "shop") as shop:
        await put(shop, "checkout-button", CHECKOUT)
        await willing(shop, "ann")
        exposures = shop.services.flags.desk._exposures
        assert exposures is not None
        record = exposures.record

        async def withdraw_after(*arguments: object) -> None:
            await record(*arguments)  # type: ignore[arg-type]
            assert (await shop.consent("ann", "withdrawn", "experiments")).status_code == 200

        monkeypatch.setattr(exposures, "record", withdraw_after)
        found = await evaluate(shop, "checkout-button", "ann")
        assert (found["value"], found["metadata"]["why"]) == ("blue", "withdrawn_meanwhile")
        assert sum(units(await results(shop)).values()) == 0


async def test_what_leaves_after_a_withdrawal_is_the_default(tmp_path: Path) -> None:
    async with inside(tmp_path / "shop") as shop:
        await put(shop, "checkout-button", CHECKOUT)
        for n in range(12):
            who, answers = f"person-{n}", []
            await willing(shop, who)

            async def keep_asking(who: str = who, answers: list[str] = answers) -> None:
                while len(answers) < 200 and not (answers and answers[-1] == "end"):
                    answers.append((await evaluate(shop, "checkout-button", who))["reason"])

            asking = [asyncio.create_task(keep_asking()) for _ in range(3)]
            await asyncio.sleep(0.003 * n)
            assert (await shop.consent(who, "withdrawn", "experiments")).status_code == 200
            since = len(answers)
            later = [(await evaluate(shop, "checkout-button", who))["reason"] for _ in range(5)]
            answers += [*later, "end"]
            await asyncio.gather(*asking)
            assert set(answers[since:]) <= {"DISABLED", "end"}
        assert sum(units(await results(shop)).values()) == 0


async def test_a_flag_that_the_settings_permit_no_more_is_said_not_to_be_in_force(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    directory = tmp_path / "shop"
    async with inside(directory) as shop:
        await put(
            shop, "by-platform", {**BANNER, "rules": [{"when": "context.platform == 'ios'", "variant": "on"}]}
        )
        await put(shop, "for-all", rollout(1.0))
        assert (await shop.http.get("/v1/flags")).json()["not_in_force"] == []
    with (directory / "volens.toml").open("a") as settings:
        settings.write("\n[flags]\ncontext_fields = []\n")
    capfd.readouterr()
    async with inside(directory) as shop:
        found = (await shop.http.get("/v1/flags")).json()
        assert [each["key"] for each in found["flags"]] == ["for-all"]
        assert found["not_in_force"] == ["by-platform"]
        assert (await shop.http.delete("/v1/flags/by-platform")).status_code == 200
        assert (await shop.http.get("/v1/flags")).json()["not_in_force"] == []
    said = [json.loads(line) for line in capfd.readouterr().err.splitlines() if line.startswith("{")]
    (line,) = [each for each in said if each["happening"] == "flags_not_in_force"]
    assert line["count"] == 1
    assert "by-platform" not in json.dumps(said)
