"""Who may write what: attacks first."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from consent import (
    DENIALS,
    MINORITY,
    RESTRICTION,
    ActorKind,
    Admitted,
    ConsentRequest,
    Evidence,
    KeptNotice,
    KeyFate,
    NoticesShown,
    Status,
    WriteRefusal,
    admit,
    carry_denials,
    keys_on_arrival,
    next_step,
    stand,
)
from tests.unit.consent.material import DAY, DEFAULT, NOW, policy_of, purpose_text, record, records

PERSON, APP, BROWSER = ActorKind.PERSON, ActorKind.APP, ActorKind.BROWSER


def ask(purpose="recommendations", status=Status.GIVEN, **other):
    return ConsentRequest(purpose=purpose, status=status, **{"method": "banner", "locale": "en", **other})


def judged(request, actor=APP, known=None, policy=DEFAULT):
    return admit(request, actor, known, policy, NOW)


def denied_by(evidence, status=Status.WITHDRAWN, **other):
    return records(record("recommendations", status, evidence=evidence, epoch=2, **other))


@pytest.mark.parametrize("status", list(Status))
def test_a_browser_key_writes_nothing(status):
    assert judged(ask(status=status), BROWSER) is WriteRefusal.ACTOR_MAY_NOT


def test_what_an_app_writes_is_asserted_and_what_a_person_writes_is_their_act():
    by_app, by_person = judged(ask()), judged(ask(), PERSON)
    assert by_app.changes[0].evidence is Evidence.APP_ASSERTED
    assert by_person.changes[0].evidence is Evidence.USER_ACTION
    assert by_app.changes[0].version == 1
    assert by_app.changes[0].valid_until == NOW + 365 * DAY
    assert by_app.changes[0].keyed


def test_a_signal_is_weak_evidence_whoever_brings_it_and_only_ever_says_no():
    for actor in (APP, PERSON):
        refused = judged(ask(status=Status.REFUSED, by_signal=True), actor)
        assert refused.changes[0].evidence is Evidence.SIGNAL
        assert judged(ask(by_signal=True), actor) is WriteRefusal.UNKNOWN_STATUS
    assert judged(ask(status=Status.REFUSED, by_signal=True), BROWSER) is WriteRefusal.ACTOR_MAY_NOT


def test_an_app_cannot_lift_what_the_person_withdrew():
    assert judged(ask(), APP, denied_by(Evidence.USER_ACTION)) is WriteRefusal.LIFTS_A_DENIAL


@pytest.mark.parametrize("status", sorted(DENIALS))
def test_the_person_lifts_any_denial(status):
    for evidence in Evidence:
        assert isinstance(judged(ask(), PERSON, denied_by(evidence, status)), Admitted)


def test_an_app_lifts_what_an_app_asserted():
    assert isinstance(judged(ask(), APP, denied_by(Evidence.APP_ASSERTED)), Admitted)


def test_a_grant_that_happened_before_the_withdrawal_does_not_beat_it():
    known = denied_by(Evidence.USER_ACTION)
    assert judged(ask(occurred_at=NOW - 1), PERSON, known) is WriteRefusal.BACK_DATED
    assert isinstance(judged(ask(occurred_at=NOW), PERSON, known), Admitted)


def test_a_grant_from_before_its_notice_is_refused_and_one_of_now_or_since_is_not():
    def at(occurred_at):
        return admit(ask(occurred_at=occurred_at), APP, None, DEFAULT, NOW, shown=NoticesShown(NOW - 10))

    assert at(NOW - 11) is WriteRefusal.BEFORE_THE_NOTICE
    assert at(NOW - 10).changes[0].notice is not None
    late = admit(ask(), APP, None, DEFAULT, NOW, shown=NoticesShown(NOW + 10))
    assert isinstance(late, Admitted), "what is shown now is the notice in force"


OLD = KeptNotice(b"o" * 32, "shop", 2, True, 5, NOW - 400 * DAY)
WRONG, BEFORE = WriteRefusal.WRONG_NOTICE, WriteRefusal.BEFORE_THE_NOTICE


@pytest.mark.parametrize(
    ("named", "at", "more", "found"),
    [
        (OLD, NOW - 300 * DAY, {}, OLD.digest),
        (OLD, NOW - 300 * DAY, {"notice_version": "winter-1"}, OLD.digest),
        (OLD, NOW - 300 * DAY, {"notice_version": "winter 1"}, WRONG),
        (OLD, NOW - 401 * DAY, {}, BEFORE),
        (OLD, NOW - 9 * DAY, {}, OLD.digest),
        (OLD, NOW - 8 * DAY, {}, WRONG),
        (OLD, None, {}, WRONG),
        (None, NOW - 300 * DAY, {}, WRONG),
        (replace(OLD, purpose="ads"), NOW - 300 * DAY, {}, WRONG),
        (replace(OLD, asks=False), NOW - 300 * DAY, {}, WRONG),
        (replace(OLD, version=1), NOW - 300 * DAY, {}, WRONG),
        (replace(OLD, version=4), NOW - 300 * DAY, {}, WRONG),
    ],
)
def test_a_yes_of_before_names_the_notice_that_people_saw_then(named, at, more, found):
    policy = policy_of(purpose_text("shop", "shp", version="3", last_material_version="2"))
    shown = NoticesShown(since=NOW - 9 * DAY, named=named)
    request = ask("shop", notice=OLD.digest, occurred_at=at, **more)
    verdict = admit(request, APP, None, policy, NOW, shown=shown)
    if isinstance(found, WriteRefusal):
        assert verdict is found
    else:
        change = verdict.changes[0]
        assert (change.notice, change.version, change.occurred_at) == (found, 2, at)
        assert change.notice_version == more.get("notice_version", f"sha256-{'6f' * 6}")
        assert change.valid_until == at + 5 * DAY, "as long as that notice said"
    no = admit(ask("shop", Status.REFUSED, notice=OLD.digest), APP, None, policy, NOW, shown=shown)
    assert no.changes[0].notice is None


@pytest.mark.parametrize("basis", ["consent", "legitimate_interests"])
def test_a_yes_on_another_ground_continues_nothing(basis):
    policy = policy_of(purpose_text("shop", "shp", legal_basis=f'"{basis}"'))
    here, there = policy.notice("shop", "en").digest, b"o" * 32
    asking = {here} if basis == "consent" else {there}

    def after(notice):
        known = records(record("shop", notice=notice))
        shown = NoticesShown(asking=asking)
        change = admit(ask("shop"), PERSON, known, policy, NOW, shown=shown).changes[0]
        return next_step(known["shop"], change, NOW)

    assert after(here) == (Status.RENEWED, 2, KeyFate.KEEP)
    assert after(there) == (Status.GIVEN, 2, KeyFate.FRESH)


@pytest.mark.parametrize("other", [{"notice_version": "1999"}, {"occurred_at": NOW - 11}])
def test_a_no_names_no_notice_that_cannot_have_been_shown(other):
    policy = policy_of(purpose_text("shop", "shp"), purpose_text("ads", "ads", broader='["shop"]'))
    for locale in ("en", "de"):
        request = ask("shop", Status.REFUSED, locale=locale, **other)
        verdict = admit(request, PERSON, None, policy, NOW, shown=NoticesShown(NOW - 10))
        assert [(each.notice, each.notice_version) for each in verdict.changes] == [(None, "")] * 2
    named = admit(ask("shop", Status.REFUSED), PERSON, None, policy, NOW, shown=NoticesShown(NOW - 10))
    assert all(each.notice and each.notice_version == policy.notice_version for each in named.changes)


def test_a_denial_that_happened_before_the_grant_still_counts():
    known = records(record("recommendations"))
    request = ask(status=Status.WITHDRAWN, occurred_at=NOW - 100)
    assert judged(request, APP, known).changes[0].status is Status.WITHDRAWN


def test_a_grant_is_bound_to_the_state_it_was_judged_on_and_a_denial_is_not():
    known = records(record("recommendations", epoch=5))
    assert judged(ask(), APP, known).changes[0].follows == 5
    assert judged(ask(), APP, None).changes[0].follows == 0
    assert judged(ask(status=Status.REFUSED), APP, known).changes[0].follows is None


@pytest.mark.parametrize("purpose", ["", "shopping", "*restriction", "*minority", "rec"])
def test_an_unknown_purpose_is_refused(purpose):
    assert judged(ask(purpose)) is WriteRefusal.UNKNOWN_PURPOSE


@pytest.mark.parametrize("status", [Status.RESTRICTED, Status.INVALIDATED, Status.RENEWED, Status.EXPIRED])
def test_statuses_that_are_worked_out_are_not_written(status):
    assert judged(ask(status=status)) is WriteRefusal.UNKNOWN_STATUS


def test_a_person_does_not_revoke_and_consent_is_not_objected_to():
    assert judged(ask(status=Status.REVOKED), PERSON) is WriteRefusal.UNKNOWN_STATUS
    assert isinstance(judged(ask(status=Status.REVOKED), APP), Admitted)
    assert judged(ask(status=Status.OBJECTED), PERSON) is WriteRefusal.NOT_OBJECTABLE


def test_a_grant_under_another_notice_is_refused_and_a_denial_is_not():
    assert judged(ask(notice_version="older")) is WriteRefusal.WRONG_NOTICE
    refused = judged(ask(status=Status.REFUSED, notice_version="ann@example.org"))
    assert refused.changes[0].status is Status.REFUSED


def test_nothing_happens_in_the_future_but_clocks_differ():
    assert judged(ask(occurred_at=NOW + 301)) is WriteRefusal.IN_THE_FUTURE
    assert judged(ask(occurred_at=NOW + 300)).changes[0].occurred_at == NOW


@pytest.mark.parametrize("method", ["", "x" * 65, "ann@example.org", "a\nb", " banner", "☺"])
def test_a_method_is_a_short_word_and_no_place_for_data(method):
    assert judged(ask(method=method)) is WriteRefusal.MALFORMED_METHOD


@pytest.mark.parametrize("locale", ["", "english", "EN", "en_GB", "en-" + "x" * 9])
def test_a_locale_is_a_language_tag(locale):
    assert judged(ask(locale=locale)) is WriteRefusal.MALFORMED_LOCALE
    assert isinstance(judged(ask(locale="de-CH")), Admitted)


@pytest.mark.parametrize("basis", ["contract", "legal_obligation", "vital_interests"])
def test_what_does_not_rest_on_consent_cannot_be_given_or_refused(basis):
    policy = policy_of(purpose_text("shop", "shp", legal_basis=f'"{basis}"'))
    for status in (Status.GIVEN, Status.WITHDRAWN, Status.OBJECTED):
        assert judged(ask("shop", status), PERSON, policy=policy) is WriteRefusal.NOT_BY_CONSENT


@pytest.mark.parametrize("basis", ["legitimate_interests", "public_task"])
def test_what_rests_on_interests_can_be_objected_to(basis):
    policy = policy_of(purpose_text("shop", "shp", legal_basis=f'"{basis}"'))
    found = judged(ask("shop", Status.OBJECTED), PERSON, policy=policy)
    assert found.changes[0].status is Status.OBJECTED
    assert found.arrival_keys == keys_on_arrival(policy) == ("shop",)


def test_a_denial_is_written_for_every_narrower_purpose_too():
    policy = policy_of(
        purpose_text("top", "top"),
        purpose_text("low", "low", version="4", broader='["top"]'),
        purpose_text("other", "oth"),
    )
    withdrawn = judged(ask("top", Status.WITHDRAWN), PERSON, policy=policy)
    assert [(each.purpose, each.status, each.version) for each in withdrawn.changes] == [
        ("top", Status.WITHDRAWN, 1),
        ("low", Status.WITHDRAWN, 4),
    ]
    assert [each.purpose for each in judged(ask("top"), PERSON, policy=policy).changes] == ["top"]


def test_a_condition_has_no_key():
    assert not judged(ask("location")).changes[0].keyed


def test_a_login_never_launders_a_refusal():
    anonymous = records(
        record("recommendations", Status.REFUSED), record("analytics"), record("location", Status.WITHDRAWN)
    )
    known = records(record("recommendations"), record("location", Status.REFUSED))
    carried = carry_denials(anonymous, known, [], DEFAULT, NOW)
    assert [(each.purpose, each.status) for each in carried] == [("recommendations", Status.REFUSED)]
    assert carried[0].follows is None
    assert carried[0].keyed


def test_a_login_makes_a_weak_refusal_as_firm_as_the_anonymous_one():
    anonymous = records(record("recommendations", Status.REFUSED, evidence=Evidence.USER_ACTION))
    known = records(record("recommendations", Status.REFUSED, evidence=Evidence.APP_ASSERTED))
    assert [each.evidence for each in carry_denials(anonymous, known, [], DEFAULT, NOW)] == [
        Evidence.USER_ACTION
    ]
    assert carry_denials(known, anonymous, [], DEFAULT, NOW) == ()


def test_a_login_never_carries_a_grant():
    assert carry_denials(records(record("recommendations")), {}, [], DEFAULT, NOW) == ()
    assert carry_denials(records(record("gone", Status.REFUSED)), {}, [], DEFAULT, NOW) == ()


def test_standings_are_written_for_what_they_are():
    change = stand(RESTRICTION, True, PERSON, DEFAULT, NOW)
    assert (change.purpose, change.status, change.keyed) == (RESTRICTION, Status.RESTRICTED, False)
    assert stand(MINORITY, False, APP, DEFAULT, NOW).status is Status.INVALIDATED
    with pytest.raises(ValueError, match="standing"):
        stand("recommendations", True, APP, DEFAULT, NOW)
