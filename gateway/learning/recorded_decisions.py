"""Recorded decisions from a Parquet file, as an off-policy evaluation takes them.

The file is somebody else's: what is wrong with it is said without repeating anything of it but names of columns that were given.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray
from polars.exceptions import PolarsError

from gateway.errors import GatewayError
from scoring import (
    LoggedDecisions,
    LoggedDecisionsError,
    TargetPolicy,
    best_policy,
    tabular_policy,
    uniform_policy,
)

MAX_ROWS = 5_000_000


class RecordedDecisionsError(GatewayError):
    """A file of recorded decisions cannot be used."""


@dataclass(frozen=True, slots=True)
class DecisionColumns:
    """Which columns say what."""

    action: str = "item_id"
    """What was done: anything that can be told apart."""
    reward: str = "click"
    """What came of it: a number from 0."""
    propensity: str = "propensity"
    """How likely it was: above 0 up to 1."""
    context: tuple[str, ...] = ()
    """In which surroundings: anything that can be told apart."""


Target: TypeAlias = str
"""`uniform`, `best`, `best-by-context` or `column:NAME`."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What is asked of a log."""

    logged: LoggedDecisions
    """The decisions that answer it."""
    target: TargetPolicy
    """The policy in question."""


def read_question(file: Path, columns: DecisionColumns, target: Target, kept: dict[str, str]) -> Question:
    """Read the decisions of a file, and the policy in question.

    Args:
        file: Parquet.
        columns: which say what.
        target: the policy. The best one is learnt from the first half of the rows, and asked of the second.
        kept: column -> the value that rows must have there.

    Raises:
        RecordedDecisionsError: the file cannot be read, or a column is missing or no number.
        LoggedDecisionsError: a number is out of its range.
    """
    given = target.removeprefix("column:") if target.startswith("column:") else None
    named = [columns.action, columns.reward, columns.propensity, *columns.context, *kept]
    frame = _read(file, [*named, *([given] if given else [])])
    for column, value in kept.items():
        frame = frame.filter(pl.col(column).cast(pl.String, strict=False) == value)
    if not frame.height or frame.height > MAX_ROWS:
        raise RecordedDecisionsError("no row is left" if not frame.height else "more than 5,000,000 rows")
    if frame[columns.action].null_count():
        raise RecordedDecisionsError(f"a column must say in each row what was done: {columns.action}")
    logged = LoggedDecisions(
        rewards=_numbers(frame, columns.reward),
        propensities=_numbers(frame, columns.propensity),
        actions=_codes(frame, (columns.action,)),
        contexts=_codes(frame, columns.context),
    )
    if given is not None:
        taken = _numbers(frame, given)
        if taken.min() < 0 or taken.max() > 1:
            raise LoggedDecisionsError("the policy's probabilities are from 0 to 1")
        return Question(logged, TargetPolicy(taken))
    if target == "uniform":
        return Question(logged, uniform_policy(logged))
    return _ask_for_the_best(logged, by_context=target == "best-by-context")


def _ask_for_the_best(logged: LoggedDecisions, *, by_context: bool) -> Question:
    """The policy that the first half of a log speaks for, asked of the second."""
    if len(logged) < 2:
        raise RecordedDecisionsError("one decision cannot teach and test")
    half = len(logged) // 2
    first = np.arange(len(logged)) < half
    table = best_policy(logged.part(first), by_context=by_context)
    later = logged.part(~first)
    return Question(later, tabular_policy(later, _fitted(table, later)))


def _fitted(table: NDArray[np.float64], logged: LoggedDecisions) -> NDArray[np.float64]:
    """A table for the contexts and actions of another part of the log; where it says nothing, uniform."""
    shape = (logged.n_contexts, logged.n_actions)
    fitted = np.zeros(shape)
    rows, columns = min(shape[0], table.shape[0]), min(shape[1], table.shape[1])
    fitted[:rows, :columns] = table[:rows, :columns]
    empty = fitted.sum(axis=1) < 1
    fitted[empty] = 1 / shape[1]
    return fitted


def _read(file: Path, columns: list[str]) -> pl.DataFrame:
    wanted = list(dict.fromkeys(columns))
    try:
        scanned = pl.scan_parquet(file)
        missing = [each for each in wanted if each not in scanned.collect_schema().names()]
        if missing:
            raise RecordedDecisionsError(f"missing columns: {', '.join(missing)}")
        return scanned.select(wanted).collect()
    except (PolarsError, OSError) as exc:
        raise RecordedDecisionsError("the file is not a readable Parquet file") from exc


def _numbers(frame: pl.DataFrame, column: str) -> NDArray[np.float64]:
    found = frame[column]
    if not (found.dtype.is_numeric() or found.dtype == pl.Boolean) or found.null_count():
        raise RecordedDecisionsError(f"a column must hold a number in each row: {column}")
    return found.cast(pl.Float64).to_numpy()


def _codes(frame: pl.DataFrame, columns: tuple[str, ...]) -> NDArray[np.int64]:
    """A number for each different combination, in the order of their first rows; 0 everywhere without columns."""
    if not columns:
        return np.zeros(frame.height, dtype=np.int64)
    try:
        ranked = frame.select(pl.struct(columns).rank("dense").cast(pl.Int64) - 1)
        return ranked.to_series().to_numpy()
    except PolarsError as exc:
        raise RecordedDecisionsError("actions and contexts are texts, numbers or truth values") from exc
