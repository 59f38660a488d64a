"""Which language somebody gets, and how times and spans are written in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wording.languages import OFFERED, Languages

LANGUAGES = Languages()


@pytest.mark.parametrize(
    ("accepted", "code"),
    [
        (None, "en"),
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr-CA", "fr"),
        ("nl,fr;q=0.5,de;q=0.7", "de"),
        ("en;q=0.1, fr;q=0.9", "fr"),
        ("de;q=0, fr", "fr"),
        ("zh", "en"),
        ("*", "en"),
        ("de;q=x", "en"),
    ],
)
def test_the_browser_asks_for_it(accepted: str | None, code: str) -> None:
    assert LANGUAGES.choose(None, accepted).code == code


def test_what_was_chosen_wins_if_there_is_such_a_language() -> None:
    assert LANGUAGES.choose("fr", "de").code == "fr"
    assert LANGUAGES.choose("../de", "de").code == "de"


@given(st.text(max_size=200), st.text(max_size=200))
def test_whatever_is_asked_for_is_answered_in_one_of_ours(chosen: str, accepted: str) -> None:
    assert LANGUAGES.choose(chosen, accepted).code in OFFERED


def test_times_and_spans_are_written_as_people_do() -> None:
    english, german, french = (LANGUAGES.choose(code, None) for code in OFFERED)
    assert english.date(0) == "1 January 1970"
    assert german.date(0) == "1. Januar 1970"
    assert french.days(395) == "13\N{NO-BREAK SPACE}mois"
    assert german.days(90) == "90 Tage"
    assert english.days(1) == "1 day"
    assert english.moment(0) == "1 Jan 1970, 00:00 UTC"
    assert german.moment(45_000) == "01.01.1970, 12:30 UTC"
    assert [each.name for each in LANGUAGES.all()] == ["English", "Deutsch", "Français"]
