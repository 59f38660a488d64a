"""The banner in headless Chromium: a page of a shop, its server, a real gateway, published clients beside it, axe-core.

Everything the person does is done as a person does it: by clicks and keys that the browser takes for real ones.
"""

from __future__ import annotations

import gzip
import itertools
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.clients.banner_shop import BannerShop, import_map
from tests.clients.sinks import with_sinks
from tests.free_port import free_port
from tests.gateway_process import Gateways
from tests.house.source import ROOT
from tests.journey.shop import Shop, view, wait_until
from tests.requirement import require_path

SCRIPT = ROOT / "gateway/banner/volens-banner.js"
MODULES = Path(__file__).parent / "node_modules"
MOST_BYTES = 6 * 1024
PURPOSES = [
    "recommendations",
    "analytics",
    "model-improvement",
    "experiments",
    "notifications",
    "advertising",
    "anonymous-statistics",
]
PREFERENCES = "Segment Consent Preference Updated"
ANALYTICS = """
<script src="/analytics.js"></script>
<script nonce="NONCE" type="module">
const [analytics] = await AnalyticsNext.AnalyticsBrowser.load({writeKey: "KEY", cdnURL: "GATEWAY"});
window.analytics = analytics;
</script>"""
CONSENT_TOOLS = """
<script src="/analytics.js"></script>
<script nonce="NONCE" type="module">
import { createWrapper } from "@segment/analytics-consent-tools";
const analytics = new AnalyticsNext.AnalyticsBrowser();
addEventListener("load", () => {
  createWrapper({
    getCategories: () => volensBanner.categories(),
    registerOnConsentChanged: (listener) => volensBanner.onChange(listener),
    shouldLoadSegment: async (context) => {
      const anyOn = (categories) => Object.values(categories).some(Boolean);
      if (!anyOn(await volensBanner.categories())) {
        await new Promise((go) => volensBanner.onChange((categories) => anyOn(categories) && go()));
      }
      context.load({ consentModel: "opt-in" });
    },
  })(analytics);
  analytics.load({ writeKey: "KEY", cdnURL: "GATEWAY" });
  window.analytics = analytics;
});
</script>"""
_numbers = itertools.count()


def test_the_script_is_small_and_stands_alone() -> None:
    source = SCRIPT.read_bytes()
    assert len(gzip.compress(source, 9)) <= MOST_BYTES
    text = source.decode()
    for never in (
        "import ",
        "require(",
        "innerHTML",
        "eval(",
        "new Function",
        "document.cookie",
        "localStorage",
    ):
        assert never not in text
    assert (ROOT / "sdk/banner/volens-banner.js").read_bytes() == source


@pytest.fixture(scope="module")
def gated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shop, BannerShop]]:
    gateways = Gateways(tmp_path_factory.mktemp("banner"))
    with BannerShop(free_port()) as pages:
        try:
            shop = Shop(gateways.start(partial(with_sinks, origin=pages.url)))
            pages.gateway = shop.gateway
            token = shop.gateway.token("consent:write")
            pages.token = lambda: token
            yield shop, pages
        finally:
            gateways.close()


