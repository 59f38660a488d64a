"""Nothing personal lies where it should not: one gateway is told everything, and then every sink is searched."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.clients.sinks import purposes, with_sinks
from tests.gateway_process import Gateway, Gateways
from tests.journey.shop import wait_until
from tests.journey.test_flags import CHECKOUT
from tests.leak.canaries import canary, search
from tests.leak.doors import (
    Told,
    doors_of,
    doors_of_the_console,
    doors_of_the_portal,
    knock_everywhere,
    visit_the_console,
    visit_the_portal,
)
from tests.unit.gateway.routing.receiver import Receiver, a_receiver

IDS = ("user", "anonymous", "previous", "message", "group", "device")
FREE = (
    "property", "key", "trait", "nested", "email", "address", "agent", "locale", "page", "referrer", "campaign", "location",
    "header", "query", "path", "cookie", "forwarded", "body", "unknown-event", "password", "context", "reason", "method",
)  # fmt: skip
CANARIES = {name: canary(name) for name in (*IDS, *FREE)} | {
    "ip": "198.51.100.213",
    "ip of the event": "2001:db8:77ab::cd13",
}
"""The addresses are ones that nobody has (RFC 5737, RFC 3849)."""
ALLOWED = {"category": canary("category")}
"""What the policy lets through to a destination: it must be found there, and nowhere else."""


@dataclass(frozen=True, slots=True)
class Afterwards:
    """What there is when everything was told."""

    sinks: dict[str, bytes]
    told: Told
    document: dict[str, Any]


@pytest.fixture(scope="module")
def afterwards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Afterwards]:
    gateways = Gateways(tmp_path_factory.mktemp("leak"))
    try:
        with a_receiver(up=True) as signals, a_receiver(up=True) as calls:
            yield from live(gateways, {"http": signals, "segment_http": calls})
    finally:
        gateways.close()


def live(gateways: Gateways, receivers: dict[str, Receiver]) -> Iterator[Afterwards]:
    gateway = gateways.start(partial(configure, receivers=receivers))
    told = Told(CANARIES)
    answers = tell_everything(gateway, told)
    document = httpx.get(f"{gateway.url}/openapi.json", timeout=90).json()
    doors = knock_everywhere(gateway, document, CANARIES, told)
    doors += visit_the_portal(gateway, CANARIES["device"], CANARIES, told)
    doors += visit_the_console(gateway, CANARIES, told)
    answers += [str(dict(answer.headers)).encode() + answer.content for answer in doors]
    wait_until(lambda: category_arrived(gateway.directory), "the destinations have their signals")
    wait_until(lambda: all(search(sent(each), ALLOWED) for each in receivers.values()), "and those over HTTP")
    posts = {f"{kind}/sinks/posts": sent(each) for kind, each in receivers.items()}
    yield Afterwards({"answers": b"\n".join(answers)} | posts | collect(gateway), told, document)


def sent(receiver: Receiver) -> bytes:
    """All that a destination was sent, headers and bodies."""
    return b"\n".join(str(headers).encode() + body for headers, body in receiver.posts)


@pytest.fixture(scope="module")
def sinks(afterwards: Afterwards) -> dict[str, bytes]:
    return afterwards.sinks


def configure(directory: Path, receivers: dict[str, Receiver]) -> None:
    with_sinks(directory, "https://shop.example")
    policy = directory / "policy.toml"
    seen = '[purposes.fields."Product Viewed"]'
    text = policy.read_text().replace(seen, f'{seen}\nallowed_text = "string:100"')
    policy.write_text(
        text.replace('["file-of-analytics"]', '["file-of-analytics", "lake", "http", "segment_http"]')
    )
    settings = directory / "volens.toml"
    (directory / "segment.key").write_text("key-of-the-destination\n")
    (directory / "segment.key").chmod(0o600)
    over_http = "".join(
        f'\n[[destinations]]\nid = "{kind}"\nkind = "{kind}"\npurpose = "analytics"\nurl = "{each.url}"\nlinger_seconds = 0.0\n'
        for kind, each in receivers.items()
    )
    settings.write_text(
        settings.read_text().replace("[server]", '[server]\ntrusted_proxies = ["127.0.0.1"]', 1)
        + over_http
        + 'secret_file = "segment.key"\n'
        + '\n[[destinations]]\nid = "lake"\nkind = "parquet"\npurpose = "analytics"\npath = "sinks/lake"\nlinger_seconds = 0.0\n'
    )


def event(**more: Any) -> dict[str, Any]:
    c = CANARIES
    return {
        "type": "track",
        "event": "Product Viewed",
        "userId": c["user"],
        "anonymousId": c["anonymous"],
        "messageId": c["message"],
        "properties": {
            "product_id": "item-1",
            "allowed_text": ALLOWED["category"],
            "secret": c["property"],
            c["key"]: 1,
            "email": c["email"],
            "deep": {"er": [{"est": c["nested"]}]},
        },
        "traits": {"name": c["trait"]},
        "context": {
            "userAgent": c["agent"],
            "locale": c["locale"],
            "ip": c["ip of the event"],
            "network": {"address": c["address"]},
            "page": {"url": c["page"], "referrer": c["referrer"]},
            "campaign": {"name": c["campaign"]},
            "location": {"city": c["location"], "latitude": 52.1234567, "longitude": 104.7654321},
            "device": {"id": c["device"]},
            "traits": {"name": c["context"]},
        },
        "integrations": {c["context"]: True},
    } | more


def tell_everything(gateway: Gateway, told: Told) -> list[bytes]:
    """Say every canary wherever something can be said, rightly and wrongly; return the answers."""
    c = CANARIES
    raw = {
        "user-agent": c["agent"],
        "x-forwarded-for": f"{c['forwarded']}, {c['ip']}",
        "x-real-ip": c["ip"],
        "x-custom": c["header"],
        "cookie": c["cookie"],
    }
    headers = {name: value.encode() for name, value in raw.items()}
    server, source = (
        gateway.client("events:write decide consent:read consent:write rights admin"),
        gateway.source(),
    )
    for client in (server, source):
        client.event_hooks["request"].append(told.note)
    answers: list[httpx.Response] = []
    say = answers.append
    say(server.put("/v1/items", json={"items": [{"id": "item-1", "title": "One"}]}, headers=headers))
    for purpose in purposes(gateway.directory):
        body = {"subject": {"id": c["user"]}, "purpose": purpose, "status": "given", "method": "test"}
        written = server.put("/v1/consents", json=body, headers=headers)
        say(written)
        say(server.get(f"/v1/receipts/{written.json()['receipt_id']}"))
    say(server.get(f"/v1/receipts/{c['path']}", params={"q": c["query"]}))
    say(server.put("/v1/consents", json={**body, "method": c["method"]}))
    say(server.put("/v1/consents", json={**body, "purpose": c["reason"]}))
    say(server.put("/v1/consents", json={**body, c["key"]: c["password"]}))
    say(server.post("/v1/consents/query", json={"subject": {"id": c["user"]}}))
    say(source.post("/v1/batch", json={"batch": [event(), event(event=c["unknown-event"])]}, headers=headers))
    say(source.post("/v1/batch", content=gzip.compress(json.dumps({"batch": [event(messageId="2")]}).encode()),
                    headers={**headers, "content-encoding": "gzip"}))  # fmt: skip
    say(source.post("/v1/identify", json=event(type="identify", messageId="3", traits={"email": c["email"]})))
    say(source.post("/v1/alias", json=event(type="alias", previousId=c["previous"], messageId="4")))
    say(source.post("/v1/group", json=event(type="group", groupId=c["group"], messageId="5")))
    say(source.post("/v1/page", json=event(type="page", messageId="6")))
    say(source.post("/v1/screen", json=event(type="screen", messageId="7")))
    say(
        server.post(
            "/v1/decide", json={"subject": {"id": c["user"]}, "context": {"page": c["page"]}}, headers=headers
        )
    )
    for path in ("/v1/decide", "/v1/batch", "/v1/track", "/v1/consents", "/v1/nothing", f"/v1/{c['path']}"):
        for content in (
            c["body"].encode(),
            f'{{"subject":"{c["body"]}"'.encode(),
            b'{"batch":"' + c["body"].encode() + b'"}',
        ):
            say(server.post(path, params={"q": c["query"]}, content=content, headers=headers))
            say(server.put(path, params={c["query"]: "q"}, content=content, headers=headers))
    say(
        httpx.get(
            f"{gateway.url}/v1/items/{c['path']}", params={"q": c["query"]}, headers=headers, timeout=90
        )
    )
    say(httpx.post(f"{gateway.url}/v1/track", json=event(), auth=(c["password"], c["password"]), timeout=90))
    say(
        httpx.post(
            f"{gateway.url}/v1/decide",
            json={},
            headers={"authorization": f"Bearer {c['password']}".encode()},
            timeout=90,
        )
    )
    say(
        httpx.post(
            f"{gateway.url}/oauth/token",
            data={"grant_type": c["body"], "scope": c["query"]},
            auth=(c["user"], c["password"]),
            timeout=90,
        )
    )
    say(
        httpx.get(
            f"{gateway.url}/pixel/v1/track",
            params={"data": c["body"], "writeKey": c["password"]},
            headers=headers,
            timeout=90,
        )
    )
    read_flags(server, answers)
    exercise_every_right(server, answers)
    return [str(dict(answer.headers)).encode() + answer.content for answer in answers]


def read_flags(server: httpx.Client, answers: list[httpx.Response]) -> None:
    """Flags and experiments of a person, with everything in the context, and streams; rightly and wrongly."""
    c, say = CANARIES, answers.append
    assert server.put("/v1/flags/checkout-button", json=CHECKOUT).status_code == 200
    say(server.put("/v1/flags/other", json={**CHECKOUT, "rules": [{"when": c["body"], "variant": "green"}]}))
    say(server.put("/v1/flags/other", json={**CHECKOUT, "default": c["reason"], c["key"]: 1}))
    for key in ("checkout-button", c["path"]):
        for context in ({"targetingKey": c["user"]}, {"targetingKey": c["device"], "anonymous": True}):
            say(
                server.post(
                    f"/ofrep/v1/evaluate/flags/{key}", json={"context": {**context, "email": c["email"]}}
                )
            )
    for context in ({"targetingKey": c["user"], c["key"]: c["context"]}, {"targetingKey": [c["user"]]}):
        say(
            server.post(
                "/ofrep/v1/evaluate/flags", json={"context": context}, params={"flagConfigEtag": c["query"]}
            )
        )
    say(server.post("/v1/stream-tokens", json={"subject": {"id": c["user"]}}))
    say(server.get("/v1/stream", params={"ch": c["query"]}))
    say(
        server.get(
            "/ofrep/v1/stream", params={"ch": c["query"]}, headers={"last-event-id": c["header"].encode()}
        )
    )
    say(server.get("/v1/experiments/checkout"))
    assert sum(arm["units"] for arm in answers[-1].json()["results"]["arms"]) == 1


def exercise_every_right(server: httpx.Client, answers: list[httpx.Response]) -> None:
    """Ask for everything a person may ask for, rightly and wrongly. A report itself is no sink: it is the person's own copy."""
    c, say = CANARIES, answers.append
    me = {"subject": {"id": c["user"]}}
    say(server.post("/v1/rights", json={**me, "type": c["reason"]}))
    say(server.post("/v1/rights", json={**me, "type": "rectification", "item": "item-1"}))
    say(server.post("/v1/rights", json={**me, "type": "rectification", "item": c["property"]}))
    say(server.post("/v1/rights", json={**me, "type": "objection", "purpose": c["reason"]}))
    access = server.post("/v1/rights", json={**me, "type": "access"})
    say(access)
    report = server.get(access.json()["report"])
    assert report.status_code == 200
    assert not search(report.content, CANARIES), "not even the person's own copy has what was not kept"
    say(server.post(f"/v1/rights/{access.json()['request_id']}/steps", json={"act": c["reason"]}))
    refused = {"act": "refused", "reason": c["reason"]}
    say(server.post(f"/v1/rights/{access.json()['request_id']}/steps", json=refused))
    say(server.get(f"/v1/rights/{c['path']}"))
    gone = {"subject": {"anonymous_id": c["previous"]}, "type": "erasure"}
    say(server.post("/v1/rights", json=gone))


