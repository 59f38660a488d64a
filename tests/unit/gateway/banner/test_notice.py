"""The notice in each language: the policy's own words, and nobody's data."""

from __future__ import annotations

import pytest

from gateway.banner.notice import nearest_locale, notice_of
from gateway.banner.words import WORDS
from gateway.wording.languages import Languages
from tests.unit.consent.material import DEFAULT, condition_text, policy_of, purpose_text

LANGUAGES = Languages()
OTHER_BASES = ["contract", "legal_obligation", "vital_interests", "public_task", "legitimate_interests"]


def test_it_says_what_the_policy_says_in_its_order():
    found = notice_of(DEFAULT, "de", LANGUAGES)
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
    assert [each["id"] for each in notice_of(policy, "en", LANGUAGES)["purposes"]] == ["shop"]


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
    assert notice_of(DEFAULT, asked, LANGUAGES)["locale"] == locale


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


def test_it_says_who_asks_what_is_used_how_long_and_who_sees_it():
    found = notice_of(DEFAULT, "fr", LANGUAGES)
    told = {each["id"]: each for each in found["purposes"]}
    assert told["recommendations"]["used"][0].startswith("Quand vous regardez un article\u202f: quel article")
    assert told["recommendations"]["kept"] == "13\xa0mois"
    assert all(each["recipients"] == [] for each in found["purposes"])
    assert told["location"]["used"] == []
    assert found["controller"] is None


def test_what_was_on_the_screen_has_a_name_that_changes_with_it():
    names = {
        notice_of(DEFAULT, locale, LANGUAGES, program)["ui_variant"]
        for locale in ("en", "de")
        for program in (b"", b"another")
    }
    assert len(names) == 4
    assert {len(bytes.fromhex(each)) for each in names} == {32}
    assert notice_of(DEFAULT, "de-CH", LANGUAGES)["ui_variant"] in names
