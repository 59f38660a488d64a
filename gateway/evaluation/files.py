"""Recordings from Parquet files: `user_id`, `item_id`, and `seq` or `ts` where an order is known.

| column | meaning |
|---|---|
| `user_id`, `item_id` | who and what: numbers or texts; rows where either is missing are left out |
| `seq`, else `ts` | the order within a person; of equal ones the row that stands first came first. Others are left out |
| `ts` | also when, if it is of one clock for everybody: what was popular shortly before is then looked at |
| `split` | only without an order: rows that say `test` are set aside for testing. They are other people than those of the other
  rows, even under the same `user_id`, unless circumstances are named or nobody has two: then each is asked for by itself |
| `event` | what was done (seen, put into a basket, bought, ...): what each kind counts in a history is found by tuning |
| named with `--context` | circumstances: each distinct value is one |

Rows of one person, item, `seq` or `ts`, and `event` count once, unless circumstances are named.

Other spellings of these names: `gateway.evaluation.columns`.

Attributes of items: Parquet or CSV with `item_id` and any further columns. A list is a set of tags, a text its words, a whole
number a tag; numbers with a point and dates are not used. Items that the recording does not know are passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from scipy.sparse import csr_matrix

from gateway.evaluation.columns import ORDERS, as_order, as_times, find_columns, plain_ids
from scoring import Recording, RecordingError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_ROWS = 100_000_000
MAX_EVENTS = 8
"""Kinds of event that are told apart, the commonest."""
_EVENT = "event"
_TIE_FACTORS = (1_000_003, 7_919, 104_729)
_TAG_LEAST, _TAG_SHARE = 2, 0.5


def read_recording(file: Path, *, attributes: Path | None = None, contexts: Sequence[str] = ()) -> Recording:
    """A recording and what is known of its items.

    Raises:
        RecordingError: a file cannot be read as what it should be, or a column is missing.
        OSError: a file cannot be read at all.
    """
    frame, order = _read_rows(file, contexts)
    tested = (
        (frame["split"].cast(pl.String) == "test").fill_null(False).to_numpy()
        if "split" in frame.columns
        else None
    )
    people = _codes(frame["user_id"])
    if tested is not None and not contexts and _are_others(people, tested):
        people = people * 2 + tested
    items = _codes(frame["item_id"])
    rows = np.argsort(people, kind="stable")
    if order is not None:
        rows = np.lexsort((_codes(frame[order]), people))
    times = as_times(frame["ts"]) if "ts" in frame.columns else None
    return Recording(
        people=people[rows],
        items=items[rows],
        n_items=int(items.max()) + 1,
        ordered=order is not None,
        tie=None if order is not None else _ties(frame)[rows],
        tested=None if tested is None else tested[rows],
        contexts={name: _codes(frame[name])[rows] for name in contexts},
        tags=None if attributes is None else _read_tags(attributes, frame["item_id"]),
        times=None if times is None else times[rows],
        **_read_events(frame, rows),
    )


def _are_others(people: NDArray[np.int64], tested: NDArray[np.bool_]) -> bool:
    """Whether rows set aside are of people of their own: not if all are of known people, of nobody two."""
    asked = people[tested]
    return not np.isin(asked, people[~tested]).all() or int(np.bincount(asked).max(initial=0)) > 1


def _read_rows(file: Path, contexts: Sequence[str]) -> tuple[pl.DataFrame, str | None]:
    try:
        with file.open("rb") as source:
            known = pl.read_parquet_schema(source)
        found = find_columns(known)
        if {"user_id", "item_id"} - found.keys() or set(contexts) - known.keys():
            raise RecordingError(
                "the file lacks a column: user_id, item_id and those named with --context are needed"
            )
        others = [name for name in ("split", _EVENT) if name in known]
        wanted = [*found.values(), *others, *contexts]
        frame = pl.read_parquet(file, columns=list(dict.fromkeys(wanted)))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as exc:
        raise RecordingError("the file is not a Parquet file that can be read") from exc
    if any(dtype.is_nested() for dtype in frame.schema.values()):
        raise RecordingError("the columns of a recording hold plain values, not lists")
    named = {wanted: frame[name] for wanted, name in found.items()}
    frame = frame.with_columns(**{wanted: plain_ids(named[wanted]) for wanted in ("user_id", "item_id")})
    frame = frame.with_columns(**{name: as_order(named[name]) for name in ORDERS if name in named})
    frame = frame.fill_nan(None).drop_nulls(["user_id", "item_id"])
    if not 0 < frame.height <= MAX_ROWS:
        raise RecordingError("a recording has from one to 100,000,000 rows with a person and an item")
    frame, order = _in_order(frame)
    return (frame if contexts else _once(frame, order)), order


def _once(frame: pl.DataFrame, order: str | None) -> pl.DataFrame:
    """Rows that say the same of a person, an item and a moment once: the first of them."""
    same = [name for name in ("user_id", "item_id", order, "split", _EVENT) if name in frame.columns]
    codes = [_codes(frame[name]) for name in same]
    rows = np.lexsort(codes)  # not by hashing: that takes 250 bytes a row
    again = np.ones(len(rows) - 1, dtype=np.bool_)
    for each in codes:
        again &= each[rows[1:]] == each[rows[:-1]]
    if not again.any():
        return frame
    first = np.ones(len(rows), dtype=np.bool_)
    first[rows[1:][again]] = False
    return frame.filter(pl.Series(first))


def _in_order(frame: pl.DataFrame) -> tuple[pl.DataFrame, str | None]:
    """The rows that tell their order, and the column that does; `split` only matters without one."""
    orders = [name for name in ORDERS if name in frame.columns]
    if not orders:
        return frame, None
    order = next((name for name in orders if frame[name].null_count() < frame.height), None)
    if order is None:
        raise RecordingError("no row of the recording tells its order: seq and ts are empty")
    return frame.drop_nulls(order).drop("split", strict=False), order


def _read_events(frame: pl.DataFrame, rows: NDArray[np.int64]) -> dict[str, Any]:
    """What was done in each row, the commonest first; rare kinds share the last code. Nothing if there is one kind."""
    if _EVENT not in frame.columns or frame[_EVENT].n_unique() < 2:
        return {}
    named = frame[_EVENT].cast(pl.String).fill_null("")
    kinds = named.value_counts().sort(["count", _EVENT], descending=[True, False])[_EVENT].to_list()
    code = {kind: min(n, MAX_EVENTS - 1) for n, kind in enumerate(kinds)}
    codes = np.array([code[kind] for kind in named.to_list()], dtype=np.int64)
    names = (*kinds[: MAX_EVENTS - 1], "others") if len(kinds) > MAX_EVENTS else tuple(kinds)
    return {"events": codes[rows], "event_names": names}


def _codes(values: pl.Series) -> NDArray[np.int64]:
    """Each value's place among the distinct ones, from 0; what is missing is a value of its own."""
    ranks: NDArray[np.int64] = values.rank("dense").fill_null(0).to_numpy().astype(np.int64, copy=True)
    ranks -= ranks.min()
    return ranks


