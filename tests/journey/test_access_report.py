"""A person sees everything that is held about them, and nobody else does."""

from __future__ import annotations

import io
import json
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.rights.report_words import COMPLAINT
from gateway.wording.languages import Languages
from privacy import key_fingerprint
from tests.journey.in_process import Inside, inside
from tests.journey.shop import ITEMS, view
from tests.journey.test_rights import ask, shape
from tests.journey.test_slates import ago, knowing_repeats, shop
from tools.catalogues import extract


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "volens"


async def fetch(served: Inside, who: Any, right: str = "access", **parameters: str) -> httpx.Response:
    asked = await ask(served, who, right)
    return await served.http.get(asked["report"], params=parameters)


async def live(served: Inside) -> dict[str, Any]:
    """Somebody gives, looks, is shown something and is asked about; the decision."""
    await served.stock()
    await served.adopt_a_model()
    for who in ("ada", "bea"):
        await served.consent(who, "given")
    await served.batch([view("ada", ITEMS[0]), view("ada", ITEMS[1]), view("bea", ITEMS[30])])
    decided = await served.decide("ada")
    body = {
        "subject": {"type": "service", "id": "mailer"},
        "action": {"name": "recommendations"},
        "resource": {"type": "data_subject", "id": "ada"},
    }
    assert (await served.http.post("/access/v1/evaluation", json=body)).status_code == 200
    return decided


async def test_the_report_says_what_is_held_for_what_and_why_it_was_used(directory: Path) -> None:
    async with inside(directory) as served:
        decided = await live(served)
        answer = await fetch(served, "ada")
        report = answer.json()
        purposes = {each["id"]: each for each in report["purposes"]}
        recommendations = purposes["recommendations"]
        products = [each["fields"]["product_id"] for each in recommendations["signals"]]
        assert products == [ITEMS[0], ITEMS[1]]
        assert (recommendations["permitted"], recommendations["legal_basis"]) == (True, "consent")
        assert recommendations["retention_days"] == served.services.policy.purposes[0].retention_days
        assert purposes["advertising"]["permitted"] is False
        assert [each["status"] for each in report["consents"]] == ["given"]
        [decision] = report["decisions"]
        assert [item["id"] for item in decision["items"]] == [item["id"] for item in decided["items"]]
        reasons = [item["reasons"][0] for item in decided["items"]]
        assert [item["because"] for item in decision["items"]] == [each.get("because") for each in reasons]
        assert decision["audit"] == decided["audit"]["index"]
        assert [(each["service"], each["answer"]) for each in report["services"]] == [("mailer", "permitted")]
        assert report["requests"][0]["type"] == "access"
        ada = served.services.identities.ref_of(known="ada", anonymous=None)
        assert ada is not None
        key = served.services.people.evidence_key(served.services.people.slot_of[ada])
        assert report["key_fingerprint"] == key_fingerprint(key).hex()
        assert ITEMS[30] not in products
        assert ada.hex() not in answer.text
        assert '"ada"' not in answer.text


async def test_what_is_shown_again_is_named_and_is_in_the_logic(tmp_path: Path) -> None:
    async with shop(tmp_path / "data") as served:
        served.services.training._adopt(knowing_repeats())
        await served.batch([view("ada", "item-1", timestamp=ago(60))])
        for again in ("item-0", "item-1"):
            others = [each for each in ("item-0", "item-1", "item-2") if each != again]
            await served.decide("ada", placement="again", candidates=[again], without=others)
        report = (await fetch(served, "ada")).json()
        shown = [(each["id"], each["because"]) for made in report["decisions"] for each in made["items"]]
        assert shown == [("item-0", "item-0"), ("item-1", "item-1")]
        assert any("came back to it" in each for each in report["logic"])
        for language, words in (
            ("en", "because you looked at it before"),
            ("de", "weil Sie es schon ansahen"),
        ):
            page = (await fetch(served, "ada", format="html", lang=language)).text
            said = re.findall(r'<li>(item-\d) <span class="quiet">([^<]*)</span>', page)
            assert said == [("item-1", words), ("item-0", words)], "also of what was seen once"


async def test_handing_out_is_recorded_and_closes_the_request_once(directory: Path) -> None:
    async with inside(directory) as served:
        await live(served)
        asked = await ask(served, "ada", "access")
        assert asked["status"] == "in_progress"
        for acts in (
            ["received", "provided", "completed"],
            ["received", "provided", "completed", "provided"],
        ):
            answer = await served.http.get(asked["report"])
            assert answer.status_code == 200
            assert answer.headers["cache-control"] == "no-store"
            now = (await served.http.get(f"/v1/rights/{asked['request_id']}")).json()
            assert (now["status"], [each["act"] for each in now["steps"]]) == ("completed", acts)
            assert all(each["audit"] for each in now["steps"])


