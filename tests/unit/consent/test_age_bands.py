"""Who may say how old somebody is: anybody that they are young, and only some that they are not."""

from __future__ import annotations

import itertools

import pytest

from consent import (
    MINORITY,
    ActorKind,
    AgeBand,
    ConsentChange,
    ConsentEvent,
    ConsentRecord,
    Evidence,
    Stamp,
    Status,
    WriteRefusal,
    carry_denials,
    event_of,
    next_step,
    record_of,
    stand,
    state_age,
)
from tests.unit.consent.material import DEFAULT

NOW = 1_800_000_000
ACTORS = (ActorKind.APP, ActorKind.PERSON)
YOUNG = (AgeBand.CHILD, AgeBand.YOUNGER_TEEN, AgeBand.OLDER_TEEN)


def said(actor: ActorKind, band: str | None, *, in_force: bool = True, seq: int = 1) -> ConsentEvent:
    change = stand(MINORITY, in_force, actor, DEFAULT, NOW, age_band=band)
    return event_of(change, next_step(None, change, NOW), Stamp(seq, b"e" * 16, b"s" * 16, 1, NOW, "app"))


@pytest.mark.parametrize(("actor", "band"), [*itertools.product(ACTORS, YOUNG)])
def test_that_somebody_is_young_is_taken_from_anybody(actor: ActorKind, band: AgeBand) -> None:
    for last in (None, said(ActorKind.PERSON, "18+", in_force=False)):
        change = state_age(band, actor, last, DEFAULT, NOW)
        assert isinstance(change, ConsentChange)
        assert (change.purpose, change.status, change.age_band) == (MINORITY, Status.RESTRICTED, band.value)
        assert change.evidence is (
            Evidence.USER_ACTION if actor is ActorKind.PERSON else Evidence.APP_ASSERTED
        )


def test_what_was_said_before_is_not_written_again() -> None:
    assert state_age(AgeBand.CHILD, ActorKind.APP, said(ActorKind.APP, "0-12"), DEFAULT, NOW) is None
    assert state_age(AgeBand.OLDER_TEEN, ActorKind.APP, said(ActorKind.APP, "0-12"), DEFAULT, NOW)
    for last in (None, said(ActorKind.APP, None, in_force=False)):
        assert state_age(AgeBand.ADULT, ActorKind.APP, last, DEFAULT, NOW) is None


@pytest.mark.parametrize(
    ("actor", "administrator", "before", "lifted"),
    [
        (ActorKind.APP, False, ActorKind.APP, False),
        (ActorKind.APP, False, ActorKind.PERSON, False),
        (ActorKind.PERSON, False, ActorKind.APP, False),
        (ActorKind.PERSON, False, ActorKind.PERSON, True),
        (ActorKind.APP, True, ActorKind.APP, True),
        (ActorKind.APP, True, ActorKind.PERSON, True),
    ],
)
def test_who_may_say_that_somebody_has_grown_up(
    actor: ActorKind, administrator: bool, before: ActorKind, lifted: bool
) -> None:
    last = said(before, "13-15")
    found = state_age(AgeBand.ADULT, actor, last, DEFAULT, NOW, by_administrator=administrator)
    if lifted:
        assert isinstance(found, ConsentChange)
        assert (found.status, found.age_band) == (Status.INVALIDATED, None)
    else:
        assert found is WriteRefusal.LIFTS_A_PROTECTION


def record(event: ConsentEvent) -> dict[str, ConsentRecord]:
    return {MINORITY: record_of(event, None)}


def test_signing_in_makes_nobody_older() -> None:
    young, grown = said(ActorKind.APP, "13-15"), said(ActorKind.PERSON, None, in_force=False)
    (carried,) = carry_denials(record(young), {}, (), DEFAULT, NOW)
    assert (carried.purpose, carried.status) == (MINORITY, Status.RESTRICTED)
    assert carry_denials(record(young), record(grown), (), DEFAULT, NOW) != ()
    assert carry_denials(record(young), record(young), (), DEFAULT, NOW) == ()
    assert carry_denials(record(grown), {}, (), DEFAULT, NOW) == ()
    assert carry_denials({}, record(young), (), DEFAULT, NOW) == ()


def test_what_was_carried_over_once_and_lifted_is_not_carried_over_again() -> None:
    young = said(ActorKind.APP, "13-15")
    change = stand(MINORITY, True, ActorKind.APP, DEFAULT, NOW)
    before = event_of(change, next_step(None, change, NOW), Stamp(9, b"f" * 16, b"k" * 16, 2, NOW, "linking"))
    assert carry_denials(record(young), {}, [before], DEFAULT, NOW) == ()
