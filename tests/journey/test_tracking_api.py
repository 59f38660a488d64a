"""The tracking API over HTTP, trap by trap: what published clients rely on, and what an attacker would try.

`tests/clients` has the clients themselves; here is what they do one request at a time, and what none of them does.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import time
from calendar import timegm
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from audit import Outcome
from gateway.directory.init_directory import initialise
from tests.gateway_process import Gateway, Gateways, files_of
from tests.journey.in_process import inside
from tests.journey.own_issuer import OwnIssuer
from tests.journey.shop import Shop, view, wait_until

ADA, EVE = "ada@shop.example", "eve@shop.example"
CALLS = {"track": "t", "identify": "i", "page": "p", "screen": "s", "group": "g", "alias": "a"}
HOUR = 3600
NEW_YEAR = "2026-01-01T00:00:00Z"
SINK = """
[[destinations]]
id = "lake"
kind = "ndjson"
purpose = "recommendations"
path = "lake"
linger_seconds = 0.0
"""


def with_a_lake(directory: Path) -> None:
    """Route recommendations to files."""
    policy, settings = directory / "policy.toml", directory / "volens.toml"
    policy.write_text(policy.read_text().replace("destinations = []", 'destinations = ["lake"]', 1))
    settings.write_text(settings.read_text() + SINK)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    gateways = Gateways(tmp_path_factory.mktemp("tracking"))
    try:
        shop = Shop(gateways.start(with_a_lake))
        for purpose in ("recommendations", "analytics", "location"):
            shop.consent(ADA, "given", purpose)
        yield shop
    finally:
        gateways.close()


@pytest.fixture
def anyone(shop: Shop) -> Iterator[httpx.Client]:
    """A client without credentials."""
    with httpx.Client(base_url=shop.gateway.url, timeout=90) as client:
        yield client


def accepted(answer: httpx.Response) -> int:
    """How many events an answer says were accepted; it must be exactly 200, with nothing that some client trips over."""
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert said["success"] is True
    assert sum(said["reasons"].values()) == said["withheld"]
    return int(said["accepted"])


def refused(answer: httpx.Response, status: int, slug: str, *echoes: str) -> None:
    """An error in the form that clients index into, which repeats nothing."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()
    assert said["code"] == slug == said["type"].rpartition("/")[2]
    assert isinstance(said["message"], str)
    assert not [echo for echo in echoes if echo in answer.text]


def lake(shop: Shop) -> dict[str, dict[str, Any]]:
    """What the destination holds, by product or by the page's name, once it has seen everything."""

    def settled() -> bool:
        return not any(d["lag_records"] for d in shop.server.get("/v1/destinations").json()["destinations"])

    wait_until(settled, "a destination that has seen everything")
    parts = sorted((shop.gateway.directory / "lake").rglob("part-*.ndjson"))
    rows = [json.loads(line) for part in parts for line in part.read_text().splitlines()]
    return {row["attributes"].get("product_id") or row["attributes"].get("name", ""): row for row in rows}


# --- Paths


@pytest.mark.parametrize("call", CALLS)
def test_every_call_has_a_long_and_a_short_path(shop: Shop, call: str) -> None:
    for path in (call, CALLS[call]):
        event = {
            "userId": ADA,
            "event": "Product Viewed",
            "messageId": f"path-{path}",
            "groupId": "g",
            "previousId": "p",
        }
        answer = shop.source.post(f"/v1/{path}", json=event)
        known = call in ("track", "page", "screen")
        assert accepted(answer) == known
        assert answer.json()["reasons"] == ({} if known else {"unknown_event": 1})
        assert shop.source.post(f"/v1/{path}", json=event).json()["reasons"] == {"duplicate": 1}


def test_a_batch_has_two_paths_and_client_metrics_are_thrown_away(shop: Shop, anyone: httpx.Client) -> None:
    for path in ("/v1/batch", "/v1/b"):
        assert accepted(shop.source.post(path, json={"batch": [view(ADA, "p")]})) == 1
    before = shop.outcomes("event")
    thrown = anyone.post("/v1/m", content=b'{"series":[{"metric":"analytics_js.invoke"}]}')
    assert thrown.status_code == 200
    assert shop.outcomes("event") == before


