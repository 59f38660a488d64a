"""Many people change their minds at once: everybody is answered, and commits are shared."""

from __future__ import annotations

import asyncio

from tests.journey.in_process import inside

PEOPLE = [f"person-{n}" for n in range(48)]


async def test_many_changes_at_once_share_commits_and_each_has_its_own_entry(tmp_path):
    async with inside(tmp_path / "shop") as shop:
        sequencer = shop.services.sequencer
        before = sequencer.store_generation
        answers = []
        for status in ("given", "withdrawn", "given"):
            some = await asyncio.gather(*(shop.consent(who, status) for who in PEOPLE))
            assert {answer.status_code for answer in some} == {200}
            answers += [answer.json() for answer in some]
        indices = [answer["audit"]["index"] for answer in answers]
        assert len(set(indices)) == len(indices)
        assert len({answer["receipt_id"] for answer in answers}) == len(answers)
        # Alone, each change commits twice: when it is recorded, and when it has its entry.
        assert sequencer.store_generation - before < len(answers)


async def test_one_person_who_changes_their_mind_many_times_at_once_ends_as_the_last_to_be_recorded(tmp_path):
    async with inside(tmp_path / "shop") as shop:
        wishes = ["given", "withdrawn"] * 8
        answers = await asyncio.gather(*(shop.consent("ann", status) for status in wishes))
        assert {answer.status_code for answer in answers} == {200}
        last = max((answer.json() for answer in answers), key=lambda receipt: receipt["audit"]["index"])
        slot = shop.services.people.slot_of[shop.services.identities.ref_of(known="ann", anonymous=None)]
        bit = shop.services.policy.bits["recommendations"]
        permitted = bool(shop.services.people.mask[slot] >> bit & 1)
        assert permitted is (last["status"] in ("given", "renewed"))
