"""Claims narrow, and what is not understood leaves nothing."""

from __future__ import annotations

import json

import msgspec
import pytest

from consent import ABSENT, Claims, claim_mask, has_gpc, honoured_signals
from consent.google_consent import GOOGLE_TYPES
from tests.unit.consent.material import DEFAULT, policy_of, purpose_text

ALL = DEFAULT.all_mask
BITS = DEFAULT.bits


def cleared(**claims):
    mask = claim_mask(Claims(**claims), DEFAULT)
    return {name for name, bit in BITS.items() if not mask >> bit & 1}


def segment(**preferences):
    return {"categoryPreferences": preferences}


def test_nothing_said_narrows_nothing():
    assert claim_mask(Claims(), DEFAULT) == ALL


def test_a_segment_category_that_is_false_clears_its_purposes():
    assert cleared(consent=segment(Advertising=False, Analytics=True, Personalisation=True)) == {
        "advertising"
    }


def test_a_category_that_is_not_mentioned_is_not_allowed():
    assert cleared(consent=segment(Advertising=True)) == {
        "recommendations",
        "model-improvement",
        "analytics",
        "experiments",
    }
    assert "advertising" in cleared(consent=segment())


def test_every_mapped_category_is_needed():
    policy = policy_of(purpose_text("shop", "shp", mappings='{ segment = ["A", "B"] }'))
    assert claim_mask(Claims(consent=segment(A=True, B=True)), policy) == 1
    assert claim_mask(Claims(consent=segment(A=True, B=False)), policy) == 0
    assert claim_mask(Claims(consent=segment(A=True)), policy) == 0


PARTS = policy_of(
    purpose_text("part", "prt", broader='["whole"]'),
    purpose_text("whole", "who", gpc_sensitive="true", mappings='{ segment = ["W"], tcf = [4] }'),
    purpose_text("other", "oth"),
    purpose_text("least", "lst", broader='["part"]', mappings='{ segment = ["L"] }'),
)
"""`whole` > `part` > `least`, and `other` beside them."""


@pytest.mark.parametrize(
    "claimed",
    [
        Claims(gpc_header=True),
        Claims(gpc=True),
        Claims(consent=segment(W=False, L=True)),
        Claims(consent=segment(L=True)),
    ],
    ids=["header", "body", "category", "category not mentioned"],
)
def test_a_no_to_a_broader_purpose_is_a_no_to_its_parts(claimed):
    assert claim_mask(claimed, PARTS) == 1 << PARTS.bits["other"]


def test_a_no_to_a_part_leaves_the_whole_alone():
    assert claim_mask(Claims(consent=segment(W=True, L=False)), PARTS) == PARTS.all_mask & ~(1 << 3)


def test_it_is_told_that_a_signal_denies_the_parts_too():
    told = {each.signal: each.can_deny for each in honoured_signals(PARTS)}
    assert told == {
        "gpc": ("part", "whole", "least"),
        "segment": ("part", "whole", "least"),
        "tcf": ("part", "whole", "least"),
    }


def test_an_unmapped_purpose_is_left_alone():
    assert "notifications" not in cleared(consent=segment())


@pytest.mark.parametrize(
    "consent",
    [
        None,
        5,
        "yes",
        [],
        {},
        {"categoryPreferences": None},
        {"categoryPreferences": []},
        {"categoryPreferences": {"Analytics": "true"}},
        {"categoryPreferences": {"Analytics": 1}},
        {"categoryPreferences": {"Analytics": None}},
        b"",
        b"{",
        b"null",
        b"\xff",
        b'{"categoryPreferences":{"Analytics":false,"Analytics":true}}',
        b"[" * 20_000,
        json.dumps(segment(**{f"c{n}": True for n in range(1000)})).encode(),
    ],
)
def test_a_claim_that_is_not_understood_leaves_nothing(consent):
    assert claim_mask(Claims(consent=consent), DEFAULT) == 0


def test_raw_bytes_and_values_mean_the_same():
    said = segment(Advertising=True, Analytics=False, Personalisation=True)
    raw = json.dumps(said).encode()
    assert claim_mask(Claims(consent=raw), DEFAULT) == claim_mask(Claims(consent=said), DEFAULT)
    assert claim_mask(Claims(consent=msgspec.Raw(raw)), DEFAULT) == claim_mask(Claims(consent=said), DEFAULT)


@pytest.mark.parametrize("strategy", ["and", "or", "all", "any"])
def test_rudder_denied_ids_clear_under_every_strategy(strategy):
    said = {"provider": "custom", "resolutionStrategy": strategy, "deniedConsentIds": ["Advertising"]}
    assert cleared(consent_management=said) == {"advertising"}


def test_rudder_allowed_ids_are_all_that_is_allowed():
    assert cleared(consent_management={"allowedConsentIds": ["Analytics", "Personalisation"]}) == {
        "advertising"
    }
    both = {
        "allowedConsentIds": ["Analytics", "Advertising"],
        "deniedConsentIds": ["Analytics", "Personalisation"],
    }
    assert "advertising" not in cleared(consent_management=both)
    assert {"analytics", "recommendations"} <= cleared(consent_management=both)
    assert "advertising" in cleared(consent_management={"allowedConsentIds": [], "deniedConsentIds": []})


def test_rudder_allowed_ids_may_be_an_object_from_an_old_sdk():
    said = {"allowedConsentIds": {"Analytics": "Statistics", "Personalisation": True, "Advertising": False}}
    assert cleared(consent_management=said) == {"advertising"}


