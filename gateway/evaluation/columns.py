"""Which column of a recording is which, and how an order and a time are read from one.

| wanted | other names it may have; capitals, spaces and underscores do not matter |
|---|---|
| `user_id` | `user`, `uid`, `customer_id`, `visitor_id`, `session_id` |
| `item_id` | `item`, `iid`, `product_id`, `movie_id`, `article_id` |
| `seq` | `sequence` |
| `ts` | `timestamp`, `time`, `datetime`, `event_time`, `date` |

A column of the wanted name goes before one of another name. Texts in `seq` or `ts` are numbers or times of ISO 8601: as letters
10 would come before 9.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl

from scoring import RecordingError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_NAMES = {
    "user_id": ("userid", "user", "uid", "customerid", "visitorid", "sessionid"),
    "item_id": ("itemid", "item", "iid", "productid", "movieid", "articleid"),
    "seq": ("seq", "sequence"),
    "ts": ("ts", "timestamp", "time", "datetime", "eventtime", "date"),
}
ORDERS = ("seq", "ts")
"""What may tell the order, the first that is there."""


def find_columns(known: Iterable[str]) -> dict[str, str]:
    """Wanted name -> the name in the file, of those that are there.

    Raises:
        RecordingError: two columns could be one of them.
    """
    names = list(known)
    found: dict[str, str] = {}
    for wanted, spellings in _NAMES.items():
        if wanted in names:
            found[wanted] = wanted
            continue
        for spelling in spellings:
            fitting = [name for name in names if _plainly(name) == spelling]
            if len(fitting) > 1:
                raise RecordingError(f"two columns of the file could be {wanted}")
            if fitting:
                found[wanted] = fitting[0]
                break
    return found


def plain_ids(ids: pl.Series) -> pl.Series:
    """Ids as whole numbers or texts: 7, 7.0 and a category are told apart by value alone."""
    if ids.dtype.is_float() or ids.dtype.is_decimal():
        whole = ids.cast(pl.Int64, strict=False)
        if whole.null_count() == ids.null_count() and bool((whole == ids).all()):
            return whole
        return ids
    return ids.cast(pl.String) if isinstance(ids.dtype, pl.Categorical | pl.Enum) else ids


def as_order(values: pl.Series) -> pl.Series:
    """What sorts as the values are meant.

    Raises:
        RecordingError: they are neither numbers nor times.
    """
    dtype = values.dtype
    if dtype.is_numeric() or dtype.is_temporal() or dtype in (pl.Boolean, pl.Null):
        return values
    if not isinstance(dtype, pl.String | pl.Categorical | pl.Enum):
        raise RecordingError("seq and ts hold numbers or times")
    texts = values.cast(pl.String).str.strip_chars()
    for kind in (pl.Int64, pl.Float64):
        numbers = texts.cast(kind, strict=False)
        if numbers.null_count() == values.null_count():
            return numbers
    try:
        return pl.Series([None if text is None else _moment(text) for text in texts], dtype=pl.Int64)
    except ValueError:
        raise RecordingError("texts in seq and ts are numbers or times of ISO 8601") from None


def as_times(values: pl.Series) -> NDArray[np.float64] | None:
    """Times on one clock, in seconds if the file says so; None if they are of no date, or some are missing."""
    dtype = values.dtype
    if dtype.is_temporal():
        if not isinstance(dtype, pl.Datetime | pl.Date):
            return None
        values = values.cast(pl.Datetime("us")).dt.epoch("us") / 1e6
    elif not dtype.is_numeric():
        if dtype not in (pl.String, pl.Categorical, pl.Enum):
            return None
        values = as_order(values)
    times = values.cast(pl.Float64)
    if times.null_count() or not bool(times.is_finite().all()):
        return None
    return times.to_numpy()


def _plainly(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _moment(text: str) -> int:
    """Microseconds since 1970; without a zone it is UTC."""
    moment = datetime.fromisoformat(text)
    since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
