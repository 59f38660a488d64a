"""Two people put a release in force; what changed under an old version does not run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from audit import LogUnavailableError
from gateway.aggregates.in_force import ReleasesInForce, ReleaseStatus
from gateway.errors import FourEyesError, NotFoundError
from privacy import Loss, Release, default_releases_text, read_catalogue
from privacy.releases.register_memory import MemoryReleaseRegister

OWN = (
    '[[releases]]\nid = "own"\nversion = 1\ntitle = "T"\nshape = "people"\nwindow = "day"\nnoise = {noise}\n'
)
SHIPPED = read_catalogue(default_releases_text().encode())


class Worker:
    """Proves everything but what it is told not to."""

    def __init__(self, unproved: str = "") -> None:
        self.unproved = unproved

    async def prove(self, releases: Sequence[Release]) -> list[Loss | None]:
        return [None if each.id == self.unproved else Loss(7) for each in releases]


class Desk:
    def __init__(self) -> None:
        self.register = MemoryReleaseRegister()
        self.noted: list[Any] = []
        self.worker = Worker()
        self.full = False

    def of(self, text: str) -> ReleasesInForce:
        async def note(detail: Any) -> int:
            if self.full:
                raise LogUnavailableError("full")
            self.noted.append((detail["act"], detail["key"], detail["by"]))
            return len(self.noted)

        @asynccontextmanager
        async def worker() -> AsyncIterator[Any]:
            yield self.worker

        return ReleasesInForce(read_catalogue(text.encode()), SHIPPED, self.register, worker, note, lambda: 5)


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def standing(found: ReleasesInForce) -> list[ReleaseStatus]:
    return [each for _, each, _ in await found.standings()]


async def test_one_proposes_and_another_approves(desk):
    found = desk.of(OWN.format(noise=9.0))
    assert await standing(found) == [ReleaseStatus.NEW]
    [release] = found.catalogue.releases
    assert await found.loss_of(release) is None
    await found.propose("anna")
    with pytest.raises(FourEyesError):
        await found.approve("own", "anna")
    await found.approve("own", "berta")
    assert (await found.loss_of(release), await found.since(release)) == (Loss(7), 5)
    with pytest.raises(NotFoundError):
        await found.approve("own", "clara")
    of_releases = [each for each in desk.noted if each[1] != "terms@1"]
    assert of_releases == [("proposed", "own@1", "anna"), ("approved", "own@1", "berta")]


async def test_the_same_release_twice_is_one(desk):
    found = desk.of(OWN.format(noise=9.0))
    assert len(await found.propose("anna")) == 1
    assert await found.propose("berta") == []
    assert [each.release for each in desk.register.versions()].count("own") == 1


async def test_a_changed_plan_under_an_old_version_does_not_run(desk):
    found = desk.of(OWN.format(noise=9.0))
    await found.propose("anna")
    await found.approve("own", "berta")
    changed = desk.of(OWN.format(noise=1.0))
    assert await standing(changed) == [ReleaseStatus.CHANGED]
    assert await changed.loss_of(changed.catalogue.releases[0]) is None
    assert await changed.propose("anna") == []
    with pytest.raises(NotFoundError):
        await changed.approve("own", "berta")


async def test_what_nobody_can_prove_stays_new(desk):
    desk.worker = Worker(unproved="own")
    found = desk.of(OWN.format(noise=9.0))
    assert await found.propose("anna") == []
    assert await standing(found) == [ReleaseStatus.NEW]


async def test_what_came_with_the_program_needs_nobody_while_it_is_unchanged(desk):
    found = desk.of(default_releases_text())
    await found.take_up_shipped()
    await found.take_up_shipped()
    assert set(await standing(found)) == {ReleaseStatus.IN_FORCE}
    assert len(desk.noted) == 2 * len(["terms", *SHIPPED.releases])
    changed = desk.of(default_releases_text().replace("noise = 12.0", "noise = 1.0", 1))
    assert (await standing(changed))[0] is ReleaseStatus.CHANGED


@pytest.mark.parametrize("act", ["proposed", "approved"])
async def test_a_change_that_the_log_cannot_say_is_not_made(desk, act):
    found = desk.of(OWN.format(noise=9.0))
    await found.terms.take_up_shipped()
    if act == "approved":
        await found.propose("anna")
    before = desk.register.versions()
    desk.full = True
    with pytest.raises(LogUnavailableError):
        await (found.approve("own", "berta") if act == "approved" else found.propose("anna"))
    assert desk.register.versions() == before
    assert await found.loss_of(found.catalogue.releases[0]) is None
    desk.full = False
    await found.propose("anna")
    await found.approve("own", "berta")
    assert ("approved", "own@1", "berta") in desk.noted
    assert await found.loss_of(found.catalogue.releases[0]) == Loss(7)


async def test_what_can_count_nobody_is_neither_proposed_nor_run(desk):
    found = desk.of(OWN.format(noise=9.0))
    found.unfit = {"own": "policy.toml has no such purpose"}
    assert await standing(found) == [ReleaseStatus.UNFIT]
    await found.terms.take_up_shipped()
    assert await found.propose("anna") == []
    found.unfit = {}
    await found.propose("anna")
    await found.approve("own", "berta")
    [release] = found.catalogue.releases
    assert await found.loss_of(release) == Loss(7)
    found.unfit = {"own": "the policy is another one now"}
    assert (await found.loss_of(release), await found.since(release)) == (None, None)
