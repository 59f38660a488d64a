"""What rights requests need of a store. The common rules of `consent.ports` hold: durable on return, one transaction a call.

- `RightsRequests` keeps requests and their steps; a step without a `log_index` waits to be sequenced.
- `KeptRefusals` keeps what survives an erasure: marks, from which nobody can be told without a key that lies elsewhere.
- `DisputedItems` keeps what somebody does not want to be used, sealed under their own key.
- `Notifications` keeps whom an erasure must be told, and whether they have confirmed it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from enum import StrEnum
from typing import Protocol

import msgspec

from consent.rights import Filed
from privacy import SubjectRef


class NotificationState(StrEnum):
    """Where the notification to one recipient stands."""

    WAITING = "waiting"
    """It is sent, and sent again, until the recipient confirms it."""
    ACKNOWLEDGED = "acknowledged"
    """The recipient has confirmed it."""
    REFUSED = "refused"
    """The recipient will not take it: tell them in another way."""
    BY_HAND = "by_hand"
    """The recipient has no address for it: tell them in another way."""
    CARRIED_OUT = "carried_out"
    """The recipient is a directory of ours: what it held is gone."""


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """What one recipient is told of one erasure."""

    request_id: bytes
    """Of which request."""
    destination: str
    """The recipient to be told."""
    purpose: str
    """For which purpose they received signals."""
    state: NotificationState
    """Where it stands."""
    subject_there: str | None
    """The person's name at that recipient; gone as soon as nobody needs to be told any more."""
    attempts: int = 0
    """How often it was sent."""
    next_at: int = 0
    """Not before this (unix seconds)."""
    settled_at: int | None = None
    """When it came to its end (unix seconds)."""


class RightsRequests(Protocol):
    """Requests and what happened to them.

    Contract:
        Order: the steps of a request are numbered from 1 without gaps; of two that add the same number one is refused.
        Absence: `None`, or an empty list.
        After `Erasures.erase` of the same records nothing leads from a request to the person, and those for erasure that are in
            progress know what it came to. Requests stay, as evidence of an answer in time.
    """

    def add(self, filed: Filed, notifications: Sequence[Notification] = (), *, reserved: bool) -> None:
        """File a new request with its steps, and whom its end must be told.

        Args:
            filed: new.
            notifications: of the same request.
            reserved: whether it may use the reserved space.
        """
        ...

    def go_on(self, filed: Filed, *, reserved: bool) -> None:
        """File the last step of a request, and how the request stands with it.

        Raises:
            OvertakenError: there is a step of that number already.
        """
        ...

    def get(self, request_id: bytes) -> Filed | None:
        """Return the request of that id."""
        ...

    def of_subject(self, subject: SubjectRef) -> list[Filed]:
        """A person's requests, the oldest first."""
        ...

    def still_open(self) -> list[Filed]:
        """Every request that has not come to its end, the oldest first."""
        ...

    def ever_filed(self) -> bool:
        """Whether there is any request, open or not."""
        ...

    def unsequenced_steps(self) -> list[tuple[bytes, int]]:
        """(Request, step number) of every step that waits for the audit log, in order."""
        ...

    def mark_steps_sequenced(self, placed: Sequence[tuple[bytes, int, int]]) -> None:
        """Note where steps are in the audit log: (request, step number, index)."""
        ...


class Notifications(Protocol):
    """Whom an erasure must be told.

    Contract:
        They come with their request (`RightsRequests.add`) and stay as long as it does: one per request and destination.
        Durability: `settle_notification` may use the reserved space, as denials may.
        Order: by destination; due ones by when they are due, and never before their request is completed.
        Absence: an empty list; settling one that is not there changes nothing.
        The erasure of the person changes none of them: `subject_there` is a name at one recipient, and goes when settled.
    """

    def notifications_of(self, request_id: bytes) -> list[Notification]:
        """Those of a request, by destination."""
        ...

    def due_notifications(self, now: int, limit: int) -> list[Notification]:
        """Waiting ones whose time has come and whose erasure is completed, the longest due first."""
        ...

    def settle_notification(self, notification: Notification) -> None:
        """Keep how a notification stands."""
        ...


class KeptRefusals(Protocol):
    """Marks of refusals that outlive an erasure.

    Contract:
        A mark that is kept again has the later time; one that is both kept and lifted in a call is kept.
        Durability: may use the reserved space; a mark is durable before the person's rows go.
        Absence: an empty mapping; lifting what is not there changes nothing.
        No erasure touches them. Nobody is told from them without the key, which the store does not have.
    """

    def load_marks(self) -> dict[bytes, int]:
        """Every mark, with when it was kept (unix seconds)."""
        ...

    def keep_marks(self, kept: Collection[bytes], lifted: Collection[bytes], now: int) -> None:
        """Keep these, forget those."""
        ...


class DisputedItems(Protocol):
    """What people do not want to be used.

    Contract:
        For a row that is not there, as of somebody erased meanwhile, `dispute` raises `StoreUnavailableError`.
        Durability: may use the reserved space; `lift` may not.
        Absence: nothing is yielded, and nothing lifted. Any order.
        After `Erasures.erase` of the same records nothing of the person is left.
    """

    def dispute(self, subject_id: int, sealed: bytes) -> None:
        """Keep one, sealed under the person's own key."""
        ...

    def lift(self, subject_id: int, sealed: Collection[bytes]) -> None:
        """Keep these of a person no more."""
        ...

    def load_disputed(self) -> Iterator[tuple[int, bytes]]:
        """Everybody's: row and sealed item."""
        ...
