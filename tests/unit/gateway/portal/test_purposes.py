"""What a person can do about a purpose on each legal basis, and what the page says of it."""

from __future__ import annotations

import pytest

from consent import ActorKind, ConsentRecord, ConsentRequest, Evidence, LegalBasis, Status, admit
from consent import WriteRefusal as Refusal
from gateway.portal.purposes import STATUS_OF, PurposeAct, acts_of, show
from gateway.wording.languages import Languages
from tests.unit.consent.material import DAY, DEFAULT

NOW = 1_800_000_000
ENGLISH = Languages().choose("en", None)


def record(status: Status, purpose: str = "recommendations") -> ConsentRecord:
    return ConsentRecord(purpose, status, 1, 1, 1, Evidence.USER_ACTION, NOW, NOW, None, True)


@pytest.mark.parametrize(
    ("basis", "status", "is_on", "reason", "acts"),
    [
        (LegalBasis.CONSENT, None, False, "no_record", (PurposeAct.GIVE, PurposeAct.REFUSE)),
        (LegalBasis.CONSENT, Status.GIVEN, True, "", (PurposeAct.WITHDRAW,)),
        (LegalBasis.CONSENT, Status.RENEWED, True, "", (PurposeAct.WITHDRAW,)),
        (LegalBasis.CONSENT, Status.REFUSED, False, "refused", (PurposeAct.GIVE,)),
        (LegalBasis.CONSENT, Status.WITHDRAWN, False, "refused", (PurposeAct.GIVE,)),
        (LegalBasis.CONSENT, Status.GIVEN, False, "expired", (PurposeAct.GIVE, PurposeAct.REFUSE)),
        (LegalBasis.CONSENT, Status.GIVEN, False, "superseded", (PurposeAct.GIVE, PurposeAct.REFUSE)),
        (LegalBasis.CONSENT, Status.GIVEN, False, "restricted", (PurposeAct.WITHDRAW,)),
        (LegalBasis.CONSENT, None, False, "minor", ()),
        (LegalBasis.CONSENT, Status.GIVEN, False, "minor", (PurposeAct.WITHDRAW,)),
        (LegalBasis.LEGITIMATE_INTERESTS, None, True, "", (PurposeAct.OBJECT,)),
        (LegalBasis.LEGITIMATE_INTERESTS, Status.OBJECTED, False, "refused", (PurposeAct.GIVE,)),
        (LegalBasis.PUBLIC_TASK, None, True, "", (PurposeAct.OBJECT,)),
        (LegalBasis.CONTRACT, None, True, "", ()),
        (LegalBasis.LEGAL_OBLIGATION, None, True, "", ()),
        (LegalBasis.VITAL_INTERESTS, None, True, "", ()),
    ],
)
def test_what_can_be_done(
    basis: LegalBasis, status: Status | None, is_on: bool, reason: str, acts: tuple[PurposeAct, ...]
) -> None:
    standing = None if status is None else record(status)
    assert acts_of(basis, standing, is_on=is_on, reason=reason) == acts


def test_every_button_that_is_offered_is_admitted_by_the_rules_of_consent() -> None:
    for status in (None, Status.GIVEN, Status.REFUSED, Status.WITHDRAWN):
        standing = None if status is None else record(status)
        records = None if standing is None else {standing.purpose: standing}
        on = status is Status.GIVEN
        for act in acts_of(LegalBasis.CONSENT, standing, is_on=on, reason="refused"):
            request = ConsentRequest(
                purpose="recommendations", status=STATUS_OF[act], method="portal", locale="en"
            )
            verdict = admit(request, ActorKind.PERSON, records, DEFAULT, NOW + 1)
            assert not isinstance(verdict, Refusal), (status, act)


def test_a_card_says_what_is_used_for_how_long_and_until_when() -> None:
    purpose = DEFAULT.purpose("analytics")
    assert purpose is not None
    card = show(
        purpose,
        record(Status.GIVEN, "analytics"),
        policy=DEFAULT,
        language=ENGLISH,
        is_on=True,
        reason="",
        gpc=True,
    )
    assert (card.title, card.is_on, card.reason, card.silenced) == ("Analytics", True, "", False)
    assert (card.since, card.until) == (NOW, NOW + 365 * DAY)
    assert card.kept == "13 months"
    assert card.basis == "Only if you agree"
    assert card.exactness == "the time, to the minute"
    viewed = card.used[0]
    assert viewed.event == "When you look at a product"
    assert viewed.fields == (
        "which product",
        "the kind of product",
        "the price (roughly)",
        "where you are (roughly) (only with “Location”)",
    )


def test_every_event_and_field_of_the_default_policy_has_plain_words() -> None:
    for purpose in DEFAULT.purposes:
        card = show(
            purpose, None, policy=DEFAULT, language=ENGLISH, is_on=False, reason="no_consent", gpc=False
        )
        for used in card.used:
            assert used.event.startswith("When you")
            assert not any("_" in field or "[" in field for field in used.fields), used


def test_the_text_of_a_language_that_the_policy_lacks_is_the_policys_own_and_says_so() -> None:
    german = Languages().choose("de", None)
    purpose = DEFAULT.purpose("recommendations")
    assert purpose is not None
    assert german.text_of(dict(purpose.texts), DEFAULT)[0] == "de"
    only_english = {"en": purpose.texts["en"]}
    assert german.text_of(only_english, DEFAULT) == ("en", purpose.texts["en"])


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.REFUSED, "You said no."),
        (Status.WITHDRAWN, "You turned it off."),
        (Status.OBJECTED, "You objected."),
        (Status.REVOKED, "Somebody else ended it, so it is off."),
    ],
)
def test_why_it_is_off_is_said_as_it_came_about(status: Status, words: str) -> None:
    purpose = DEFAULT.purpose("recommendations")
    assert purpose is not None
    card = show(
        purpose, record(status), policy=DEFAULT, language=ENGLISH, is_on=False, reason="refused", gpc=False
    )
    assert card.reason == words
