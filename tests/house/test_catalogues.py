"""Every text that people read, in the portal and in reports, exists in every language, with its places for values, and nothing is left over."""

from __future__ import annotations

import re

import pytest

from consent import default_policy_text, parse_policy
from gateway.banner.words import WORDS
from gateway.wording.languages import OFFERED, Languages
from tools.catalogues import LANGUAGES, extract, lacking, read

PLACE = re.compile(r"%\(\w+\)s")


def texts(message_id: str | tuple[str, ...]) -> tuple[str, ...]:
    return message_id if isinstance(message_id, tuple) else (message_id,)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_untranslated_and_nothing_is_left_over(language: str) -> None:
    assert lacking(language) == []
    assert len([message for message in extract() if message.id]) > 200, "the texts are found at all"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_translation_has_the_same_places_for_values(language: str) -> None:
    for message in read(language):
        if message.id:
            wanted = {place for text in texts(message.id) for place in PLACE.findall(text)}
            for form in texts(message.string):
                assert set(PLACE.findall(form)) == wanted, form


@pytest.mark.parametrize("language", LANGUAGES)
def test_people_are_spoken_to_as_the_catalogue_says(language: str) -> None:
    spoken = Languages().choose(language, None)
    for message in read(language):
        if message.id and not isinstance(message.id, tuple):
            assert spoken.say(message.id) == message.string
    assert spoken.catalogue.ngettext(
        "%(num)s thing was shown", "%(num)s things were shown", 2
    ) != spoken.catalogue.ngettext("%(num)s thing was shown", "%(num)s things were shown", 1)


def test_all_languages_but_that_of_the_code_have_a_catalogue() -> None:
    assert set(OFFERED) == {"en", *LANGUAGES}


def test_french_has_one_kind_of_apostrophe() -> None:
    policy = parse_policy(default_policy_text())
    said = [form for message in read("fr") if message.id for form in texts(message.string)]
    said += WORDS["fr"].values()
    said += [part for each in policy.entries for part in (each.texts["fr"].title, each.texts["fr"].text)]
    assert len(said) > 500
    assert [text for text in said if "'" in text] == []