@pytest.mark.parametrize("path", ["/v1/batch/", "/v1/t/", "/v1/m/", "//v1/batch", "/v1/consents/"])
def test_no_path_redirects(shop: Shop, path: str) -> None:
    # A client of Segment's takes a redirect for a delivery: the events would be lost in silence.
    assert shop.source.post(path, json={"batch": []}).status_code in (404, 405)


def test_a_page_may_carry_its_name_beside_its_properties(shop: Shop) -> None:
    page = {"type": "page", "userId": ADA, "messageId": "page-beside", "name": "Sale", "category": "beside"}
    assert shop.batch([page])["accepted"] == 1
    assert lake(shop)["Sale"]["attributes"] == {"name": "Sale", "category": "beside"}


# --- Keys


def basic(user: str, password: str = "") -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def test_a_key_may_come_in_four_places(shop: Shop, anyone: httpx.Client) -> None:
    key, token = shop.gateway.credentials["server_key"], shop.gateway.token("events:write")

    def batch(**more: Any) -> dict[str, Any]:
        return {"batch": [{**view(ADA, "p"), **more}]}

    for headers, body in [
        ({"authorization": basic(key)}, batch()),
        ({"authorization": basic(key).replace("Basic", "basic")}, batch()),
        ({}, {**batch(), "writeKey": key}),
        ({}, batch(writeKey=key)),
        ({"authorization": f"Bearer {token}"}, batch()),
        ({"authorization": f"Bearer {token}"}, {**batch(), "writeKey": key}),
    ]:
        assert accepted(anyone.post("/v1/batch", json=body, headers=headers)) == 1
    assert accepted(anyone.post("/v1/t", json={**view(ADA, "p"), "writeKey": key})) == 1


@pytest.mark.parametrize(
    ("authorization", "key"),
    [
        (None, None), (None, "canary-key"), (None, 5), (None, ""), (basic("canary-key"), None), (basic(""), None),
        ("Bearer canary-key", None), ("Basic canary-key", None), ("canary-key", None), ("Basic", None),
    ],
)  # fmt: skip
def test_what_is_no_key_is_refused_without_a_hint(
    anyone: httpx.Client, authorization: str | None, key: Any
) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    root = {} if key is None else {"writeKey": key}
    for path, body in (("/v1/batch", {"batch": [view(ADA, "p")]}), ("/v1/t", view(ADA, "p"))):
        refused(
            anyone.post(path, json={**body, **root}, headers=headers), 401, "unauthenticated", "canary", ADA
        )


def test_a_good_key_in_the_body_does_not_mend_a_bad_header(shop: Shop, anyone: httpx.Client) -> None:
    body = {"batch": [view(ADA, "p")], "writeKey": shop.gateway.credentials["server_key"]}
    refused(
        anyone.post("/v1/batch", json=body, headers={"authorization": basic("wrong")}), 401, "unauthenticated"
    )


def test_a_browsers_user_id_is_nobodys(shop: Shop) -> None:
    answer = shop.browser.post("/v1/t", json=view(ADA, "p"))
    assert accepted(answer) == 0
    assert answer.json()["reasons"] == {"unconfirmed": 1}


# --- Bodies


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded", "image/png", None]
)
@pytest.mark.parametrize("zipped", [False, True])
def test_the_content_type_says_nothing(shop: Shop, content_type: str | None, zipped: bool) -> None:
    body = json.dumps({"batch": [view(ADA, "p")], "sentAt": NEW_YEAR}).encode()
    headers = {} if content_type is None else {"content-type": content_type}
    if zipped:
        body, headers = gzip.compress(body), {**headers, "content-encoding": "gzip"}
    assert accepted(shop.source.post("/v1/batch", content=body, headers=headers)) == 1


def test_a_zip_bomb_is_refused_and_never_unpacked(shop: Shop) -> None:
    bomb = gzip.compress(bytes(400 << 20), 9)
    assert len(bomb) < 500_000
    before = peak_kilobytes(shop.gateway)
    for path in ("/v1/batch", "/v1/t", "/v1/m"):
        answer = shop.source.post(path, content=bomb, headers={"content-encoding": "gzip"})
        assert answer.status_code == 413
    assert peak_kilobytes(shop.gateway) - before < 32 << 10


