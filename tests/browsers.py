"""Headless Chromium for tests: how it is started, and what axe-core finds in its pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.requirement import require_chromium, require_path

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

AXE = Path(__file__).parent / "clients" / "node_modules" / "axe-core" / "axe.min.js"
# Without these, Chromium looks for the world outside at every start.
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """rules => axe.run(document, { runOnly: rules }).then(found =>
  found.violations.map(each => each.id + ': ' + each.nodes.map(node => node.target.join(' ')).join(', ')))"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium for the tests of one module."""
    from playwright.sync_api import sync_playwright  # most test runs start no browser

    program = require_chromium()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield running
        running.close()


def violations(page: Page) -> list[str]:
    """What axe-core finds in a page. It runs beside the page's own rules, which would not let it in."""
    require_path(AXE, "npm ci in tests/clients")
    session = page.context.new_cdp_session(page)
    frame = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    world = session.send("Page.createIsolatedWorld", {"frameId": frame})["executionContextId"]
    session.send("Runtime.evaluate", {"expression": AXE.read_text(), "contextId": world})
    asked = {"expression": f"({RUN})({RULES!r})", "awaitPromise": True, "returnByValue": True}
    answer = session.send("Runtime.evaluate", {**asked, "contextId": world})
    session.detach()
    return list(answer["result"]["value"])
