"""A person with a headless Chromium, in which nothing may go wrong unseen: no error, no warning, no request to somebody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from tests.journey.portal_visitor import link_for
from tests.journey.shop import Shop

AXE = Path(__file__).parents[1] / "clients" / "node_modules" / "axe-core" / "axe.min.js"
# Without these, Chromium looks for the world outside at every start.
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """rules => axe.run(document, { runOnly: rules }).then(found =>
  found.violations.map(each => each.id + ': ' + each.nodes.map(node => node.target.join(' ')).join(', ')))"""


class Reader:
    """A person with a browser, in which nothing may go wrong unseen."""

    def __init__(self, shop: Shop, browser: Browser, **options: Any) -> None:
        """Open a browser of one's own."""
        self.shop = shop
        self.context: BrowserContext = browser.new_context(**{"locale": "en-GB", **options})
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._stay_here(request.url))

    def _note(self, message: Any) -> None:
        if message.type in ("error", "warning") and "status of 4" not in message.text:
            self.complaints.append(message.text)

    def _stay_here(self, url: str) -> None:
        if not url.startswith((self.shop.gateway.url, "data:")):
            self.complaints.append("a request to somebody else")

    def sign_in(self, who: str) -> None:
        """Open the link that was printed, and press the button."""
        self.page.goto(link_for(self.shop.gateway.directory, who, self.shop.gateway.url))
        self.page.locator("form[data-code] button").click()
        self.page.wait_for_url("**/portal")

    def open(self, path: str) -> None:
        """Open a page of the portal."""
        self.page.goto(f"{self.shop.gateway.url}/portal{path}")

    def violations(self) -> list[str]:
        """What axe-core finds. It runs beside the page's own rules, which would not let it in."""
        session = self.context.new_cdp_session(self.page)
        world = session.send(
            "Page.createIsolatedWorld",
            {"frameId": session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]},
        )["executionContextId"]
        session.send("Runtime.evaluate", {"expression": AXE.read_text(), "contextId": world})
        expression = f"({RUN})({RULES!r})"
        options = {
            "expression": expression,
            "contextId": world,
            "awaitPromise": True,
            "returnByValue": True,
        }
        answer = session.send("Runtime.evaluate", options)
        session.detach()
        return list(answer["result"]["value"])

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        script = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return int(self.page.evaluate(script))

    def close(self) -> None:
        """End, and say what went wrong."""
        self.context.close()
        assert self.complaints == []
