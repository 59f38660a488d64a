"""An editors' decision, and how it comes about: one proposes, another approves, one wants it ended, another ends it."""

from __future__ import annotations

from enum import StrEnum

import msgspec
from msgspec.structs import replace


class Act(StrEnum):
    """What is done to an item, or to a placement."""

    PIN = "pin"
    """The item stands at a place."""
    BOOST = "boost"
    """The item counts for more."""
    BLOCK = "block"
    """The item stands nowhere: in no placement, in no slate."""
    FREEZE = "freeze"
    """The placement shows fixed items to everybody."""


class EditorialDecision(msgspec.Struct, frozen=True, kw_only=True):
    """One decision as it stands. It is never deleted, so that it can be said who decided what."""

    decision_id: str
    """32 hex digits."""
    act: Act
    """What is to be done."""
    placement: str | None
    """Where; None of a block, which holds everywhere."""
    items: tuple[str, ...]
    """The items' ids: one, or those of a frozen slate in their order."""
    place: int = 0
    """Of a pin: from 0."""
    strength: float = 0.0
    """Of a boost: above 0, to 1."""
    expires_at: int
    """From this moment it holds no more (unix seconds)."""
    proposed_by: str
    """Whose source proposed it."""
    proposed_at: int
    """When it was proposed (unix seconds)."""
    approved_by: str | None = None
    """Whose source approved it: another than the first."""
    approved_at: int | None = None
    """When it was approved (unix seconds); None while it waits."""
    end_wanted_by: str | None = None
    """Whose source wants it ended early."""
    ended_by: str | None = None
    """Whose source ended it: another than that."""
    ended_at: int | None = None
    """When it ended (unix seconds); None while it holds."""

    def holds(self, now: int) -> bool:
        """Whether it is in force."""
        return self.approved_by is not None and self.ended_by is None and now < self.expires_at

    def status(self, now: int) -> str:
        """A word for how it stands."""
        if self.ended_by is not None:
            return "ended"
        if now >= self.expires_at:
            return "expired"
        if self.approved_by is None:
            return "proposed"
        return "in_force" if self.end_wanted_by is None else "end_proposed"


def approve(decision: EditorialDecision, by: str, now: int) -> EditorialDecision | None:
    """The decision approved; None if it does not wait for this editor: who proposed it cannot, nor can anybody twice."""
    if decision.status(now) != "proposed" or by == decision.proposed_by:
        return None
    return replace(decision, approved_by=by, approved_at=now)


def end(decision: EditorialDecision, by: str, now: int) -> EditorialDecision | None:
    """One step towards its end: a proposal ends at once, what is in force when a second editor wants it; None if it cannot."""
    match decision.status(now):
        case "proposed":
            return replace(decision, ended_by=by, ended_at=now)
        case "in_force":
            return replace(decision, end_wanted_by=by)
        case "end_proposed" if by != decision.end_wanted_by:
            return replace(decision, ended_by=by, ended_at=now)
        case _:
            return None