def peak_kilobytes(gateway: Gateway) -> int:
    """The most memory a gateway's process ever had (VmHWM)."""
    assert gateway.process is not None
    lines = Path(f"/proc/{gateway.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


@pytest.mark.parametrize(
    ("body", "encoding", "status", "slug"),
    [
        (b"canary", None, 400, "body-invalid"),
        (b'{"batch":', None, 400, "body-invalid"),
        (b'{"batch":"canary"}', None, 400, "body-invalid"),
        (b'["canary"]', None, 400, "body-invalid"),
        (b"", None, 400, "body-invalid"),
        (b"\xff\xfe", None, 400, "body-invalid"),
        (b"[" * 100_000, None, 400, "body-invalid"),
        (b'{"batch":[]}', "gzip", 400, "body-invalid"),
        (gzip.compress(b'{"batch":[]}')[:-4], "gzip", 400, "body-invalid"),
        (b'{"batch":[]}', "br", 415, "unsupported-encoding"),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_read_is_refused_with_code_and_message(
    shop: Shop, body: bytes, encoding: str | None, status: int, slug: str
) -> None:
    headers = {} if encoding is None else {"content-encoding": encoding}
    refused(shop.source.post("/v1/batch", content=body, headers=headers), status, slug, "canary")


# --- Limits


def of_size(n: int, **more: Any) -> bytes:
    """A view of exactly `n` bytes."""
    event = json.dumps({**view(ADA, "big"), "padding": "", **more})
    return event.replace('"padding": ""', f'"padding": "{"x" * (n - len(event))}"').encode()


def test_an_event_has_32_kilobytes_and_a_longer_one_spoils_only_itself(shop: Shop) -> None:
    fits, long = of_size(32_768), of_size(32_769)
    assert (len(fits), len(long)) == (32_768, 32_769)
    answer = shop.source.post("/v1/batch", content=b'{"batch":[%b,%b]}' % (long, fits))
    assert accepted(answer) == 1
    assert answer.json()["reasons"] == {"invalid": 1}
    assert accepted(shop.source.post("/v1/track", content=of_size(32_768))) == 1
    refused(shop.source.post("/v1/track", content=of_size(32_769)), 400, "body-invalid", "xxx")


def test_a_batch_has_500_kilobytes(shop: Shop) -> None:
    body = b'{"batch":[%b]}' % b",".join(of_size(30_000) for _ in range(17))
    fits = body + b" " * (512_000 - len(body))
    assert accepted(shop.source.post("/v1/batch", content=fits)) == 17
    for long in (fits + b" ", gzip.compress(fits + b" ")):
        headers = {"content-encoding": "gzip"} if long[:2] == b"\x1f\x8b" else {}
        refused(shop.source.post("/v1/batch", content=long, headers=headers), 413, "body-too-large")


def test_a_batch_has_2500_events(shop: Shop) -> None:
    events = [{"userId": EVE, "event": "Product Viewed", "messageId": f"many-{i}"} for i in range(2501)]
    before = shop.outcomes("event")
    refused(shop.source.post("/v1/batch", json={"batch": events}), 400, "too-many-events")
    assert shop.outcomes("event") == before, "none of them was taken"
    assert shop.source.post("/v1/batch", json={"batch": events[:2500]}).json()["reasons"] == {
        "no_record": 2500
    }


async def test_a_source_that_fills_the_log_too_fast_waits_and_stops_nobody_else(tmp_path: Path) -> None:
    async with inside(tmp_path / "first"):
        pass
    settings = tmp_path / "first" / "volens.toml"
    settings.write_text(
        settings.read_text() + "\n[rate_limits]\nlog_bytes_per_second = 1024\nburst_seconds = 4.0\n"
    )
    async with inside(tmp_path / "first") as served:
        await served.consent(ADA, "given")
        first = await served.batch([view(ADA, "p") for _ in range(40)])
        assert accepted(first) == 40
        owing = await served.batch([view(ADA, "p")])
        refused(owing, 429, "rate-limited")
        assert int(owing.headers["retry-after"]) >= 1
        assert (await served.decide(ADA))["reason"] != "refused"
        assert (await served.consent(ADA, "withdrawn")).status_code == 200
        body = {**view(None, "p", anonymousId="a"), "writeKey": served.credentials["write_key"]}
        del served.http.headers["authorization"]
        assert (await served.http.post("/v1/t", json=body)).status_code == 200


# --- Consent, identity, time


def test_withheld_is_no_error(shop: Shop) -> None:
    events = [
        view(ADA, "fine"),
        view(EVE, "p"),
        view(ADA, "p", context={"consent": {"categoryPreferences": {}}}),
        view(ADA, "p", context={"userAgent": "Googlebot/2.1 (+http://www.google.com/bot.html)"}),
        view(ADA, "p", event="Unheard Of"),
        view(None, "p", anonymousId=None, userId=None),
        view(None, "p", userId=5),
    ]
    assert shop.batch([*events, events[0]]) == {
        "success": True, "accepted": 1, "withheld": 7,
        "reasons": {"no_record": 1, "signal": 1, "bot": 1, "unknown_event": 1, "invalid": 2, "duplicate": 1},
    }  # fmt: skip


async def test_who_is_named_and_cannot_be_read_is_not_taken_for_the_browser(tmp_path: Path) -> None:
    async with inside(tmp_path / "volens") as served:
        await served.consent({"anonymous_id": "tab"}, "given")
        named = [5, ["ada"], {"id": "ada"}, True, "x" * 257]
        events = [view(None, "p", anonymousId="tab", userId=who) for who in [*named, "", None]]
        reply = (await served.batch(events)).json()
        assert (reply["accepted"], reply["reasons"]) == (2, {"invalid": len(named)})
        del served.http.headers["authorization"]
        key = {"writeKey": served.credentials["write_key"]}
        claimed = await served.http.post(
            "/v1/t", json={**view(None, "p", anonymousId="tab", userId=5), **key}
        )
        assert claimed.json()["accepted"] == 1, "what a browser says of who it is counts for nothing"


async def test_nobody_can_use_up_the_message_id_of_another_person(tmp_path: Path) -> None:
    await asyncio.to_thread(initialise, directory := tmp_path / "volens")
    issuer = await asyncio.to_thread(OwnIssuer, directory, "events:write")
    async with inside(directory) as served:
        for who in ("ada", "eve"):
            assert (await served.consent(who, "given")).status_code == 200
        order = view(None, "p", messageId="order-1001")
        for who, accepted in (("eve", 1), ("ada", 1), ("ada", 0)):
            served.http.headers.update(issuer.token_of(who))
            assert (await served.batch([order])).json()["accepted"] == accepted


async def test_a_robot_without_a_word_in_its_events_is_known_by_its_own_header(tmp_path: Path) -> None:
    async with inside(tmp_path / "volens") as served:
        await served.consent({"anonymous_id": "tab"}, "given")
        event = {k: v for k, v in view(None, "p", anonymousId="tab").items() if k != "messageId"}
        named = {**event, "context": {"userAgent": "Mozilla/5.0 Firefox/145.0"}}
        keys = {each: served.credentials[f"{each}_key"] for each in ("write", "server")}
        robot = {"user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}
        del served.http.headers["authorization"]

        async def send(path: str, body: dict[str, Any], headers: dict[str, str]) -> dict[str, int]:
            return dict((await served.http.post(path, json=body, headers=headers)).json()["reasons"])

        single = {**event, "writeKey": keys["write"]}
        assert await send("/v1/t", single, {}) == {}
        assert await send("/v1/t", single, robot) == {"bot": 1}
        events = {"batch": [event, named, {**event, "context": {"locale": "de"}}]}
        assert await send("/v1/b", {**events, "writeKey": keys["write"]}, robot) == {"bot": 2}
        library = {"user-agent": "python-requests/2.32"}
        assert await send("/v1/b", {**events, "writeKey": keys["write"]}, library) == {"bot": 2}
        assert await send("/v1/b", {**events, "writeKey": keys["server"]}, library) == {}, (
            "a server's library"
        )
        token = {**library, "authorization": f"Bearer {await served.token('events:write')}"}
        assert await send("/v1/b", events, token) == {}

        before = served.services.events.counts[Outcome.WITHHELD_BOT]
        data = base64.urlsafe_b64encode(json.dumps(single).encode()).decode()
        for headers in ({}, robot):
            await served.http.get("/pixel/v1/track", params={"data": data}, headers=headers)
        assert served.services.events.counts[Outcome.WITHHELD_BOT] == before + 1


def test_a_claim_of_the_batch_lies_under_each_event(shop: Shop) -> None:
    batch = {
        "batch": [view(ADA, "p")],
        "context": {"consent": {"categoryPreferences": {"Advertising": True}}},
    }
    assert shop.source.post("/v1/batch", json=batch).json()["reasons"] == {"signal": 1}


def test_global_privacy_control_narrows_what_it_is_about(shop: Shop) -> None:
    shop.consent("gpc", "given", "advertising")
    assert shop.batch([view("gpc", "p")])["accepted"] == 1
    assert shop.batch([view("gpc", "p")], **{"sec-gpc": "0"})["accepted"] == 1
    assert shop.batch([view("gpc", "p")], **{"sec-gpc": "1"})["reasons"] == {"signal": 1}


def test_a_location_is_a_zone_before_it_is_written(shop: Shop) -> None:
    place = {"latitude": 48.137_154_321, "longitude": 11.576_124_321}
    assert shop.batch([view(ADA, "here", context={"location": place, "ip": "203.0.113.77"})])["accepted"] == 1
    assert lake(shop)["here"]["attributes"] == {"product_id": "here", "location": "N48E011"}
    for file, content in files_of(shop.gateway.directory).items():
        assert not [
            secret for secret in (b"48.137", b"11.576", b"203.0.113.77", ADA.encode()) if secret in content
        ], file


def test_a_wrong_clock_is_corrected_and_a_late_event_keeps_its_time(shop: Shop) -> None:
    now = int(time.time())

    def stamp(seconds: int) -> str:
        return time.strftime("%Y-%m-%dT%H:%M:%S.250Z", time.gmtime(seconds))

    # The client's clock is three hours ahead; what it says happened an hour before it sent did so an hour before now.
    fast = {"sentAt": stamp(now + 3 * HOUR), "batch": [view(ADA, "ahead", timestamp=stamp(now + 2 * HOUR))]}
    # RudderStack's spelling, out of order, and from the future of a clock nobody knows.
    plain = {
        "batch": [
            view(ADA, "late", originalTimestamp=stamp(now - 20 * HOUR)),
            view(ADA, "later", timestamp=stamp(now - 30 * HOUR)),
            view(ADA, "future", timestamp=stamp(now + 9 * HOUR)),
        ]
    }
    assert accepted(shop.source.post("/v1/batch", json=fast)) == 1
    assert accepted(shop.source.post("/v1/batch", json=plain)) == 3
    found = {
        name: row["at"] for name, row in lake(shop).items() if name in ("ahead", "late", "later", "future")
    }
    expected = {"ahead": now - HOUR, "late": now - 20 * HOUR, "later": now - 30 * HOUR, "future": now}
    for name, at in expected.items():
        seconds = timegm(time.strptime(found[name][:19], "%Y-%m-%dT%H:%M:%S"))
        assert abs(seconds - at) <= 300, name


@pytest.mark.parametrize("price", ["NaN", "Infinity", "-Infinity"])
def test_a_number_that_is_none_spoils_its_own_event_of_a_batch(shop: Shop, price: str) -> None:
    shop.consent(ADA, "given")
    views = [view(ADA, f"NaN {i}", messageId=f"{price} {i}") for i in range(3)]
    views[1]["properties"]["price"] = float(price)
    answer = shop.server.post("/v1/batch", content=json.dumps({"batch": views}))
    assert answer.json()["reasons"] == {"invalid": 1}
    assert answer.json()["accepted"] == 2


@pytest.mark.parametrize("no_id", ["", None, 7])
def test_events_without_an_id_of_their_own_are_no_repetitions(shop: Shop, no_id: object) -> None:
    shop.consent(ADA, "given")
    assert shop.batch([view(ADA, f"p{i}", messageId=no_id) for i in range(3)])["accepted"] == 3
    assert shop.batch([view(ADA, "p0", messageId=no_id)])["accepted"] == 1


@pytest.mark.slow
def test_a_message_counts_once_for_its_source_also_across_restarts(gateways: Gateways) -> None:
    gateway = gateways.start()
    shop = Shop(gateway)
    shop.consent(ADA, "given")
    shop.consent({"anonymous_id": "a"}, "given")
    sent = [view(ADA, f"p{i}") for i in range(5)] + [view(EVE, "p")]
    from_a_browser = view(None, "p", anonymousId="a", messageId=sent[0]["messageId"])
    assert shop.batch(sent)["accepted"] == 5
    for end in (gateway.stop, gateway.kill):
        end()
        gateway.serve()
        shop = Shop(gateway)
        assert shop.batch([*sent, view(ADA, "new")])["reasons"] == {"duplicate": 6}
    answer = shop.browser.post("/v1/t", json=from_a_browser)
    assert accepted(answer) == 1, "another source's ids are its own"
