"""`/ops` over the application: what it shows is what happened, who may see it, and that nobody is on it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from gateway.wire.page_security import SECURITY_HEADERS
from tests.journey.busy_hours import PEOPLE, live
from tests.journey.in_process import inside
from tests.journey.rule_shop import clock, rule_shop

__all__ = ["clock"]


class Cards(HTMLParser):
    """The text of each card, by its heading; and which tags there are."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text: dict[str, str] = {}
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self._heading: str | None = None
        self._in_heading = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self._in_heading = tag == "h2" or (self._in_heading and tag != "section")

    def handle_endtag(self, tag: str) -> None:
        if tag == "h2":
            self._in_heading = False
        if tag == "section":
            self._heading = None

    def handle_data(self, data: str) -> None:
        if self._in_heading:
            self._heading = data
            self.text[data] = ""
        elif self._heading is not None:
            self.text[self._heading] += data + " "


def words(text: str) -> str:
    return re.sub(r"\s+", " ", text)


async def test_the_page_shows_what_happened(tmp_path: Path, clock: list[float]) -> None:
    async with rule_shop(tmp_path / "data", clock) as shop:
        await live(shop)
        cards = Cards((await shop.served.http.get("/ops")).text)
        shown = {heading: words(text) for heading, text in cards.text.items()}
        outcomes = shop.served.services.decisions.counts
        personal = next(n for outcome, n in outcomes.items() if outcome == "personalised")
        assert f": {personal} {personal} " in shown["Decisions, by outcome"]
        refused = shop.served.services.enforcement.withheld.totals()["recommendations", "refused"]
        assert refused
        assert f"recommendations The person said no {refused}" in shown["Withheld, by purpose and reason"]
        numbers = await shop.numbers("many-views")
        assert numbers["fires"] == 12
        assert f"many-views recommendations {numbers['matches']} 12 0" in shown["Rules"]
        assert "checkout A green button sells more." in shown["Experiments"]
        assert "Decisions" in shown["Answers a minute"]
        assert "99 of 100 within" in shown["Time to answer"]
        assert "Unreadable 1" in shown["Events a minute"]
        assert "No drift alarm" in shown["Quality"]
        assert "Entries a minute" in shown["The log"]
        assert len(shop.served.services.ops.sampling.samples) == 61
        assert cards.tags.count("path") >= 10


async def test_nobody_is_on_it_and_it_needs_no_script(tmp_path: Path, clock: list[float]) -> None:
    async with rule_shop(tmp_path / "data", clock) as shop:
        await live(shop)
        answer = await shop.served.http.get("/ops")
        for header, value in SECURITY_HEADERS.items():
            assert answer.headers[header] == value
        assert answer.headers["cache-control"] == "no-store"
        cards = Cards(answer.text)
        assert not {"script", "iframe", "img", "form"} & set(cards.tags)
        assert not [name for name in cards.attributes if name == "style" or name.startswith("on")]
        assert [who for who in (*PEOPLE, "stranger", "item-") if who in answer.text] == []
        styles = re.findall(r'href="(/ops/static/\w+\.css\?\w+)"', answer.text)
        assert len(styles) == 2
        for style in styles:
            assert (await shop.served.http.get(style)).headers["content-type"].startswith("text/css")
        assert (await shop.served.http.get("/ops/static/..%2fops.css")).status_code == 404


async def test_a_page_of_the_first_second_is_a_page(tmp_path: Path) -> None:
    async with inside(tmp_path / "data") as served:
        answer = await served.http.get("/ops")
        assert answer.status_code == 200
        cards = Cards(answer.text)
        assert "No rule." in cards.text["Rules"]
        assert "No experiment." in cards.text["Experiments"]
        assert "No decision in this time." in cards.text["Decisions, by outcome"]


@pytest.mark.parametrize(
    ("code", "said"), [("de", "Keine Regel."), ("fr", "Aucune règle."), ("it", "No rule.")]
)
async def test_it_is_in_the_language_of_the_browser(tmp_path: Path, code: str, said: str) -> None:
    async with inside(tmp_path / "data") as served:
        answer = await served.http.get("/ops", headers={"accept-language": f"{code};q=0.9, en;q=0.1"})
        assert said in answer.text
        assert answer.headers["content-language"] == (code if code != "it" else "en")
        assert "Accept-Language" in answer.headers["vary"]


@pytest.mark.parametrize("path", ["/ops", "/ops/insights", "/ops/static/ops.css"])
async def test_it_is_for_whoever_may_read_the_metrics(tmp_path: Path, path: str) -> None:
    secret = tmp_path / "metrics-token"
    secret.write_text("a-token-of-the-operator\n")
    secret.chmod(0o600)
    async with inside(tmp_path / "here") as served:
        assert (await served.http.get(path, headers={"host": "rebound.example"})).status_code == 404
        elsewhere = httpx.ASGITransport(app=served.running.front, client=("203.0.113.7", 1))
        async with httpx.AsyncClient(transport=elsewhere, base_url="http://127.0.0.1") as stranger:
            assert (await stranger.get(path)).status_code == 404
    settings = tmp_path / "here" / "volens.toml"
    settings.write_text(settings.read_text() + f'\n[metrics]\ntoken_file = "{secret}"\n')
    async with inside(tmp_path / "here") as served:
        served.http.headers.pop("authorization")
        assert (await served.http.get(path)).status_code == 404
        for given, status in (("wrong", 404), ("a-token-of-the-operator", 200)):
            headers = {"authorization": f"Bearer {given}"}
            assert (await served.http.get(path, headers=headers)).status_code == status
