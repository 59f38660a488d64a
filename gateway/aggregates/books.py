"""The budget's books for whoever lives on the event loop: they are read on a thread, since they lie in a database."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from privacy import Balance, BudgetLedger, Publication, Spend


class Books:
    """Reads the one budget."""

    def __init__(self, ledger: BudgetLedger) -> None:
        """Read and write `ledger`."""
        self._ledger = ledger

    async def published(
        self, release: str, *, most: int = 1, before: int | None = None
    ) -> Sequence[Publication]:
        """The last publications of a release, the newest first (`BudgetLedger.published`).

        Raises:
            BudgetStoreError: they cannot be read.
        """
        return await asyncio.to_thread(self._ledger.published, release, most=most, before=before)

    async def balances(self) -> Sequence[Balance]:
        """Every scope that something was booked on, by name.

        Raises:
            BudgetStoreError: they cannot be read.
        """
        return await asyncio.to_thread(self._ledger.balances)

    async def spends(self) -> Sequence[Spend]:
        """Every booking, in the order in which they were reserved.

        Raises:
            BudgetStoreError: they cannot be read.
        """
        return await asyncio.to_thread(self._ledger.spends)
