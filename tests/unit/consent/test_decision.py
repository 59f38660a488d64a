"""The decision table, row by row. Every test's default is a no."""

from __future__ import annotations

import pytest

from consent import MINORITY, RESTRICTION, Reason, Status, resolve
from tests.unit.consent.material import (
    DAY,
    DEFAULT,
    EVERY_NOTICE,
    NOW,
    condition_text,
    policy_of,
    purpose_text,
    record,
    records,
)

ONE = policy_of(
    purpose_text("shop", "shp", version="3", last_material_version="2"), condition_text("place", "plc")
)
BASES = ["contract", "legal_obligation", "vital_interests", "public_task", "legitimate_interests"]


def reason(*each, policy=ONE, now=NOW, **other):
    return resolve(records(*each), policy, now, EVERY_NOTICE, **other).reason(0)


def test_nobody_known_permits_nothing():
    found = resolve(None, DEFAULT, NOW, EVERY_NOTICE)
    assert (found.mask, found.refused_mask, found.expires_at) == (0, 0, None)
    assert {found.reason(rule.bit) for rule in DEFAULT.rules} == {Reason.NO_RECORD}


def test_a_known_person_without_a_record_of_the_purpose_permits_nothing():
    assert reason() is Reason.NO_CONSENT
    assert reason(record("place")) is Reason.NO_CONSENT


@pytest.mark.parametrize("status", [Status.GIVEN, Status.RENEWED])
def test_a_grant_in_force_permits_and_says_until_when(status):
    found = resolve(records(record("shop", status, version=3)), ONE, NOW, EVERY_NOTICE)
    assert found.permits(0)
    assert found.reason(0) is None
    assert (found.mask, found.expires_at) == (1, NOW + 10 * DAY)


@pytest.mark.parametrize("status", [Status.REFUSED, Status.WITHDRAWN, Status.REVOKED, Status.OBJECTED])
def test_a_no_is_a_no(status):
    found = resolve(records(record("shop", status, version=3)), ONE, NOW, EVERY_NOTICE)
    assert (found.mask, found.refused_mask, found.reason(0)) == (0, 1, Reason.REFUSED)


@pytest.mark.parametrize("status", [Status.REFUSED, Status.WITHDRAWN, Status.REVOKED, Status.OBJECTED])
def test_a_no_counts_before_it_is_in_the_log_and_is_never_relabelled_expired(status):
    long_ago = record(
        "shop", status, sequenced=False, given_at=NOW - 1000 * DAY, recorded_at=NOW - 1000 * DAY
    )
    assert reason(long_ago) is Reason.REFUSED


def test_a_grant_counts_only_once_it_is_in_the_log():
    assert reason(record("shop", version=3, sequenced=False)) is Reason.NO_CONSENT


@pytest.mark.parametrize(
    ("version", "expected"), [(1, Reason.SUPERSEDED), (2, None), (3, None), (4, Reason.SUPERSEDED)]
)
def test_a_material_change_supersedes_and_a_version_to_come_does_not_count_yet(version, expected):
    assert reason(record("shop", version=version)) is expected


@pytest.mark.parametrize(("later", "expected"), [(0, None), (10 * DAY - 1, None), (10 * DAY, Reason.EXPIRED)])
def test_a_grant_runs_out_at_the_policys_age(later, expected):
    assert reason(record("shop", version=3), now=NOW + later) is expected


def test_a_grants_own_end_may_only_be_earlier():
    assert reason(record("shop", version=3, valid_until=NOW + 5), now=NOW + 5) is Reason.EXPIRED
    long = record("shop", version=3, valid_until=NOW + 1000 * DAY)
    assert reason(long, now=NOW + 10 * DAY) is Reason.EXPIRED


def test_age_counts_from_when_the_person_acted():
    assert reason(record("shop", version=3, given_at=NOW - 10 * DAY)) is Reason.EXPIRED


def test_the_first_to_run_out_is_told():
    both = records(record("shop", version=3), record("place", valid_until=NOW + 60))
    assert resolve(both, ONE, NOW, EVERY_NOTICE).expires_at == NOW + 60


@pytest.mark.parametrize(
    ("status", "expected"), [(Status.INVALIDATED, Reason.NO_CONSENT), (Status.EXPIRED, Reason.EXPIRED)]
)
def test_endings_that_are_nobodys_no(status, expected):
    assert reason(record("shop", status, version=3)) is expected


def test_a_clock_that_stepped_back_permits_nothing():
    given = record("shop", version=3)
    assert reason(given, now=NOW - 1) is Reason.EXPIRED
    assert reason(given, now=NOW + 5, last_seen=NOW + 6) is Reason.EXPIRED
    assert reason(given, now=NOW + 6, last_seen=NOW + 6) is None
    refused = record("shop", Status.REFUSED)
    assert reason(refused, now=NOW, last_seen=NOW + 6) is Reason.REFUSED