class Visit:
    """One visitor's tab."""

    def __init__(self, browser: Browser, shop: Shop, pages: BannerShop, **options: Any) -> None:
        """Open a tab; nothing is loaded yet."""
        self.id = f"visitor-{next(_numbers)}"
        self.shop, self.pages = shop, pages
        self.context = browser.new_context(**options)
        self.context.add_cookies([{"name": "visitor", "value": self.id, "url": pages.url}])
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(90_000)
        self.complaints: list[str] = []
        self.sent: list[tuple[str, Any]] = []
        self.page.on("console", lambda said: self.complaints.append(said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._note)

    def _note(self, request: Any) -> None:
        if request.url.startswith(self.shop.gateway.url) and request.method == "POST":
            self.sent.append((request.url.removeprefix(self.shop.gateway.url), request.post_data))

    @property
    def who(self) -> dict[str, str]:
        return {"anonymous_id": self.id}

    @property
    def dialog(self) -> Locator:
        return self.page.locator("volens-banner dialog")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def load(self) -> None:
        """Load the page, and wait until the banner has made up its mind."""
        self.page.goto(self.pages.url)
        self.page.evaluate("volensBanner.categories()")

    def open_again(self) -> None:
        """Open the dialog by the door."""
        self.button("Privacy choices").click()
        self.dialog.wait_for()

    def until(self, holds: str) -> None:
        """Wait until an expression holds in the page (whose rules forbid the browser driver's own way of waiting)."""
        wait_until(lambda: self.page.evaluate(holds), holds)

    def settle(self) -> None:
        """Wait until the answers are written."""
        self.dialog.wait_for(state="hidden")
        self.page.wait_for_load_state("networkidle")

    def permits(self) -> set[str]:
        return {purpose for purpose, yes in self.shop.permits(self.who).items() if yes}

    def events(self, name: str = PREFERENCES) -> list[dict[str, Any]]:
        """The events of a name that the page sent to the gateway."""
        bodies = [json.loads(body) for path, body in self.sent if path in ("/v1/t", "/v1/p", "/v1/b")]
        found = [each for body in bodies for each in body.get("batch", [body])]
        return [each for each in found if each.get("event") == name]


def of_this_gateway(scripts: str, shop: Shop) -> str:
    """Scripts with the gateway's address and browser key in them."""
    return scripts.replace("KEY", shop.gateway.credentials["write_key"]).replace("GATEWAY", shop.gateway.url)


@pytest.fixture
def visit(browser: Browser, gated: tuple[Shop, BannerShop]) -> Iterator[Any]:
    made: list[Visit] = []

    def open_tab(**options: Any) -> Visit:
        made.append(Visit(browser, *gated, **options))
        return made[-1]

    yield open_tab
    gated[1].plain()
    complaints = [each for one in made for each in one.complaints]
    for one in made:
        one.context.close()
    assert complaints == [], "no error, no warning, no breach of the page's Content-Security-Policy"


pytestmark = pytest.mark.browser


def test_refusing_and_accepting_look_alike_and_take_one_click_each(visit: Any) -> None:
    tab = visit()
    tab.load()
    style = """(element) => { const s = getComputedStyle(element), b = element.getBoundingClientRect();
        return {color: s.color, back: s.backgroundColor, font: s.font, border: s.border, w: b.width, h: b.height, y: b.y}; }"""
    refuse, accept = tab.button("Refuse all"), tab.button("Accept all")
    assert refuse.evaluate(style) == accept.evaluate(style)
    refuse.click()
    tab.settle()
    assert tab.permits() == set()
    other = visit()
    other.load()
    other.button("Accept all").click()
    other.settle()
    assert other.permits() == set(PURPOSES)


@pytest.mark.parametrize("width", [390, 1280])
def test_who_is_asked_sees_first_for_what_and_reads_the_terms_and_the_whole_notice(
    visit: Any, width: int
) -> None:
    tab = visit(viewport={"width": width, "height": 844})
    tab.load()
    refuse = tab.button("Refuse all").bounding_box()
    named = tab.dialog.get_by_text("For: Recommendations, Analytics").bounding_box()
    assert named["y"] + named["height"] <= refuse["y"], "for what stands before the buttons"
    assert tab.dialog.get_by_text("We use what you look at").is_visible(), "no press is needed to read it"
    assert not tab.dialog.get_by_text("13 months").first.is_visible()
    tab.dialog.locator("summary").first.click()
    assert tab.dialog.get_by_text("13 months").first.is_visible()
    assert tab.dialog.get_by_text("When you look at a product").first.is_visible()
    assert tab.dialog.get_by_text("Who sees it", exact=True).first.is_visible()
    whole = tab.dialog.get_by_role("link", name="The whole notice").get_attribute("href")
    page = tab.context.request.get(whole)
    assert page.status == 200
    assert "What is used" in page.text()
    tab.button("Accept all").click()
    tab.settle()
    (answered,) = [json.loads(body) for path, body in tab.sent if path == "/v1/prompts/answers"]
    assert len(bytes.fromhex(answered["ui_variant"])) == 32


def test_what_the_person_says_is_written_as_theirs_and_holds_on_the_next_page(visit: Any) -> None:
    tab = visit()
    tab.load()
    assert tab.dialog.is_visible()
    boxes = tab.dialog.get_by_role("checkbox")
    assert boxes.count() == len(PURPOSES)
    assert not any(boxes.nth(n).is_checked() for n in range(boxes.count())), "no box is ticked beforehand"
    tab.dialog.get_by_label("Recommendations").check()
    tab.button("Save my choice").click()
    tab.settle()
    assert tab.permits() == {"recommendations"}
    lifted = tab.shop.ask_consent(tab.who, "given", "analytics")
    assert lifted.json()["reason"] == "lifts_a_denial", "the refusal is the person's own"
    tab.load()
    assert not tab.dialog.is_visible(), "who has answered is not asked again"


def test_the_door_leads_back_and_withdrawing_takes_as_many_clicks_as_giving(visit: Any) -> None:
    tab = visit()
    tab.load()
    tab.button("Accept all").click()
    tab.settle()
    tab.open_again()
    assert tab.dialog.get_by_label("Recommendations").is_checked()
    tab.dialog.get_by_label("Recommendations").uncheck()
    tab.button("Save my choice").click()
    tab.settle()
    assert tab.permits() == set(PURPOSES) - {"recommendations"}
    tab.open_again()
    tab.button("Refuse all").click()
    tab.settle()
    assert tab.permits() == set()


def test_a_link_of_the_page_opens_it_and_takes_the_place_of_the_door(visit: Any, gated: Any) -> None:
    gated[1].more = '<p><a href="/privacy" data-volens-open>Your data</a></p>'
    tab = visit()
    tab.load()
    tab.button("Refuse all").click()
    tab.settle()
    assert not tab.button("Privacy choices").is_visible()
    tab.page.get_by_role("link", name="Your data").click()
    tab.dialog.wait_for()
    assert tab.page.url == f"{tab.pages.url}/"


GPC = "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})"


def test_what_the_person_says_decides_the_very_next_slate(visit: Any) -> None:
    tab = visit()
    assert tab.shop.decide(tab.who)["reason"] == "no_record"
    tab.load()
    tab.button("Accept all").click()
    tab.settle()
    assert tab.shop.batch([view(None, "p-1", anonymousId=tab.id)])["accepted"] == 1
    assert tab.shop.decide(tab.who)["reason"] == "no_history", (
        "allowed: only the item is none that the shop has"
    )
    tab.open_again()
    tab.button("Refuse all").click()
    tab.settle()
    assert tab.shop.decide(tab.who)["reason"] == "refused"
    assert tab.shop.batch([view(None, "p-2", anonymousId=tab.id)])["reasons"] == {"refused": 1}


@pytest.mark.parametrize("how", ["by the browser's property", "by the header alone"])
def test_under_global_privacy_control_what_it_denies_is_off_and_not_asked(visit: Any, how: str) -> None:
    tab = visit(**({"extra_http_headers": {"Sec-GPC": "1"}} if "header" in how else {}))
    if "property" in how:
        tab.context.add_init_script(GPC)
    tab.load()
    advertising = tab.dialog.get_by_label("Advertising")
    assert advertising.is_disabled()
    assert not advertising.is_checked()
    note = tab.dialog.get_by_text("Off, because your browser asks for it")
    assert note.count() == 1
    tab.button("Accept all").click()
    tab.settle()
    assert tab.permits() == set(PURPOSES) - {"advertising"}
    answered = [json.loads(body) for path, body in tab.sent if path == "/v1/prompts/answers"]
    assert ["advertising" in each["answers"] for each in answered] == [False]


def test_a_click_by_a_script_is_no_choice(visit: Any, gated: Any) -> None:
    gated[1].scripts = of_this_gateway(ANALYTICS, gated[0])
    tab = visit()
    tab.load()
    tab.page.evaluate(
        "document.querySelector('volens-banner').shadowRoot.querySelectorAll('button').forEach((b) => b.click())"
    )
    tab.page.wait_for_load_state("networkidle")
    assert not any(path == "/v1/prompts/answers" for path, _ in tab.sent)
    assert tab.events() == []
    assert tab.permits() == set()


def test_closing_without_a_choice_writes_nothing_and_does_not_ask_on_every_page(visit: Any) -> None:
    tab = visit()
    tab.load()
    tab.page.keyboard.press("Escape")
    tab.dialog.wait_for(state="hidden")
    tab.load()
    assert not tab.dialog.is_visible()
    assert tab.button("Privacy choices").is_visible()
    assert [path for path, _ in tab.sent] == ["/v1/prompts", "/v1/prompts"]
    assert tab.permits() == set()


def test_everything_can_be_done_by_keyboard_and_the_focus_comes_back(visit: Any) -> None:
    tab = visit()
    tab.load()
    focused = "document.querySelector('volens-banner').shadowRoot.activeElement?.textContent"
    assert tab.page.evaluate(focused) == "Your choice"
    tab.page.keyboard.press("Tab")
    assert tab.page.evaluate(focused) == "The whole notice"
    tab.page.keyboard.press("Tab")
    assert tab.page.evaluate(focused) == "Refuse all"
    tab.page.keyboard.press("Tab")
    assert tab.page.evaluate(focused) == "Accept all"
    tab.page.keyboard.press("Enter")
    tab.settle()
    assert tab.permits() == set(PURPOSES)
    tab.button("Privacy choices").focus()
    tab.page.keyboard.press("Enter")
    tab.dialog.wait_for()
    assert tab.page.evaluate(focused) == "Your choice"
    names = []
    for _ in range(2 * len(PURPOSES) + 8):
        tab.page.keyboard.press("Tab")
        names.append(tab.page.evaluate(focused))
    assert "Save my choice" in names
    assert "Privacy choices" not in names, "a modal dialog keeps the focus in"
    tab.page.keyboard.press("Escape")
    tab.dialog.wait_for(state="hidden")
    assert tab.page.evaluate(focused) == "Privacy choices"
    assert tab.permits() == set(PURPOSES)


def test_the_page_stays_usable_while_it_is_asked_and_its_focus_is_its_own(visit: Any, gated: Any) -> None:
    gated[1].more = '<p><label>Search <input id="search" autofocus></label></p>'
    tab = visit()
    tab.load()
    assert tab.page.evaluate("document.activeElement.id") == "search"
    tab.page.keyboard.type("shoes")
    assert tab.page.input_value("#search") == "shoes"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_in_any_state(visit: Any, scheme: str, width: int) -> None:
    axe = require_path(MODULES / "axe-core/axe.min.js", "npm ci in tests/clients").read_text()
    tab = visit(color_scheme=scheme, viewport={"width": width, "height": 800}, bypass_csp=True)
    tab.context.add_init_script(GPC)
    tab.load()

    def violations() -> list[Any]:
        if not tab.page.evaluate("'axe' in window"):
            tab.page.evaluate(axe)
        found = tab.page.evaluate("axe.run()")
        looked_at = {str(node["target"]) for each in found["passes"] for node in each["nodes"]}
        assert any("volens-banner" in target for target in looked_at), "it looks into the banner"
        return [(each["id"], [node["target"] for node in each["nodes"]]) for each in found["violations"]]

    assert violations() == [], "asked by itself"
    for each in tab.dialog.locator("summary").all():
        each.click()
    assert violations() == [], "with what is used, how long, who sees it"
    wide = "document.documentElement.scrollWidth <= innerWidth"
    inside = "(d) => d.scrollWidth <= d.clientWidth && d.getBoundingClientRect().right <= innerWidth"
    assert tab.page.evaluate(wide)
    assert tab.dialog.evaluate(inside)
    tab.button("Accept all").click()
    tab.settle()
    assert violations() == [], "closed"
    tab.open_again()
    assert violations() == [], "opened again"


@pytest.mark.parametrize(
    ("lang", "shown", "written"),
    [("de-AT", "Alles ablehnen", "de"), ("fr", "Tout refuser", "fr"), ("pt", "Refuse all", "en")],
)
def test_it_speaks_the_languages_of_the_policy(
    visit: Any, gated: Any, lang: str, shown: str, written: str
) -> None:
    gated[1].lang = lang
    tab = visit()
    tab.load()
    assert tab.dialog.get_attribute("lang") == written
    tab.button(shown).click()
    tab.settle()
    (answered,) = [json.loads(body) for path, body in tab.sent if path == "/v1/prompts/answers"]
    assert answered["locale"] == written


def test_analytics_js_is_told_once_for_each_choice_and_never_before(visit: Any, gated: Any) -> None:
    shop, pages = gated
    pages.scripts = of_this_gateway(ANALYTICS, shop)
    tab = visit()
    tab.load()
    tab.until("'analytics' in window")
    tab.page.wait_for_load_state("networkidle")
    assert tab.events() == []
    tab.dialog.get_by_label("Analytics").check()
    with tab.page.expect_request("**/v1/t"):
        tab.button("Save my choice").click()
    tab.settle()
    (event,) = tab.events()
    assert event["context"]["consent"] == {
        "version": 2,
        "categoryPreferences": {"Personalisation": False, "Analytics": True, "Advertising": False},
    }
    paths = [path for path, _ in tab.sent]
    assert paths.index("/v1/prompts/answers") < paths.index("/v1/t"), "told when it is written, not before"
    tab.load()
    tab.page.wait_for_load_state("networkidle")
    assert len(tab.events()) == 1, "a page view is no choice"


def test_the_published_consent_tools_stamp_every_event_and_tell_of_every_choice(
    visit: Any, gated: Any
) -> None:
    shop, pages = gated
    pages.scripts = import_map() + of_this_gateway(CONSENT_TOOLS, shop)
    tab = visit()
    tab.load()
    tab.until("'analytics' in window")
    tab.page.wait_for_load_state("networkidle")
    assert not any(path.startswith("/v1/t") for path, _ in tab.sent), "nothing is loaded before a yes"
    with tab.page.expect_request("**/v1/t"):
        tab.button("Accept all").click()
    tab.settle()
    with tab.page.expect_request("**/v1/t"):
        tab.page.evaluate("() => void analytics.track('Product Clicked', {product_id: 'p-1'})")
    tab.page.wait_for_load_state("networkidle")
    all_on = {"Personalisation": True, "Analytics": True, "Advertising": True}
    (told,) = tab.events()
    assert told["context"]["consent"]["categoryPreferences"] == all_on, (
        "by the tools, and not by the banner too"
    )
    (clicked,) = tab.events("Product Clicked")
    assert clicked["context"]["consent"]["categoryPreferences"] == all_on
    tab.open_again()
    with tab.page.expect_request("**/v1/t"):
        tab.button("Refuse all").click()
    tab.settle()
    (_, taken_back) = tab.events()
    assert not any(taken_back["context"]["consent"]["categoryPreferences"].values())


def test_a_token_that_has_run_out_is_replaced_without_bothering_the_person(visit: Any, gated: Any) -> None:
    pages = gated[1]
    pages.token_seconds = 1
    tab = visit()
    tab.page.on("console", lambda said: tab.complaints.remove(said.text) if "401" in said.text else None)
    tab.load()
    tab.page.wait_for_timeout(2_100)
    pages.token_seconds = 900
    given = pages.tokens_given
    tab.button("Accept all").click()
    tab.settle()
    assert tab.permits() == set(PURPOSES)
    assert pages.tokens_given == given + 1


def test_what_could_not_be_saved_is_said_and_no_event_tells_of_it(visit: Any, gated: Any) -> None:
    shop, pages = gated
    pages.scripts = of_this_gateway(ANALYTICS, shop)
    tab = visit()
    tab.load()
    tab.page.route("**/v1/prompts/answers", lambda route: route.abort())
    tab.button("Accept all").click()
    alert = tab.dialog.get_by_role("alert")
    alert.filter(has_text="This could not be saved").wait_for()
    tab.complaints.clear()
    assert tab.dialog.is_visible()
    assert tab.permits() == set()
    assert tab.events() == []
    tab.page.unroute("**/v1/prompts/answers")
    tab.button("Accept all").click()
    tab.settle()
    assert tab.permits() == set(PURPOSES)


def test_conditions_are_asked_where_the_page_asks_for_them(visit: Any, gated: Any) -> None:
    gated[1].attributes = 'data-ask="recommendations location"'
    tab = visit()
    tab.load()
    assert tab.dialog.get_by_role("checkbox").count() == 2
    tab.button("Accept all").click()
    tab.settle()
    assert tab.permits() == {"recommendations", "location"}


def test_a_page_may_carry_the_token_itself(visit: Any, gated: Any) -> None:
    shop, pages = gated
    tab = visit()
    body = {"subject": tab.who, "origin": pages.url}
    pages.attributes = (
        f'data-token="{shop.server.post("/v1/banner-tokens", json=body).json()["access_token"]}"'
    )
    given = pages.tokens_given
    tab.load()
    tab.button("Accept all").click()
    tab.settle()
    assert tab.permits() == set(PURPOSES)
    assert pages.tokens_given == given, "the shop was not asked for another one"


def test_without_a_token_nobody_is_asked_and_the_page_goes_on(visit: Any, gated: Any) -> None:
    gated[1].without_token_url = True
    tab = visit()
    tab.page.goto(tab.pages.url)
    wait_until(lambda: tab.complaints, "the reason, for whoever builds the page")
    assert tab.complaints == ["volens banner: no token"]
    tab.complaints.clear()
    assert tab.page.locator("volens-banner").count() == 0
    assert tab.page.get_by_role("heading", name="A shop").is_visible()
    assert not any(path.startswith("/v1/prompts") for path, _ in tab.sent)
