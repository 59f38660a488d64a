"""*Do not use this*: it is out of the next slate, and stays out over restarts, with and without a snapshot."""

from __future__ import annotations

from pathlib import Path

from gateway.parts import HISTORY_PURPOSE
from tests.journey.in_process import Inside, inside
from tests.journey.shop import ITEMS, view
from tests.journey.standing import copied


def seen_by(served: Inside, who: str) -> list[str]:
    """The ids of what a person's recommendations go by."""
    services = served.services
    ref = services.identities.ref_of(known=who, anonymous=None)
    slot = services.people.slot_of[ref]
    history = served.running.front._decisions._history
    return [services.catalogue.ids[item] for item, _ in history.of(slot)]


async def test_it_is_out_at_once_and_after_every_kind_of_restart(tmp_path: Path) -> None:
    directory = tmp_path / "volens"
    async with inside(directory) as served:
        await served.stock()
        for who in ("ada", "bea"):
            await served.consent(who, "given")
            await served.batch([view(who, item) for item in ITEMS[:3]])
        services = served.services
        ref = services.identities.ref_of(known="ada", anonymous=None)
        assert await services.setting_aside.set_aside(ref, services.catalogue.index_of[ITEMS[1]])
        assert not await services.setting_aside.set_aside(ref, services.catalogue.index_of[ITEMS[1]])
        assert seen_by(served, "ada") == [ITEMS[2], ITEMS[0]]
        assert seen_by(served, "bea") == [ITEMS[2], ITEMS[1], ITEMS[0]]
        await services.sequencer.wait_durable()
        async with copied(directory, tmp_path / "replayed", snapshot=False) as other:
            assert seen_by(other, "ada") == [ITEMS[2], ITEMS[0]]
            assert seen_by(other, "bea") == [ITEMS[2], ITEMS[1], ITEMS[0]]
        await served.batch([view("ada", ITEMS[1])])
        assert seen_by(served, "ada") == [ITEMS[1], ITEMS[2], ITEMS[0]], "looking again counts again"
    async with inside(directory) as again:
        assert seen_by(again, "ada") == [ITEMS[1], ITEMS[2], ITEMS[0]]


async def test_the_entry_is_the_persons_own_and_the_next_ones_still_are(tmp_path: Path) -> None:
    directory = tmp_path / "volens"
    async with inside(directory) as served:
        await served.stock()
        await served.consent("ada", "given")
        await served.batch([view("ada", item) for item in ITEMS[:2]])
        services = served.services
        ref = services.identities.ref_of(known="ada", anonymous=None)
        slot = services.people.slot_of[ref]
        before = services.people.number[slot]
        assert await services.setting_aside.set_aside(ref, 0)
        assert services.people.number[slot] == before + 1
        await served.consent("ada", "withdrawn", HISTORY_PURPOSE)
    async with inside(directory) as again:
        slot = again.services.people.slot_of[ref]
        assert again.services.people.number[slot] == before + 2
