"""What holds of the whole person rather than of a purpose: how old they are, and whether all use is stopped. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from consent import MINORITY, RESTRICTION, ConsentEvent, ConsentRecord, Evidence, Status


@dataclass(frozen=True, slots=True)
class Age:
    """What is held of a person's age."""

    band: str | None
    """Of somebody under eighteen: how old, empty if only that is known. None if nothing is held."""
    own: bool
    """Whether they said so themselves, and so can take it back."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """All use of a person's data is stopped."""

    since: int
    """When that was written (unix seconds)."""
    own: bool
    """Whether they asked for it themselves."""


def age_of(newest_first: Sequence[ConsentEvent]) -> Age:
    """What a person's history says of their age."""
    last = next((event for event in newest_first if event.purpose == MINORITY), None)
    if last is None or last.status is not Status.RESTRICTED:
        return Age(None, own=False)
    return Age(last.age_band or "", own=last.evidence is Evidence.USER_ACTION)


def restriction_of(records: Mapping[str, ConsentRecord] | None) -> Restriction | None:
    """Whether a person's records stop all use; None if they do not."""
    record = (records or {}).get(RESTRICTION)
    if record is None or record.status is not Status.RESTRICTED:
        return None
    return Restriction(record.recorded_at, own=record.evidence is Evidence.USER_ACTION)