def category_arrived(directory: Path) -> bool:
    return all(
        any(search(path.read_bytes(), ALLOWED) for path in (directory / "sinks").rglob(parts))
        for parts in ("part-*.ndjson", "part-*.parquet")
    )


def collect(gateway: Gateway) -> dict[str, bytes]:
    """The bytes of every sink, by name; the gateway is stopped in between, so that snapshot and checkpoint are written."""
    metrics = httpx.get(f"{gateway.url}/metrics", timeout=90).content
    served = [
        httpx.get(f"{gateway.url}/log/checkpoint", timeout=90).content,
        httpx.get(f"{gateway.url}/openapi.json", timeout=90).content,
    ]
    gateway.stop()
    sinks = {"metrics": metrics, "served log": b"".join(served), "journal": gateway.log_file.read_bytes()}
    for root in (gateway.directory, gateway.directory.with_name(gateway.directory.name + ".keys")):
        for path in sorted(root.rglob("*")):
            if path.is_file():
                place = path.relative_to(gateway.directory.parent).as_posix()
                sinks[place] = place.encode() + path.read_bytes()
    records = sqlite3.connect(gateway.directory / "records.db")
    sinks["records, dumped"] = "\n".join(records.iterdump()).encode("utf-8", "replace")
    records.close()
    return sinks


