"""The module for devices in headless Chromium: the gateway's own slate, nothing about the person on the wire, offline, nothing forged."""

from __future__ import annotations

import random
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Route

from federated import Clip, ItemList, ModelRecipe, Visit, model_of, rank, update_of, write_artefact
from gateway.fleet.bundles import Signer, make_bundle

pytestmark = [pytest.mark.browser, pytest.mark.foreign]

MODULE = (Path(__file__).parents[2] / "sdk/device/volens-device.js").read_text()
PAGE = "https://shop.example/"
MODEL = "https://volens.example/v1/models/items"
SIGNER = Signer(b"s" * 32)
KEY = urlsafe_b64encode(SIGNER.public).rstrip(b"=").decode()
ITEMS = ItemList([f"item-{n}" for n in range(40)])
OPEN = f"""async () => {{
  const module = await import("{PAGE}volens-device.js");
  window.volens = module;
  window.device = await module.openDevice({{ url: "{MODEL}", key: "{KEY}" }});
}}"""


def model() -> Any:
    """Made of eighty people who mostly like one shelf, with some noise."""
    chance, numbers = random.Random(7), np.random.default_rng(7)
    total = np.zeros(len(ITEMS) * (len(ITEMS) + 1) // 2, np.int64)
    for person in range(80):
        shelf = person % 4 * 10
        visits = [Visit(ITEMS.ids[shelf + chance.randrange(10)], at) for at in range(6)]
        total += update_of(visits, ITEMS, Clip(max_items=6))
    return model_of(total + numbers.integers(-500, 500, len(total)), ITEMS, ModelRecipe(dimensions=8), 300.0)


def bundle(index: int = 5, expires_in: int = 1000, **more: Any) -> bytes:
    """What the gateway serves."""
    now = int(time.time())
    statement = {
        "name": "items",
        "version": index,
        "card": {},
        "published_at": now,
        "expires_at": now + expires_in,
        "log": {"index": index, "origin": "volens.example/log"},
    }
    return make_bundle({**statement, **more}, write_artefact(model()), SIGNER)


class Wire:
    """Answers for the page, and notes everything that is asked."""

    def __init__(self) -> None:
        self.served = bundle()
        self.asked: list[Any] = []
        self.is_cut = False

    def answer(self, route: Route) -> None:
        request = route.request
        if request.url == PAGE:
            route.fulfill(content_type="text/html", body="<!doctype html><title>Shop</title>")
        elif request.url.endswith("volens-device.js"):
            route.fulfill(content_type="text/javascript", body=MODULE)
        elif self.is_cut:
            route.abort()
        else:
            self.asked.append(request)
            route.fulfill(
                content_type="application/octet-stream",
                body=self.served,
                headers={"access-control-allow-origin": PAGE.rstrip("/")},
            )


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def page(browser: Browser, wire: Wire) -> Iterator[Page]:
    context = browser.new_context()
    context.route("**/*", wire.answer)
    opened = context.new_page()
    opened.goto(PAGE)
    opened.evaluate(OPEN)
    yield opened
    context.close()


def remember(page: Page, visits: list[Visit]) -> None:
    page.evaluate(
        "async (visits) => { for (const [item, at] of visits) await device.remember(item, at); }",
        [list(each) for each in visits],
    )


def reason(page: Page, call: str) -> str:
    """Why the module does not do something."""
    return str(page.evaluate(f"() => {call}.then(() => 'done', (error) => error.reason ?? error.message)"))


def test_the_slate_is_the_gateways_own_for_any_history(page):
    assert page.evaluate("() => device.refresh()") is True
    chance, known = random.Random(3), model()
    for length in (0, 1, 3, 12, 90):
        visits = [Visit(chance.choice([*ITEMS.ids, "unknown"]), chance.randrange(50)) for _ in range(length)]
        for options in (
            {"limit": 10},
            {"limit": 40, "again": True},
            {"limit": 7, "exclude": ["item-3", "nothing"]},
        ):
            page.evaluate("() => device.forget()")
            remember(page, visits)
            shown = page.evaluate("(options) => device.rank(options)", {**options, "at": 45})
            expected = rank(known, visits, 45, **options)
            assert [(each["id"], each["score"]) for each in shown] == expected


def test_nothing_about_the_person_is_on_the_wire(page, wire):
    page.evaluate("() => device.refresh()")
    remember(page, [Visit("item-1", 1), Visit("item-2", 2)])
    page.evaluate("() => device.rank()")
    page.evaluate("() => device.forget()")
    assert [(each.method, each.url) for each in wire.asked] == [("GET", MODEL)]
    [request] = wire.asked
    assert request.post_data is None
    assert not {"cookie", "authorization", "referer"} & request.all_headers().keys()
    assert page.context.cookies() == []


def test_it_goes_on_offline_and_after_the_page_is_loaded_again(page, wire):
    page.evaluate("() => device.refresh()")
    remember(page, [Visit("item-1", 1)])
    before = page.evaluate("() => device.rank()")
    wire.is_cut = True
    page.reload()
    page.evaluate(OPEN)
    assert page.evaluate("() => device.refresh()") is False
    assert page.evaluate("() => device.rank()") == before
    assert len(before) == 10


def test_what_is_forgotten_is_gone_from_the_disk(page):
    page.evaluate("() => device.refresh()")
    remember(page, [Visit("item-1", 1)])
    page.evaluate("() => device.forget()")
    page.reload()
    page.evaluate(OPEN)
    assert page.evaluate("() => device.history()") == []


@pytest.mark.parametrize("place", [40, -200])
def test_a_changed_byte_is_found(page, wire, place):
    changed = bytearray(wire.served)
    changed[place] ^= 1
    wire.served = bytes(changed)
    assert reason(page, "device.refresh()") in {"signature", "content"}
    assert page.evaluate("() => device.rank()") == []


def test_another_key_an_old_model_and_one_that_has_run_out_are_refused(page, wire):
    line, _, artefact = wire.served.split(b"\n", 2)
    foreign = Signer(b"t" * 32)
    forged = make_bundle({"name": "items"}, artefact, foreign).split(b"\n", 2)[1]
    wire.served = b"\n".join((line, forged, artefact))
    assert reason(page, "device.refresh()") == "signature"
    wire.served = bundle(index=9)
    assert reason(page, "device.refresh()") == "done"
    wire.served = bundle(index=8)
    assert reason(page, "device.refresh()") == "older"
    wire.served = bundle(index=10, expires_in=-1)
    assert reason(page, "device.refresh()") == "expired"
    wire.served = bundle(index=11, name="others")
    assert reason(page, "device.refresh()") == "name"
    assert page.evaluate("async () => (await device.statement()).log.index") == 9
