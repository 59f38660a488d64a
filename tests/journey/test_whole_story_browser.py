"""The whole story in a browser: given, personalised, withdrawn, forgotten, proven offline, erased, and nothing of it is left."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from gateway.receipt_check.verifier import CHECKS
from tests.gateway_process import Gateways, volens
from tests.journey.portal_reader import Reader
from tests.journey.shop import Shop, item, train_often
from tests.leak.canaries import canary, search

pytestmark = pytest.mark.browser

WHO = {"the person": canary("whole-story")}


@dataclass
class Story:
    """What one person lived through, and what they have in their hands at the end."""

    root: Path
    """Everything that the gateway left behind is below."""
    slates: list[dict[str, Any]] = field(default_factory=list)
    """In order: before anything, given, withdrawn, erased."""
    kept: dict[str, Path] = field(default_factory=dict)
    """What the person downloaded, by name."""
    said: list[str] = field(default_factory=list)
    """What the portal answered."""


@pytest.fixture(scope="module")
def story(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Live it once. The gateway is stopped when this returns."""
    told = Story(tmp_path_factory.mktemp("whole"))
    gateways = Gateways(told.root / "served")
    gateways.root.mkdir()
    try:
        shop = Shop(gateways.start(train_often))
        shop.stock()
        shop.train()
        live(shop, browser, told)
    finally:
        gateways.close()
    return told


def live(shop: Shop, browser: Browser, told: Story) -> None:
    """In the order of life."""
    who = WHO["the person"]
    reader = Reader(shop, browser, accept_downloads=True)
    reader.sign_in(who)
    told.slates.append(shop.decide(who))
    choose(reader, "recommendations:give", told)
    shop.see(who, item(2, 1), item(2, 2))
    told.slates.append(shop.decide(who))
    choose(reader, "recommendations:withdraw", told)
    told.slates.append(shop.decide(who))
    reader.open("/receipts")
    downloads = reader.page.get_by_role("link", name="Download")
    for n, name in enumerate(("withdrawal", "grant")):
        keep(reader.page, downloads.nth(n), told, name)
    keep(reader.page, reader.page.get_by_role("link", name="Keep the keys"), told, "keys")
    reader.page.get_by_role("link", name="To the page that checks").click()
    reader.page.wait_for_url("**/verify")
    served = reader.context.request.get(f"{shop.gateway.url}/verify")
    put(told, "page", served.body(), "verify.html")
    put(told, "rights keys", reader.context.request.get(f"{shop.gateway.url}/v1/rights/keys").body())
    put(told, "log key", reader.context.request.get(f"{shop.gateway.url}/log/log.vkey").body())
    reader.open("/erase")
    reader.page.check("input[name=sure]")
    reader.page.get_by_role("button", name="Erase for good").click()
    told.said.append(reader.page.get_by_role("heading", level=1).inner_text())
    shop.await_checkpoint()  # which the certificate's proof needs
    keep(reader.page, reader.page.get_by_role("link", name="Keep the certificate"), told, "certificate")
    told.slates.append(shop.decide(who))
    reader.close()


def choose(reader: Reader, choice: str, told: Story) -> None:
    """Press one button, and read what the page says."""
    reader.open("")
    reader.page.locator(f'button[value="{choice}"]').click()
    reader.page.wait_for_url("**/portal#*")
    told.said.append(reader.page.get_by_role("status").inner_text())


def keep(page: Page, link: Any, told: Story, name: str) -> None:
    """Download what is behind a link."""
    with page.expect_download() as download:
        link.click()
    told.kept[name] = told.root / "kept" / download.value.suggested_filename
    download.value.save_as(told.kept[name])


def put(told: Story, name: str, content: bytes, file: str = "") -> None:
    told.kept[name] = told.root / "kept" / (file or name)
    told.kept[name].write_bytes(content)


def test_each_choice_shows_in_the_very_next_slate(story: Story) -> None:
    seen = [(slate["personalised"], slate["reason"]) for slate in story.slates]
    assert [personalised for personalised, _ in seen] == [False, True, False, False]
    assert [reason for _, reason in seen][::2] == ["no_record", "refused"]
    assert all(len(slate["items"]) == 10 and slate["audit"]["index"] >= 0 for slate in story.slates)
    assert {each["id"] for each in story.slates[1]["items"]} <= {item(2, n) for n in range(12)}
    assert [each["id"] for each in story.slates[2]["items"]] == [
        each["id"] for each in story.slates[0]["items"]
    ]


def test_the_portal_said_so_each_time(story: Story) -> None:
    assert story.said == [
        "Turned on.",
        "Turned off. It is not used from this moment on.",
        "Everything is erased",
    ]


@pytest.mark.parametrize("name", ["grant", "withdrawal"])
def test_the_command_verifies_the_receipts_with_the_gateway_gone(story: Story, name: str) -> None:
    done = volens("consent", "verify", story.kept[name], "--jwks", story.kept["keys"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"status   {'given' if name == 'grant' else 'withdrawn'}" in done.stdout
    assert "named by the receipt itself" not in done.stdout


@pytest.mark.parametrize("name", ["grant", "withdrawal"])
def test_the_saved_page_verifies_them_without_a_connection(story: Story, browser: Browser, name: str) -> None:
    context = browser.new_context(offline=True, locale="en-GB")
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(story.kept["page"].as_uri())
    page.locator("summary").first.click()
    page.set_input_files("#keys", story.kept["keys"])
    page.set_input_files("#receipt", story.kept[name])
    page.wait_for_selector("#result[data-verdict='good']", state="attached")
    assert "This receipt is genuine." in page.inner_text("#result")
    assert page.locator("li.ok").count() == len(CHECKS)
    assert asked == [story.kept["page"].as_uri()]
    context.close()


def test_the_certificate_holds_with_the_gateway_gone_and_no_other_does(story: Story, tmp_path: Path) -> None:
    keys = ("--key", story.kept["log key"], "--jwks", story.kept["rights keys"])
    done = volens("subject", "verify", story.kept["certificate"], *keys)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "signed by the keys given" in done.stdout
    same = ("--key", story.kept["log key"].read_text().strip(), "--jwks", story.kept["rights keys"])
    done = volens("consent", "verify", story.kept["certificate"], *same)
    assert (done.returncode, "signed by the keys given" in done.stdout) == (0, True), "one command for both"
    forged = tmp_path / "forged.json"
    forged.write_bytes(story.kept["certificate"].read_bytes().replace(b"erasure", b"erasing"))
    assert volens("subject", "verify", forged, *keys).returncode == 1


def left_behind(story: Story) -> dict[str, bytes]:
    """Every file of the data directory, of its keys and of its output, and the records as text."""
    files = [path for path in sorted(story.root.rglob("*")) if path.is_file()]
    found = {
        path.relative_to(story.root).as_posix(): path.name.encode() + path.read_bytes() for path in files
    }
    (database,) = story.root.rglob("records.db")
    records = sqlite3.connect(database)
    found["records, dumped"] = "\n".join(records.iterdump()).encode("utf-8", "replace")
    records.close()
    return found


def test_a_search_of_every_file_finds_nobody(story: Story) -> None:
    files = left_behind(story)
    assert any(name.endswith("snapshot/state") for name in files)
    assert any(name.endswith(".stderr") for name in files)
    assert {name: found for name, data in files.items() if (found := search(data, WHO))} == {}


def test_the_search_would_find_them_in_every_file(story: Story) -> None:
    needle = WHO["the person"].encode().hex().encode()
    for name, data in left_behind(story).items():
        assert search(data + needle, WHO), name
