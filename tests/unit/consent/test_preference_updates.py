"""The no of somebody else's banner is kept; its yes is worth nothing, and what cannot be understood is not kept as a no."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent import Evidence, Status, WriteRefusal, admit, denied_by_update
from consent.admission import ConsentRequest
from consent.model import ActorKind
from tests.unit.consent.material import DEFAULT, NOW

CATEGORIES = ("Personalisation", "Analytics", "Advertising")


def update(preferences: object) -> bytes:
    return json.dumps({"categoryPreferences": preferences}).encode()


def test_every_purpose_of_a_category_that_is_false_is_denied() -> None:
    denied = denied_by_update(update({"Personalisation": False, "Analytics": True}), DEFAULT)
    assert denied == tuple(each.id for each in DEFAULT.purposes if "Personalisation" in each.mappings.segment)
    assert "recommendations" in denied


def test_a_yes_and_what_is_not_mentioned_deny_nothing() -> None:
    assert denied_by_update(update(dict.fromkeys(CATEGORIES, True)), DEFAULT) == ()
    assert denied_by_update(update({}), DEFAULT) == ()
    assert denied_by_update(update({"Somebody's own": False}), DEFAULT) == ()


@pytest.mark.parametrize(
    "consent",
    [b"", b"null", b"[]", b"{}", b"{", b'"x"', update(None), update([]), update("none"), update({"Analytics": 0}),
     update({"Analytics": False, "Advertising": "no"}), update({f"c{n}": False for n in range(257)} | {"Analytics": False}),
     b"[" * 9_999, b'{"categoryPreferences":{"Analytics":false},"x":"' + b"x" * 70_000 + b'"}'],
    ids=range(14),
)  # fmt: skip
def test_what_cannot_be_understood_is_no_no_to_keep(consent: bytes) -> None:
    assert denied_by_update(consent, DEFAULT) == ()


@given(st.binary(max_size=200) | st.dictionaries(st.sampled_from(CATEGORIES), st.booleans()).map(update))
def test_nothing_fails_and_only_purposes_are_denied(consent: bytes) -> None:
    assert set(denied_by_update(consent, DEFAULT)) <= {each.id for each in DEFAULT.purposes}


def asked(evidence: Evidence | None, actor: ActorKind, status: Status = Status.REFUSED) -> Evidence:
    request = ConsentRequest(
        purpose="recommendations", status=status, method="m", locale="en", evidence=evidence
    )
    found = admit(request, actor, None, DEFAULT, NOW)
    assert not isinstance(found, WriteRefusal)
    return found.changes[0].evidence


@pytest.mark.parametrize("status", [Status.GIVEN, Status.REFUSED])
def test_whoever_writes_may_say_that_their_evidence_is_weaker_and_never_that_it_is_better(
    status: Status,
) -> None:
    app, person = ActorKind.APP, ActorKind.PERSON
    assert asked(None, app, status) is Evidence.APP_ASSERTED
    assert asked(Evidence.USER_ACTION, app, status) is Evidence.APP_ASSERTED
    for weak in (Evidence.CMP_ASSERTED, Evidence.IMPORT):
        assert asked(weak, app, status) is asked(weak, person, status) is weak
    assert asked(Evidence.USER_ACTION, person, status) is Evidence.USER_ACTION
