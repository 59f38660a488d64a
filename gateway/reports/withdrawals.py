"""From a withdrawal to the first denial: whether anything was used after a no, and how soon the no was seen at work.

Entries name nobody, so this alone of all reports needs the people's keys: each person's tags are followed through the log from
its first entry. Who was erased cannot be followed any more. Times are those of the entries, rounded down.

Source: GDPR art. 7(3); our own promise that a withdrawal is final when it is acknowledged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from audit import ENDING_OUTCOMES, GIVING_OUTCOMES, Entry, Kind, Outcome, decode_entry
from gateway.memory.owners import TagFollower
from gateway.memory.people import NOBODY, People

_NOES = ENDING_OUTCOMES - {Outcome.INVALIDATED, Outcome.EXPIRED}
"""What somebody said, not what came about by itself."""
_USED = frozenset({Outcome.ACCEPTED, Outcome.PERSONALISED, Outcome.PERMITTED, Outcome.FIRED})
_USES = frozenset({Kind.EVENT, Kind.DECISION, Kind.PERMISSION, Kind.RULE})


@dataclass(slots=True)
class Withdrawals:
    """What followed the noes of a range."""

    noes: int = 0
    """Refusals, withdrawals and other ends, per person and purpose."""
    asked_after: int = 0
    """Of those, the ones after which the person's data were asked for again, for that purpose."""
    used_after: list[int] = field(default_factory=list)
    """Entries that used data after a no: there should be none."""
    seconds: list[int] = field(default_factory=list)
    """From the no to the first denial, by the rounded times."""

    def row(self) -> dict[str, Any]:
        """As the report has it."""
        ordered = sorted(self.seconds)
        return {
            "noes": self.noes,
            "asked_after": self.asked_after,
            "used_after": self.used_after,
            "median_seconds": _at(ordered, 0.5),
            "p99_seconds": _at(ordered, 0.99),
            "most_seconds": ordered[-1] if ordered else None,
        }


def follow_withdrawals(
    known: People,
    entries: Callable[[], Iterator[tuple[int, bytes]]],
    first: int,
    until: int,
) -> Withdrawals:
    """Follow everybody who is known.

    Args:
        known: everybody, as they stood at the first of these entries (`FirstNumbers.people`).
        entries: the log's, with their indices, from the first one on.
        first: noes from this index on count.
        until: and before this one; what follows them is looked for up to here.
    """
    follower = TagFollower(known)
    found = Withdrawals()
    pending: dict[tuple[int, str], _No] = {}
    for index, data in entries():
        if index >= until:
            break
        slot = follower.owner_of(data)
        if slot != NOBODY:
            _take(found, pending, slot, index, decode_entry(data), counts=index >= first)
    return found


@dataclass(slots=True)
class _No:
    """A no that stands."""

    at: int
    """When it was said (unix seconds)."""
    counts: bool
    was_asked: bool = False


def _take(
    found: Withdrawals,
    pending: dict[tuple[int, str], _No],
    slot: int,
    index: int,
    entry: Entry,
    *,
    counts: bool,
) -> None:
    for code in entry.purposes:
        if entry.kind is Kind.CONSENT and entry.outcome in GIVING_OUTCOMES:
            pending.pop((slot, code), None)
        elif entry.kind is Kind.CONSENT and entry.outcome in _NOES:
            pending[slot, code] = _No(entry.at, counts)
            found.noes += counts
        elif entry.kind in _USES and (no := pending.get((slot, code))) is not None and no.counts:
            if entry.outcome in _USED:
                found.used_after.append(index)
            elif not no.was_asked:
                found.seconds.append(max(0, entry.at - no.at))
            found.asked_after += not no.was_asked
            no.was_asked = True


def _at(ordered: list[int], share: float) -> int | None:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None
