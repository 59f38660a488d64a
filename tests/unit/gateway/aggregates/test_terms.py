"""Nobody raises the budget alone: its terms are proposed by one and approved by another, and the log says so."""

from __future__ import annotations

from typing import Any

import pytest

from audit import LogUnavailableError
from gateway.aggregates.entries import Detail
from gateway.aggregates.in_force import ReleasesInForce
from gateway.aggregates.standing import ReleaseStatus
from gateway.errors import FourEyesError, NotFoundError
from privacy import Catalogue, CatalogueError, Loss, default_releases_text, read_catalogue
from privacy.releases.register_memory import MemoryReleaseRegister

SHIPPED = default_releases_text()
CHANGES = {
    "rho_per_day": ("rho_per_day = 0.02", "rho_per_day = 500.0"),
    "delta_per_day": ("delta_per_day = 1e-7", "delta_per_day = 1e-5"),
    "counted_per_day": ("counted_per_day = 8", "counted_per_day = 900"),
    "rho_always": ("counted_per_day = 8", "counted_per_day = 8\nrho_always = 900.0"),
    "purposes": ("[windows]", "[budget.purposes.analytics]\nrho = 0.01\n[windows]"),
    "audiences": ("[windows]", "[budget.audiences.product]\nrho = 0.01\n[windows]"),
    "late_minutes": ("late_minutes = 60", "late_minutes = 0"),
    "pause_minutes": ("pause_minutes = 15", "pause_minutes = 0"),
    "keep_days": ("keep_days = 9", "keep_days = 35"),
}
RAISED = SHIPPED.replace(*CHANGES["rho_per_day"])


class Proved:
    """A worker that proves everything."""

    async def __aenter__(self) -> Any:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def prove(self, releases: list[Any]) -> list[Loss]:
        return [Loss(5)] * len(releases)


class House:
    """A register that outlives restarts, and the log's entries."""

    def __init__(self) -> None:
        self.register = MemoryReleaseRegister()
        self.noted: list[Detail] = []
        self.full = False

    async def note(self, detail: Detail) -> int:
        if self.full:
            raise LogUnavailableError("full")
        self.noted.append(detail)
        return len(self.noted)

    def start(self, text: str) -> ReleasesInForce:
        """Read the file anew, as a start does."""
        catalogue: Catalogue = read_catalogue(text.encode())
        shipped = read_catalogue(SHIPPED.encode())
        worker: Any = Proved
        return ReleasesInForce(catalogue, shipped, self.register, worker, self.note, lambda: 7)

    def acts(self) -> list[tuple[object, ...]]:
        return [(each["act"], each["key"], each["by"]) for each in self.noted if "terms@" in str(each["key"])]


@pytest.fixture
def house() -> House:
    return House()


async def test_terms_that_came_with_the_program_hold_from_the_first_start(house):
    for text in (SHIPPED, ""):
        terms = house.start(text).terms
        if text:
            assert not await terms.are_in_force(), "a question changes nothing"
            assert house.acts() == []
        await terms.take_up_shipped()
        assert await terms.are_in_force()
    assert house.acts() == [
        ("proposed", "terms@1", "volens"),
        ("approved", "terms@1", "volens-release"),
    ]


@pytest.mark.parametrize("name", CHANGES)
async def test_no_term_is_changed_by_one_person(house, name):
    first = house.start(SHIPPED)
    assert await first.loss_of(first.catalogue.releases[0]) is None, "a question puts nothing in force"
    await first.take_up_shipped()
    assert await first.loss_of(first.catalogue.releases[0]) == Loss(5)
    changed = SHIPPED.replace(*CHANGES[name])
    assert changed != SHIPPED
    in_force = house.start(changed)
    release = in_force.catalogue.releases[0]
    await in_force.take_up_shipped()
    assert await in_force.loss_of(release) is None, "it would run by terms that nobody approved"
    assert await in_force.since(release) is None
    assert await in_force.terms.standing() == (ReleaseStatus.NEW, None)
    assert await in_force.keep_days() == 9

    [proposed] = await in_force.propose("anna")
    assert (proposed.release, proposed.version) == ("terms", 2)
    assert await in_force.propose("anna") == []
    assert await in_force.loss_of(release) is None
    with pytest.raises(FourEyesError):
        await in_force.approve("terms", "anna")
    approved = await in_force.approve("terms", "bert")
    assert (approved.proposed_by, approved.approved_by) == ("anna", "bert")
    assert await in_force.loss_of(release) == Loss(5)
    assert await in_force.since(release) == 7
    assert await in_force.keep_days() == in_force.catalogue.windows.keep_days
    assert house.acts()[2:] == [("proposed", "terms@2", "anna"), ("approved", "terms@2", "bert")]


async def test_going_back_is_a_change_too(house):
    lowered = SHIPPED.replace("rho_per_day = 0.02", "rho_per_day = 0.001")
    for text, by in ((SHIPPED, None), (lowered, "anna"), (SHIPPED, "carl")):
        terms = house.start(text).terms
        await terms.take_up_shipped()
        assert await terms.are_in_force() is (by is None), (
            "what came with the program is not free after others held"
        )
        if by is not None:
            assert await terms.propose(by) is not None
            await terms.approve("bert")
            assert await terms.are_in_force()
    back = house.start(lowered).terms
    await back.take_up_shipped()
    assert not await back.are_in_force()


async def test_an_old_proposal_cannot_be_approved_after_others_were(house):
    await house.start(SHIPPED).terms.take_up_shipped()
    await house.start(RAISED).propose("anna")
    lowered = house.start(SHIPPED.replace("rho_per_day = 0.02", "rho_per_day = 0.001"))
    await lowered.propose("anna")
    await lowered.approve("terms", "bert")
    raised = house.start(RAISED)
    with pytest.raises(NotFoundError):
        await raised.approve("terms", "bert")
    assert not await raised.terms.are_in_force()


async def test_changed_terms_never_hold_at_a_first_start(house):
    raised = house.start(RAISED).terms
    await raised.take_up_shipped()
    assert not await raised.are_in_force()
    assert house.acts() == []
    with pytest.raises(NotFoundError):
        await house.start(RAISED).approve("terms", "bert")


async def test_the_same_terms_said_otherwise_are_the_same(house):
    await house.start(SHIPPED).terms.take_up_shipped()
    assert await house.start(
        SHIPPED.replace("0.02", "2e-2").replace("keep_days = 9", "")
    ).terms.are_in_force()


def test_no_release_has_the_name_of_the_terms():
    with pytest.raises(CatalogueError, match="the name of the budget's terms"):
        read_catalogue(SHIPPED.replace('id = "people_by_day"', 'id = "terms"').encode())


async def test_no_terms_hold_that_the_log_cannot_say(house):
    await house.start(SHIPPED).terms.take_up_shipped()
    raised = house.start(RAISED)
    house.full = True
    with pytest.raises(LogUnavailableError):
        await raised.terms.propose("anna")
    assert await raised.terms.standing() == (ReleaseStatus.NEW, None)
    house.full = False
    await raised.terms.propose("anna")
    house.full = True
    with pytest.raises(LogUnavailableError):
        await raised.approve("terms", "bert")
    assert not await raised.terms.are_in_force()