def _ties(frame: pl.DataFrame) -> NDArray[np.int64]:
    """Which row of a person is hidden where there is no order: a fixed rule that depends on person and item alone."""
    person, item, modulus = _TIE_FACTORS
    users = frame["user_id"] if frame["user_id"].dtype.is_integer() else pl.Series(_codes(frame["user_id"]))
    items = frame["item_id"] if frame["item_id"].dtype.is_integer() else pl.Series(_codes(frame["item_id"]))
    first = int(items.cast(pl.Int64).min() or 0)  # type: ignore[arg-type]
    mixed = users.cast(pl.Int64).to_numpy() * person + (items.cast(pl.Int64).to_numpy() - first) * item
    ties: NDArray[np.int64] = mixed % modulus
    return ties


def _read_tags(file: Path, items: pl.Series) -> csr_matrix:
    """(items, tags): ones; tags that one item or more than half of all have say nothing."""
    try:
        if file.suffix.lower() == ".csv":
            frame = pl.read_csv(file, infer_schema_length=None, schema_overrides={"item_id": pl.String})
        else:
            frame = pl.read_parquet(file)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as exc:
        raise RecordingError("the attributes are neither a Parquet nor a CSV file that can be read") from exc
    name = find_columns(frame.columns).get("item_id")
    if name is None:
        raise RecordingError("the attributes lack the column item_id")
    if frame[name].dtype.is_nested():
        raise RecordingError("item_id of the attributes holds plain values, not lists")
    place = {item: n for n, item in enumerate(_texts(items.unique().sort()))}
    known = [place.get(item, -1) for item in _texts(plain_ids(frame[name]))]
    if max(known, default=-1) < 0:
        raise RecordingError("the attributes know none of the recording's items")
    rows: list[int] = []
    tags: list[tuple[str, Any]] = []
    for column in frame.columns:
        if column == name or not _tells(frame[column].dtype):
            continue
        for item, value in zip(known, frame[column], strict=True):
            if item >= 0:
                found = _tags_of(value)
                rows += [item] * len(found)
                tags += [(column, tag) for tag in found]
    return _tag_matrix(rows, tags, len(place))


def _texts(ids: pl.Series) -> list[Any]:
    """Ids as they are compared between files; bytes are what their letters are, if they are letters."""
    return ids.cast(pl.String, strict=False).to_list()


def _tells(dtype: pl.DataType) -> bool:
    """Whether values of a column can be tags: measures and dates cannot."""
    inner = dtype.inner if isinstance(dtype, pl.List | pl.Array) else dtype
    return not (inner.is_float() or inner.is_decimal() or inner.is_temporal())


def _tags_of(value: object) -> list[Any]:
    if value is None:
        return []
    if isinstance(value, pl.Series):
        return value.drop_nulls().to_list()
    if isinstance(value, str):
        return value.lower().split()
    return [value]


def _tag_matrix(rows: list[int], tags: list[tuple[str, Any]], n_items: int) -> csr_matrix:
    numbers: dict[tuple[str, str], int] = {}
    columns = [numbers.setdefault((column, str(tag)), len(numbers)) for column, tag in tags]
    matrix = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(n_items, len(numbers)))
    matrix.data[:] = 1
    spread = np.bincount(matrix.indices, minlength=len(numbers))
    telling = np.flatnonzero((spread >= _TAG_LEAST) & (spread <= _TAG_SHARE * n_items))
    return matrix[:, telling]
