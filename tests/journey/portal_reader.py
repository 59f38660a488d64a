"""A person with a headless Chromium, in which nothing may go wrong unseen: no error, no warning, no request to somebody else."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from tests.browsers import violations
from tests.journey.portal_visitor import link_for
from tests.journey.shop import Shop


class Reader:
    """A person with a browser, in which nothing may go wrong unseen."""

    def __init__(self, shop: Shop, browser: Browser, **options: Any) -> None:
        """Open a browser of one's own."""
        self.shop = shop
        self.context: BrowserContext = browser.new_context(**{"locale": "en-GB", **options})
        self.context.set_default_timeout(90_000)
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
        """What axe-core finds in the page."""
        return violations(self.page)

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        script = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return int(self.page.evaluate(script))

    def close(self) -> None:
        """End, and say what went wrong."""
        self.context.close()
        assert self.complaints == []
