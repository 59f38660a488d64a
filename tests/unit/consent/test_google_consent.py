"""Google's consent states, form by form: what is granted, what is denied, and what is not said."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.google_consent import ADVERTISING, ANALYTICS, GOOGLE_TYPES, GoogleConsentError, read_google
from consent.policy_file import _GCM

ELSEWHERE = set(GOOGLE_TYPES) - {*ADVERTISING, ANALYTICS}
"""Types that the short forms have no place for."""


def allowed(value):
    allows = read_google(value)
    return {name for name in GOOGLE_TYPES if allows(name)}


def test_the_types_are_those_that_a_policy_can_be_mapped_to():
    assert set(GOOGLE_TYPES) == set(_GCM.split("|"))


@pytest.mark.parametrize(("yes", "no"), [("granted", "denied"), ("GRANTED", "DENIED")])
def test_a_type_is_allowed_if_it_is_granted_and_a_missing_one_is_not(yes, no):
    assert allowed({"ad_storage": yes, "analytics_storage": no}) == {"ad_storage"}
    assert allowed(dict.fromkeys(GOOGLE_TYPES, yes)) == set(GOOGLE_TYPES)
    assert allowed(dict.fromkeys(GOOGLE_TYPES, no)) == set()


@pytest.mark.parametrize(
    ("gcs", "said"),
    [
        ("G100", set()),
        ("G101", {ANALYTICS}),
        ("G110", {"ad_storage"}),
        ("G111", {"ad_storage", ANALYTICS}),
        ("G1--", set()),
        ("G1-1", {ANALYTICS}),
    ],
)
def test_gcs_tells_of_the_two_storages_and_allows_no_newer_type_of_advertising(gcs, said):
    assert allowed({"gcs": gcs}) == said | ELSEWHERE


@pytest.mark.parametrize(
    ("gcd", "said"),
    [
        ("13t3t3t3t5l1", {*ADVERTISING, ANALYTICS}),  # all granted by default
        ("13r3r3r3r5l1", {*ADVERTISING, ANALYTICS}),  # denied by default, granted since
        ("11p1t1p1p5", {ANALYTICS}),
        ("13p3p3p3p5l1", set()),
        ("13q3q3q3q5l1", set()),  # denied, and denied again
        ("13u3u3u3u5l1", set()),  # granted by default, denied since
        ("13l3l3l3l1l1", set()),  # nothing said
        ("13v3n3v3m5l1", {"ad_storage", ANALYTICS, "ad_user_data"}),
    ],
)
def test_gcd_tells_of_four_types_and_the_later_word_counts(gcd, said):
    assert allowed({"gcd": gcd}) == said | ELSEWHERE


def test_several_forms_must_all_allow():
    both = {"gcs": "G111", "gcd": "13p3t3p3p5l1"}
    assert allowed(both) == {ANALYTICS} | ELSEWHERE
    assert allowed({**both, "analytics_storage": "granted"}) == {ANALYTICS}


@pytest.mark.parametrize(
    "value",
    [
        None, "", "G111", 5, [], {}, [("gcs", "G111")],
        {"ad_storage": True}, {"ad_storage": "yes"}, {"ad_storage": "Granted"}, {"ad_storage": None}, {"ad_storage": ["granted"]},
        {"wait_for_update": 500}, {"ad_storage": "granted", "region": ["DE"]}, {"AD_STORAGE": "granted"},
        {"gcs": "G11"}, {"gcs": "G1111"}, {"gcs": "G121"}, {"gcs": " G111"}, {"gcs": "G111\n"}, {"gcs": 111}, {"gcs": "G1११"},
        {"gcd": ""}, {"gcd": "13t3t3t5"}, {"gcd": "13a3t3t3t5"}, {"gcd": "13T3T3T3T5"}, {"gcd": "23t3t3t3t5"}, {"gcd": "13t3t3t3t5" + "l1" * 5},
        {f"type_{n}": "granted" for n in range(1000)},
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_and_not_told(value):
    with pytest.raises(GoogleConsentError) as refused:
        read_google(value)
    assert str(refused.value) == "not a consent state"


@given(
    st.dictionaries(
        st.sampled_from([*GOOGLE_TYPES, "gcs", "gcd"]),
        st.sampled_from(["granted", "denied", "G111", "G100", "13t3t3t3t5"]),
    )
)
def test_another_word_never_allows_more(value):
    def allowed_or_nothing(said):
        try:
            return allowed(said)
        except GoogleConsentError:
            return set()

    for name in ("gcs", "gcd"):
        for word in ("G100", "G111", "13p3p3p3p5", "13t3t3t3t5"):
            if name not in value and value:
                assert allowed_or_nothing({**value, name: word}) <= allowed_or_nothing(value)


def test_every_letter_of_gcd_is_decided_for_each_place():
    for letter, place in itertools.product("lpqtrmnuv", range(4)):
        letters = ["t"] * 4
        letters[place] = letter
        found = allowed({"gcd": "13" + "3".join(letters) + "5"})
        name = ("ad_storage", ANALYTICS, "ad_user_data", "ad_personalization")[place]
        assert (name in found) is (letter in "trnv")
