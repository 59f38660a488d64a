"""What an export selects of a range: by time, purpose, outcome, source, kind and person. What is not asked for is not looked at.

An entry must satisfy every condition that is given; of the values of one condition, any. An entry that `withheld` events share
has a count for each reason instead of an outcome: it is selected by `withheld.<reason>` too.

That the rows are one person's is said, and whose is not: which entries are theirs only their key tells, so whoever verifies holds
the rows to the other conditions only.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import polars as pl

from audit import Kind, Outcome
from gateway.reporting.errors import ExportError

MAX_VALUES = 128
"""Of one condition."""
MAX_TIME = 253_402_300_799
"""The last second of the year 9999."""

_CODE = re.compile(r"[a-z]{3}\Z")
_KINDS = frozenset(kind.value for kind in Kind)
_OUTCOMES = frozenset(outcome.value for outcome in Outcome if not outcome.is_fault)

Values = Annotated[tuple[str, ...], msgspec.Meta(max_length=MAX_VALUES)]


class Query(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The conditions. Times are unix seconds; an entry's own is rounded down."""

    since: int | None = None
    """The earliest time, included (unix seconds); None for no bound."""
    before: int | None = None
    """The end of the time, excluded (unix seconds); None for no bound."""
    kinds: Values = ()
    """Words of `audit.Kind`."""
    outcomes: Values = ()
    """Words of `audit.Outcome`."""
    purposes: Values = ()
    """Codes of three letters; an entry about several is selected by each of them."""
    sources: Values = ()
    """The detail `source` of an entry: which rule or segment it is of."""
    one_person: bool | msgspec.UnsetType = msgspec.UNSET
    """True if only entries of one person are selected, whoever that is; otherwise it is not there."""

    def check(self) -> None:
        """See that it can be answered.

        Raises:
            ExportError: a word that no entry has, or times that go backwards.
        """
        if not set(self.kinds) <= _KINDS:
            raise ExportError("there is no such kind of entry (docs/audit-format.md lists them)")
        if not set(self.outcomes) <= _OUTCOMES:
            raise ExportError("there is no such outcome (docs/outcomes.md lists them)")
        if not all(map(_CODE.match, self.purposes)):
            raise ExportError(
                "there is no such purpose (volens policy check lists them; the log has them by their codes)"
            )
        if not all(source.isascii() and source.isprintable() for source in self.sources):
            raise ExportError("a source is written in printable ASCII")
        if any(at is not None and not 0 <= at <= MAX_TIME for at in (self.since, self.before)):
            raise ExportError("the time is out of range")
        if self.since is not None and self.before is not None and self.since >= self.before:
            raise ExportError("the range ends before it begins")
        if self.one_person is False:
            raise ExportError("a condition that is not asked for is left out")

    @property
    def is_of_one_person(self) -> bool:
        """Whether it asks for one person, so that other conditions alone do not tell what it selects."""
        return self.one_person is True

    @property
    def has_times(self) -> bool:
        """Whether it asks for a time."""
        return self.since is not None or self.before is not None

    def told(self) -> str:
        """The question in one line, for whoever judges the answer."""
        since, before = ("any time" if at is None else _written(at) for at in (self.since, self.before))
        named = (
            f"{name} {', '.join(values)}"
            for name in ("kinds", "outcomes", "purposes", "sources")
            if (values := getattr(self, name))
        )
        return "; ".join((f"{since} to {before}", *named))

    def covers(self, at: int) -> bool:
        """Whether it asks for entries of this time."""
        return (self.since is None or at >= self.since) and (self.before is None or at < self.before)

    def select(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows of an entry frame that it selects, in order; whose they are is for the caller."""
        conditions: list[pl.Expr] = []
        if self.since is not None:
            conditions.append(pl.col("at") >= self.since)
        if self.before is not None:
            conditions.append(pl.col("at") < self.before)
        if self.kinds:
            conditions.append(pl.col("kind").is_in(self.kinds))
        if self.outcomes:
            conditions.append(self._has_outcome())
        if self.purposes:
            words = pl.col("purposes").str.split(" ")
            conditions.append(words.list.eval(pl.element().is_in(self.purposes)).list.any())
        if self.sources:
            conditions.append(pl.col("source").is_in(self.sources))
        return frame.filter(*conditions) if conditions else frame

    def _has_outcome(self) -> pl.Expr:
        reasons = [word.partition(".")[2] for word in self.outcomes if word.startswith("withheld.")]
        shared = pl.lit(False)
        for reason in reasons:
            shared |= pl.col("withheld").str.contains(f'"{reason}":', literal=True)
        return pl.col("outcome").is_in(self.outcomes) | ((pl.col("kind") == Kind.WITHHELD.value) & shared)


def _written(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def moment_of(text: str | None) -> int | None:
    """A date or a time of ISO 8601 as unix seconds; UTC unless it says otherwise.

    Raises:
        ExportError: it is neither.
    """
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return int((moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        raise ExportError("a time is a date (2026-11-01) or ISO 8601 (2026-11-01T12:00:00Z)") from None
