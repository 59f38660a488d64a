"""The report and the pages of rows in headless Chromium: they load nothing, run nothing, fit, and axe-core finds nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from gateway.reporting.encodings import Encoding
from gateway.reports.page import render_report
from gateway.wording.languages import Languages
from tests.browsers import violations
from tests.unit.reporting.small_log import entries, export, write_log
from tests.unit.reports.test_report import made_report

pytestmark = [pytest.mark.browser, pytest.mark.foreign]

ENGLISH, *_ = Languages().all()
WITHDRAWALS = {
    "noes": 3,
    "asked_after": 2,
    "used_after": [41],
    "median_seconds": 0,
    "p99_seconds": 60,
    "most_seconds": 60,
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("log")
    write_log(root, entries(40))
    export(root, Encoding.HTML)
    report = root / "report.html"
    report.write_bytes(render_report({**made_report(), "withdrawals": WITHDRAWALS}, ENGLISH))
    return {"report": report, "rows": root / "out" / "rows" / f"{0:016d}.html"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["report", "rows"])
def test_a_page_stands_by_itself_and_anybody_can_read_it(
    pages: dict[str, Path], browser: Browser, name: str, width: int, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(pages[name].as_uri())
    assert violations(page) == []
    wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wider) <= 0
    assert complaints == []
    assert asked == [pages[name].as_uri()]
    context.close()
