"""The portal in headless Chromium: by keyboard, small and large, light and dark; axe-core finds nothing on any page or state."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.gateway_process import Gateways
from tests.journey.portal_reader import Reader
from tests.journey.portal_visitor import link_for, many_sign_ins
from tests.journey.shop import Shop, item, train_often

pytestmark = [pytest.mark.browser, pytest.mark.foreign]

PAGES = ("", "/why", "/history", "/receipts", "/data", "/notice", "/erase")
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
NARROW = {"width": 320, "height": 640}
"""Also what 400 % of zoom leave of 1280."""


def settings_of_the_shop(directory: Path) -> None:
    train_often(directory)
    many_sign_ins(directory, 'controller_name = "Shop"\ncontact = "privacy@shop.example"\n')


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    gateways = Gateways(tmp_path_factory.mktemp("portal"))
    try:
        opened = Shop(gateways.start(settings_of_the_shop))
        opened.stock()
        opened.train()
        yield opened
    finally:
        gateways.close()


@pytest.fixture
def readers(shop: Shop, browser: Browser) -> Iterator[Any]:
    opened: list[Reader] = []

    def reader(**options: Any) -> Reader:
        opened.append(Reader(shop, browser, **options))
        return opened[-1]

    yield reader
    for each in opened:
        each.close()


def live_a_little(shop: Shop, reader: Reader, who: str) -> None:
    """Everything there is to see: something on, something off, something refused, a decision, a history."""
    reader.sign_in(who)
    for choice in ("recommendations:give", "analytics:give", "analytics:withdraw", "advertising:refuse"):
        reader.page.locator(f'button[value="{choice}"]').click()
        reader.page.wait_for_url("**/portal#*")
    shop.see(who, item(0, 1), item(0, 2))
    shop.decide(who)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page_in_any_state(shop: Shop, readers: Any, scheme: str) -> None:
    found: dict[str, list[str]] = {}
    reader = readers(viewport=PHONE, color_scheme=scheme, extra_http_headers={"sec-gpc": "1"})
    reader.open("/sign-in")
    found["sign in"] = reader.violations()
    reader.page.fill("#code", "x" * 43)
    reader.page.locator("form[data-code] button").click()
    reader.page.wait_for_selector('[role="alert"]')
    found["not let in"] = reader.violations()
    reader.sign_in(f"nobody-yet-{scheme}")
    for path in PAGES:
        reader.open(path)
        found[f"empty {path}"] = reader.violations()
    live_a_little(shop, reader, f"axe-{scheme}")
    found["told"] = reader.violations()
    for path in (*PAGES, "/nowhere"):
        reader.open(path)
        reader.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        found[path] = reader.violations()
    reader.open("/erase")
    reader.page.locator("button.danger").click()
    reader.page.wait_for_selector('[role="alert"]')
    found["not ticked"] = reader.violations()
    reader.open("")
    reader.page.get_by_role("button", name="Pause everything").click()
    reader.page.get_by_role("button", name="Continue as before").wait_for()
    found["paused"] = reader.violations()
    reader.page.get_by_role("button", name="13 to 15").click()
    reader.page.get_by_role("button", name="I am 18 or older").wait_for()
    found["under eighteen"] = reader.violations()
    reader.open("/erase")
    reader.page.check("input[name=sure]")
    reader.page.locator("button.danger").click()
    reader.page.get_by_role("heading", name="Everything is erased").wait_for()
    found["erased"] = reader.violations()
    assert {state: each for state, each in found.items() if each} == {}


def test_axe_would_find_something(shop: Shop, readers: Any) -> None:
    reader = readers()
    reader.open("/sign-in")
    reader.page.evaluate("document.querySelector('label').remove()")
    assert any(each.startswith("label:") for each in reader.violations())


@pytest.mark.parametrize("language", ["en-GB", "de-DE", "fr-FR"])
def test_nothing_is_cut_off_at_320_pixels_or_at_twice_the_size(
    shop: Shop, readers: Any, language: str
) -> None:
    for options in ({"viewport": NARROW}, {"viewport": {"width": 640, "height": 450}}):
        reader = readers(locale=language, **options)
        reader.open("/sign-in")
        assert reader.overflow() == 0
        live_a_little(shop, reader, f"narrow-{language}")
        for path in PAGES:
            reader.open(path)
            reader.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            assert reader.overflow() == 0, path
        reader.open("/erase")
        reader.page.check("input[name=sure]")
        reader.page.locator("button.danger").click()
        reader.page.wait_for_load_state()


@pytest.mark.parametrize("language", ["en-GB", "de-DE", "fr-FR"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_yes_and_a_no_are_of_one_size_in_every_language_and_the_menu_is_one_line_where_there_is_room(
    readers: Any, language: str, viewport: dict[str, int]
) -> None:
    reader = readers(locale=language, viewport=viewport)
    reader.sign_in(f"sizes-{language}-{viewport['width']}")
    sizes = {
        act: reader.page.locator(f'button[value="recommendations:{act}"]').bounding_box()
        for act in ("give", "refuse")
    }
    assert sizes["give"]["width"] == pytest.approx(sizes["refuse"]["width"], abs=1)
    assert sizes["give"]["height"] == pytest.approx(sizes["refuse"]["height"], abs=1)
    tops = {round(each.bounding_box()["y"]) for each in reader.page.locator("nav a").all()}
    assert viewport is PHONE or len(tops) == 1


def test_it_is_all_done_by_keyboard_and_without_scripts_too(shop: Shop, readers: Any) -> None:
    reader = readers(viewport=DESKTOP, java_script_enabled=False)
    code = link_for(shop.gateway.directory, "keys", shop.gateway.url).partition("#")[2]
    reader.open("/sign-in")
    press(reader, "INPUT")
    reader.page.keyboard.type(code)
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_url("**/portal")
    press(reader, "recommendations:give")
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_url("**/portal#recommendations")
    assert shop.permits("keys")["recommendations"]
    press(reader, "recommendations:withdraw")
    reader.page.keyboard.press("Space")
    reader.page.get_by_text("Turned off. It is not used from this moment on.").wait_for()
    assert not shop.permits("keys")["recommendations"]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_times_are_said_in_the_zone_of_whoever_reads_or_in_utc(readers: Any, scripts: bool) -> None:
    reader = readers(locale="de-DE", timezone_id="Etc/GMT-13", java_script_enabled=scripts)
    code = link_for(reader.shop.gateway.directory, f"zone-{scripts}", reader.shop.gateway.url).partition("#")[
        2
    ]
    reader.open("/sign-in")
    reader.page.fill("#code", code)
    reader.page.locator("form[data-code] button").click()
    reader.page.wait_for_url("**/portal")
    reader.page.locator('button[value="recommendations:give"]').click()
    reader.page.wait_for_url("**/portal#*")
    for path, written in (("/history", "%d.%m.%Y, %H:%M"), ("/receipts", "%d.%m.%Y, %H:%M"), ("", "%Y")):
        reader.open(path)
        said = reader.page.locator("time").first
        at = datetime.fromisoformat(said.get_attribute("datetime") or "")
        there = at + timedelta(hours=13) if scripts else at
        zone = "" if path == "" else " GMT+13" if scripts else " UTC"
        assert there.strftime(written) + zone in said.inner_text()
        assert bool(said.get_attribute("title")) is scripts


def press(reader: Reader, wanted: str) -> None:
    """Move the focus on until it is on the wanted thing; it must be seen to be there."""
    for _ in range(80):
        reader.page.keyboard.press("Tab")
        focused = reader.page.locator(":focus")
        if focused.count() and wanted in (
            focused.get_attribute("value"),
            "INPUT" if focused.get_attribute("name") == "code" else "",
        ):
            assert reader.page.locator(":focus-visible").count() == 1
            return
    raise AssertionError(f"the keyboard never reaches {wanted}")


def test_the_first_stop_of_the_keyboard_leads_past_the_menu(shop: Shop, readers: Any) -> None:
    reader = readers()
    reader.sign_in("skips")
    reader.page.keyboard.press("Tab")
    assert reader.page.locator(":focus").get_attribute("href") == "#content"
    reader.page.keyboard.press("Enter")
    assert reader.page.evaluate("document.activeElement.id") == "content"


def test_the_secret_leaves_the_address_and_nothing_is_sent_before_the_button_is_pressed(
    shop: Shop, readers: Any
) -> None:
    reader = readers()
    sent: list[str] = []
    reader.page.on("request", lambda request: sent.append(request.method + request.url))
    link = link_for(shop.gateway.directory, "quiet", shop.gateway.url)
    reader.page.goto(link)
    secret = link.partition("#")[2]
    reader.page.wait_for_function("document.querySelector('#code').value !== ''")
    assert secret not in reader.page.url
    assert not any(secret in each for each in sent)
    assert {each[:3] for each in sent} == {"GET"}
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_url("**/portal")


def test_nobody_can_put_it_into_a_frame_or_run_a_script_in_it(shop: Shop, readers: Any) -> None:
    reader = readers()
    reader.sign_in("framed")
    kept = list(reader.complaints)
    reader.page.set_content(f'<iframe src="{shop.gateway.url}/portal"></iframe>')
    reader.page.wait_for_timeout(300)
    (frame,) = reader.page.frames[1:]
    assert "Choices" not in (frame.content() if frame.url != "chrome-error://chromewebdata/" else "")
    reader.open("")
    with_script = "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1'; "
    reader.page.evaluate(with_script + "document.body.append(s); }")
    assert reader.page.evaluate("window.ran") is None
    assert len(reader.complaints) > len(kept), "the browser says that it refused"
    reader.complaints[:] = kept


def test_motion_is_left_out_for_whoever_asks_for_that(shop: Shop, readers: Any) -> None:
    moving = readers(reduced_motion="no-preference")
    still = readers(reduced_motion="reduce")
    script = "getComputedStyle(document.documentElement).scrollBehavior"
    for reader, behaviour in ((moving, "smooth"), (still, "auto")):
        reader.open("/sign-in")
        assert reader.page.evaluate(script) == behaviour


def test_from_a_link_to_a_personal_slate_and_back_with_as_many_presses_each_way(
    shop: Shop, readers: Any
) -> None:
    reader = readers(viewport=PHONE)
    reader.sign_in("journey")
    presses = {}
    for act, permitted in (("give", True), ("withdraw", False)):
        clicks: list[str] = []
        reader.page.expose_function(f"noted_{act}", lambda tag, clicks=clicks: clicks.append(tag))
        reader.open("")
        script = f"document.addEventListener('click', e => noted_{act}(e.target.tagName), true)"
        reader.page.evaluate(script)
        reader.page.locator(f'button[value="recommendations:{act}"]').click()
        reader.page.wait_for_url("**/portal#recommendations")
        presses[act] = len(clicks)
        assert shop.permits("journey")["recommendations"] is permitted
        if permitted:
            shop.see("journey", item(3, 0))
        assert shop.decide("journey")["personalised"] is permitted
    assert presses == {"give": 1, "withdraw": 1}
