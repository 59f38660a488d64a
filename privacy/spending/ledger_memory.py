"""The budget in memory: `privacy.BudgetLedger` for tests and rehearsals. Nothing survives the process."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from privacy.spending.ledger import (
    Answer,
    Balance,
    Claim,
    Granted,
    OtherPlan,
    OverBudget,
    Publication,
    Settled,
    Spend,
    SpendState,
)
from privacy.spending.loss import Loss


@dataclass(slots=True)
class _Booking:
    spend: Spend
    lease: bytes
    body: bytes | None = None
    told: bool = False


class MemoryBudget:
    """Bookings by key, balances by scope."""

    def __init__(self) -> None:
        """Nothing is booked yet."""
        self._lock = threading.Lock()
        self._bookings: dict[str, _Booking] = {}
        self._balances: dict[str, Balance] = {}
        self._seen = 0

    def reserve(self, claim: Claim, lease: bytes, *, now: int) -> Answer:
        """See the port."""
        with self._lock:
            found = self._bookings.get(claim.key)
            if found is not None:
                return _again(found, claim, lease)
            balances = []
            for quota in claim.quotas:
                old = self._balances.get(quota.scope) or Balance(
                    quota.scope, quota.most, Loss(0), burnt=False
                )
                most = old.most.cut_to(quota.most)
                new = replace(old, most=most, spent=old.spent + claim.loss)
                if old.burnt or not new.spent.within(most):
                    return OverBudget(quota.scope)
                balances.append(new)
            self._balances.update({each.scope: each for each in balances})
            scopes = tuple(quota.scope for quota in claim.quotas)
            spend = Spend(claim.key, claim.loss, scopes, claim.plan, SpendState.RESERVED, now, None)
            self._bookings[claim.key] = _Booking(spend, lease)
            return Granted(lease, taken_over=False)

    def publish(self, key: str, lease: bytes, body: bytes, *, now: int) -> bool:  # noqa: ARG002  # memory keeps no dates
        """See the port."""
        return self._settle(key, lease, SpendState.PUBLISHED, body)

    def give_up(self, key: str, lease: bytes) -> bool:
        """See the port."""
        return self._settle(key, lease, SpendState.LOST, None)

    def burn(self, scopes: Sequence[str]) -> None:
        """See the port."""
        with self._lock:
            self._burn(scopes)

    def take_in(self, spend: Spend) -> None:
        """See the port."""
        with self._lock:
            if spend.key not in self._bookings:
                self._burn(spend.scopes)
                for scope in spend.scopes:
                    old = self._balances[scope]
                    self._balances[scope] = replace(old, spent=old.spent + spend.loss)
                self._bookings[spend.key] = _Booking(replace(spend, state=SpendState.LOST), b"")

    def write_off(self, key: str) -> bool:
        """See the port."""
        with self._lock:
            booking = self._bookings.get(key)
            if booking is None or booking.spend.state is not SpendState.RESERVED:
                return False
            booking.spend = replace(booking.spend, state=SpendState.LOST)
            self._burn(booking.spend.scopes)
            return True

    def spends(self, *, waiting_only: bool = False, since: int = 0) -> Sequence[Spend]:
        """See the port."""
        with self._lock:
            every = [
                booking.spend for booking in self._bookings.values() if booking.spend.reserved_at >= since
            ]
        return [each for each in every if not (waiting_only and each.log_index is not None)]

    def last_spends(self, *, most: int, before: tuple[int, str] | None = None) -> Sequence[tuple[int, Spend]]:
        """See the port."""
        placed = list(enumerate(self.spends(), 1))
        return [
            (place, each) for place, each in reversed(placed) if before is None or (place, each.key) < before
        ][:most]

    def mark_sequenced(self, indexes: Mapping[str, int]) -> None:
        """See the port."""
        with self._lock:
            for key, index in indexes.items():
                booking = self._bookings.get(key)
                if booking is not None and booking.spend.log_index is None:
                    booking.spend = replace(booking.spend, log_index=index)

    def balances(self) -> Sequence[Balance]:
        """See the port."""
        with self._lock:
            return [self._balances[scope] for scope in sorted(self._balances)]

    def publication(self, key: str) -> bytes | None:
        """See the port."""
        with self._lock:
            booking = self._bookings.get(key)
            return None if booking is None else booking.body

    def published(self, release: str, *, most: int, before: int | None = None) -> Sequence[Publication]:
        """See the port."""
        with self._lock:
            found = [
                Publication(place, key, booking.body)
                for place, (key, booking) in enumerate(self._bookings.items(), 1)
                if booking.body is not None and key.startswith(f"{release}@")
            ]
        return [each for each in reversed(found) if before is None or each.place < before][:most]

    def untold(self) -> Mapping[str, bytes]:
        """See the port."""
        with self._lock:
            return {
                key: booking.body
                for key, booking in sorted(self._bookings.items())
                if booking.body is not None and not booking.told
            }

    def mark_told(self, key: str) -> None:
        """See the port."""
        with self._lock:
            self._bookings[key].told = True

    def seen_until(self) -> int:
        """See the port."""
        return self._seen

    def has_seen(self, index: int) -> None:
        """See the port."""
        with self._lock:
            self._seen = max(self._seen, index)

    def _settle(self, key: str, lease: bytes, state: SpendState, body: bytes | None) -> bool:
        with self._lock:
            booking = self._bookings.get(key)
            if booking is None or booking.lease != lease or booking.spend.state is not SpendState.RESERVED:
                return False
            booking.spend = replace(booking.spend, state=state)
            booking.body = body
            return True

    def _burn(self, scopes: Sequence[str]) -> None:
        for scope in scopes:
            old = self._balances.get(scope) or Balance(scope, Loss(0), Loss(0), burnt=True)
            self._balances[scope] = replace(old, burnt=True)


def _again(found: _Booking, claim: Claim, lease: bytes) -> Answer:
    booked = found.spend.loss
    if found.spend.plan != claim.plan or not (booked.within(claim.loss) and claim.loss.within(booked)):
        return OtherPlan()
    if found.spend.state is not SpendState.RESERVED:
        return Settled(found.spend.state)
    found.lease = lease
    return Granted(lease, taken_over=True)
