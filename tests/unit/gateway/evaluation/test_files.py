"""Recordings from files, and files that are none."""

from __future__ import annotations

from datetime import date
from pathlib import Path

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
        "user_id": [1, 1, 2],
        "item_id": [10, 20, 30],
        "split": ["train", "test", "train"],
        "weather": [3, None, 3],
    }
    apart = read_recording(write(tmp_path, columns))
    assert not apart.ordered
    assert len(set(apart.people.tolist())) == 3
    together = read_recording(write(tmp_path, columns), contexts=["weather"])
    assert together.tested is not None
    assert together.people.tolist() == [0, 0, 1]
    assert together.tested.tolist() == [False, True, False]
    assert together.contexts["weather"].tolist() == [1, 0, 1]


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
