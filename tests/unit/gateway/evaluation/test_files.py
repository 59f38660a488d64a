"""Recordings from files, and files that are none."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from gateway.evaluation import read_recording
from gateway.evaluation.files import MAX_EVENTS
from scoring import RecordingError


def write(tmp_path: Path, columns: dict[str, list[object]], name: str = "rows.parquet") -> Path:
    path = tmp_path / name
    pl.DataFrame(columns).write_parquet(path)
    return path


def test_rows_come_by_person_and_in_order(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        {
            "user_id": ["b", "a", "b", "a", None],
            "item_id": [9, 7, 5, 9, 1],
            "ts": [2, 5, 1, 5, 0],
            "other": [0] * 5,
        },
    )
    recording = read_recording(file)
    assert recording.ordered
    assert recording.people.tolist() == [0, 0, 1, 1]
    assert recording.items.tolist() == [1, 2, 0, 2]  # of the same second the row that stands first came first
    assert recording.n_items == 3


def test_a_row_whose_time_is_no_number_is_left_out_like_one_without(tmp_path: Path) -> None:
    columns: dict[str, list[object]] = {
        "user_id": [1] * 4,
        "item_id": [10, 20, 30, 40],
        "ts": [2.0, float("nan"), 1.0, None],
    }
    assert read_recording(write(tmp_path, columns)).items.tolist() == [1, 0]


def test_seq_goes_before_ts_and_dates_sort_too(tmp_path: Path) -> None:
    days = [date(2026, 1, day) for day in (3, 2, 1)]
    columns: dict[str, list[object]] = {"user_id": [1, 1, 1], "item_id": [10, 20, 30], "ts": [*days]}
    assert read_recording(write(tmp_path, columns)).items.tolist() == [2, 1, 0]
    assert read_recording(write(tmp_path, {**columns, "seq": [0, 1, 2]})).items.tolist() == [0, 1, 2]


def test_without_order_the_rows_set_aside_are_other_people_unless_circumstances_are_named(
    tmp_path: Path,
) -> None:
    columns: dict[str, list[object]] = {
        "user_id": [1, 1, 2, 1],
        "item_id": [10, 20, 30, 40],
        "split": ["train", "test", "train", "test"],
        "weather": [3, None, 3, 3],
    }
    apart = read_recording(write(tmp_path, columns))
    assert not apart.ordered
    assert len(set(apart.people.tolist())) == 3
    together = read_recording(write(tmp_path, columns), contexts=["weather"])
    assert together.tested is not None
    assert together.people.tolist() == [0, 0, 0, 1]
    assert together.tested.tolist() == [False, True, True, False]
    assert together.contexts["weather"].tolist() == [1, 0, 1, 1]


def test_test_rows_of_known_people_one_each_are_asked_for_by_themselves(tmp_path: Path) -> None:
    columns: dict[str, list[object]] = {
        "user_id": [1, 1, 1, 2, 2],
        "item_id": [10, 20, 30, 10, 30],
        "split": ["train", "train", "test", "train", "test"],
    }
    recording = read_recording(write(tmp_path, columns))
    assert recording.people.tolist() == [0, 0, 0, 1, 1]


@pytest.mark.parametrize(
    ("order", "items"),
    [
        (["9", "10", "11"], [0, 1, 2]),
        (["9.5", "10", "-1e3"], [2, 0, 1]),
        (["2026-01-02", "2026-01-01T12:00:00Z", "2026-01-01T12:00:00.5+02:00"], [2, 1, 0]),
    ],
)
def test_texts_that_tell_an_order_are_read_as_what_they_mean(
    tmp_path: Path, order: list[object], items: list[int]
) -> None:
    columns: dict[str, list[object]] = {"user_id": [1] * 3, "item_id": [1, 2, 3], "seq": order}
    assert read_recording(write(tmp_path, columns)).items.tolist() == items


@pytest.mark.parametrize("order", [["one", "two", "ten"], ["3/1/2026"] * 3, [b"1", b"2", b"3"]])
def test_an_order_that_nobody_can_know_is_refused(tmp_path: Path, order: list[object]) -> None:
    columns: dict[str, list[object]] = {"user_id": [1] * 3, "item_id": [1, 2, 3], "ts": order}
    with pytest.raises(RecordingError, match="seq and ts"):
        read_recording(write(tmp_path, columns))


def test_other_spellings_of_the_columns_are_understood(tmp_path: Path) -> None:
    columns: dict[str, list[object]] = {"userId": [1] * 3, "Product ID": [1, 2, 3], "Timestamp": [3, 2, 1]}
    recording = read_recording(write(tmp_path, columns))
    assert recording.ordered
    assert recording.items.tolist() == [2, 1, 0]
    assert recording.times is not None
    assert recording.times.tolist() == [1, 2, 3]
    with pytest.raises(RecordingError, match="two columns"):
        read_recording(write(tmp_path, {**columns, "user_ID": [1] * 3}))


def test_an_empty_seq_gives_way_to_ts_and_without_both_there_is_no_order_to_know(tmp_path: Path) -> None:
    columns: dict[str, list[object]] = {"user_id": [1] * 3, "item_id": [1, 2, 3], "seq": [None] * 3}
    assert read_recording(write(tmp_path, {**columns, "ts": [3, 2, 1]})).items.tolist() == [2, 1, 0]
    with pytest.raises(RecordingError, match="order"):
        read_recording(write(tmp_path, columns))


def test_times_are_known_only_where_they_are_of_one_clock(tmp_path: Path) -> None:
    columns: dict[str, list[object]] = {"user_id": [1] * 2, "item_id": [1, 2]}
    zoned = [datetime(2026, 1, 1, 12, tzinfo=UTC), datetime(2026, 1, 1, 13, tzinfo=UTC)]
    found = read_recording(write(tmp_path, {**columns, "ts": [*zoned]})).times
    assert found is not None
    assert found.tolist() == [zoned[0].timestamp(), zoned[1].timestamp()]
    for ts in ([time(12), time(13)], [timedelta(1), timedelta(2)]):
        assert read_recording(write(tmp_path, {**columns, "ts": [*ts]})).times is None
    assert read_recording(write(tmp_path, {**columns, "seq": [1, 2], "ts": [1, None]})).times is None


@pytest.mark.parametrize(
    "kind", [pl.Int32, pl.UInt64, pl.Float64, pl.String, pl.Categorical, pl.Decimal(20, 2)]
)
def test_items_of_any_type_find_their_attributes_in_another(tmp_path: Path, kind: Any) -> None:
    ids = pl.Series([10, 9, 8, 7], dtype=pl.Int64)
    as_kind = ids.cast(pl.String).cast(kind) if kind in (pl.Categorical, pl.String) else ids.cast(kind)
    file = tmp_path / "rows.parquet"
    pl.DataFrame({"user_id": [1] * 4, "item_id": as_kind, "seq": [1, 2, 3, 4]}).write_parquet(file)
    (tmp_path / "a.csv").write_text("item_id,kind\n10,red\n9,red\n8,blue\n7,blue\n1,blue\n")
    pl.DataFrame({"item_id": [10.0, 9, 8, 7, 6], "kind": ["red", "red", "blue", None, "red"]}).write_parquet(
        tmp_path / "a.parquet"
    )
    from_csv = read_recording(file, attributes=tmp_path / "a.csv").tags
    from_parquet = read_recording(file, attributes=tmp_path / "a.parquet").tags
    assert from_csv is not None
    assert from_parquet is not None
    order = np.argsort(np.argsort(as_kind.cast(pl.String) if kind in (pl.Categorical, pl.String) else ids))
    assert from_csv.toarray()[order].tolist() == [[1, 0], [1, 0], [0, 1], [0, 1]]
    assert from_parquet.toarray()[order].tolist() == [[1], [1], [0], [0]]


def test_attributes_of_other_items_only_are_a_mistake(tmp_path: Path) -> None:
    file = write(tmp_path, {"user_id": [1] * 3, "item_id": [1, 2, 3], "seq": [1, 2, 3]})
    others = write(tmp_path, {"item_id": ["secret"], "kind": ["red"]}, "a.parquet")
    with pytest.raises(RecordingError, match="none of the recording's items") as caught:
        read_recording(file, attributes=others)
    assert "secret" not in str(caught.value)
    listed = write(tmp_path, {"item_id": [[1]], "kind": ["red"]}, "a.parquet")
    with pytest.raises(RecordingError, match="not lists"):
        read_recording(file, attributes=listed)


def test_attributes_become_tags_and_what_says_nothing_is_dropped(tmp_path: Path) -> None:
    file = write(tmp_path, {"user_id": [1] * 5, "item_id": [1, 2, 3, 4, 5], "seq": [0, 1, 2, 3, 4]})
    attributes = write(
        tmp_path,
        {
            "item_id": [1, 2, 3, 4, 5],
            "title": ["Red mug", "red PLATE", "blue plate", "green lamp", None],
            "kinds": [[1], [1, 2], [2], [], [9]],
            "everywhere": [1, 1, 1, 1, 1],
            "price": [1.5, 2.5, 3.5, 4.5, 5.5],
        },
        "attributes.parquet",
    )
    tags = read_recording(file, attributes=attributes).tags
    assert tags is not None
    assert tags.toarray().sum(axis=0).tolist() == [2, 2, 2, 2]  # red, plate, kinds 1 and 2
    (tmp_path / "attributes.csv").write_text("item_id,title\n1,red\n2,red\n3,blue\n")
    from_csv = read_recording(file, attributes=tmp_path / "attributes.csv").tags
    assert from_csv is not None
    assert from_csv.sum() == 2


@pytest.mark.parametrize(
    "columns",
    [
        {"user_id": [1], "seq": [1]},
        {"item_id": [1], "seq": [1]},
        {"user_id": [None], "item_id": [1], "seq": [1]},
        {"user_id": [[1]], "item_id": [1], "seq": [1]},
    ],
)
def test_a_file_that_lacks_something_is_refused_without_an_echo(
    tmp_path: Path, columns: dict[str, list[object]]
) -> None:
    with pytest.raises(RecordingError) as caught:
        read_recording(write(tmp_path, columns))
    assert str(tmp_path) not in str(caught.value)


def test_a_file_of_another_kind_is_refused_without_an_echo(tmp_path: Path) -> None:
    file = tmp_path / "secret-name.parquet"
    file.write_bytes(b"PAR1 secret content PAR1")
    with pytest.raises(RecordingError) as caught:
        read_recording(file)
    assert "secret" not in str(caught.value)
    good = write(tmp_path, {"user_id": [1], "item_id": [1], "seq": [1]})
    for bad in (file, good):
        with pytest.raises(RecordingError):
            read_recording(good, attributes=bad) if bad is file else read_recording(good, contexts=["absent"])


def test_events_are_told_apart_the_commonest_first_and_rare_ones_together(tmp_path: Path) -> None:
    kinds = ["seen", "seen", "bought", "seen", None, "bought", *(f"rare-{n}" for n in range(9))]
    columns: dict[str, list[object]] = {
        "user_id": [1] * len(kinds),
        "item_id": [*range(len(kinds))],
        "seq": [*range(len(kinds))],
        "event": [*kinds],
    }
    recording = read_recording(write(tmp_path, columns))
    assert recording.events is not None
    assert recording.event_names[:2] == ("seen", "bought")
    assert len(recording.event_names) == MAX_EVENTS
    assert recording.event_names[-1] == "others"
    assert recording.events.tolist()[:4] == [0, 0, 1, 0]
    assert max(recording.events.tolist()) == MAX_EVENTS - 1
    of_one_kind = {**columns, "event": ["seen"] * len(kinds)}
    assert read_recording(write(tmp_path, of_one_kind)).events is None


def test_rows_that_say_the_same_twice_count_once(tmp_path: Path) -> None:
    columns: dict[str, list[object]] = {
        "user_id": [1, 1, 1, 1, 1],
        "item_id": [7, 7, 8, 7, 7],
        "ts": [1, 1, 2, 3, 3],
        "event": ["seen", "seen", "seen", "seen", "bought"],
    }
    assert read_recording(write(tmp_path, columns)).items.tolist() == [0, 1, 0, 0]
    unordered: dict[str, list[object]] = {"user_id": [1, 1, 1], "item_id": [7, 8, 7], "weather": [1, 1, 1]}
    assert read_recording(write(tmp_path, unordered)).items.tolist() == [0, 1]
    assert len(read_recording(write(tmp_path, unordered), contexts=["weather"]).items) == 3
