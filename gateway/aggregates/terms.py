"""The terms of the budget: `[budget]` and `[windows]` of `releases.toml`, which two people put in force like a release.

While the file says something else than what was approved last, nothing is booked and nothing runs: neither by the new terms,
which nobody approved, nor by the old ones, of which only the digest is kept. The log says of a change before it is made.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable

from gateway.aggregates.entries import Detail, ReleaseAct, changed
from gateway.aggregates.standing import SHIPPED_APPROVAL, SHIPPED_BY, ReleaseStatus
from gateway.errors import FourEyesError, NotFoundError
from privacy import TERMS, Catalogue, Deployed, ReleaseRegister


class BudgetTerms:
    """Takes proposals and approvals. They have no version in the file: the register counts them."""

    def __init__(
        self,
        catalogue: Catalogue,
        shipped: Catalogue,
        register: ReleaseRegister,
        note: Callable[[Detail], Awaitable[int]],
        clock: Callable[[], int],
    ) -> None:
        """Judge the terms of `catalogue`; those of `shipped` need nobody's approval where no others were ever in force."""
        self._loss = catalogue.budget.daily
        self._digest = _digest(catalogue)
        self._is_shipped = self._digest == _digest(shipped)
        self._register = register
        self._note = note
        self._now = clock
        self._lock = asyncio.Lock()

    async def standing(self) -> tuple[ReleaseStatus, Deployed | None]:
        """How the file's terms stand, and who put them there.

        Raises:
            BudgetStoreError: the register cannot be read.
        """
        standing, deployed, _ = await self._look()
        return standing, deployed

    async def are_in_force(self) -> bool:
        """Whether the file's terms hold. Raises as `standing`."""
        return (await self.standing())[0] is ReleaseStatus.IN_FORCE

    async def take_up_shipped(self) -> None:
        """Put the terms in force that came with the program, if the file says them and there never were others.

        Raises:
            BudgetStoreError, LogUnavailableError: they are in force or not; asking again puts them in force once.
        """
        async with self._lock:
            _, deployed, rows = await self._look()
            if not self._is_shipped or any(each.approved_by is not None for each in rows):
                return
            if deployed is None or deployed.proposed_by != SHIPPED_BY:
                deployed = await self._propose(SHIPPED_BY, rows)
            await self._approve(deployed, SHIPPED_APPROVAL)

    async def propose(self, by: str) -> Deployed | None:
        """Propose the file's terms; None if they wait already, or are in force.

        Raises:
            BudgetStoreError, LogUnavailableError: they are proposed or not; asking again proposes them once.
        """
        await self.take_up_shipped()
        async with self._lock:
            standing, _, rows = await self._look()
            return await self._propose(by, rows) if standing is ReleaseStatus.NEW else None

    async def approve(self, by: str) -> Deployed:
        """Put the proposed terms in force.

        Raises:
            NotFoundError: there are none that wait.
            FourEyesError: whoever approves them proposed them.
        """
        async with self._lock:
            standing, deployed, _ = await self._look()
            if standing is not ReleaseStatus.PROPOSED or deployed is None:
                raise NotFoundError
            if deployed.proposed_by == by:
                raise FourEyesError
            await self._approve(deployed, by)
            _, approved, _ = await self._look()
        return approved or deployed

    async def _look(self) -> tuple[ReleaseStatus, Deployed | None, list[Deployed]]:
        """The last approved terms hold if they are the file's; of proposals only those count that came after them."""
        versions = await asyncio.to_thread(self._register.versions)
        rows = sorted((each for each in versions if each.release == TERMS), key=lambda each: each.version)
        approved = [each for each in rows if each.approved_by is not None]
        if approved and approved[-1].plan == self._digest:
            return ReleaseStatus.IN_FORCE, approved[-1], rows
        since = approved[-1].version if approved else 0
        waiting = [each for each in rows if each.version > since and each.plan == self._digest]
        return (ReleaseStatus.PROPOSED, waiting[-1], rows) if waiting else (ReleaseStatus.NEW, None, rows)

    async def _propose(self, by: str, rows: list[Deployed]) -> Deployed:
        version = rows[-1].version + 1 if rows else 1
        row = Deployed(TERMS, version, self._digest, self._loss, by, self._now())
        await self._note(changed(ReleaseAct.PROPOSED, TERMS, version, row.plan, by))
        return await asyncio.to_thread(self._register.propose, row)

    async def _approve(self, deployed: Deployed, by: str) -> None:
        await self._note(changed(ReleaseAct.APPROVED, TERMS, deployed.version, deployed.plan, by))
        await asyncio.to_thread(self._register.approve, TERMS, deployed.version, by, now=self._now())


def _digest(catalogue: Catalogue) -> bytes:
    return hashlib.sha256(catalogue.terms).digest()
