"""What may be asked, row by row, and what answers come to."""

from __future__ import annotations

import pytest

from consent import (
    DENIALS,
    MINORITY,
    RESTRICTION,
    ActorKind,
    Answers,
    ConsentRequest,
    Evidence,
    PromptReason,
    Reason,
    Status,
    WriteRefusal,
    judge_answers,
    prompts_for,
)
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

YEAR = 365 * DAY
SHORT = 10 * DAY
"""How long a consent lasts in these policies."""
POLICY = policy_of(
    purpose_text("shop", "shp", version="3", last_material_version="2"),
    purpose_text("ads", "ads", gpc_sensitive="true"),
    purpose_text("mail", "mai", broader='["shop"]'),
    purpose_text("bill", "bil", legal_basis='"contract"'),
    purpose_text("care", "car", legal_basis='"legitimate_interests"'),
    condition_text("place", "plc"),
)


def prompt(purpose, *each, now=NOW, **other):
    found = {one.purpose: one for one in prompts_for(records(*each), POLICY, now, EVERY_NOTICE, **other)}
    return found[purpose]


def asked(found):
    return found.may_ask, found.not_before, found.reason.value


def test_whoever_never_answered_may_be_asked_about_everything_that_rests_on_consent():
    for known in (None, {}):
        found = prompts_for(known, POLICY, NOW, EVERY_NOTICE)
        assert [one.purpose for one in found] == ["shop", "ads", "mail", "place"]
        assert {asked(one) for one in found} == {(True, None, "no_consent")}
        assert not any(one.permitted for one in found)


def test_a_consent_in_force_is_left_alone_until_it_runs_out():
    given = record("shop", version=3)
    assert asked(prompt("shop", given)) == (False, NOW + SHORT, "given")
    assert prompt("shop", given).permitted
    assert asked(prompt("shop", given, now=NOW + SHORT - 1))[0] is False
    assert asked(prompt("shop", given, now=NOW + SHORT)) == (True, None, "expired")
    ends_sooner = record("shop", version=3, valid_until=NOW + DAY)
    assert asked(prompt("shop", ends_sooner)) == (False, NOW + DAY, "given")


def test_a_material_new_version_is_asked_about_and_another_one_is_not():
    assert asked(prompt("shop", record("shop", version=1))) == (True, None, "superseded")
    assert asked(prompt("shop", record("shop", version=2)))[2] == "given"


@pytest.mark.parametrize("status", sorted(DENIALS))
def test_a_no_is_left_alone_for_as_long_as_a_yes_would_last(status):
    denied = record("shop", status)
    assert asked(prompt("shop", denied)) == (False, NOW + SHORT, "refused")
    assert asked(prompt("shop", denied, now=NOW + SHORT - 1))[0] is False
    assert asked(prompt("shop", denied, now=NOW + SHORT)) == (True, None, "refused")


def test_a_no_to_an_older_version_refuses_the_new_one_too_and_is_not_asked_about_again():
    assert asked(prompt("shop", record("shop", Status.REFUSED, version=1)))[0] is False


def test_what_an_opt_out_signal_denies_is_left_alone_for_twelve_months_after_a_no():
    denied = record("ads", Status.WITHDRAWN)
    assert asked(prompt("ads", denied)) == (False, NOW + YEAR, "refused")
    assert asked(prompt("ads", denied, now=NOW + YEAR))[0] is True


def test_the_quiet_time_counts_from_the_record_so_that_no_old_date_shortens_it():
    old = record("shop", Status.REFUSED, given_at=NOW - 9 * DAY)
    assert asked(prompt("shop", old))[1] == NOW + SHORT


def test_under_a_signal_what_it_denies_is_neither_on_nor_asked_and_the_rest_is():
    given = record("ads")
    assert asked(prompt("ads", given, opt_out_signal=True)) == (False, NOW + YEAR, "opt_out_signal")
    assert not prompt("ads", given, opt_out_signal=True).permitted
    assert asked(prompt("shop", opt_out_signal=True)) == (True, None, "no_consent")


def test_a_no_to_a_broader_purpose_is_a_no_to_the_narrower_one():
    assert asked(prompt("mail", record("shop", Status.REFUSED))) == (False, NOW + SHORT, "refused")
    later = record("shop", Status.REFUSED, recorded_at=NOW + DAY)
    both = prompt("mail", record("mail", Status.REFUSED), later, now=NOW + 2 * DAY)
    assert asked(both)[1] == NOW + DAY + SHORT, "the later of the two"


@pytest.mark.parametrize(("standing", "reason"), [(RESTRICTION, "restricted"), (MINORITY, "minor")])
def test_nobody_is_asked_while_a_standing_forbids_the_purpose(standing, reason):
    stands = record(standing, Status.RESTRICTED)
    assert asked(prompt("shop", stands)) == (False, None, reason)


def test_a_clock_that_stands_before_the_answer_asks_nothing():
    assert asked(prompt("shop", record("shop", version=3), now=NOW - 5)) == (False, NOW, "expired")
    assert asked(prompt("shop", record("shop", Status.REFUSED), now=NOW - 5))[0] is False


