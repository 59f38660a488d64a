"""Which releases may run: those that two people put in force, and those that came with the program, unchanged; and none while
the terms of the budget are not in force (`gateway.aggregates.terms`). The log says of a change before it is made: whoever is
stopped in between may have said it twice, and never made one that the log does not know.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager

from gateway.aggregates.entries import Detail, ReleaseAct, changed
from gateway.aggregates.standing import SHIPPED_APPROVAL, SHIPPED_BY, ReleaseStatus
from gateway.aggregates.terms import BudgetTerms
from gateway.aggregates.worker_process import Measuring
from gateway.errors import FourEyesError, NotFoundError
from privacy import TERMS, Catalogue, Deployed, Loss, Release, ReleaseRegister, plan_digest


class ReleasesInForce:
    """Takes proposals and approvals."""

    def __init__(
        self,
        catalogue: Catalogue,
        shipped: Catalogue,
        register: ReleaseRegister,
        start_worker: Callable[[], AbstractAsyncContextManager[Measuring]],
        note: Callable[[Detail], Awaitable[int]],
        clock: Callable[[], int],
    ) -> None:
        """Judge the releases of `catalogue`; those that are as in `shipped` need nobody's approval."""
        self.catalogue = catalogue
        self.unfit: Mapping[str, str] = {}
        """Releases that can never count anybody by the policy, and why: they do not run."""
        self.terms = BudgetTerms(catalogue, shipped, register, note, clock)
        """What the budget is, and how long what people did is kept."""
        self._kept_days = min(catalogue.windows.keep_days, shipped.windows.keep_days)
        self._shipped = {plan_digest(release) for release in shipped.releases}
        self._register = register
        self._start_worker = start_worker
        self._note = note
        self._now = clock
        self._lock = asyncio.Lock()

    async def standings(self) -> list[tuple[Release, ReleaseStatus, Deployed | None]]:
        """Every release of the file, and how it stands."""
        kept = {
            (each.release, each.version): each for each in await asyncio.to_thread(self._register.versions)
        }
        found = []
        for release in self.catalogue.releases:
            deployed = kept.get((release.id, release.version))
            unfit = release.id in self.unfit
            standing = ReleaseStatus.UNFIT if unfit else _standing(release, deployed)
            found.append((release, standing, deployed))
        return found

    async def loss_of(self, release: Release) -> Loss | None:
        """What a window of a release costs; None unless it and the terms of the budget are in force."""
        deployed = await self._running(release)
        return None if deployed is None else deployed.loss

    async def keep_days(self) -> int:
        """So many days people's rows are kept: as the file says, once that is in force, and before no longer than by default."""
        return self.catalogue.windows.keep_days if await self.terms.are_in_force() else self._kept_days

    async def since(self, release: Release) -> int | None:
        """From when on a release is in force (unix seconds); None unless the terms of the budget are, too."""
        deployed = await self._running(release)
        return None if deployed is None else deployed.approved_at

    async def _running(self, release: Release) -> Deployed | None:
        """The version of a release by which it runs; None unless it and the terms of the budget are in force."""
        if await self.terms.are_in_force():
            for each, standing, deployed in await self.standings():
                if each.id == release.id and standing is ReleaseStatus.IN_FORCE:
                    return deployed
        return None

    async def propose(self, by: str) -> list[Deployed]:
        """Propose the terms of the budget, and every release of the file, that are new and did not come with the program; a
        release that nobody can prove stays new.

        Raises:
            MeasuringError: the costs could not be proved now.
        """
        terms = await self.terms.propose(by)
        async with self._lock:
            new = [each for each, standing, _ in await self.standings() if standing is ReleaseStatus.NEW]
            made = await self._propose([each for each in new if plan_digest(each) not in self._shipped], by)
        return made if terms is None else [terms, *made]

    async def approve(self, name: str, by: str) -> Deployed:
        """Put a proposed release in force, or, under the name `terms`, those of the budget.

        Raises:
            NotFoundError: there is none that waits.
            FourEyesError: whoever approves it proposed it.
        """
        if name == TERMS:
            return await self.terms.approve(by)
        async with self._lock:
            for release, standing, deployed in await self.standings():
                if release.id == name and standing is ReleaseStatus.PROPOSED and deployed is not None:
                    if deployed.proposed_by == by:
                        raise FourEyesError
                    return await self._approve(deployed, by)
        raise NotFoundError

    async def take_up_shipped(self) -> None:
        """Put in force what came with the program and stands in the file unchanged, and the terms of the budget likewise.

        Raises:
            MeasuringError: the costs could not be proved now.
        """
        await self.terms.take_up_shipped()
        async with self._lock:
            standings = await self.standings()
            shipped = [
                each
                for each, standing, _ in standings
                if standing is ReleaseStatus.NEW and plan_digest(each) in self._shipped
            ]
            proposed = await self._propose(shipped, SHIPPED_BY)
            waiting = [
                deployed
                for each, standing, deployed in standings
                if standing is ReleaseStatus.PROPOSED
                and deployed is not None
                and plan_digest(each) in self._shipped
            ]
            for deployed in (*proposed, *waiting):
                if deployed.proposed_by == SHIPPED_BY and deployed.approved_by is None:
                    await self._approve(deployed, SHIPPED_APPROVAL)

    async def _propose(self, releases: list[Release], by: str) -> list[Deployed]:
        if not releases:
            return []
        async with self._start_worker() as worker:
            losses = await worker.prove(releases)
        made = []
        for release, loss in zip(releases, losses, strict=True):
            if loss is None:
                continue
            row = Deployed(release.id, release.version, plan_digest(release), loss, by, self._now())
            await self._note(changed(ReleaseAct.PROPOSED, release.id, release.version, row.plan, by))
            made.append(await asyncio.to_thread(self._register.propose, row))
        return made

    async def _approve(self, deployed: Deployed, by: str) -> Deployed:
        name, version = deployed.release, deployed.version
        await self._note(changed(ReleaseAct.APPROVED, name, version, deployed.plan, by))
        await asyncio.to_thread(self._register.approve, name, version, by, now=self._now())
        versions = await asyncio.to_thread(self._register.versions)
        return next(each for each in versions if (each.release, each.version) == (name, version))


def _standing(release: Release, deployed: Deployed | None) -> ReleaseStatus:
    if deployed is None:
        return ReleaseStatus.NEW
    if deployed.plan != plan_digest(release):
        return ReleaseStatus.CHANGED
    return ReleaseStatus.PROPOSED if deployed.approved_by is None else ReleaseStatus.IN_FORCE
