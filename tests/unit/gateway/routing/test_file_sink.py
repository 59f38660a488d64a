"""Files: where they are, what they hold, and what a crash or a withdrawal leaves."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from gateway.routing import FeedError, LetterReason, Trouble
from gateway.routing.answers import Again, Delivered, Outdated, Refused
from gateway.routing.file_sink import FileSink
from gateway.routing.formats import Formats
from gateway.routing.model import Batch
from gateway.routing.part_files import NDJSON, PARQUET, PartFormat
from gateway.routing.pseudonyms import DestinationPseudonyms
from tests.unit.gateway.routing.fakes import PURPOSE, a_destination, a_signal, person

PSEUDONYMS = DestinationPseudonyms(b"k" * 32, PURPOSE)
DAY = 86_400
MIDNIGHT = 1_789_948_800  # 2026-09-21T00:00:00Z


def a_sink(directory: Path, part_format: PartFormat = NDJSON) -> FileSink:
    return FileSink(
        directory, PURPOSE, part_format, Formats(a_destination(), PSEUDONYMS, "gateway.example/log")
    )


def files(directory: Path) -> list[str]:
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file())


def yes() -> bool:
    return True


async def test_parts_lie_under_purpose_and_day_for_their_owner_only(tmp_path: Path) -> None:
    batch = Batch(
        "0000000000000042",
        (a_signal(42, at=MIDNIGHT - 1), a_signal(43, at=MIDNIGHT), a_signal(44, at=MIDNIGHT + DAY - 1)),
    )
    assert await a_sink(tmp_path / "out").deliver(batch, yes) == Delivered()
    assert files(tmp_path) == [
        "out/purpose=recommendations/day=2026-09-20/part-0000000000000042.ndjson",
        "out/purpose=recommendations/day=2026-09-21/part-0000000000000042.ndjson",
    ]
    path = tmp_path / files(tmp_path)[1]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["id"] for line in lines] == ["gateway.example/log/43/0", "gateway.example/log/44/0"]
    assert {line["subject"] for line in lines} == {PSEUDONYMS.of(person(1))}


async def test_parquet_parts_have_one_schema_whatever_the_attributes(tmp_path: Path) -> None:
    sink = a_sink(tmp_path, PARQUET)
    await sink.deliver(Batch("1", (a_signal(1, at=MIDNIGHT, attributes={"price": 9.5}),)), yes)
    await sink.deliver(Batch("2", (a_signal(2, at=MIDNIGHT, attributes={"tags": ["a"]}),)), yes)
    table = pl.read_parquet(tmp_path / "purpose=recommendations" / "day=2026-09-21" / "part-*.parquet").sort(
        "id"
    )
    assert table["id"].to_list() == ["gateway.example/log/1/0", "gateway.example/log/2/0"]
    assert [json.loads(text) for text in table["attributes"]] == [{"price": 9.5}, {"tags": ["a"]}]
    assert table.schema["at"] == pl.Datetime("ms", "UTC")
    hive = pl.scan_parquet(tmp_path, hive_partitioning=True).collect()
    assert set(hive["purpose"]) == {PURPOSE}


async def test_a_redelivery_after_a_crash_replaces_its_part(tmp_path: Path) -> None:
    sink = a_sink(tmp_path)
    await sink.deliver(Batch("7", (a_signal(7, at=MIDNIGHT),)), yes)
    await sink.deliver(Batch("7", (a_signal(7, at=MIDNIGHT), a_signal(8, at=MIDNIGHT))), yes)
    [name] = files(tmp_path)
    assert len((tmp_path / name).read_text().splitlines()) == 2


def answering(*answers: bool) -> Callable[[], bool]:
    script = list(answers)
    return lambda: script.pop(0)


async def test_a_withdrawal_before_the_rename_leaves_no_file(tmp_path: Path) -> None:
    assert await a_sink(tmp_path).deliver(Batch("7", (a_signal(7),)), answering(False)) == Outdated()
    assert files(tmp_path) == []


async def test_a_withdrawal_during_the_rename_takes_the_file_back(tmp_path: Path) -> None:
    assert await a_sink(tmp_path).deliver(Batch("7", (a_signal(7),)), answering(True, False)) == Outdated()
    assert files(tmp_path) == []


@pytest.mark.parametrize("before", [[], [True]])
async def test_when_permission_cannot_be_judged_no_file_stays(tmp_path: Path, before: list[bool]) -> None:
    script = list(before)

    def unsure() -> bool:
        if script:
            return script.pop(0)
        raise FeedError

    with pytest.raises(FeedError):
        await a_sink(tmp_path).deliver(Batch("7", (a_signal(7),)), unsure)
    assert files(tmp_path) == []


async def test_a_disk_that_refuses_is_tried_again_and_holds_nothing_half_written(tmp_path: Path) -> None:
    def fails(rows: object, file: object) -> None:
        raise OSError(28, "No space left on device")

    sink = a_sink(tmp_path, PartFormat(".ndjson", fails))
    assert await sink.deliver(Batch("7", (a_signal(7),)), yes) == Again(Trouble.DISK)
    assert files(tmp_path) == []


async def test_a_directory_that_is_a_file_is_a_disk_trouble(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("in the way")
    assert await a_sink(tmp_path / "out").deliver(Batch("7", (a_signal(7),)), yes) == Again(Trouble.DISK)


@pytest.mark.parametrize("changes", [{"attributes": {"x": object()}}, {"at": 10**15}])
async def test_what_cannot_be_written_is_refused(tmp_path: Path, changes: dict[str, object]) -> None:
    assert await a_sink(tmp_path).deliver(Batch("7", (a_signal(7, **changes),)), yes) == Refused(
        LetterReason.UNENCODABLE
    )
    assert files(tmp_path) == []


async def test_leftovers_of_a_crash_are_removed_and_finished_parts_kept(tmp_path: Path) -> None:
    day = tmp_path / "purpose=recommendations" / "day=2026-09-21"
    day.mkdir(parents=True)
    (day / ".part-3.ndjson.staged").write_text("half a li")
    (day / "part-2.ndjson").write_text("whole")
    await a_sink(tmp_path).deliver(Batch("7", (a_signal(7, at=MIDNIGHT),)), yes)
    assert sorted(path.name for path in day.iterdir()) == ["part-2.ndjson", "part-7.ndjson"]
