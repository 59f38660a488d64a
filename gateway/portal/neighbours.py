"""The seams of the portal: what it asks of receipts, rights requests, devices and published numbers, in its own words.

`own_rights`, `own_devices` and `own_counts` fill them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.wording.languages import Language
from privacy import SubjectRef


@dataclass(frozen=True, slots=True)
class Keepsake:
    """A file that a person may keep."""

    name: str
    """What it is called; ASCII, ours."""
    media_type: str
    """What it is."""
    body: bytes
    """Its content in bytes."""


@dataclass(frozen=True, slots=True)
class RightsRequest:
    """A request of the person's that the controller has to answer."""

    id: str
    """Its name, 32 hexadecimal digits."""
    kind: str
    """`access`, `portability`, `rectification`, `objection`, `restriction` or `erasure`."""
    lifts: bool
    """Whether it ends a restriction."""
    status: str
    """A word of the rights service's own list."""
    why: str
    """If it was refused: the reason, a word of `consent.Why`; else `none`."""
    received_at: int
    """When it was received (unix seconds)."""
    due_at: int | None
    """By when it must be answered (unix seconds); None once it was."""
    closed_at: int | None
    """When it was answered (unix seconds); None while it waits."""
    waits_for_you: bool
    """Whether nothing happens before the person says that it was they who asked."""
    can_take_back: bool
    """Whether the person can still take it back."""
    forms: tuple[str, ...]
    """In which forms its answer can be had: `html`, `json`, `ndjson`, `zip`."""


@dataclass(frozen=True, slots=True)
class OwnDevices:
    """A person's devices that help to improve the recommendations, and what of that is in use."""

    taking_part: int
    """How many take part now."""
    rounds: int
    """In how many rounds something of theirs was summed."""
    carried: Sequence[tuple[int, int, str]]
    """Versions that carry it: number, until when at the latest (unix seconds), `current`, `previous` or `retired`."""


@dataclass(frozen=True, slots=True)
class Counted:
    """In how many published numbers of a day a person counted."""

    day: int
    """Its midnight, UTC (unix seconds)."""
    purpose: str
    """Of which purpose."""
    releases: int
    """In how many releases."""


@dataclass(frozen=True, slots=True)
class ToldRecipient:
    """Somebody else who had data of the person, and must be told of the erasure."""

    name: str
    """As `Who sees it` names them."""
    state: str
    """A word of `consent.NotificationState`."""
    settled_at: int | None
    """When they confirmed it (unix seconds); None if they have not."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What is left to somebody who was erased."""

    name: str
    """Of the page that says so to whoever has its address, and of nothing else: 64 hexadecimal digits."""
    at: int
    """When it was done (unix seconds)."""
    recipients: Sequence[ToldRecipient]
    """Who else must be told."""


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

    async def data_of(
        self, ref: SubjectRef, form: str, language: Language, request_id: str = ""
    ) -> Keepsake | None:
        """Everything that is held about the person, as `html`, `json` or `zip`: as the answer to a request, or to a new one.

        None for another form, and for a request that is not theirs or not answered with data.
        """
        ...

    async def restrict(self, ref: SubjectRef, *, lifts: bool) -> bool:
        """Stop all use of the person's data, or end that. Says whether it was done."""
        ...

    async def confirm(self, ref: SubjectRef, request_id: str) -> bool:
        """Say that it was the person who asked for this, so that it is carried out; erasures are confirmed by `erase` alone.

        Says whether it is carried out now: not if there is no such request of theirs, or it does not wait for that.
        """
        ...

    async def take_back(self, ref: SubjectRef, request_id: str) -> bool:
        """Take a request back. Says whether that was still possible."""
        ...

    async def do_not_use(self, ref: SubjectRef, item: str) -> bool:
        """Use an item, by the app's id, for this person no more. Says whether it was known."""
        ...

    async def use_again(self, ref: SubjectRef, item: str) -> bool:
        """End what this person wanted of an item. Says whether there was anything."""
        ...

    async def erase(self, ref: SubjectRef) -> Erased:
        """Erase the person, by a request that waits for their word if there is one. Final when it returns."""
        ...

    async def erased(self, name: str) -> Erased | None:
        """What became of an erasure, for whoever has the name of its page; None for any other name."""
        ...

    async def certificate(self, name: str) -> bytes | None:
        """The certificate of that erasure, JSON.

        Raises:
            UnavailableError: no checkpoint covers it yet.
        """
        ...


class PersonDevices(Protocol):
    """A person's devices that learn together with others.

    Contract:
        Concurrency: on the event loop.
        Durability: when `let_leave` returns, they take part no more, and it is written down.
        Errors: `LogUnavailableError`, `consent.StoreUnavailableError`.
        Absence: somebody without devices has none, as has everybody where there is no such purpose.
    """

    async def devices_of(self, ref: SubjectRef) -> OwnDevices:
        """What there is to say."""
        ...

    async def let_leave(self, ref: SubjectRef) -> None:
        """All of them take part no more."""
        ...


class PersonCounts(Protocol):
    """In how many published numbers a person counts.

    Contract:
        Concurrency: on the event loop.
        Errors: OSError when it cannot be read now.
        Absence: somebody who was never counted is told so of today.
    """

    @property
    def most(self) -> int:
        """In so many releases of a day, of each purpose, a person counts at most."""
        ...

    async def counts_of(self, ref: SubjectRef) -> Sequence[Counted]:
        """Today, and the days before it that are still known and on which the person counted; the newest first."""
        ...