def test_no_sink_holds_a_canary(sinks: dict[str, bytes]) -> None:
    assert len(sinks) > 15
    leaks = {place: found for place, data in sinks.items() if (found := search(data, CANARIES))}
    assert leaks == {}


def test_every_door_was_told_a_canary(afterwards: Afterwards) -> None:
    doors = [*doors_of(afterwards.document), *doors_of_the_portal(), *doors_of_the_console()]
    assert len(doors) > 80
    assert afterwards.told.untold(doors) == []
    assert afterwards.told.untold([("GET", "/v1/elsewhere")]) == [("GET", "/v1/elsewhere")]


def test_what_is_allowed_is_at_its_destination_and_nowhere_else(sinks: dict[str, bytes]) -> None:
    places = {place for place, data in sinks.items() if search(data, ALLOWED)}
    policy = {place for place in places if place.endswith("policy.toml")}
    assert any("/sinks/" in place and place.endswith(".ndjson") for place in places)
    assert any("/sinks/" in place and place.endswith(".parquet") for place in places)
    assert {place for place in places - policy if "/sinks/" not in place} == set()


def test_a_leak_planted_in_any_sink_is_found(sinks: dict[str, bytes]) -> None:
    for place, data in sinks.items():
        for planted in (CANARIES["user"].encode(), gzip.compress(CANARIES["email"].encode())):
            middle = len(data) // 2
            assert search(data[:middle] + planted + data[middle:], CANARIES), place


def test_the_place_of_a_person_is_a_square_of_the_map(sinks: dict[str, bytes]) -> None:
    for place, data in sinks.items():
        assert b"52.1234" not in data, place
        assert b"104.7654" not in data, place
