"""Server-sent events over real connections: what changes is told within a moment, and a stop does not wait for listeners."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.gateway_process import Gateway, Gateways
from tests.journey.shop import Shop, view

BANNER = {"type": "boolean", "variants": {"on": True, "off": False}, "default": "off"}
STREAMS = 3


def few_streams(directory: Path) -> None:
    """Allow so many streams."""
    settings = directory / "volens.toml"
    settings.write_text(settings.read_text() + f"\n[flags]\nmax_streams = {STREAMS}\n")


@pytest.fixture
def shop(gateways: Gateways) -> Shop:
    return Shop(gateways.start(few_streams))


class Listener:
    """Somebody who listens."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.iter_lines()

    def next(self) -> dict[str, Any] | None:
        """The next event; None when the stream ended."""
        for line in self._lines:
            if line.startswith("data: "):
                return dict(json.loads(line.removeprefix("data: ")))
        return None

    def wait(self, kind: str) -> dict[str, Any]:
        """The next event of a kind."""
        while (found := self.next()) is not None:
            if found["type"] == kind:
                return found
        raise AssertionError("the stream ended")


@contextmanager
def listening(gateway: Gateway, address: str, **headers: str) -> Iterator[Listener]:
    """Open a stream, as somebody without credentials."""
    with httpx.stream("GET", gateway.url + address, headers=headers, timeout=300) as answer:
        listener = Listener(answer)
        if answer.status_code == 200:
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert next(listener._lines).startswith("retry: ")
        yield listener


def consent(shop: Shop, who: str, status: str, purpose: str = "recommendations") -> None:
    body = {"subject": {"id": who}, "purpose": purpose, "status": status, "method": "test"}
    assert shop.server.put("/v1/consents", json=body).status_code == 200


def session_of(shop: Shop, who: str) -> str:
    answer = shop.server.post("/v1/stream-tokens", json={"subject": {"id": who}})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["stream"])


def flags_of(shop: Shop, who: str) -> dict[str, Any]:
    body = {"context": {"targetingKey": who}}
    return dict(shop.server.post("/ofrep/v1/evaluate/flags", json=body).json())


def channel_of(found: dict[str, Any]) -> str:
    return str(found["eventStreams"][0]["endpoint"]["requestUri"])


def test_a_flag_that_is_flipped_is_told_to_whoever_listens(shop: Shop) -> None:
    shop.server.put("/v1/flags/banner", json=BANNER)
    channel = channel_of(flags_of(shop, "lovelace"))
    assert "lovelace" not in channel
    with (
        listening(shop.gateway, channel) as page,
        listening(shop.gateway, session_of(shop, "bob")) as session,
    ):
        shop.server.put("/v1/flags/banner", json={**BANNER, "default": "on"})
        told = page.wait("refetchEvaluation")
        assert session.wait("flags") == {"type": "flags"}
    (flag,) = flags_of(shop, "ann")["flags"]
    assert flag["value"] is True
    assert told["etag"] == shop.server.get("/v1/flags").json()["digest"]


def test_who_comes_back_learns_what_they_missed(shop: Shop) -> None:
    with listening(shop.gateway, channel_of(flags_of(shop, "ann")), **{"last-event-id": "older"}) as page:
        assert page.wait("refetchEvaluation")["lastModified"] > 0


def test_what_a_person_looks_at_changes_their_slate_and_nobody_elses(shop: Shop) -> None:
    shop.stock()
    consent(shop, "ann", "given")
    consent(shop, "bob", "given")
    ann, bob = session_of(shop, "ann"), session_of(shop, "bob")
    with listening(shop.gateway, ann) as hers, listening(shop.gateway, bob) as his:
        shop.source.post("/v1/batch", json={"batch": [view("ann", "item-1")]})
        assert hers.wait("slate") == {"type": "slate"}
        consent(shop, "bob", "withdrawn")
        told = []
        while (event := his.next()) is not None:
            told.append(event["type"])
        assert told == ["consent", "flags"], "and then the stream ended"
    with listening(shop.gateway, bob) as dead:
        assert dead.answer.status_code == 404


def test_an_offer_is_told_to_its_person_and_to_nobody_else(shop: Shop) -> None:
    rule = {
        "purpose": "recommendations",
        "on": ["Product Viewed"],
        "when": "true",
        "action": {"kind": "offer", "name": "breakfast", "budget": 1},
    }
    assert shop.server.put("/v1/rules/breakfast", json=rule).status_code == 200
    consent(shop, "ann", "given")
    consent(shop, "bob", "given")
    ann, bob = session_of(shop, "ann"), session_of(shop, "bob")
    with listening(shop.gateway, ann) as hers, listening(shop.gateway, bob) as his:
        shop.batch([view("ann", "p")])
        assert hers.wait("offers") == {"type": "offers"}
        offers = shop.server.post("/v1/offers/query", json={"subject": {"id": "ann"}}).json()["offers"]
        assert [each["offer"] for each in offers] == ["breakfast"]
        shop.batch([view("bob", "p")])
        consent(shop, "bob", "given", "analytics")
        told = set()
        while "consent" not in told:
            event = his.next()
            assert event is not None
            told.add(event["type"])
        assert "offers" not in told, "the budget was spent"


def test_a_grant_is_told_without_a_new_address(shop: Shop) -> None:
    with listening(shop.gateway, session_of(shop, "ann")) as page:
        consent(shop, "ann", "given")
        page.wait("consent")


def test_a_device_listens_for_its_person_and_nobody_else(shop: Shop) -> None:
    answer = shop.server.post("/v1/device-tokens", json={"anonymous_id": "device-1"})
    own = {"authorization": f"Bearer {answer.json()['access_token']}"}
    with listening(shop.gateway, "/v1/stream", **own) as page:
        assert page.answer.status_code == 200
    asked = {"subject": {"anonymous_id": "device-2"}}
    assert (
        httpx.post(shop.gateway.url + "/v1/stream-tokens", json=asked, headers=own, timeout=90).status_code
        == 403
    )
    assert shop.server.get("/v1/stream").status_code == 403, "a client speaks for nobody in particular"
    assert httpx.get(shop.gateway.url + "/v1/stream", timeout=90).status_code == 401
    assert httpx.get(shop.gateway.url + "/ofrep/v1/stream?ch=made-up", timeout=90).status_code == 404


def test_beyond_the_bound_a_listener_is_sent_away_and_a_stop_ends_the_others(shop: Shop) -> None:
    address = session_of(shop, "ann")
    with (
        listening(shop.gateway, address) as first,
        listening(shop.gateway, address),
        listening(shop.gateway, address),
    ):
        with listening(shop.gateway, address) as refused:
            assert refused.answer.status_code == 503
            assert int(refused.answer.headers["retry-after"]) >= 1
        shop.gateway.process.terminate()
        assert first.next() is None, "it ended as a stream should, not in the middle of a chunk"
    assert shop.gateway.stop() == 0
