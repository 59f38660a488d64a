"""CSV and Parquet tables."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.replay import BadLine, Recorded, Recording, ReplayError, parse_mapping
from gateway.replay import parquet_table as parquet_module
from gateway.replay.csv_table import CsvTable
from gateway.replay.model import Fault

HEADER = "event,ts,user_id,order_id,item_id,quantity,unit_price_gbp"
ROW = "purchase,2010-12-01T09:45:00.000,16098,C536382,10002,12,0.85"


def read(tmp_path: Path, text: str | bytes, **how: object) -> list[Recorded | BadLine]:
    file = tmp_path / "table"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return list(Recording(file, **how).read())  # type: ignore[arg-type]


def test_a_row_becomes_an_order_with_text_ids_and_number_amounts(tmp_path: Path) -> None:
    (entry,) = read(tmp_path, f"{HEADER}\n{ROW}\n")
    assert isinstance(entry, Recorded)
    assert entry.line == 2
    event = dict(entry.event)
    assert len(event.pop("messageId")) == 32
    assert event == {
        "type": "track",
        "event": "Order Completed",
        "userId": "16098",
        "timestamp": "2010-12-01T09:45:00.000Z",
        "properties": {
            "order_id": "C536382",
            "product_id": "10002",
            "products": [{"product_id": "10002", "quantity": 12, "price": 0.85}],
        },
    }


def test_gzipped_csv_and_csv_give_the_same_events(tmp_path: Path) -> None:
    plain = read(tmp_path, f"{HEADER}\n{ROW}\n")
    assert read(tmp_path, gzip.compress(f"{HEADER}\n{ROW}\n".encode())) == plain


def test_parquet_and_csv_of_the_same_rows_give_the_same_message_ids(tmp_path: Path) -> None:
    when = datetime(2010, 12, 1, 9, 45, tzinfo=UTC).replace(tzinfo=None)
    frame = pl.DataFrame(
        {
            "event": ["purchase"],
            "ts": [when],
            "user_id": [16098],
            "order_id": ["C536382"],
            "item_id": ["10002"],
            "quantity": [12],
            "unit_price_gbp": [0.85],
        }
    )
    frame.write_parquet(tmp_path / "t.parquet")
    (of_parquet,) = Recording(tmp_path / "t.parquet").read()
    (of_csv,) = read(tmp_path, f"{HEADER}\n{ROW}\n")
    assert isinstance(of_parquet, Recorded)
    assert isinstance(of_csv, Recorded)
    assert of_parquet == Recorded(1, of_csv.event)


def test_parquet_is_read_in_slices_and_rows_keep_their_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_module, "SLICE_ROWS", 3)
    people = [f"u{i}" if i != 4 else None for i in range(7)]
    pl.DataFrame({"user_id": people, "item_id": list(range(7))}).write_parquet(tmp_path / "t")
    entries = list(Recording(tmp_path / "t", event="Product Viewed").read())
    assert [entry.line for entry in entries] == [1, 2, 3, 4, 5, 6, 7]
    assert [entry for entry in entries if isinstance(entry, BadLine)] == [BadLine(5, Fault.NO_SUBJECT)]


def test_a_parquet_time_with_a_zone_becomes_utc(tmp_path: Path) -> None:
    times = pl.Series([datetime(2020, 1, 1, 12, tzinfo=UTC)]).dt.convert_time_zone("Asia/Tokyo")
    pl.DataFrame({"user_id": ["u"], "item_id": ["i"], "ts": times}).write_parquet(tmp_path / "t")
    (entry,) = Recording(tmp_path / "t", event="Page").read()
    assert isinstance(entry, Recorded)
    assert entry.event["timestamp"] == "2020-01-01T12:00:00.000Z"


def test_what_only_looks_like_parquet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match="Parquet"):
        read(tmp_path, b"PAR1 and then nothing")


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("too,few", Fault.NOT_A_ROW),
        (ROW + ",more", Fault.NOT_A_ROW),
        (ROW.replace("16098", " "), Fault.NO_SUBJECT),
        (ROW.replace("10002", ""), Fault.NO_ITEM),
        (ROW.replace("purchase", ""), Fault.NO_EVENT_NAME),
        (ROW.replace("2010-12-01T09:45:00.000", "soon"), Fault.BAD_TIME),
        (ROW.replace("2010-12-01T09:45:00.000", ""), Fault.BAD_TIME),
        (ROW.replace("0.85", "cheap"), Fault.BAD_NUMBER),
        (ROW.replace("12,0.85", "nan,0.85"), Fault.BAD_NUMBER),
        ('"' + ROW, Fault.NOT_A_ROW),
        ('"purchase"x' + ROW[8:], Fault.NOT_A_ROW),
    ],
)
def test_a_bad_row_is_counted_with_its_line_and_its_neighbours_pass(
    tmp_path: Path, row: str, fault: Fault
) -> None:
    entries = read(tmp_path, "\n".join([HEADER, ROW, row, *[ROW] * 30]))
    assert [entry for entry in entries if isinstance(entry, BadLine)] == [BadLine(3, fault)]
    assert sum(isinstance(entry, Recorded) for entry in entries) == 31


def test_a_row_that_is_not_text_is_one_bad_line(tmp_path: Path) -> None:
    entries = read(tmp_path, f"{HEADER}\n".encode() + b"\xff\xfe\n" + ROW.encode())
    assert [type(entry) for entry in entries] == [BadLine, Recorded]
    assert entries[0] == BadLine(2, Fault.NOT_TEXT)


def test_a_quoted_cell_may_span_lines_and_later_rows_keep_their_line_numbers(tmp_path: Path) -> None:
    text = 'user_id,item_id,title\nu,i,"two\nlines, ""quoted"""\nu,j,plain 12" disc\n'
    first, second = read(tmp_path, text, event="Product Viewed")
    assert isinstance(first, Recorded)
    assert isinstance(second, Recorded)
    assert first.event["properties"]["name"] == 'two\nlines, "quoted"'
    assert second.event["properties"]["name"] == 'plain 12" disc'
    assert (first.line, second.line) == (2, 4)


