"""`/ops` in headless Chromium, light and dark, on a phone and on a desk: nothing cut off, and axe-core finds nothing.

The page and its style are those of a gateway that had two hours, with their headers; the browser is handed them as they were answered.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Route

import gateway.bootstrap
from gateway.clock import Clock
from tests.journey.busy_hours import live
from tests.journey.in_process import inside
from tests.journey.portal_reader import Reader
from tests.journey.rule_shop import NOON, rule_shop

pytestmark = [pytest.mark.browser, pytest.mark.foreign]

URL = "http://127.0.0.1:20001"
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
NARROW = {"width": 320, "height": 640}

Answers = dict[str, httpx.Response]
"""By path."""


async def fetch(client: httpx.AsyncClient) -> Answers:
    """The page and its style."""
    page = await client.get("/ops")
    [style] = re.findall(r'href="(/ops/ops\.css\?\w+)"', page.text)
    return {"/ops": page, style: await client.get(style)}


async def after_two_hours(directory: Path, clock: list[float]) -> Answers:
    async with rule_shop(directory, clock) as shop:
        await live(shop, 120)
        return await fetch(shop.served.http)


async def at_first(directory: Path) -> Answers:
    async with inside(directory) as served:
        return await fetch(served.http)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answers]:
    """What was answered, by when."""
    directory, clock = tmp_path_factory.mktemp("ops"), [float(NOON)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gateway.bootstrap, "Clock", lambda: Clock(lambda: clock[0]))
        busy = asyncio.run(after_two_hours(directory / "busy", clock))
        return {"busy": busy, "empty": asyncio.run(at_first(directory / "empty"))}


@pytest.fixture
def open_page(pages: dict[str, Answers], browser: Browser) -> Iterator[Any]:
    opened: list[Reader] = []
    shop: Any = SimpleNamespace(gateway=SimpleNamespace(url=URL))

    def look(when: str, **options: Any) -> Reader:
        reader = Reader(shop, browser, **options)
        opened.append(reader)

        def answer(route: Route) -> None:
            found = pages[when][route.request.url.removeprefix(URL)]
            kept = {name: value for name, value in found.headers.items() if name != "content-length"}
            route.fulfill(status=found.status_code, headers=kept, body=found.content)

        reader.page.route("**/*", answer)
        reader.page.goto(f"{URL}/ops")
        return reader

    yield look
    for each in opened:
        each.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("when", ["busy", "empty"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_axe_finds_nothing(open_page: Any, scheme: str, when: str, viewport: dict[str, int]) -> None:
    reader = open_page(when, viewport=viewport, color_scheme=scheme)
    reader.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert reader.violations() == []


@pytest.mark.parametrize("viewport", [NARROW, PHONE, DESKTOP], ids=["narrow", "phone", "desktop"])
def test_nothing_is_cut_off(open_page: Any, viewport: dict[str, int]) -> None:
    for when in ("busy", "empty"):
        reader = open_page(when, viewport=viewport)
        reader.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert reader.overflow() == 0
        assert reader.page.evaluate("getComputedStyle(document.body).color") == "rgb(29, 35, 33)", "styled"


def test_labels_of_a_picture_can_be_read_on_a_phone(open_page: Any) -> None:
    reader = open_page("busy", viewport=PHONE)
    heights = reader.page.evaluate(
        "[...document.querySelectorAll('.tick')].map(each => each.getBoundingClientRect().height)"
    )
    assert len(heights) > 10
    assert min(heights) >= 12


def test_it_is_the_same_without_scripts(open_page: Any) -> None:
    reader = open_page("busy", viewport=DESKTOP, java_script_enabled=False)
    assert reader.page.locator("svg.lines path").count() >= 10
    assert reader.page.get_by_role("heading", name="Time to answer").is_visible()
