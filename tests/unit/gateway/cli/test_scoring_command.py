"""`volens scoring evaluate`."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from gateway.cli import main


def walking(tmp_path: Path) -> Path:
    rows = [(person, step, (person + step) % 12) for person in range(60) for step in range(5)]
    file = tmp_path / "walking.parquet"
    pl.DataFrame(rows, schema=["user_id", "seq", "item_id"], orient="row").write_parquet(file)
    return file


def test_the_numbers_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scoring", "evaluate", str(walking(tmp_path)), "--json"]) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert found["ndcg_at_10"] > 0.9
    assert found["hr_at_10"] == 1.0
    assert found["questions"] == 60
    assert "tuning" in err
    assert {row["name"] for row in found["rows"]} >= {"hybrid", "popular", "following", "linear"}


def test_the_same_as_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scoring", "evaluate", str(walking(tmp_path))]) == 0
    out, _ = capsys.readouterr()
    assert "60 people, 12 items, 300 rows" in out
    assert "NDCG@10" in out


def test_a_file_that_cannot_be_used_is_told_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "private.parquet"
    pl.DataFrame({"user_id": [1, 2], "thing": [3, 4]}).write_parquet(file)
    assert main(["scoring", "evaluate", str(file)]) == 1
    _, err = capsys.readouterr()
    progress, told = err.splitlines()
    assert progress.endswith("reading")
    assert told.startswith("volens: the file lacks a column")
    assert "thing" not in err
    assert "private" not in err


def test_a_file_that_is_not_there_is_not_understood(tmp_path: Path) -> None:
    assert main(["scoring", "evaluate", str(tmp_path / "none.parquet")]) == 2