def answers(signal=False, notice="n1", **choices):
    return Answers(
        choices=choices, method="banner", locale="en", notice_version=notice, opt_out_signal=signal
    )


def judged(said, *each, actor=ActorKind.PERSON, now=NOW):
    found = judge_answers(said, actor, records(*each), POLICY, now, EVERY_NOTICE)
    return found if isinstance(found, WriteRefusal) else [(one.purpose, one.status) for one in found]


def test_every_no_is_written_before_any_yes():
    found = judged(answers(shop=True, ads=False, place=True, mail=False))
    assert found[:2] == [("ads", Status.REFUSED), ("mail", Status.REFUSED)]
    assert set(found[2:]) == {("shop", Status.GIVEN), ("place", Status.GIVEN)}


def test_what_is_written_carries_how_and_under_which_notice():
    (request,) = judge_answers(answers(shop=True), ActorKind.PERSON, None, POLICY, NOW, EVERY_NOTICE)
    assert request == ConsentRequest(
        purpose="shop", status=Status.GIVEN, method="banner", locale="en", notice_version="n1"
    )


def test_a_no_after_a_yes_is_a_withdrawal():
    assert judged(answers(shop=False), record("shop")) == [("shop", Status.WITHDRAWN)]
    expired = judged(answers(shop=False), record("shop"), now=NOW + SHORT)
    assert expired == [("shop", Status.WITHDRAWN)]


def test_what_is_so_already_is_not_written_again():
    given, denied = record("shop", version=3), record("ads", Status.WITHDRAWN)
    assert judged(answers(shop=True, ads=False), given, denied) == []
    assert judged(answers(shop=True), record("shop", version=2)) == [("shop", Status.GIVEN)]
    assert judged(answers(shop=True), given, now=NOW + SHORT) == [("shop", Status.GIVEN)]


def test_a_no_that_may_be_asked_about_again_is_written_again_and_quiet_for_as_long_again():
    denied = record("shop", Status.WITHDRAWN)
    assert judged(answers(shop=False), denied, now=NOW + SHORT - 1) == []
    assert judged(answers(shop=False), denied, now=NOW + SHORT) == [("shop", Status.REFUSED)]


def test_a_persons_own_word_replaces_what_an_app_said_of_them():
    weak = Evidence.APP_ASSERTED
    given, denied = record("shop", version=3, evidence=weak), record("ads", Status.REFUSED, evidence=weak)
    found = judged(answers(shop=True, ads=False), given, denied)
    assert found == [("ads", Status.REFUSED), ("shop", Status.GIVEN)]
    assert judged(answers(shop=True, ads=False), given, denied, actor=ActorKind.APP) == []


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        (answers(shop=True, nowhere=True), WriteRefusal.UNKNOWN_PURPOSE),
        (answers(shop=True, nowhere=False), WriteRefusal.UNKNOWN_PURPOSE),
        (answers(shop=True, bill=True), WriteRefusal.NOT_BY_CONSENT),
        (answers(shop=True, care=False), WriteRefusal.NOT_BY_CONSENT),
        (answers(shop=False, place=True, notice="n0"), WriteRefusal.WRONG_NOTICE),
        (answers(signal=True, shop=True, ads=True), WriteRefusal.DENIED_BY_SIGNAL),
    ],
)
def test_one_answer_that_cannot_be_written_stops_them_all(said, refusal):
    assert judged(said) is refusal


def test_a_no_is_taken_whatever_the_notice_and_the_signal():
    assert judged(answers(signal=True, notice="n0", ads=False)) == [("ads", Status.REFUSED)]


def test_the_signal_itself_is_written_as_a_refusal_where_nobody_has_answered():
    found = judge_answers(answers(signal=True, shop=True), ActorKind.PERSON, None, POLICY, NOW, EVERY_NOTICE)
    assert [(one.purpose, one.status, one.by_signal) for one in found] == [
        ("ads", Status.REFUSED, True),
        ("shop", Status.GIVEN, False),
    ]
    for answered in (record("ads"), record("ads", Status.REFUSED), record("ads", Status.INVALIDATED)):
        assert judged(answers(signal=True, shop=True), answered) == [("shop", Status.GIVEN)]
    assert judged(answers(shop=True)) == [("shop", Status.GIVEN)]


def test_an_app_lifts_no_persons_refusal_and_a_browsers_key_answers_nothing():
    denied = record("shop", Status.REFUSED)
    assert judged(answers(shop=True), denied, actor=ActorKind.APP) is WriteRefusal.LIFTS_A_DENIAL
    assert judged(answers(shop=True), denied) == [("shop", Status.GIVEN)]
    assert judged(answers(shop=False), actor=ActorKind.BROWSER) is WriteRefusal.ACTOR_MAY_NOT


def test_every_reason_of_a_decision_is_one_of_a_prompt():
    assert {each.value for each in Reason} - {each.value for each in PromptReason} == {"no_record"}


def test_the_default_policy_asks_about_all_it_has():
    assert {asked(one) for one in prompts_for(None, DEFAULT, NOW, EVERY_NOTICE)} == {
        (True, None, "no_consent")
    }
    assert len(prompts_for(None, DEFAULT, NOW, EVERY_NOTICE)) == len(DEFAULT.entries)