def test_other_delimiters_are_seen_in_the_header(tmp_path: Path) -> None:
    (entry,) = read(tmp_path, "user_id;item_id;title\nu;i;a,b\n", event="Product Viewed")
    assert isinstance(entry, Recorded)
    assert entry.event["properties"] == {"product_id": "i", "name": "a,b"}


def test_a_row_with_a_user_never_carries_the_session_too(tmp_path: Path) -> None:
    text = "user_id,session_id,item_id\nu,s,i\n,s,i\n"
    entries = read(tmp_path, text, event="Product Viewed")
    keys = [set(entry.event) & {"userId", "anonymousId"} for entry in entries if isinstance(entry, Recorded)]
    assert keys == [{"userId"}, {"anonymousId"}]


def test_what_rows_are_is_never_guessed(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match="--event"):
        read(tmp_path, "user_id,item_id\nu,i\n")


def test_a_table_without_an_item_or_a_person_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match="--map item="):
        read(tmp_path, "user_id,sku\nu,i\n")
    with pytest.raises(ReplayError, match="--map user="):
        read(tmp_path, "who,item_id\nu,i\n")


def test_a_column_map_names_the_unusual(tmp_path: Path) -> None:
    mapping = parse_mapping("user=who, item=sku,")
    (entry,) = read(tmp_path, "who,sku\nu,i\n", mapping=mapping, event="Product Viewed")
    assert isinstance(entry, Recorded)
    assert entry.event["userId"] == "u"
    with pytest.raises(ReplayError, match="no column"):
        read(tmp_path, "who,item_id\nu,i\n", mapping={"user": "absent"}, event="Product Viewed")


@pytest.mark.parametrize("text", ["user", "user=", "spouse=x", "=x"])
def test_a_wrong_column_map_is_refused(text: str) -> None:
    with pytest.raises(ReplayError, match="role=column"):
        parse_mapping(text)


def test_a_sequence_column_stands_in_for_times(tmp_path: Path) -> None:
    entries = read(tmp_path, "user_id,item_id,seq\nu,i,0\nu,j,1\nu,k,x\n", event="Product Viewed")
    times = [entry.event["timestamp"] for entry in entries if isinstance(entry, Recorded)]
    assert times == ["2000-01-01T00:00:00.000Z", "2000-01-01T00:00:01.000Z"]
    assert entries[2] == BadLine(4, Fault.BAD_TIME)


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_characters="\r\x00", codec="utf-8")), min_size=2, max_size=2),
        max_size=8,
    )
)
def test_every_table_that_a_csv_writer_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in [["a", "b"], *rows]]
    file = tmp_path_factory.mktemp("csv") / "t.csv"
    file.write_text("\n".join(quoted), encoding="utf-8", newline="")
    assert [row for _, row in CsvTable(file).rows()] == rows


@given(st.binary(max_size=300))
@example(b"{")
@example(b"{}\n{}\n{}")
@example(b'{"a": 1},2\n{"a": 2},3')
def test_no_bytes_behind_a_header_stop_the_reader(
    tmp_path_factory: pytest.TempPathFactory, junk: bytes
) -> None:
    file = tmp_path_factory.mktemp("csv") / "t.csv"
    file.write_bytes(b"user_id,item_id\n" + junk)
    for entry in Recording(file, event="Page").read():
        assert entry.line >= 2
