"""The notice in each language: the policy's own words, and nobody's data."""

from __future__ import annotations

import pytest

from gateway.banner.notice import nearest_locale, notice_of
from gateway.banner.words import WORDS
from tests.unit.consent.material import DEFAULT, condition_text, policy_of, purpose_text

OTHER_BASES = ["contract", "legal_obligation", "vital_interests", "public_task", "legitimate_interests"]


def test_it_says_what_the_policy_says_in_its_order():
    found = notice_of(DEFAULT, "de")
    assert [each["id"] for each in found["purposes"]] == [entry.id for entry in DEFAULT.entries]
    for each, entry in zip(found["purposes"], DEFAULT.entries, strict=True):
        assert (each["title"], each["text"]) == (entry.texts["de"].title, entry.texts["de"].text)
        assert each["version"] == entry.version
    assert [each["id"] for each in found["purposes"] if each["gpc_sensitive"]] == ["advertising"]
    assert [each["id"] for each in found["purposes"] if each["kind"] == "condition"] == [
        "location",
        "linking",
        "cross-channel",
    ]
    assert (found["notice_version"], found["policy"]) == (DEFAULT.notice_version, DEFAULT.digest_text)


@pytest.mark.parametrize("basis", OTHER_BASES)
def test_what_rests_on_another_ground_is_not_asked(basis):
    policy = policy_of(purpose_text("shop", "shp"), purpose_text("bill", "bil", legal_basis=f'"{basis}"'))
    assert [each["id"] for each in notice_of(policy, "en")["purposes"]] == ["shop"]


@pytest.mark.parametrize(
    ("asked", "locale"),
    [
        ("de", "de"),
        ("de-CH", "de"),
        ("DE-ch", "de"),
        ("fr-CA", "fr"),
        ("pt", "en"),
        ("", "en"),
        ("*", "en"),
        ("x" * 9000, "en"),
        ("../../etc", "en"),
    ],
)
def test_the_nearest_language_is_taken(asked, locale):
    assert nearest_locale(DEFAULT, asked) == locale
    assert notice_of(DEFAULT, asked)["locale"] == locale


def test_a_language_that_one_text_lacks_is_not_taken():
    both = '{ en = { title = "T", text = "Text." }, de = { title = "D", text = "Wort." } }'
    half = policy_of(purpose_text("shop", "shp", texts=both), condition_text("place", "plc"))
    assert nearest_locale(half, "de") == "en"
    whole = policy_of(purpose_text("shop", "shp", texts=both))
    assert nearest_locale(whole, "de") == "de"


def test_the_banners_own_words_exist_in_every_language_it_speaks():
    assert len({frozenset(words) for words in WORDS.values()}) == 1
    assert set(WORDS) == {"en", "de", "fr"}
    for words in WORDS.values():
        assert all(words.values())
