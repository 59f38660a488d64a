"""The one budget: the port, and what it says.

    reserve (committed) -> entry in the log -> the data is touched -> publish (committed with the numbers)

What was reserved is spent, whatever becomes of the release: an error may depend on the data, so nothing is ever given back. A
crash after `reserve` leaves a reservation that whoever comes next takes over: the draw that was lost was never seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from privacy.spending.loss import Loss
from privacy.spending.scopes import Quota

LEASE_BYTES = 16
"""Of a lease: random, so that nobody has another's."""


class SpendState(StrEnum):
    """What became of a reservation."""

    RESERVED = "reserved"
    """Booked; whoever has the lease may compute and publish."""
    PUBLISHED = "published"
    """The numbers are out, once and for all."""
    LOST = "lost"
    """Given up: booked, and nothing will come of it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody wants to compute, before they look at any data."""

    key: str
    """Which release of which window: what is computed under it is published once. At most 200 printable ASCII characters."""
    loss: Loss
    """What it costs each person at most, as proved."""
    quotas: tuple[Quota, ...]
    """What it is booked on, whole, on each: the global person-epoch and the quotas inside it (`Budget.quotas`)."""
    plan: bytes
    """SHA-256 of everything that says what is computed."""


@dataclass(frozen=True, slots=True)
class Granted:
    """It is booked: go on, and publish with this lease."""

    lease: bytes
    """16 random bytes; a later taker-over has others, and then these publish nothing."""
    taken_over: bool
    """Whether it was booked before, by somebody who did not come to an end."""


@dataclass(frozen=True, slots=True)
class OverBudget:
    """Nothing was booked: it is more than a scope has left."""

    scope: str
    """The first one of them."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The key is settled: nothing may be computed under it again."""

    state: SpendState
    """Published or lost."""


@dataclass(frozen=True, slots=True)
class OtherPlan:
    """The key was booked for another plan or another loss: a plan changed under an old version."""


Answer = Granted | OverBudget | Settled | OtherPlan


@dataclass(frozen=True, slots=True)
class Spend:
    """One booking on the budget."""

    key: str
    """Which release of which window."""
    loss: Loss
    """What it cost."""
    scopes: tuple[str, ...]
    """What it was booked on."""
    plan: bytes
    """SHA-256 of what was to be computed."""
    state: SpendState
    """What became of it."""
    reserved_at: int
    """When (unix seconds)."""
    log_index: int | None
    """Its entry in the log; None while it waits for one."""


@dataclass(frozen=True, slots=True)
class Balance:
    """A scope as it stands."""

    scope: str
    """The name of the scope."""
    most: Loss
    """What may be booked on it."""
    spent: Loss
    """What is booked on it."""
    burnt: bool
    """Whether nothing more may be booked on it, whatever is left."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What was published of one window."""

    place: int
    """The place of its booking: those of one release rise in the order in which they were booked."""
    key: str
    """Which release of which window."""
    body: bytes
    """The numbers, byte for byte as they were published."""


class BudgetLedger(Protocol):
    """Who spent what, of the one budget.

    Contract:
        Concurrency: synchronous calls from any thread and any process; each is one transaction, and they are as if one came after
            the other.
        Durability: what a call wrote survives a crash and a power loss when it returns.
        Atomicity: `reserve` books on every scope or on none; `publish` keeps the numbers and settles the booking together.
        Order: `spends` in the order in which they were reserved, `last_spends` and `published` the other way round.
        Errors: BudgetStoreError: nothing was written. Asking again is safe.
        Absence: a scope that nothing was booked on has no balance; a key that was never reserved has no numbers.
        Personal data: none, anywhere.
        Never: a booking shrinks or goes away.
    """

    def reserve(self, claim: Claim, lease: bytes, *, now: int) -> Answer:
        """Book a claim, once: the same claim again takes its reservation over with the new lease, and books nothing.

        A scope has the quota that it was first booked with; a smaller one asked for later takes its place, a larger one does not.
        """
        ...

    def publish(self, key: str, lease: bytes, body: bytes, *, now: int) -> bool:
        """Keep the numbers; False, and nothing happens, unless it is reserved and the lease is the present one."""
        ...

    def give_up(self, key: str, lease: bytes) -> bool:
        """Never compute it; what was booked stays. False, and nothing happens, as for `publish`."""
        ...

    def burn(self, scopes: Sequence[str]) -> None:
        """Let nothing more be booked on these scopes, also on those that nothing was booked on yet."""
        ...

    def take_in(self, spend: Spend) -> None:
        """Know of a booking that only the log knew, as lost: its scopes are burnt. Nothing happens if the key is known."""
        ...

    def write_off(self, key: str) -> bool:
        """Take a reservation for lost, with its scopes burnt: the log says of numbers under it that these books do not have.

        What was drawn once was seen, and is not drawn again. False, and nothing happens, unless it is reserved.
        """
        ...

    def spends(self, *, waiting_only: bool = False, since: int = 0) -> Sequence[Spend]:
        """Every booking, or those that wait for their entry in the log; of those reserved at `since` (unix seconds) or later."""
        ...

    def last_spends(self, *, most: int, before: tuple[int, str] | None = None) -> Sequence[tuple[int, Spend]]:
        """The last bookings with their places, newest first, at most so many, of those before that place and key.

        Two that are reserved at once can have the same place.
        """
        ...

    def mark_sequenced(self, indexes: Mapping[str, int]) -> None:
        """The entries of these keys stand in the log at these indexes; the first that is told stays."""
        ...

    def balances(self) -> Sequence[Balance]:
        """Every scope that something was booked on, by name."""
        ...

    def publication(self, key: str) -> bytes | None:
        """The numbers under a key, byte for byte as they were published."""
        ...

    def published(self, release: str, *, most: int, before: int | None = None) -> Sequence[Publication]:
        """The last publications of all versions of a release, at most so many, of those that were booked before that place."""
        ...

    def untold(self) -> Mapping[str, bytes]:
        """Every publication of which the log does not say yet: key -> the numbers."""
        ...

    def mark_told(self, key: str) -> None:
        """The log says of this publication."""
        ...

    def seen_until(self) -> int:
        """How far the log was compared with these books: every entry below this index."""
        ...

    def has_seen(self, index: int) -> None:
        """The log was compared up to `index`; an index below the present one changes nothing."""
        ...
