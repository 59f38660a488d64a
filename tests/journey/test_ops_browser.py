"""`/ops` and `/ops/insights` in headless Chromium, light and dark, on a phone and on a desk: nothing cut off, and axe-core finds nothing.

The page and its style are those of a gateway that had two hours, with their headers; the browser is handed them as they were answered.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Route

import gateway.bootstrap
from gateway.clock import Clock
from gateway.ops.insights import make_insights
from gateway.ops.pages import ops_pages
from gateway.ops.spelling import Spelling
from gateway.ops.words import UNPUBLISHED
from gateway.wording.languages import Languages
from privacy import Balance, Budget, Loss
from scoring import Stage
from tests.journey.busy_hours import live
from tests.journey.in_process import inside
from tests.journey.portal_reader import Reader
from tests.journey.rule_shop import NOON, rule_shop

pytestmark = [pytest.mark.browser, pytest.mark.foreign]

URL = "http://127.0.0.1:20001"
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
NARROW = {"width": 320, "height": 640}

LANGUAGES = ("en", "de", "fr")
CUT_OFF = """[...document.querySelectorAll('.scroll')].filter(each => each.scrollWidth > each.clientWidth)
    .map(each => each.ariaLabel)"""
"""Tables that have to be scrolled sideways."""

Answers = dict[str, httpx.Response]
"""By path."""


async def fetch(client: httpx.AsyncClient) -> Answers:
    """The page in each language, and its styles."""
    answers = {}
    for language in LANGUAGES:
        page = answers[f"/ops:{language}"] = await client.get("/ops", headers={"accept-language": language})
        for style in re.findall(r'href="(/ops/static/\w+\.css\?\w+)"', page.text):
            answers[style] = await client.get(style)
    return answers


async def after_two_hours(directory: Path, clock: list[float]) -> Answers:
    async with rule_shop(directory, clock) as shop:
        await live(shop, 120)
        stages = (Stage.SHADOW, Stage.IN_USE, Stage.EARLIER)
        shown = [(stage, model_of(12 - n)) for n, stage in enumerate(stages)]
        shop.served.services.models.versions.cards = lambda: shown
        return await fetch(shop.served.http)


def model_of(version: int) -> Any:
    """What is told of a model."""
    model = SimpleNamespace(version=version, n_people=1_234_567)
    return SimpleNamespace(model=model, people_held=1_000, quality=0.1234, of_popularity=0.05)


async def at_first(directory: Path) -> Answers:
    async with inside(directory) as served:
        return await fetch(served.http)


def published(language: str) -> httpx.Response:
    """The page of published numbers, of a release with a share, a hidden number and two days that cost something."""
    figures = [
        {"key": "analytics: allowed", "value": 4_012.0, "low": 3_990.0, "high": 4_034.0},
        {"key": "analytics: share allowed", "value": 0.61, "low": 0.5, "high": 0.72},
        {"key": "advertising: allowed", "value": None, "low": None, "high": None},
    ]
    cut = {"key": "~cut", "value": None, "low": 0.0, "high": 150.0}
    bodies = [
        {"release": "r", "version": 1, "window": "2026-11-20", "begin": 86_400 * day, "figures": figures,
         "hidden": 1, "noise": 12.5, "cut_people": cut, "rho": 0.01}
        for day in range(3)
    ]  # fmt: skip
    balances = [
        Balance(f"global/2026-11-{20 + n}", Loss(20_000), Loss(9_000 + n), burnt=not n) for n in (0, 1)
    ]
    languages = Languages()
    spoken = languages.choose(None, language)
    unpublished = {"r": {f"2026-11-{1 + n:02}": why for n, why in enumerate(sorted(UNPUBLISHED))}}
    page = make_insights(
        [("r", "Who allows what")],
        {"r": bodies},
        balances,
        Budget(Loss(20_000)),
        Spelling(spoken),
        unpublished,
    )
    shown = ops_pages(languages).render("insights.html", spoken, page=page)
    return httpx.Response(shown.status_code, headers=dict(shown.headers), content=bytes(shown.body))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answers]:
    """What was answered, by when."""
    directory, clock = tmp_path_factory.mktemp("ops"), [float(NOON)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gateway.bootstrap, "Clock", lambda: Clock(lambda: clock[0]))
        busy = asyncio.run(after_two_hours(directory / "busy", clock))
        empty = asyncio.run(at_first(directory / "empty"))
    styles = {path: found for path, found in empty.items() if "static" in path}
    numbers = {f"/ops:{language}": published(language) for language in LANGUAGES}
    return {"busy": busy, "empty": empty, "published": styles | numbers}


@pytest.fixture
def open_page(pages: dict[str, Answers], browser: Browser) -> Iterator[Any]:
    opened: list[Reader] = []
    shop: Any = SimpleNamespace(gateway=SimpleNamespace(url=URL))

    def look(when: str, language: str = "en", **options: Any) -> Reader:
        reader = Reader(shop, browser, **options)
        opened.append(reader)

        def answer(route: Route) -> None:
            path = route.request.url.removeprefix(URL)
            found = pages[when][f"/ops:{language}" if path == "/ops" else path]
            kept = {name: value for name, value in found.headers.items() if name != "content-length"}
            route.fulfill(status=found.status_code, headers=kept, body=found.content)

        reader.page.route("**/*", answer)
        reader.page.goto(f"{URL}/ops")
        return reader

    yield look
    for each in opened:
        each.close()


@pytest.mark.parametrize(("scheme", "language"), [("light", "en"), ("dark", "de"), ("light", "fr")])
@pytest.mark.parametrize("when", ["busy", "empty", "published"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_axe_finds_nothing(
    open_page: Any, scheme: str, language: str, when: str, viewport: dict[str, int]
) -> None:
    reader = open_page(when, language, viewport=viewport, color_scheme=scheme)
    reader.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert reader.violations() == []


@pytest.mark.parametrize("viewport", [NARROW, PHONE, DESKTOP], ids=["narrow", "phone", "desktop"])
def test_nothing_is_cut_off(open_page: Any, viewport: dict[str, int]) -> None:
    for when, language in product(("busy", "empty", "published"), LANGUAGES):
        reader = open_page(when, language, viewport=viewport)
        reader.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert reader.overflow() == 0
        assert reader.page.evaluate(CUT_OFF) == [] or viewport != DESKTOP
        assert reader.page.evaluate("getComputedStyle(document.body).color") == "rgb(29, 35, 33)", "styled"


def test_labels_of_a_picture_can_be_read_on_a_phone(open_page: Any) -> None:
    reader = open_page("busy", viewport=PHONE)
    heights = reader.page.evaluate(
        "[...document.querySelectorAll('.tick')].map(each => each.getBoundingClientRect().height)"
    )
    assert len(heights) > 10
    assert min(heights) >= 12


def test_the_bar_of_a_day_is_wide_enough_to_read_on_a_phone(open_page: Any) -> None:
    for language in LANGUAGES:
        reader = open_page("published", language, viewport=PHONE)
        widths = reader.page.evaluate(
            "[...document.querySelectorAll('.bars svg')].map(each => each.getBoundingClientRect().width)"
        )
        assert len(widths) == 2
        assert min(widths) > 250


def test_it_is_the_same_without_scripts(open_page: Any) -> None:
    reader = open_page("busy", viewport=DESKTOP, java_script_enabled=False)
    assert reader.page.locator("svg.lines path").count() >= 10
    assert reader.page.get_by_role("heading", name="Time to answer").is_visible()