@pytest.mark.parametrize(
    "said",
    [
        None,
        [],
        {},
        {"provider": "x"},
        {"allowedConsentIds": "Analytics"},
        {"allowedConsentIds": [1]},
        {"allowedConsentIds": {"Analytics": None}},
        {"deniedConsentIds": None},
        {"deniedConsentIds": [], "resolutionStrategy": "most"},
        {"deniedConsentIds": [], "resolutionStrategy": ["or"]},
    ],
)
def test_rudder_claims_that_are_not_understood_leave_nothing(said):
    assert claim_mask(Claims(consent_management=said), DEFAULT) == 0


def test_google_consent_mode_denied_or_missing_clears():
    granted = {"ad_storage": "granted", "ad_user_data": "granted", "ad_personalization": "granted"}
    assert "advertising" not in cleared(google=granted)
    assert "advertising" in cleared(google={**granted, "ad_user_data": "denied"})
    assert "analytics" in cleared(google=granted)
    assert claim_mask(Claims(google={"ad_storage": "yes"}), DEFAULT) == 0
    assert claim_mask(Claims(google={"ad_storage": ["granted"]}), DEFAULT) == 0


def test_googles_state_may_stand_in_the_consent_object_beside_the_categories_or_alone():
    granted = dict.fromkeys(GOOGLE_TYPES, "granted")
    everything = segment(Advertising=True, Analytics=True, Personalisation=True)
    assert cleared(consent={"google": granted}) == set()
    assert cleared(consent={"google": {**granted, "analytics_storage": "denied"}}) == {
        "analytics",
        "experiments",
    }
    assert cleared(consent={**everything, "google": {"gcs": "G101"}}) == {"advertising"}
    assert cleared(consent={**segment(Advertising=True, Analytics=True), "google": granted}) == {
        "recommendations",
        "model-improvement",
    }


@pytest.mark.parametrize("google", [None, [], {}, "G111", {"gcs": "G1"}, {"other": "granted"}])
def test_a_google_state_that_is_not_understood_leaves_nothing_whatever_the_categories_say(google):
    everything = segment(Advertising=True, Analytics=True, Personalisation=True)
    assert claim_mask(Claims(consent={**everything, "google": google}), DEFAULT) == 0
    assert claim_mask(Claims(consent={"google": google}), DEFAULT) == 0
    assert claim_mask(Claims(google=google), DEFAULT) == 0


def test_several_rudder_managers_must_all_allow():
    one, other = {"deniedConsentIds": ["Advertising"]}, {"allowedConsentIds": {"Analytics": True}}
    found = cleared(consent_management=[one, other])
    assert found == {"advertising", "recommendations", "model-improvement"}
    for several in ([one, {}], [one, 5], [one] * 9, [[one]]):
        assert claim_mask(Claims(consent_management=several), DEFAULT) == 0


def test_every_signal_that_is_honoured_is_listed_with_what_it_can_take_away():
    listed = {each.signal: set(each.can_deny) for each in honoured_signals(DEFAULT)}
    nothing = {
        "gpc": cleared(gpc=True),
        "segment": cleared(consent=segment()),
        "rudderstack": cleared(consent_management={"allowedConsentIds": []}),
        "google": cleared(google=dict.fromkeys(GOOGLE_TYPES, "denied")),
    }
    assert {name: listed[name] for name in nothing} == nothing
    assert listed["tcf"] == {each.id for each in DEFAULT.purposes if each.mappings.tcf}
    assert listed["gpp"] == {"advertising"}
    unmapped = policy_of(purpose_text("shop", "shp"))
    assert honoured_signals(unmapped) == ()


def test_gpc_clears_what_is_sensitive_to_it_and_nothing_else():
    assert cleared(gpc_header=True) == {"advertising"}
    assert cleared(gpc=True) == {"advertising"}


@pytest.mark.parametrize(
    ("values", "asserted"),
    [
        ([], False),
        ([b"1"], True),
        ([b"0"], False),
        ([b"1, 1"], True),
        ([b"0,1"], True),
        ([b"0, 11"], False),
        ([b"1;x"], False),
        ([b"true"], False),
        ([b"11"], False),
        ([b"0", b"1"], True),
    ],
)
def test_only_the_exact_value_1_asserts_gpc(values, asserted):
    headers = [(b"dnt", b"1"), *((b"sec-gpc", value) for value in values)]
    assert has_gpc(headers) is asserted


@pytest.mark.parametrize("value", [True, 1, "1", "yes", "false", [], {}, 0.0, 2])
def test_anything_but_a_clear_no_in_a_body_asserts_gpc(value):
    assert cleared(gpc=value) == {"advertising"}


@pytest.mark.parametrize("value", [ABSENT, None, False, 0, "0", ""])
def test_a_clear_no_in_a_body_does_not(value):
    assert cleared(gpc=value) == set()


@pytest.mark.parametrize("name", ["tcf", "gpp"])
@pytest.mark.parametrize("value", ["", "CPXxRfAPXxRfA", 5, [], {}])
def test_a_string_that_is_not_decoded_leaves_nothing(name, value):
    assert claim_mask(Claims(**{name: value}), DEFAULT) == 0
    assert claim_mask(Claims(**{name: None}), DEFAULT) == ALL


def test_several_claims_intersect():
    said = cleared(consent=segment(Advertising=True, Analytics=True, Personalisation=True), gpc_header=True)
    assert said == {"advertising"}
    both = {"consent": segment(Advertising=True, Analytics=True, Personalisation=False)}
    assert cleared(**both, consent_management={"deniedConsentIds": ["Analytics"]}) == {
        "recommendations",
        "model-improvement",
        "analytics",
        "experiments",
    }
