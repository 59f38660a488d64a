"""The budget's books for whoever lives on the event loop: they are read on a thread, since they lie in a database."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from privacy import Balance, BudgetLedger, Publication, Spend, SpendState


class Books:
    """Reads the one budget."""

    def __init__(self, ledger: BudgetLedger) -> None:
        """Read and write `ledger`."""
        self._ledger = ledger

    async def published(self, release: str, *, most: int, before: int | None = None) -> Sequence[Publication]:
        """Publications of a release, what was booked last first (`BudgetLedger.published`).

        Raises:
            BudgetStoreError: they cannot be read.
        """
        return await asyncio.to_thread(self._ledger.published, release, most=most, before=before)

    async def last_windows(self, *, most: int = 1) -> Mapping[str, Sequence[bytes]]:
        """The numbers of each release's last windows, at most so many, the oldest first; of one window, the older version first.

        Raises:
            BudgetStoreError: they cannot be read.
        """
        return await asyncio.to_thread(self._last_windows, most)

    def _last_windows(self, most: int) -> Mapping[str, Sequence[bytes]]:
        named: dict[str, list[tuple[str, int, str]]] = {}
        for spend in self._ledger.spends():
            release, _, rest = spend.key.partition("@")
            version, _, window = rest.partition("/")
            if rest and spend.state is SpendState.PUBLISHED:
                named.setdefault(release, []).append((window, int(version), spend.key))
        return {
            release: [
                body
                for _, _, key in sorted(keys)[-most:]  # the names of windows rise with their begins
                if (body := self._ledger.publication(key)) is not None
            ]
            for release, keys in named.items()
        }

    async def balances(self) -> Sequence[Balance]:
        """Every scope that something was booked on, by name.

        Raises:
            BudgetStoreError: they cannot be read.
        """
        return await asyncio.to_thread(self._ledger.balances)

    async def last_spends(
        self, *, most: int, before: tuple[int, str] | None = None
    ) -> Sequence[tuple[int, Spend]]:
        """The last bookings with their places, newest first (`BudgetLedger.last_spends`).

        Raises:
            BudgetStoreError: they cannot be read.
        """
        return await asyncio.to_thread(self._ledger.last_spends, most=most, before=before)
