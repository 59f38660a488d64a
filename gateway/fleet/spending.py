"""What rounds cost people, on the one budget that everything published of them is taken from.

A round looks at all that a person's device remembers, so its loss is booked on `always`, not on a day
(`privacy.spending.scopes`). It is booked before anything is unmasked, with its entry in the log; a crash after that leaves
a reservation, which is found by its key and given up: nothing is booked twice, and nothing that was booked comes back.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence

from gateway.errors import FleetRefusedError
from gateway.fleet.values import Round, RoundState
from privacy import LEASE_BYTES, Balance, BudgetLedger, Claim, Granted, Loss, Quota, SpendState

PART = "federated"
_DIGITS = 16

Book = Callable[[Claim, bytes], Awaitable[object]]
"""Books a claim and has the log say so; `privacy.Granted`, or why not."""


class RoundSpending:
    """Books rounds. Lives on the event loop; one call at a time."""

    def __init__(
        self,
        *,
        ledger: BudgetLedger,
        book: Book,
        quotas: Sequence[Quota],
        now: Callable[[], int],
        draw: Callable[[int], bytes],
    ) -> None:
        """Book by `book` on `quotas`, and settle in `ledger`.

        Args:
            ledger: the one budget.
            book: books a claim, durably, with its entry in the log.
            quotas: what rounds are booked on.
            now: unix seconds.
            draw: fresh random bytes, for leases.
        """
        self.quotas = tuple(quotas)
        """What rounds are booked on."""
        self._ledger = ledger
        self._book = book
        self._now = now
        self._draw = draw

    async def would_fit(self, micro_rho: int) -> bool:
        """Whether so much could be booked now."""
        return await asyncio.to_thread(self._would_fit, Loss(micro_rho))

    async def reserve(self, round_: Round, micro_rho: int) -> None:
        """Book what opening a round spends; asked again, it is booked once.

        Raises:
            FleetRefusedError: there is not so much left, or the round is settled.
            BudgetStoreError, LogUnavailableError: nothing may be opened.
        """
        answer = await self._book(self._claim(round_, Loss(micro_rho)), self._draw(LEASE_BYTES))
        if not isinstance(answer, Granted):
            raise FleetRefusedError("budget")

    async def settle(self, round_: Round) -> int:
        """Say in the books how a round ended that is over: with its record if its sum was opened, else as lost. Returns what was
        booked for it, in millionths of rho.

        Raises:
            BudgetStoreError: it is to be settled again.
        """
        return await asyncio.to_thread(self._settle, round_)

    def _settle(self, round_: Round) -> int:
        key = key_of(round_)
        found = next((each for each in self._ledger.spends() if each.key == key), None)
        if found is None:
            return 0
        if found.state is SpendState.RESERVED:
            taken = self._ledger.reserve(
                self._claim(round_, found.loss), self._draw(LEASE_BYTES), now=self._now()
            )
            if isinstance(taken, Granted):
                self._end(round_, taken.lease)
        return found.loss.micro_rho

    def _end(self, round_: Round, lease: bytes) -> None:
        if round_.state is RoundState.CLOSED and round_.record is not None:
            self._ledger.publish(key_of(round_), lease, round_.record, now=self._now())
        else:
            self._ledger.give_up(key_of(round_), lease)

    def _would_fit(self, loss: Loss) -> bool:
        balances = {each.scope: each for each in self._ledger.balances()}
        return all(_covers(quota, balances.get(quota.scope), loss) for quota in self.quotas)

    def _claim(self, round_: Round, loss: Loss) -> Claim:
        return Claim(key_of(round_), loss, self.quotas, hashlib.sha256(round_.manifest).digest())


def key_of(round_: Round) -> str:
    """A round's key in the books: its number and the beginning of its manifest's digest (`federated/7-3f0a9c1d2b4e5f60`)."""
    return f"{PART}/{round_.round_id}-{hashlib.sha256(round_.manifest).hexdigest()[:_DIGITS]}"


def _covers(quota: Quota, balance: Balance | None, loss: Loss) -> bool:
    if balance is None:
        return loss.within(quota.most)
    return not balance.burnt and (balance.spent + loss).within(balance.most.cut_to(quota.most))
