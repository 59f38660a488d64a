"""Pause and continue, against every mixture of choices before and after: continuing gives back what the pause ended, and no more."""

from __future__ import annotations

import itertools
from pathlib import Path
from random import Random

import pytest

from consent import GRANTS, AgeBand
from gateway.directory.init_directory import initialise
from gateway.portal.choices import ALL_OFF_METHOD, PAUSE_METHOD, Choices
from gateway.portal.purposes import STATUS_OF, PurposeAct
from gateway.wiring.front_assembly import Running
from gateway.wording.languages import Languages
from privacy import SubjectRef
from tests.journey.in_process import Inside, inside
from tests.journey.shop import ITEMS, subject, view

ENGLISH = Languages().choose("en", None)
ROUNDS = 40


def mixed_policy(directory: Path) -> None:
    """Let one purpose rest on legitimate interests, one on a contract, and one be part of another."""
    path = directory / "policy.toml"
    text = path.read_text()
    for purpose, basis in (("analytics", "legitimate_interests"), ("notifications", "contract")):
        head, _, tail = text.partition(f'id = "{purpose}"')
        text = f'{head}id = "{purpose}"' + tail.replace(
            'legal_basis = "consent"', f'legal_basis = "{basis}"', 1
        )
    head, _, tail = text.partition('id = "experiments"')
    text = head + 'id = "experiments"\nbroader = ["recommendations"]' + tail
    path.write_text(text)


def choices_of(running: Running) -> Choices:
    """The part of the portal that writes."""
    services = running.services
    desk = services.desk
    return Choices(
        policy=services.policy,
        notices=desk._notices,
        people=services.people,
        enforcement=services.enforcement,
        ledger=desk._ledger,
        desk=desk,
        ages=services.ages,
        identities=services.identities,
        clock=services.clock,
        run=desk._run,
    )


def on(served: Inside, ref: SubjectRef) -> set[str]:
    """What is permitted now."""
    services = served.services
    slot = services.people.slot_of.get(ref)
    mask = 0 if slot is None else services.enforcement.permitted_bits(slot, services.clock.now())
    return {rule.id for rule in services.policy.rules if mask >> rule.bit & 1}


async def signals(served: Inside, who: str) -> int:
    """How many signals of analytics an access report can open."""
    asked = await served.http.post("/v1/rights", json={"subject": subject(who), "type": "access"})
    report = (await served.http.get(f"/v1/rights/{asked.json()['request_id']}/report")).json()
    return next(len(each["signals"]) for each in report["purposes"] if each["id"] == "analytics")


async def decide_anything(choices: Choices, ref: SubjectRef, chance: Random) -> None:
    """A few choices, as the rules admit them."""
    notice = choices._policy.notice_version
    for _ in range(chance.randrange(1, 8)):
        rule = chance.choice(choices._policy.rules)
        act = chance.choice(list(PurposeAct))
        await choices.decide(ref, rule.id, act, notice, ENGLISH, gpc=False)


async def test_continuing_gives_back_what_the_pause_ended_and_no_more(tmp_path: Path) -> None:
    directory = tmp_path / "volens"
    initialise(directory)
    mixed_policy(directory)
    chance = Random(7)
    seen = set()
    async with inside(directory) as served:
        choices = choices_of(served.running)
        for person in range(ROUNDS):
            ref = served.services.identities.ref_of(known=f"person-{person}", anonymous=None)
            assert ref is not None
            await decide_anything(choices, ref, chance)
            before = on(served, ref)
            await choices.all_off(ref, ENGLISH, PAUSE_METHOD)
            assert on(served, ref) <= {"notifications", "linking"}, "what a contract needs cannot be ended"
            await choices.resume(ref, ENGLISH, gpc=False)
            assert on(served, ref) == before
            seen.add(frozenset(before))
            await choices.resume(ref, ENGLISH, gpc=False)
            assert on(served, ref) == before, "continuing twice is continuing once"
            await choices.all_off(ref, ENGLISH, PAUSE_METHOD)
            await choices.all_off(ref, ENGLISH, PAUSE_METHOD)
            refused = sorted(before - {"notifications", "linking"})[:1]
            for entry in refused:
                act = PurposeAct.OBJECT if entry == "analytics" else PurposeAct.WITHDRAW
                await choices._write(ref, entry, STATUS_OF[act], ALL_OFF_METHOD, ENGLISH)
            await choices.resume(ref, ENGLISH, gpc=False)
            gone = {
                *refused,
                *itertools.chain(*(served.services.policy.narrower.get(r, ()) for r in refused)),
            }
            assert on(served, ref) == before - gone, "what was decided since is not touched"
    assert len(seen) > ROUNDS // 3, "the mixtures differ"


