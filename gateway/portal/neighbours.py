"""The two seams of the portal: what it asks of receipts and of rights requests, in its own words.

Whoever builds those services hands an adapter to `open_portal`; until then `plain_rights` answers from what there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from privacy import SubjectRef


@dataclass(frozen=True, slots=True)
class Keepsake:
    """A file that a person may keep."""

    name: str
    """What it is called; ASCII, ours."""
    media_type: str
    """What it is."""
    body: bytes
    """Its content."""


@dataclass(frozen=True, slots=True)
class RightsRequest:
    """A request of the person's that the controller has to answer."""

    kind: str
    """`access`, `portability`, `rectification`, `objection`, `restriction` or `erasure`."""
    status: str
    """A word of the rights service's own list."""
    received_at: int
    """Unix seconds."""
    due_at: int
    """By when it must be answered (unix seconds)."""


class Receipts(Protocol):
    """Receipts of what a person decided.

    Contract:
        Absence: None for a receipt that does not exist, and for one that is somebody else's: the two look alike.
        Errors: `consent.ConsentError` when the records cannot be read.
    """

    async def receipt(self, ref: SubjectRef, receipt_id: bytes) -> Keepsake | None:
        """A receipt of this person (id: 16 bytes)."""
        ...


class PersonRights(Protocol):
    """What a person may ask of the controller.

    Contract:
        Errors: `consent.ConsentError` when the records cannot be read or written.
    """

    async def requests_of(self, ref: SubjectRef) -> Sequence[RightsRequest]:
        """The person's requests, the newest first."""
        ...

    async def data_of(self, ref: SubjectRef) -> Keepsake:
        """Everything that is held about the person, machine-readable."""
        ...

    async def erase(self, ref: SubjectRef) -> None:
        """Erase the person. Final when it returns."""
        ...
