"""The page of published numbers says what was published, and nothing that was hidden."""

from __future__ import annotations

from gateway.aggregates.exporting import csv_of, export_publications
from gateway.aggregates.release_runs import Ended
from gateway.aggregates.schedule import BROKE_OFF
from gateway.cli.privacy import _WORDS
from gateway.ops.insights import MOST_FIGURES, make_insights
from gateway.ops.pages import ops_pages
from gateway.ops.spelling import Spelling
from gateway.ops.words import UNPUBLISHED
from gateway.wording.languages import Languages
from privacy import Balance, Budget, Loss

BUDGET = Budget(Loss(20_000))
LANGUAGE = Languages().choose(None, None)
HOSTILE = "=cmd|' /C calc'!A0<script>"


def figure(key: str, value: float | None) -> dict:
    reach = (None, None) if value is None else (value - 10, value + 10)
    return {"key": key, "value": value, "low": reach[0], "high": reach[1]}


def publication(begin: int, *figures: dict) -> dict:
    hidden = sum(each["value"] is None for each in figures)
    return {
        "release": "people",
        "version": 1,
        "window": f"day-{begin}",
        "begin": begin,
        "figures": list(figures),
        "hidden": hidden,
        "noise": 12.0,
        "cut_people": {"key": "~cut", "value": None, "low": 0.0, "high": 150.0},
        "rho": 0.01,
    }


def page(*published: dict, unpublished: dict[str, str] | None = None):
    balances = [
        Balance(f"global/2026-11-{day}", Loss(20_000), Loss(10_000), burnt=day == 21) for day in (20, 21)
    ]
    return make_insights(
        [("people", "People who came")],
        {"people": published},
        balances,
        BUDGET,
        Spelling(LANGUAGE),
        {"people": unpublished or {}},
    )


def text(*published: dict, **more) -> str:
    shown = ops_pages(Languages()).render("insights.html", LANGUAGE, page=page(*published, **more))
    return bytes(shown.body).decode()


def test_before_the_first_publication_there_is_nothing_to_see():
    assert "Nothing yet" in text()


def test_windows_that_were_not_published_say_why_the_newest_first():
    missing = {f"2026-11-{day}": "over_budget" for day in range(11, 18)} | {"2026-11-18": "too_old"}
    for published in ((), (publication(0, figure("all", 100.0)),)):
        said = text(*published, unpublished=missing)
        assert said.index("2026-11-18: what people did then is not kept any more") < said.index(
            "2026-11-17: it costs more than is left of the budget"
        )
        assert "2026-11-13" not in said
        assert "And 3 more:" in said
    assert "though their time" not in text()


def test_every_reason_has_words():
    reasons = {*Ended, BROKE_OFF} - {Ended.PUBLISHED, Ended.ALREADY}
    assert UNPUBLISHED.keys() == reasons == _WORDS.keys() - {Ended.PUBLISHED, Ended.ALREADY}


def test_numbers_come_with_their_intervals():
    said = text(publication(0, figure("all", 100.0)), publication(86_400, figure("all", 1234.0)))
    assert "1,234" in said
    assert "1,224 to 1,244" in said
    assert "all, over time" in said
    assert "fewer than 150" in said
    assert said.count(", closed") == 1
    assert "50\xa0% of its budget, epsilon 0." in said


def test_a_share_has_an_axis_of_its_own_and_can_be_seen_beside_a_count():
    share = {"key": "analytics: share allowed", "value": 0.5, "low": 0.25, "high": 0.75}
    [card] = page(publication(0, figure("analytics: allowed", 4_000.0), share)).cards
    assert (card.rows[0].middle, card.rows[0].said) == (round(1000 * 4_000 / 4_010, 1), "4,000")
    assert (card.rows[1].left, card.rows[1].width, card.rows[1].middle) == (250.0, 500.0, 500.0)
    assert (card.rows[1].said, card.rows[1].between) == ("50.0\xa0%", "25.0\xa0% to 75.0\xa0%")


def test_a_hidden_number_is_nowhere():
    [card] = page(publication(0, figure("a", None), figure("b", 50.0))).cards
    assert [row.said for row in card.rows] == ["", "50"]
    assert "1 hidden" in text(publication(0, figure("a", None), figure("b", 50.0)))


def test_a_key_is_text_and_never_markup_or_a_formula(tmp_path):
    hostile = publication(0, figure(HOSTILE, 5.0))
    assert "<script>" not in text(hostile)
    assert csv_of([hostile]).splitlines()[1].split(",")[3].startswith("'=")
    assert export_publications([hostile], tmp_path / "out.parquet") == 1
    assert export_publications([], tmp_path / "none.csv") == 0


def test_of_many_keys_the_first_are_drawn():
    [card] = page(publication(0, *(figure(str(n), 5.0) for n in range(MOST_FIGURES + 3)))).cards
    assert (len(card.rows), card.more) == (MOST_FIGURES, 3)


def test_intervals_below_nought_are_drawn_too():
    [card] = page(publication(0, figure("effect", -5.0), figure("other", 20.0))).cards
    assert all(0 <= row.left <= row.middle <= 1000 for row in card.rows)