async def test_without_a_log_no_data_leave(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with inside(directory, expects_faults=True) as served:
        await live(served)
        asked = await ask(served, "ada", "access")
        log = served.services.sequencer
        monkeypatch.setattr(
            type(log._space), "short", property(lambda _: True, lambda _, __: None), raising=False
        )
        assert (await served.http.get(asked["report"])).status_code == 503
        body = {"subject": {"id": "ada"}, "type": "access"}
        assert (await served.http.post("/v1/rights", json=body)).status_code == 503
        erased = await ask(served, "ada", "erasure")
        assert erased["status"] == "completed", "but a no is never kept waiting"
        monkeypatch.undo()


async def test_somebody_unknown_has_a_report_of_the_same_form(directory: Path) -> None:
    async with inside(directory) as served:
        await served.consent("bea", "given")
        await served.consent("bea", "withdrawn")
        known, unknown = (await fetch(served, "bea")).json(), (await fetch(served, "nobody")).json()
        assert known.keys() == unknown.keys()
        assert shape(known["requests"]) == shape(unknown["requests"])
        assert unknown["key_fingerprint"] is None
        assert unknown["consents"] == unknown["decisions"] == []


async def test_what_a_withdrawal_made_unreadable_is_counted_and_not_shown(directory: Path) -> None:
    async with inside(directory) as served:
        await live(served)
        await served.consent("ada", "withdrawn")
        report = (await fetch(served, "ada")).json()
        [recommendations] = [each for each in report["purposes"] if each["id"] == "recommendations"]
        assert (recommendations["signals"], recommendations["unreadable_signals"]) == ([], 2)
        assert len(report["decisions"]) == 1


async def test_the_report_survives_a_restart_and_does_not_outlive_an_erasure(directory: Path) -> None:
    async with inside(directory) as served:
        await live(served)
        asked = await ask(served, "ada", "access")
    async with inside(directory) as served:
        report = (await served.http.get(asked["report"])).json()
        assert len(report["purposes"][0]["signals"]) == 2
        assert len(report["decisions"]) == 1
        await ask(served, "ada", "erasure")
        assert (await served.http.get(asked["report"])).status_code == 404
        assert (await fetch(served, "ada")).json()["key_fingerprint"] is None


async def test_what_is_taken_along_is_what_the_person_gave(directory: Path) -> None:
    async with inside(directory) as served:
        await live(served)
        lines = [json.loads(line) for line in (await fetch(served, "ada", "portability")).text.splitlines()]
        assert [line["kind"] for line in lines] == ["signal", "signal", "consent"]
        packed = await fetch(served, "ada", "portability", format="zip")
        archive = zipfile.ZipFile(io.BytesIO(packed.content))
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == ["data.ndjson", "report.html", "report.json"]
        assert [json.loads(line) for line in archive.read("data.ndjson").splitlines()] == lines
        assert (await fetch(served, "ada", "portability", format="html")).status_code == 404
        erasure = await ask(served, "ada", "erasure")
        path = f"/v1/rights/{erasure['request_id']}/report"
        assert (erasure["report"], (await served.http.get(path)).status_code) == (None, 404)


class Page(HTMLParser):
    """What a page consists of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        self.links += [value for name in ("href", "src", "action") if (value := given.get(name))]
        if given.get("id"):
            self.ids.add(str(given["id"]))


async def test_the_page_loads_nothing_runs_nothing_and_believes_nobody(directory: Path) -> None:
    async with inside(directory) as served:
        await live(served)
        hostile = "<script>alert(1)</script>"
        event = view("ada", ITEMS[2])
        event["properties"]["category"] = hostile
        await served.batch([event])
        answer = await fetch(served, "ada", format="html")
        assert hostile not in answer.text
        assert "&lt;script&gt;" in answer.text
        page = Page(answer.text)
        assert not {"script", "img", "link", "iframe", "form", "object"} & set(page.tags)
        assert all(link.startswith("#") and link[1:] in page.ids for link in page.links)
        assert page.tags.count("h1") == page.tags.count("main") == 1
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert ITEMS[0] in answer.text


@pytest.mark.parametrize(("asked", "spoken"), [("de", "de"), ("de-AT", "de"), ("fr", "fr"), ("nl", "en")])
async def test_the_page_speaks_the_language_it_is_asked_for(directory: Path, asked: str, spoken: str) -> None:
    async with inside(directory) as served:
        await live(served)
        await served.consent("ada", "given", "linking")
        await served.consent("ada", "withdrawn", "analytics")
        page = (await fetch(served, "ada", format="html", lang=asked)).text
        report = (await fetch(served, "ada", lang=asked)).json()
    language = Languages().choose(spoken, None)
    assert f'<html lang="{spoken}">' in page
    assert report["language"] == spoken
    assert report["complaint"] == language.say(COMPLAINT)
    words = Words(page).words
    ours = {str(message.id) for message in extract() if message.id and isinstance(message.id, str)}
    said = {text for text in ours if language.say(text) in words}
    assert len(said) > 40
    if spoken != "en":
        assert not {text for text in ours & words if language.say(text) != text}, "nothing is left in English"


class Words(HTMLParser):
    """Every text of a page, without what was shown or done."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: set[str] = set()
        self.feed(text)

    def handle_data(self, data: str) -> None:
        self.words.add(data.strip())
