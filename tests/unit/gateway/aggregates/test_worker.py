"""The process that measures says one word of what went wrong, and nothing of the data."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest

from gateway.aggregates.worker import answer, serve
from privacy import Length, Loss, Release, read_catalogue, window_at
from privacy.measuring import preparing
from privacy.measuring.preparing import CUBE_SCHEMA

DAY = window_at(Length.DAY, 1_795_219_200)
HEAD = '[[releases]]\nid = "r"\nversion = 1\ntitle = "R"\nwindow = "day"\n'
PEOPLE = HEAD + 'shape = "people"\nnoise = 2.0\n'
FOUND = HEAD + 'shape = "by_found_keys"\nby = "category"\nmost_keys = 2\nnoise = 3.0\nthreshold = 60\n'
PLENTY = Loss(10**7, 10**12)


def release(text: str) -> Release:
    return read_catalogue(text.encode()).releases[0]


def cube(folder: Path, people: list[Any], **fields: list[Any]) -> str:
    columns: dict[str, list[Any]] = {name: [1] * len(people) for name in CUBE_SCHEMA}
    columns |= {"event": ["Page"] * len(people), "person": people, "first": [DAY.begin + 60] * len(people)}
    columns |= {f"f.{name}": values for name, values in fields.items()}
    schema = {**CUBE_SCHEMA, **{f"f.{name}": pl.String() for name in fields}}
    path = folder / f"part-{len(list(folder.glob('part-*')))}.parquet"
    pl.DataFrame(columns, schema=schema).write_parquet(path)
    return str(path)


def asked(folder: Path, text: str, files: list[str], **changed: Any) -> bytes:
    said = {
        "do": "run",
        "release": release(text),
        "begin": DAY.begin,
        "reserved": changed.pop("reserved", PLENTY),
    }
    places = {
        "files": files,
        "table": str(folder / "table-x.parquet"),
        "limits": [],
        "counted": [str(folder / "counted" / "r.parquet")],
    }
    return msgspec.json.encode({**said, "places": {**places, **changed}})


def said_to(line: bytes) -> dict[str, Any]:
    """The answer, as it is written."""
    return dict(json.loads(msgspec.json.encode(answer(line))))


def test_who_counts_is_kept_and_the_table_is_not(tmp_path):
    said = said_to(asked(tmp_path, PEOPLE, [cube(tmp_path, [1, 2, 2, 3])]))
    assert [figure["key"] for figure in json.loads(said["body"])["figures"]] == ["all"]
    assert sorted(pl.read_parquet(tmp_path / "counted" / "r.parquet")["person"]) == [1, 2, 3]
    assert not (tmp_path / "table-x.parquet").exists()


def test_whoever_counts_no_more_is_in_no_number(tmp_path):
    files = [cube(tmp_path, list(range(2000)))]
    said_to(asked(tmp_path, PEOPLE, files, counted=[str(tmp_path / "counted" / "first.parquet")]))
    limits = [{"files": [str(tmp_path / "counted" / "first.parquet")], "most": 1}]
    body = json.loads(said_to(asked(tmp_path, PEOPLE, files, limits=limits))["body"])
    assert pl.read_parquet(tmp_path / "counted" / "r.parquet").height == 0
    value = body["figures"][0]["value"]  # noise alone is hidden but for once in a thousand times
    assert value is None or abs(value) < 10 * 2.0, "nobody, and noise"


def test_nothing_is_counted_or_measured_that_costs_more_than_was_booked(tmp_path):
    assert said_to(asked(tmp_path, PEOPLE, [cube(tmp_path, [1])], reserved=Loss(1))) == {
        "said": "failed",
        "failed": "unproved",
    }
    assert list(tmp_path.glob("table-*")) == []


def test_more_than_can_be_held_is_one_word_and_nobody_counted(tmp_path, monkeypatch):
    keys = [f"key-{n}" for n in range(60)]
    files = [cube(tmp_path, [n // 2 for n in range(60)], category=keys)]
    monkeypatch.setattr(preparing, "MOST_LINES", 59)
    assert said_to(asked(tmp_path, FOUND, files)) == {"said": "failed", "failed": "lines"}
    assert list(tmp_path.glob("table-*")) == list(tmp_path.glob("counted/*")) == []
    monkeypatch.setattr(preparing, "MOST_LINES", 60)
    assert "body" in said_to(asked(tmp_path, FOUND, files))


def test_a_torn_file_is_one_word(tmp_path):
    torn = tmp_path / "part-9.parquet"
    torn.write_bytes(b"canary")
    assert said_to(asked(tmp_path, PEOPLE, [str(torn)])) == {"said": "failed", "failed": "files"}
    assert not (tmp_path / "counted").exists()


def test_who_counts_must_be_kept_before_anything_is_measured(tmp_path):
    (tmp_path / "counted").write_text("in the way")
    assert said_to(asked(tmp_path, PEOPLE, [cube(tmp_path, [1])])) == {"said": "failed", "failed": "files"}


@pytest.mark.parametrize(
    "line", [b"", b"{}", b"canary", b'{"do":"drop"}', b'{"do":"prove","releases":[{"shape":"sql"}]}']
)
def test_what_is_no_question_is_one_word(line):
    assert said_to(line) == {"said": "failed", "failed": "request"}


def test_nobodys_own_key_gets_out_however_many_there_are(tmp_path):
    many = 20_000
    keys = [f"secret-{n}" for n in range(many)] + ["common"] * 5000
    said = said_to(asked(tmp_path, FOUND, [cube(tmp_path, list(range(len(keys))), category=keys)]))
    assert [figure["key"] for figure in json.loads(said["body"])["figures"]] == ["common"]
    assert "secret" not in said["body"]


def test_nulls_and_names_of_nobody_are_no_people(tmp_path):
    files = [cube(tmp_path, [None, 5, None], category=[None, None, "a"])]
    assert "body" in said_to(asked(tmp_path, FOUND, files))
    assert "body" in said_to(asked(tmp_path, PEOPLE, files))


def test_line_after_line_is_answered():
    out = io.BytesIO()
    question = msgspec.json.encode({"do": "prove", "releases": [release(PEOPLE)]})
    serve(io.BytesIO(b"nonsense\n" + question + b"\n"), out)
    assert [json.loads(line) for line in out.getvalue().splitlines()] == [
        {"said": "failed", "failed": "request"},
        {"said": "losses", "losses": [msgspec.to_builtins(Loss(125_000))]},
    ]
