"""An access report that leaves something out is found out, whatever it leaves out and however it is renumbered."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from audit import published_entries
from gateway.cli import main
from gateway.rights import reporting
from gateway.rights.completeness import Gap, find_missing
from gateway.rights.own_records import OwnRecords, RecordOpener
from privacy import SubjectRef
from tests.journey.in_process import Inside, inside
from tests.journey.shop import view

Report = dict[str, Any]
Change = Callable[[Report], None]


async def live(served: Inside) -> None:
    """Two people, whose entries alternate."""
    await served.stock()
    for who in ("ada", "bob"):
        await served.consent(who, "given")
    for number in range(4):
        for who in ("ada", "bob"):
            await served.batch([view(who, f"item-{number}")])
            await served.decide(who)
    question = {
        "subject": {"type": "service", "id": "mailer"},
        "action": {"name": "recommendations"},
        "resource": {"type": "data_subject", "id": "ada"},
    }
    await served.http.post("/access/v1/evaluation", json=question)


async def report_of(served: Inside, who: str) -> tuple[Report, bytes]:
    asked = (await served.http.post("/v1/rights", json={"subject": {"id": who}, "type": "access"})).json()
    got = [await served.http.get(asked["report"], params={"format": form}) for form in ("json", "zip")]
    return got[0].json(), got[1].content


def entries(report: Report) -> list[list[Any]]:
    found: list[list[Any]] = report["completeness"]["keys"][0]["entries"]
    return found


def nth_decision(report: Report) -> int:
    """Where a decision stands among the person's entries."""
    index = report["decisions"][1]["audit"]
    return next(at for at, (place, _) in enumerate(entries(report)) if place == index)


def leave_out_and_hide(report: Report) -> None:
    """As a gateway would that does not want a decision to be known: gone from the text, and from the list."""
    del entries(report)[nth_decision(report)]
    del report["decisions"][1]


def leave_out_of_the_text(report: Report) -> None:
    del report["decisions"][1]


def leave_out_of_the_list(report: Report) -> None:
    del entries(report)[nth_decision(report)]


def leave_out_the_last(report: Report) -> None:
    """No gap is left; only the log tells."""
    last = entries(report).pop()[0]
    for name in ("decisions", "services"):
        report[name] = [each for each in report[name] if each["audit"] != last]


def exchange(report: Report) -> None:
    listed = entries(report)
    listed[1], listed[2] = listed[2], listed[1]


def put_in_somebody_elses_key(report: Report) -> None:
    report["completeness"]["keys"][0]["key"] = "00" * 32


def say_nothing(report: Report) -> None:
    del report["completeness"]


def say_nonsense(report: Report) -> None:
    report["completeness"]["keys"][0]["key"] = "00"


def point_elsewhere(report: Report) -> None:
    entries(report)[0][0] = 0


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report, bytes]:
    directory = tmp_path_factory.mktemp("complete") / "volens"

    async def make() -> tuple[Report, bytes]:
        async with inside(directory) as served:
            await live(served)
            return await report_of(served, "ada")

    report, archive = asyncio.run(make())
    return directory, report, archive


def log(directory: Path) -> list[tuple[int, bytes]]:
    return list(published_entries(directory / "log"))


def test_a_whole_report_is_whole(house: tuple[Path, Report, bytes], tmp_path: Path) -> None:
    directory, report, archive = house
    assert len(report["decisions"]) == 4
    assert len(report["services"]) == 1
    assert len(entries(report)) >= 10
    assert find_missing(report) == ()
    assert find_missing(report, log(directory)) == ()
    for name, content in (("report.json", json.dumps(report).encode()), ("report.zip", archive)):
        file = tmp_path / name
        file.write_bytes(content)
        assert main(["subject", "verify", str(file)]) == 0
        assert main(["subject", "verify", str(file), "--log", str(directory)]) == 0


@pytest.mark.parametrize(
    ("change", "alone", "with_log"),
    [
        (leave_out_and_hide, {Gap.LEFT_OUT}, {Gap.LEFT_OUT, Gap.IN_LOG_ONLY}),
        (leave_out_of_the_text, {Gap.NOT_SHOWN}, {Gap.NOT_SHOWN}),
        (
            leave_out_of_the_list,
            {Gap.LEFT_OUT, Gap.NOT_LISTED},
            {Gap.LEFT_OUT, Gap.NOT_LISTED, Gap.IN_LOG_ONLY},
        ),
        (leave_out_the_last, set(), {Gap.IN_LOG_ONLY}),
        (exchange, {Gap.LEFT_OUT, Gap.NOT_THEIRS}, {Gap.LEFT_OUT, Gap.NOT_THEIRS}),
        (put_in_somebody_elses_key, {Gap.OTHER_KEY, Gap.NOT_THEIRS}, {Gap.OTHER_KEY, Gap.NOT_THEIRS}),
        (say_nothing, {Gap.NOT_NUMBERED}, {Gap.NOT_NUMBERED}),
        (say_nonsense, {Gap.NOT_NUMBERED}, {Gap.NOT_NUMBERED}),
        (point_elsewhere, set(), {Gap.OTHER_ENTRY, Gap.IN_LOG_ONLY}),
    ],
)
def test_a_report_that_is_not_is_found_out(
    house: tuple[Path, Report, bytes], tmp_path: Path, change: Change, alone: set[Gap], with_log: set[Gap]
) -> None:
    directory, good, _ = house
    report = copy.deepcopy(good)
    change(report)
    assert {each.cause for each in find_missing(report)} == alone
    assert {each.cause for each in find_missing(report, log(directory))} == with_log
    file = tmp_path / "report.json"
    file.write_bytes(json.dumps(report).encode())
    assert main(["subject", "verify", str(file), "--log", str(directory)]) == 1


