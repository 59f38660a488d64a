"""The console in headless Chromium: by keyboard, small and large, light and dark; axe-core finds nothing on any page or state."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.gateway_process import Gateways
from tests.journey.officer_visitor import PASSWORD, SECRET, Officer, code_of, enrolment_code, many_sign_ins
from tests.journey.portal_reader import Reader
from tests.journey.shop import Shop, view

pytestmark = [pytest.mark.browser, pytest.mark.foreign]

PAGES = (
    "",
    "/entries",
    "/entries?kind=consent",
    "/entries?kind=round",
    "/entries/0",
    "/people",
    "/rights",
    "/reports",
    "/approvals",
)
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
NARROW = {"width": 320, "height": 640}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    gateways = Gateways(tmp_path_factory.mktemp("console"))
    try:
        yield Shop(gateways.start(many_sign_ins))
    finally:
        gateways.close()


@pytest.fixture(scope="module")
def officers(shop: Shop) -> tuple[Officer, Officer]:
    return Officer(shop.gateway, "vera").enrol(), Officer(shop.gateway, "otto").enrol()


@pytest.fixture
def readers(shop: Shop, browser: Browser) -> Iterator[Any]:
    opened: list[Reader] = []

    def reader(officer: Officer | None = None, **options: Any) -> Reader:
        opened.append(Reader(shop, browser, **options))
        if officer is not None:
            cookie = {"name": "volens_officer", "value": officer.http.cookies["volens_officer"]}
            opened[-1].context.add_cookies([{**cookie, "url": shop.gateway.url}])
        return opened[-1]

    yield reader
    for each in opened:
        each.close()


@pytest.fixture(scope="module")
def timeline(shop: Shop, officers: tuple[Officer, Officer]) -> str:
    """Everything there is to see: consents, events, decisions, a request, cases in every state; the page of an open one."""
    vera, otto = officers
    shop.stock()
    shop.consent("ada", "given")
    shop.consent("ada", "refused", "analytics")
    shop.batch([view("ada", "item-1"), view("nobody", "item-1")])
    shop.decide("ada")
    shop.decide("nobody")
    body = {"subject": {"id": "ada"}, "type": "access", "identity_confirmed": False}
    assert shop.server.post("/v1/rights", json=body).status_code == 200
    asked = {"id": "ada", "which": "person", "reason": "complaint"}
    vera.press("/officer/people", asked)
    otto.press("/officer/people", asked)
    case = re.search(
        r'name="case" value="(\w+)">\s*<button[^>]* value="approve"', otto.page("/officer/approvals")
    )
    assert case
    assert otto.press("/officer/approvals", {"case": case[1], "answer": "approve"}).status_code == 303
    vera.press("/officer/reports", {"report": "consent", "range": "week", "reason": "audit"})
    return f"/people/{case[1]}"


def open_page(reader: Reader, path: str) -> None:
    reader.page.goto(f"{reader.shop.gateway.url}/officer{path}")
    reader.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page_in_any_state(
    shop: Shop, officers: tuple[Officer, Officer], timeline: str, readers: Any, scheme: str
) -> None:
    found: dict[str, list[str]] = {}
    outside = readers(viewport=PHONE, color_scheme=scheme)
    open_page(outside, "/sign-in")
    found["sign in"] = outside.violations()
    for field in ("name", "password", "code"):
        outside.page.fill(f"#{field}", "wrong")
    outside.page.locator("form.entry button").click()
    outside.page.wait_for_selector('[role="alert"]')
    found["not let in"] = outside.violations()
    outside.page.goto(
        f"{shop.gateway.url}/officer/enrol#{enrolment_code(shop.gateway.directory, f'new-{scheme}')}"
    )
    found["enrol"] = outside.violations()
    outside.page.locator("form[data-code] button").click()
    outside.page.wait_for_url("**/enrol/finish")
    found["two keys"] = outside.violations()
    for field in ("password", "again", "code"):
        outside.page.fill(f"#{field}", "correct horse battery")
    outside.page.locator("form.entry button").click()
    outside.page.wait_for_selector('[role="alert"]')
    found["wrong code"] = outside.violations()
    for officer, options in zip(officers, ({"viewport": PHONE}, {"viewport": DESKTOP}), strict=True):
        reader = readers(officer, color_scheme=scheme, **options)
        for path in (*PAGES, timeline, "/nowhere"):
            open_page(reader, path)
            found[f"{officer.name} {path}"] = reader.violations()
    assert {state: each for state, each in found.items() if each} == {}


@pytest.mark.usefixtures("officers")
def test_axe_would_find_something(readers: Any) -> None:
    reader = readers()
    open_page(reader, "/sign-in")
    reader.page.evaluate("document.querySelector('label').remove()")
    assert any(each.startswith("label:") for each in reader.violations())


@pytest.mark.parametrize("language", ["en-GB", "de-DE", "fr-FR"])
def test_nothing_is_cut_off_at_320_pixels_or_at_twice_the_size(
    officers: tuple[Officer, Officer], timeline: str, readers: Any, language: str
) -> None:
    for options in ({"viewport": NARROW}, {"viewport": {"width": 640, "height": 450}}):
        reader = readers(officers[0], locale=language, **options)
        for path in (*PAGES, timeline, "/sign-in", "/enrol"):
            open_page(reader, path)
            assert reader.overflow() == 0, path


def test_an_officer_enrols_and_looks_around_by_keyboard_and_without_scripts(shop: Shop, readers: Any) -> None:
    reader = readers(viewport=DESKTOP, java_script_enabled=False)
    code = enrolment_code(shop.gateway.directory, "keys")
    reader.page.goto(f"{shop.gateway.url}/officer/enrol")
    type_into(reader, "code", code)
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_url("**/enrol/finish")
    secret = SECRET.search(reader.page.content())
    assert secret
    type_into(reader, "password", PASSWORD)
    type_into(reader, "again", PASSWORD)
    type_into(reader, "code", code_of(secret[1].replace(" ", ""), next_step()))
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_url("**/officer")
    reader.page.get_by_text("You are enrolled.").wait_for()
    focus(reader, lambda focused: focused.get_attribute("href") == "/officer/entries")
    reader.page.keyboard.press("Enter")
    reader.page.get_by_role("heading", name="Entries of the log").wait_for()


def test_the_first_stop_of_the_keyboard_leads_past_the_menu(
    officers: tuple[Officer, Officer], readers: Any
) -> None:
    reader = readers(officers[0])
    open_page(reader, "")
    reader.page.keyboard.press("Tab")
    assert reader.page.locator(":focus").get_attribute("href") == "#content"


def test_the_code_of_a_printed_link_leaves_the_address_and_is_not_sent_by_itself(
    shop: Shop, readers: Any
) -> None:
    reader = readers()
    code = enrolment_code(shop.gateway.directory, "printed")
    reader.page.goto(f"{shop.gateway.url}/officer/enrol#{code}")
    assert reader.page.input_value("#code") == code
    assert code not in reader.page.url


def next_step() -> int:
    """The next half minute: its code is accepted already, and stays so the longest."""
    return int(time.time()) // 30 + 1


def type_into(reader: Reader, name: str, text: str) -> None:
    """Move the focus to a field and type."""
    focus(reader, lambda focused: focused.get_attribute("name") == name)
    reader.page.keyboard.type(text)


def focus(reader: Reader, is_it: Any) -> None:
    """Move the focus on until it is on the wanted thing; it must be seen to be there."""
    for _ in range(60):
        reader.page.keyboard.press("Tab")
        focused = reader.page.locator(":focus")
        if focused.count() and is_it(focused):
            assert reader.page.locator(":focus-visible").count() == 1
            return
    raise AssertionError("the keyboard never reaches it")
