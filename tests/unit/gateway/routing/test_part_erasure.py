"""A person's rows are taken out of the parts of a file destination, and nobody else's."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from gateway.routing.formats import Row
from gateway.routing.part_erasure import erase_from_parts
from gateway.routing.part_files import NDJSON, PARQUET, PartFormat, publish, stage

AT = datetime(2026, 11, 20, 21, 5, tzinfo=UTC)


def row(number: int, subject: str) -> Row:
    return Row(
        id=f"log/{number}/0",
        subject=subject,
        event="Product Viewed",
        at=AT,
        attributes=b'{"product_id":"p1"}',
        purpose_version=1,
    )


def write(home: Path, part_format: PartFormat, name: str, *subjects: str) -> None:
    rows = [row(number, subject) for number, subject in enumerate(subjects)]
    publish(stage(home, name, {"2026-11-20": rows}, part_format))


def subjects(home: Path) -> dict[str, list[str]]:
    found = {}
    for part in sorted(home.glob("day=*/part-*")):
        if part.suffix == ".ndjson":
            found[part.stem] = [json.loads(line)["subject"] for line in part.read_text().splitlines()]
        else:
            found[part.stem] = pl.read_parquet(part.read_bytes())["subject"].to_list()
    return found


@pytest.mark.parametrize("part_format", [NDJSON, PARQUET])
def test_only_the_person_goes(tmp_path: Path, part_format: PartFormat) -> None:
    write(tmp_path, part_format, "1", "ada-lovelace", "bea", "ada-lovelace-tablet")
    write(tmp_path, part_format, "2", "bea")
    write(tmp_path, part_format, "3", "ada-lovelace", "ada-lovelace")
    untouched = (tmp_path / "day=2026-11-20" / f"part-2{part_format.suffix}").stat().st_mtime_ns
    assert erase_from_parts(tmp_path, ["ada-lovelace", "ada-lovelace-tablet"]) == 2
    assert subjects(tmp_path) == {"part-1": ["bea"], "part-2": ["bea"]}
    assert (tmp_path / "day=2026-11-20" / f"part-2{part_format.suffix}").stat().st_mtime_ns == untouched
    assert erase_from_parts(tmp_path, ["ada-lovelace", "ada-lovelace-tablet"]) == 0
    assert all(b"ada-lovelace" not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_a_rewritten_table_has_the_same_columns_and_is_its_owners_only(tmp_path: Path) -> None:
    write(tmp_path, PARQUET, "1", "ada", "bea")
    [part] = tmp_path.glob("day=*/part-*")
    before = pl.read_parquet(part.read_bytes())
    erase_from_parts(tmp_path, ["ada"])
    after = pl.read_parquet(part.read_bytes())
    assert after.schema == before.schema
    assert after.equals(before.filter(pl.col("subject") == "bea"))
    assert part.stat().st_mode & 0o777 == 0o600


def test_what_a_crash_left_is_removed_and_no_directory_is_no_part(tmp_path: Path) -> None:
    write(tmp_path, NDJSON, "1", "bea")
    leftover = tmp_path / "day=2026-11-20" / ".part-1.ndjson.erasing"
    leftover.write_bytes(b"ada")
    assert erase_from_parts(tmp_path, ["ada"]) == 0
    assert not leftover.exists()
    assert erase_from_parts(tmp_path / "never", ["ada"]) == 0


@pytest.mark.parametrize("name", ["part-1.ndjson", "part-1.parquet"])
def test_a_part_that_cannot_be_read_is_a_failure_and_stays(tmp_path: Path, name: str) -> None:
    part = tmp_path / "day=2026-11-20" / name
    part.parent.mkdir()
    part.write_bytes(b"not a part\n")
    with pytest.raises(OSError, match="cannot be read"):
        erase_from_parts(tmp_path, ["ada"])
    assert part.read_bytes() == b"not a part\n"