async def test_a_device_that_is_somebodys_has_its_own_numbers(tmp_path: Path) -> None:
    directory = tmp_path / "volens"
    async with inside(directory) as served:
        await served.stock()
        await served.consent({"anonymous_id": "phone"}, "given")
        await served.decide({"anonymous_id": "phone"})
        await served.consent("ada", "given")
        await served.consent("ada", "given", "linking")
        report, _ = await report_of(served, "ada")
        assert find_missing(report) == ()
        nobody, _ = await report_of(served, "stranger")
        assert nobody["completeness"]["keys"] == []
        assert find_missing(nobody) == ()


@pytest.mark.parametrize("form", ["json", "html", "zip"])
async def test_whoever_is_erased_while_a_report_about_them_is_written_is_not_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    loop = asyncio.get_running_loop()
    make, made = reporting.make_report, list[Report]()
    async with inside(tmp_path / "shop") as served:
        await live(served)
        asked = (
            await served.http.post("/v1/rights", json={"subject": {"id": "ada"}, "type": "access"})
        ).json()

        def erased_meanwhile(*given: Any) -> Report:
            """Made in a thread: the loop goes on, and erases them."""
            made.append(make(*given))
            if len(made) == 1:
                erasing = asyncio.run_coroutine_threadsafe(served.erase("ada"), loop)
                assert erasing.result(60).is_success
            return made[-1]

        monkeypatch.setattr(reporting, "make_report", erased_meanwhile)
        got = await served.http.get(asked["report"], params={"format": form})
    assert len(made[0]["decisions"]) == 4
    assert made[0]["key_fingerprint"].encode() not in got.content
    assert got.status_code == 200
    assert [each["decisions"] for each in made[1:]] == [[]]


@pytest.mark.parametrize("meanwhile", ["linking is withdrawn", "the device is erased"])
async def test_what_a_device_did_is_not_in_a_report_written_while_it_ceased_to_be_theirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    loop, phone = asyncio.get_running_loop(), {"anonymous_id": "phone"}
    make, made = reporting.make_report, list[Report]()
    async with inside(tmp_path / "shop") as served:
        await live(served)
        for who in ("ada", phone):
            for purpose in ("recommendations", "linking"):
                assert (await served.consent(who, "given", purpose)).status_code == 200
        await served.batch([{"type": "identify", "userId": "ada", "anonymousId": "phone"}])
        request = {"subject": {"id": "ada"}, "type": "access"}
        asked = (await served.http.post("/v1/rights", json=request)).json()

        def ended_meanwhile(*given: Any) -> Report:
            """Made in a thread: the loop goes on, and ends what made the device theirs."""
            made.append(make(*given))
            if len(made) == 1:
                if meanwhile == "linking is withdrawn":
                    ending = served.consent("ada", "withdrawn", "linking")
                else:
                    ending = served.erase(phone)
                assert asyncio.run_coroutine_threadsafe(ending, loop).result(60).is_success
            return made[-1]

        monkeypatch.setattr(reporting, "make_report", ended_meanwhile)
        got = (await served.http.get(asked["report"])).json()
    assert len(made[0]["completeness"]["keys"]) == 2
    assert len(got["completeness"]["keys"]) == 1


async def test_whoever_is_erased_while_a_report_about_them_is_gathered_is_not_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_records, opened = RecordOpener.open, list[SubjectRef]()
    async with inside(tmp_path / "shop") as served:
        await live(served)
        request = {"subject": {"id": "ada"}, "type": "access"}
        asked = (await served.http.post("/v1/rights", json=request)).json()

        async def erased_before(opener: RecordOpener, ref: SubjectRef) -> OwnRecords:
            """The records were read; the log comes after."""
            opened.append(ref)
            if len(opened) == 1:
                assert (await served.erase("ada")).is_success
            return await open_records(opener, ref)

        monkeypatch.setattr(RecordOpener, "open", erased_before)
        got = (await served.http.get(asked["report"])).json()
    assert got["consents"] == []
