"""What a page in a browser meets: origins, preflights, the settings it loads, the pixel."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx
import pytest

from tests.clients.sinks import with_sinks
from tests.gateway_process import USER_AGENT, Gateways
from tests.journey.shop import Shop, view

OURS, FOREIGN = "https://shop.example", "https://evil.example"
VISITOR = "visitor-1"
AGENT = {"user-agent": USER_AGENT}
ALLOW_ORIGIN = "access-control-allow-origin"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    gateways = Gateways(tmp_path_factory.mktemp("pages"))
    try:
        shop = Shop(gateways.start(partial(with_sinks, origin=OURS)))
        shop.consent({"anonymous_id": VISITOR}, "given")
        yield shop
    finally:
        gateways.close()


@pytest.fixture
def page(shop: Shop) -> Iterator[httpx.Client]:
    """A page of ours: no credentials but the public key in the body."""
    with httpx.Client(base_url=shop.gateway.url, timeout=90, headers={"origin": OURS, **AGENT}) as client:
        yield client


def seen(shop: Shop, **more: Any) -> dict[str, Any]:
    """A view by the visitor, with the key of browsers."""
    return {**view(None, "p", anonymousId=VISITOR, writeKey=shop.gateway.credentials["write_key"]), **more}


def readable(answer: httpx.Response) -> bool:
    """Whether the browser lets the page read an answer; and the rules that hold for every answer."""
    assert "Origin" in answer.headers.get_list("vary", split_commas=True), "no cache may mix answers up"
    assert "access-control-allow-credentials" not in answer.headers
    assert answer.headers.get(ALLOW_ORIGIN) in (None, OURS), "never a wildcard, never somebody else's"
    return ALLOW_ORIGIN in answer.headers


PATHS = (
    "/v1/t",
    "/v1/track",
    "/v1/batch",
    "/v1/m",
    "/v1/decide",
    "/v1/consents",
    "/v1/projects/key/settings",
    "/nowhere",
)


@pytest.mark.parametrize("path", PATHS)
def test_a_preflight_is_answered_on_every_path_for_our_pages_alone(page: httpx.Client, path: str) -> None:
    ask = {
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
    }
    ours = page.options(path, headers=ask)
    assert (ours.status_code, ours.content) == (204, b"")
    assert readable(ours)
    assert {"GET", "POST", "OPTIONS"} <= set(ours.headers["access-control-allow-methods"].split(", "))
    allowed = set(ours.headers["access-control-allow-headers"].lower().split(", "))
    assert {"authorization", "content-type", "x-retry-count", "x-api-key", "if-none-match"} <= allowed
    for origin in (FOREIGN, "null", OURS + ".evil.example", OURS.upper()):
        foreign = page.options(path, headers={**ask, "origin": origin})
        assert foreign.status_code == 403
        assert not readable(foreign)


def test_our_page_reads_every_answer_whatever_it_says(shop: Shop, page: httpx.Client) -> None:
    key = shop.gateway.credentials["write_key"]
    answers = {
        "taken": (page.post("/v1/t", json=seen(shop)), 200),
        "batch": (page.post("/v1/b", json={"batch": [seen(shop)]}), 200),
        "metrics": (page.post("/v1/m", content=b"{}"), 200),
        "settings": (page.get(f"/v1/projects/{key}/settings"), 200),
        "no body": (page.post("/v1/t", content=b""), 400),
        "no key": (page.post("/v1/t", json=view(None, "p", anonymousId=VISITOR)), 401),
        "no decision for a public key": (page.post("/v1/decide", json={}, auth=(key, "")), 403),
        "no such source": (page.get("/v1/projects/unknown/settings"), 404),
        "no such path": (page.get("/nowhere"), 404),
        "no such method": (page.get("/v1/t"), 405),
        "no such method either": (page.put("/v1/m"), 405),
        "too long": (page.post("/v1/batch", content=b" " * 512_001), 413),
        "nobody asks": (page.post("/v1/consents/query", json={"subject": {"id": "x"}}), 401),
    }
    assert {what: answer.status_code for what, (answer, _) in answers.items()} == {
        w: s for w, (_, s) in answers.items()
    }
    assert [what for what, (answer, _) in answers.items() if not readable(answer)] == []
    exposed = answers["taken"][0].headers["access-control-expose-headers"].split(", ")
    assert {"ETag", "Retry-After"} <= set(exposed)
    assert answers["no such method"][0].headers["allow"] == "OPTIONS, POST"


@pytest.mark.parametrize("origin", [FOREIGN, "null", "", OURS + "/", OURS + ":8443"])
def test_a_foreign_page_sends_nothing_and_reads_nothing(shop: Shop, page: httpx.Client, origin: str) -> None:
    before = shop.outcomes("event")
    headers = {"origin": origin, "content-type": "text/plain"}
    for path, body in (("/v1/t", seen(shop)), ("/v1/batch", {"batch": [seen(shop)]}), ("/v1/decide", {})):
        answer = page.post(path, content=json.dumps(body), headers=headers)
        assert answer.status_code == 403
        assert answer.json()["type"].endswith("/origin-refused")
        assert origin == "" or origin not in answer.text
        assert not readable(answer)
    assert shop.outcomes("event") == before
    settings = page.get(f"/v1/projects/{shop.gateway.credentials['write_key']}/settings", headers=headers)
    assert not readable(settings)


def test_without_an_origin_nothing_is_reflected(shop: Shop) -> None:
    answer = shop.browser.post("/v1/t", json=seen(shop))
    assert answer.status_code == 200
    assert not readable(answer)
    assert not readable(httpx.get(shop.gateway.url + "/healthz", timeout=90))


def test_the_settings_tell_analytics_js_to_send_here_and_to_report_to_nobody(
    shop: Shop, page: httpx.Client
) -> None:
    key = shop.gateway.credentials["write_key"]
    settings = page.get(f"/v1/projects/{key}/settings").json()
    assert settings["integrations"] == {
        "Segment.io": {"apiKey": key, "apiHost": f"127.0.0.1:{shop.gateway.port}/v1", "protocol": "http"}
    }
    assert settings["metrics"] == {"sampleRate": 0}
    assert settings["consentSettings"]["allCategories"] == ["Advertising", "Analytics", "Personalisation"]
    for other in ("unknown", shop.gateway.credentials["server_key"], "%2e%2e"):
        assert page.get(f"/v1/projects/{other}/settings").status_code == 404


def test_the_pixel_takes_an_event_and_is_a_picture_whatever_it_is_given(shop: Shop) -> None:
    def load(data: str) -> None:
        address = f"{shop.gateway.url}/pixel/v1/track"
        answer = httpx.get(address, params={"data": data}, headers=AGENT, timeout=90)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
        assert answer.content.startswith(b"GIF89a")
        assert answer.headers["cache-control"] == "no-store"

    before = shop.outcomes("event").get("accepted", 0)
    event = json.dumps(seen(shop)).encode()
    load(base64.b64encode(event).decode())
    load(base64.urlsafe_b64encode(json.dumps(seen(shop)).encode()).decode().rstrip("="))
    assert shop.outcomes("event")["accepted"] == before + 2
    for bad in (
        "",
        "%%%",
        "e30",
        base64.b64encode(b"\xff").decode(),
        base64.b64encode(b"[" * 9000).decode(),
        "é",
    ):
        load(bad)
    load(base64.b64encode(json.dumps(seen(shop, writeKey="no-key")).encode()).decode())
    assert shop.outcomes("event")["accepted"] == before + 2
