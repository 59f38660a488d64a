"""What programs send that were written from the names of the public surface alone: both readings of a name are taken."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from audit import Outcome
from gateway.directory.init_directory import initialise
from tests.journey.in_process import Inside, inside
from tests.journey.standing import with_public_url

NAMED_SCOPES = "events:write decide consent:read consent:write rights audit:read admin"
HERE = "http://127.0.0.1:8080"
METADATA = "/.well-known/authzen-configuration"
VIEW = {
    "type": "track",
    "event": "Product Viewed",
    "userId": "ada",
    "properties": {"product_id": "item-1"},
}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    initialise(tmp_path / "volens")
    return tmp_path / "volens"


async def device(served: Inside, body: dict[str, Any]) -> httpx.Response:
    return await served.http.post("/v1/device-tokens", json=body)


async def test_a_device_token_names_its_person_like_every_other_body(directory: Path) -> None:
    async with inside(directory) as served:
        app = served.http.headers["authorization"]
        for subject in ({"id": "ada"}, {"anonymous_id": "browser-1"}):
            served.http.headers["authorization"] = app
            token = (await device(served, {"subject": subject})).json()["access_token"]
            served.http.headers["authorization"] = f"Bearer {token}"
            asked = {"subject": subject, "placement": "home", "limit": 1}
            decided = await served.http.post("/v1/decide", json=asked)
            assert decided.status_code == 200
            for other in ({"id": "bea"}, {"anonymous_id": "ada"}, {"id": "browser-1"}):
                refused = await served.http.post("/v1/decide", json={**asked, "subject": other})
                assert refused.status_code == 403
            assert (await device(served, {"subject": subject})).status_code == 403, "a token makes no other"
        served.http.headers["authorization"] = app
        for body in ({}, {"subject": {}}, {"subject": {"id": "a", "anonymous_id": "b"}}, {"subject": None}):
            assert (await device(served, body)).status_code == 422, body
        both = {"subject": {"id": "ada"}, "anonymous_id": "browser-1"}
        assert (await device(served, both)).status_code == 422


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/prompts", {}),
        ("/v1/consents/query", {"subject": {}}),
        ("/v1/rights", {"subject": {"id": "a", "anonymous_id": "b"}, "type": "access"}),
        ("/v1/stream-tokens", {"subject": {}}),
        ("/v1/device-tokens", {"subject": {}}),
        ("/v1/decide", {"subject": {}}),
    ],
)
async def test_a_body_about_nobody_is_told_so_everywhere(
    directory: Path, path: str, body: dict[str, Any]
) -> None:
    async with inside(directory) as served:
        answer = await served.http.post(path, json=body)
        assert answer.status_code == 422
        assert answer.json()["errors"] == [{"pointer": "#/subject", "code": "not_one_subject"}]


async def test_a_signed_in_session_reads_why_its_own_slate_was_and_no_others(directory: Path) -> None:
    async with inside(directory) as served:
        assert (await served.consent("ada", "given")).status_code == 200
        decided = await served.http.post("/v1/decide", json={"subject": {"id": "ada"}, "placement": "home"})
        why = f"/v1/decisions/{decided.json()['decision_id']}"
        tokens = {
            who: (await device(served, {"subject": {"id": who}})).json()["access_token"]
            for who in ("ada", "bea")
        }
        for who, status in (("ada", 200), ("bea", 404)):
            held = {"authorization": f"Bearer {tokens[who]}"}
            assert (await served.http.get(why, headers=held)).status_code == status


async def test_who_may_only_decide_makes_no_session_of_a_known_person(directory: Path) -> None:
    async with inside(directory) as served:
        for scopes, known in (("decide", 403), ("decide rights", 200)):
            served.http.headers["authorization"] = f"Bearer {await served.token(scopes)}"
            assert (await device(served, {"subject": {"id": "ada"}})).status_code == known
            assert (await device(served, {"subject": {"anonymous_id": "b"}})).status_code == 200


async def test_items_bring_what_a_catalogue_knows_and_nothing_for_what_it_does_not(directory: Path) -> None:
    known = {"id": "lamp", "title": "Lamp", "category": "light", "tags": ["x"], "price": 9.5, "stock": 3}
    nothing = {"id": "void", "title": None, "category": None, "tags": None, "price": None, "stock": None}
    async with inside(directory) as served:
        more = {**known, "brand": "Nordic", "attributes": {"colour": ["red"]}}
        answer = await served.http.put("/v1/items", json={"items": [more, nothing]})
        assert (answer.status_code, answer.json()) == (200, {"upserted": 2, "ignored": 2})
        kept = (await served.http.get("/v1/items/lamp")).json()
        assert kept == known | {"blocked": False, "provider": None}
        assert (await served.http.get("/v1/items/void")).json()["tags"] == []
        for wrong in ({"price": "9.5"}, {"stock": 1.5}, {"tags": "x"}, {"title": 7}):
            refused = await served.http.put("/v1/items", json={"items": [known | wrong]})
            assert refused.status_code == 422, wrong


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ({"blockd": True}, "blocked"),
        ({"Blocked": True}, "blocked"),
        ({"isBlocked": True}, "blocked"),
        ({"boolked": True}, "blocked"),
        ({"stok": 0}, "stock"),
        ({"in_stock": False}, "stock"),
        ({"priec": 9.5}, "price"),
    ],
)
async def test_a_slip_for_a_member_is_no_unknown_member(
    directory: Path, slip: dict[str, Any], meant: str
) -> None:
    async with inside(directory) as served:
        good = {"id": "good", "brand": "Nordic"}
        refused = await served.http.put("/v1/items", json={"items": [good, {"id": "lamp", **slip}]})
        assert refused.status_code == 422
        assert refused.json()["errors"] == [{"pointer": f"#/items/1/{meant}", "code": "name_is_a_slip"}]
        assert not any(name in refused.text for name in slip), "the name itself is not echoed"
        for item in ("good", "lamp"):
            assert (await served.http.get(f"/v1/items/{item}")).status_code == 404, "all or nothing"
        both = {"id": "lamp", meant: {"blocked": True, "stock": 0, "price": 9.5}[meant], **slip}
        answer = await served.http.put("/v1/items", json={"items": [both]})
        assert answer.json() == {"upserted": 1, "ignored": 1}, "who says it rightly as well is understood"


async def test_who_has_every_named_scope_may_search(directory: Path) -> None:
    question = {
        "subject": {"type": "destination"},
        "action": {"name": "recommendations"},
        "resource": {"type": "data_subject", "id": "ada"},
    }
    async with inside(directory) as served:
        for scopes, status in ((NAMED_SCOPES, 200), (NAMED_SCOPES.replace(" admin", ""), 403)):
            served.http.headers["authorization"] = f"Bearer {await served.token(scopes)}"
            answer = await served.http.post("/access/v1/search/subject", json=question)
            assert answer.status_code == status


async def test_metadata_without_a_public_address_are_for_this_machine(directory: Path) -> None:
    async with inside(directory) as served:
        told = (await served.http.get(HERE + METADATA)).json()
        assert told["policy_decision_point"] == HERE
        assert told["access_evaluation_endpoint"] == f"{HERE}/access/v1/evaluation"
        for header in ({"host": "evil.example"}, {"x-forwarded-for": "203.0.113.9"}):
            answer = await served.http.get(HERE + METADATA, headers=header)
            assert answer.status_code == 404
            assert b"evil" not in answer.content


async def test_metadata_of_a_public_gateway_are_for_everybody(tmp_path: Path) -> None:
    async with inside(with_public_url(tmp_path / "volens")) as served:
        answer = await served.http.get(METADATA, headers={"x-forwarded-for": "203.0.113.9"})
        assert answer.json()["policy_decision_point"] == "https://gate.example"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_a_proxy_may_ask_with_the_method_and_the_path_of_what_it_holds(
    directory: Path, method: str
) -> None:
    asked = {"x-volens-service": "newsletter", "x-volens-purpose": "recommendations"}
    preflight = {"origin": "https://elsewhere.example", "access-control-request-method": "POST"}
    async with inside(directory) as served:
        await served.consent("ada", "given")
        for path in ("/ext_authz", "/ext_authz/", "/ext_authz/orders/7%2F8"):
            for who, status in (("ada", 200), ("bea", 403)):
                whose = {**asked, "x-volens-subject": who, **preflight}
                answer = await served.http.request(method, path, headers=whose)
                assert answer.status_code == status, (path, who)
        lacking = await served.http.request(method, "/ext_authz", headers=asked)
        assert lacking.status_code == 400
        assert method == "HEAD" or lacking.json()["type"].endswith("/bad-request")


async def test_a_key_may_come_as_a_bearer(directory: Path) -> None:
    async with inside(directory) as served:
        for name, reason in (("server_key", "no_record"), ("write_key", "unconfirmed")):
            served.http.headers["authorization"] = f"Bearer {served.credentials[name]}"
            answer = await served.batch([VIEW])
            assert (answer.status_code, answer.json()["reasons"]) == (200, {reason: 1})
            decided = await served.http.post("/v1/decide", json={"subject": {"id": "ada"}})
            assert decided.status_code == 403, "a key is not more than it was"
        served.http.headers["authorization"] = f"Bearer {served.credentials['server_key'][:-1]}"
        assert (await served.batch([VIEW])).status_code == 401


async def test_a_pixel_of_plain_base64_is_read(directory: Path) -> None:
    """Segment's own examples do not escape it, so a plus comes as a blank."""
    async with inside(directory) as served:
        await served.consent({"anonymous_id": "b"}, "given")
        call = {**VIEW, "userId": None, "anonymousId": "b", "writeKey": served.credentials["write_key"]}
        texts = (json.dumps(call | {"messageId": "~>" * n}).encode() for n in range(1, 50))
        data = next(each for each in map(base64.b64encode, texts) if b"+" in each).decode()
        del served.http.headers["authorization"]
        await served.http.get(f"/pixel/v1/track?data={data}")
        assert dict(served.services.events.counts) == {Outcome.ACCEPTED: 1}


async def test_an_export_of_one_purpose_is_asked_for_as_entries_are(directory: Path) -> None:
    async with inside(directory) as served:
        await served.consent("ada", "given")
        answer = await served.http.post("/v1/audit/exports", json={"purpose": "nothing-like-it"})
        assert answer.status_code == 422
        answer = await served.http.post("/v1/audit/exports", json={"purpose": "recommendations"})
        assert answer.status_code in (200, 503), "503: nothing is published yet"
