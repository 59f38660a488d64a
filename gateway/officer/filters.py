"""What an address or a form asks for, read strictly: words of closed lists, days, numbers; anything else is refused.

So no address of the console can name anybody, whatever somebody types.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TypeVar

from audit import Kind, Outcome
from consent import Policy
from gateway.evidence.outcomes import OUTCOME_OF
from gateway.evidence.searching import Wanted
from gateway.pages.refusals import NoSuchPageError, PageRefusalError
from privacy import DAY_SECONDS

_NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_KNOWN = frozenset({"kind", "outcome", "purpose", "from", "to", "before"})

Word = TypeVar("Word", bound=StrEnum)


class FilterRefusedError(PageRefusalError):
    """It cannot be understood."""

    status = 400


def read_wanted(said: Mapping[str, str], policy: Policy) -> tuple[Wanted, int | None]:
    """What is looked for, and before which index.

    Args:
        said: the address's parameters; an empty one is one that is not there.
        policy: knows the purposes.

    Raises:
        FilterRefusedError: a parameter is not known, or is no word, day or number of its kind.
    """
    if not set(said) <= _KNOWN:
        raise FilterRefusedError
    given = {name: value for name, value in said.items() if value}
    outcome = given.get("outcome")
    if outcome is not None and (outcome not in OUTCOME_OF or OUTCOME_OF[outcome].is_fault):
        raise FilterRefusedError
    first_at, end_at = read_range(given.get("from"), given.get("to"))
    wanted = Wanted(
        kind=read_word(given["kind"], Kind) if "kind" in given else None,
        outcome=None if outcome is None else OUTCOME_OF[outcome],
        purpose=_code(given["purpose"], policy) if "purpose" in given else None,
        first_at=first_at,
        end_at=end_at,
    )
    return wanted, read_number(given["before"]) if "before" in given else None


def read_range(first: str | None, last: str | None) -> tuple[int | None, int | None]:
    """From the beginning of one day to the end of another (unix seconds, UTC).

    Raises:
        FilterRefusedError: one is no day, or they are in the wrong order.
    """
    begins = None if not first else _day(first)
    ends = None if not last else _day(last) + DAY_SECONDS
    if begins is not None and ends is not None and begins >= ends:
        raise FilterRefusedError
    return begins, ends


def read_word(said: str, words: type[Word]) -> Word:
    """A word of a closed list.

    Raises:
        FilterRefusedError: it cannot be read as one.
    """
    try:
        return words(said)
    except ValueError:
        raise FilterRefusedError from None


def read_number(said: str) -> int:
    """A number without sign.

    Raises:
        FilterRefusedError: it cannot be read as one.
    """
    if not _NUMBER.fullmatch(said):
        raise FilterRefusedError
    return int(said)


def read_index(said: str) -> int:
    """The place of an entry, from an address.

    Raises:
        NoSuchPageError: it cannot be read as one.
    """
    try:
        return read_number(said)
    except FilterRefusedError:
        raise NoSuchPageError from None


def day_text(at: int) -> str:
    """The day of a time (unix seconds), as an address names it."""
    return datetime.fromtimestamp(at, UTC).date().isoformat()


def words_of(wanted: Wanted) -> dict[str, str | int]:
    """A filter as the entry of a look names it."""
    named: dict[str, str | int | None] = {
        "kind": None if wanted.kind is None else wanted.kind.value,
        "outcome": None if wanted.outcome is None else wanted.outcome.value,
        "purpose": wanted.purpose,
        "first_at": wanted.first_at,
        "end_at": wanted.end_at,
    }
    return {name: value for name, value in named.items() if value is not None}


def outcomes() -> list[Outcome]:
    """Every outcome that an entry can carry or share."""
    return [outcome for outcome in Outcome if not outcome.is_fault]


def _day(said: str) -> int:
    try:
        day = date.fromisoformat(said if _DAY.fullmatch(said) else "")
    except ValueError:
        raise FilterRefusedError from None
    if not 1970 <= day.year < 9999:
        raise FilterRefusedError
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _code(said: str, policy: Policy) -> str:
    if said not in {rule.code for rule in policy.entries}:
        raise FilterRefusedError
    return said