async def test_what_never_was_on_is_never_given_back(tmp_path: Path) -> None:
    directory = tmp_path / "volens"
    async with inside(directory) as served:
        choices = choices_of(served.running)
        ref = served.services.identities.ref_of(known="ada", anonymous=None)
        assert ref is not None
        await choices.all_off(ref, ENGLISH, PAUSE_METHOD)
        assert await choices.history(ref) == []
        notice = served.services.policy.notice_version
        await choices.decide(ref, "advertising", PurposeAct.REFUSE, notice, ENGLISH, gpc=False)
        await choices.decide(ref, "recommendations", PurposeAct.GIVE, notice, ENGLISH, gpc=False)
        await choices.all_off(ref, ENGLISH, PAUSE_METHOD)
        await choices.resume(ref, ENGLISH, gpc=False)
        assert on(served, ref) == {"recommendations"}
        newest = (await choices.history(ref))[0]
        assert newest.status in GRANTS
        assert newest.evidence == "user_action"
        assert newest.method == "portal continue"


@pytest.mark.parametrize("first", ["age", "pause"])
async def test_what_a_minor_allowed_is_not_given_back_to_an_adult(tmp_path: Path, first: str) -> None:
    async with inside(tmp_path / "volens") as served:
        choices = choices_of(served.running)
        ref = served.services.identities.ref_of(known="ada", anonymous=None)
        assert ref is not None
        for entry in ("recommendations", "anonymous-statistics"):
            await served.consent("ada", "given", entry)
        if first == "pause":
            await choices.all_off(ref, ENGLISH, PAUSE_METHOD)
        await choices.state_age(ref, AgeBand.YOUNGER_TEEN)
        if first == "age":
            await choices.all_off(ref, ENGLISH, PAUSE_METHOD)
        await choices.state_age(ref, AgeBand.ADULT)
        assert choices.paused(await choices.history(ref)) == ["anonymous-statistics"]
        await choices.resume(ref, ENGLISH, gpc=False)
        assert on(served, ref) == {"anonymous-statistics"}
        await choices.decide(
            ref, "recommendations", PurposeAct.GIVE, served.services.policy.notice_version, ENGLISH, gpc=False
        )
        await choices.all_off(ref, ENGLISH, PAUSE_METHOD)
        await choices.resume(ref, ENGLISH, gpc=False)
        assert on(served, ref) == {"anonymous-statistics", "recommendations"}, "a yes of their own since"


async def test_what_was_allowed_on_another_ground_is_neither_given_back_nor_continued(tmp_path: Path) -> None:
    directory = tmp_path / "volens"
    initialise(directory)
    policy = directory / "policy.toml"
    by_consent = policy.read_text()
    mixed_policy(directory)
    async with inside(directory) as served:
        await served.stock()
        for who in ("ada", "bea"):
            assert (await served.consent(who, "given", "analytics")).json()["status"] == "given"
            assert (await served.batch([view(who, ITEMS[0])])).json()["accepted"] == 1
            assert (await signals(served, who)) == 1
        assert (await served.consent("bea", "given", "analytics")).json()["status"] == "renewed"
        ada = served.services.identities.ref_of(known="ada", anonymous=None)
        assert ada is not None
        await choices_of(served.running).all_off(ada, ENGLISH, PAUSE_METHOD)
    policy.write_text(by_consent)
    async with inside(directory) as served:
        choices = choices_of(served.running)
        assert choices.paused(await choices.history(ada)) == []
        await choices.resume(ada, ENGLISH, gpc=False)
        assert on(served, ada) == set()
        for who in ("ada", "bea"):
            answer = await served.consent(who, "given", "analytics")
            assert answer.json().get("reason" if who == "ada" else "status") in ("lifts_a_denial", "given")
        bea = served.services.identities.ref_of(known="bea", anonymous=None)
        assert bea is not None
        assert on(served, bea) == {"analytics"}
        assert (await signals(served, "bea")) == 0, "what was sealed on the old ground is closed for good"


async def test_a_pause_holds_in_every_browser_of_theirs_and_links_outlast_it(tmp_path: Path) -> None:
    browser = {"anonymous_id": "browser"}
    seen = view(None, ITEMS[0], anonymousId="browser")
    async with inside(tmp_path / "volens") as served:
        await served.stock()
        await served.consent(browser, "given")
        for purpose in ("recommendations", "linking"):
            await served.consent("ada", "given", purpose)
        signed_in = {"type": "identify", "userId": "ada", "anonymousId": "browser", "messageId": "in"}
        assert (await served.batch([signed_in])).status_code == 200
        assert (await served.batch([seen])).json()["accepted"] == 1
        identities = served.services.identities
        ada = identities.ref_of(known="ada", anonymous=None)
        theirs = identities.ref_of(known=None, anonymous="browser")
        assert ada is not None
        assert theirs is not None
        choices = choices_of(served.running)
        await choices.all_off(ada, ENGLISH, PAUSE_METHOD)
        assert (await served.batch([view(None, ITEMS[1], anonymousId="browser")])).json()["accepted"] == 0
        assert [(await served.decide(who))["personalised"] for who in ("ada", browser)] == [False, False]
        assert identities.linked_or_own(theirs) == ada, "by the link the pause holds there"
        await choices.resume(ada, ENGLISH, gpc=False)
        assert identities.linked_or_own(theirs) == ada
        assert (await served.batch([view(None, ITEMS[2], anonymousId="browser")])).json()["accepted"] == 1
        await choices.all_off(ada, ENGLISH, ALL_OFF_METHOD)
        assert identities.linked_or_own(theirs) == theirs, "turning everything off ends links too"