@pytest.mark.parametrize("basis", BASES)
def test_another_legal_basis_needs_a_person_but_no_grant(basis):
    policy = policy_of(purpose_text("shop", "shp", legal_basis=f'"{basis}"'))
    assert resolve(None, policy, NOW, EVERY_NOTICE).reason(0) is Reason.NO_RECORD
    found = resolve({}, policy, NOW, EVERY_NOTICE)
    assert (found.mask, found.expires_at) == (1, None)
    assert reason(policy=policy, last_seen=NOW + 1) is Reason.EXPIRED
    for status in (Status.GIVEN, Status.EXPIRED, Status.INVALIDATED):
        assert reason(record("shop", status, version=9, sequenced=False), policy=policy) is None


@pytest.mark.parametrize("basis", BASES)
def test_an_objection_ends_it_whatever_the_basis(basis):
    policy = policy_of(purpose_text("shop", "shp", legal_basis=f'"{basis}"'))
    assert reason(record("shop", Status.OBJECTED, sequenced=False), policy=policy) is Reason.REFUSED


def test_a_no_spreads_down_and_a_yes_does_not():
    policy = policy_of(
        purpose_text("marketing", "mkt"),
        purpose_text("mail", "mai", broader='["marketing"]'),
        purpose_text("daily", "dly", broader='["mail"]'),
        purpose_text("other", "oth"),
    )
    everything = [record(each.id) for each in policy.purposes]
    assert resolve(records(*everything), policy, NOW, EVERY_NOTICE).mask == 0b1111
    assert resolve(records(record("marketing")), policy, NOW, EVERY_NOTICE).mask == 0b0001
    no = resolve(records(*everything, record("marketing", Status.WITHDRAWN)), policy, NOW, EVERY_NOTICE)
    assert (no.mask, no.refused_mask) == (0b1000, 0b0111)
    assert (
        resolve(records(*everything, record("daily", Status.REFUSED)), policy, NOW, EVERY_NOTICE).mask
        == 0b1011
    )


def test_a_restriction_stops_everything_at_once_and_is_lifted_only_through_the_log():
    given = record("shop", version=3)
    assert reason(given, record(RESTRICTION, Status.RESTRICTED, sequenced=False)) is Reason.RESTRICTED
    assert reason(given, record(RESTRICTION, Status.INVALIDATED, sequenced=False)) is Reason.RESTRICTED
    assert reason(given, record(RESTRICTION, Status.INVALIDATED)) is None
    assert reason(record("shop", Status.REFUSED), record(RESTRICTION, Status.RESTRICTED)) is Reason.REFUSED


@pytest.mark.parametrize(
    ("given", "alone"),
    [
        (record("shop", version=3), True),
        (record("shop", version=3, valid_until=NOW), False),
        (record("shop", version=1), False),
        (record("shop", version=3, notice=None), False),
        (record("shop", version=3, sequenced=False), False),
        (record("shop", Status.WITHDRAWN, version=3), False),
        (record("shop", Status.EXPIRED, version=3), False),
        (record("place"), False),
    ],
    ids=["given", "run out", "superseded", "unprovable", "not in the log", "withdrawn", "expired", "none"],
)
def test_what_a_restriction_alone_denies_is_what_would_be_permitted_without_it(given, alone):
    paused = resolve(records(given, record(RESTRICTION, Status.RESTRICTED)), ONE, NOW, EVERY_NOTICE)
    plain = resolve(records(given), ONE, NOW, EVERY_NOTICE)
    assert (paused.mask, paused.restricted_mask) == (0, plain.mask)
    assert paused.expires_at == plain.expires_at, "what would run out is looked at again then"
    assert (paused.restricted_mask & 1, plain.restricted_mask) == (alone, 0)


def test_a_restriction_is_not_all_that_keeps_minors_out_or_stands_against_a_clock_that_went_back():
    held = [record("shop", version=3), record(RESTRICTION, Status.RESTRICTED)]
    minor = resolve(records(*held, record(MINORITY, Status.RESTRICTED)), ONE, NOW, EVERY_NOTICE)
    early = resolve(records(*held), ONE, NOW, EVERY_NOTICE, last_seen=NOW + 1)
    assert (minor.restricted_mask, early.restricted_mask) == (0, 0)


def test_minors_are_kept_out_where_the_policy_does_not_let_them_in():
    policy = policy_of(purpose_text("shop", "shp"), purpose_text("count", "cnt", minors_allowed="true"))
    minor = record(MINORITY, Status.RESTRICTED)
    found = resolve(records(record("shop"), record("count"), minor), policy, NOW, EVERY_NOTICE)
    assert found.mask == 0b10
    assert found.reason(0) is Reason.MINOR


def test_conditions_are_consented_like_purposes():
    assert resolve(records(record("place")), ONE, NOW, EVERY_NOTICE).mask == 0b10
    assert resolve(records(record("place", Status.WITHDRAWN)), ONE, NOW, EVERY_NOTICE).refused_mask == 0b10
    assert resolve(records(record("place", version=2)), ONE, NOW, EVERY_NOTICE).reason(1) is Reason.SUPERSEDED


def test_records_of_purposes_that_are_gone_mean_nothing():
    assert resolve(records(record("gone"), record("other", Status.REFUSED)), ONE, NOW, EVERY_NOTICE).mask == 0


def test_only_the_reasons_that_need_saying_are_kept():
    found = resolve(
        records(record("shop", version=1), record("place", Status.REFUSED)), ONE, NOW, EVERY_NOTICE
    )
    assert dict(found.reasons) == {0: Reason.SUPERSEDED}
