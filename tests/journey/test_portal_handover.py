"""An app hands somebody over to the portal: once, within a minute, from its own page, and nobody else does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gateway.callers.tokens import HANDOVER_SECONDS, OwnTokens
from gateway.errors import CredentialsInvalidError
from gateway.portal.handover_tokens import Handovers
from gateway.portal.not_let_in import NotLetIn
from tests.gateway_process import Gateways
from tests.journey.portal_visitor import Visitor, many_sign_ins
from tests.journey.shop import Shop

ORIGIN, EVIL = "https://shop.example", "https://evil.example"
REF = "ab" * 16
NOW = 1_800_000_000


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    gateways = Gateways(tmp_path_factory.mktemp("handover"))
    try:
        yield Shop(gateways.start(many_sign_ins))
    finally:
        gateways.close()


def token_for(shop: Shop, subject: dict[str, str], origin: str = ORIGIN) -> dict[str, Any]:
    answer = shop.server.post("/v1/handover-tokens", json={"subject": subject, "origin": origin})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def hand_over(shop: Shop, token: str, origin: str | None = ORIGIN) -> tuple[Visitor, int]:
    visitor = Visitor(shop.gateway)
    headers = {} if origin is None else {"origin": origin}
    answer = visitor.http.post("/portal/handover", data={"token": token}, headers=headers)
    return visitor, answer.status_code


def refused(shop: Shop) -> dict[str, int]:
    """How many attempts to come in let nobody in, by reason."""
    name = "volens_portal_entries_refused_total"
    lines = shop.server.get("/metrics").text.splitlines()
    counted = [line.rpartition(" ") for line in lines if line.startswith(f"{name}{{")]
    return {label.split('"')[1]: int(float(count)) for label, _, count in counted}


def test_an_anonymous_person_is_inside_and_decides_for_that_browser_alone(shop: Shop) -> None:
    given = token_for(shop, {"anonymous_id": "browser-1"})
    assert (given["expires_in"], given["action"]) == (60, "/portal/handover")
    visitor, status = hand_over(shop, given["token"])
    assert status == 303
    visitor.choose("recommendations:give")
    assert shop.permits({"anonymous_id": "browser-1"})["recommendations"]
    assert not shop.permits({"anonymous_id": "browser-2"})["recommendations"]
    assert not shop.permits("browser-1")["recommendations"]


def test_a_token_lets_in_once_and_from_the_page_that_it_names(shop: Shop) -> None:
    token = token_for(shop, {"id": "ada"})["token"]
    assert hand_over(shop, token)[1] == 303
    before = refused(shop)
    assert hand_over(shop, token)[1] == 403
    assert refused(shop) == {**before, "handover_again": before["handover_again"] + 1}
    for origin in (EVIL, "null", None, ORIGIN + "/", ORIGIN + ":443", shop.gateway.url):
        fresh = token_for(shop, {"id": "ada"})["token"]
        assert hand_over(shop, fresh, origin)[1] == 403
        assert hand_over(shop, fresh)[1] == 403, "tried in the wrong place, it is used up"
    since = refused(shop)
    assert since["handover_from_elsewhere"] == before["handover_from_elsewhere"] + 6
    assert since["handover_again"] == before["handover_again"] + 7
    assert hand_over(shop, "forged." + token.partition(".")[2])[1] == 403
    assert Visitor(shop.gateway).use("A" * 43).status_code == 403
    assert refused(shop) == {**since, "handover": since["handover"] + 1, "link": since["link"] + 1}


def test_a_token_is_not_taken_from_an_address(shop: Shop) -> None:
    token = token_for(shop, {"id": "bo"})["token"]
    visitor = Visitor(shop.gateway)
    assert visitor.http.get("/portal/handover", params={"token": token}).status_code == 405
    headers = {"origin": ORIGIN}
    assert visitor.http.post("/portal/handover", params={"token": token}, headers=headers).status_code == 403
    assert visitor.http.get("/portal").status_code == 303


def test_no_other_token_of_ours_lets_in_and_this_one_opens_nothing_else(shop: Shop) -> None:
    device = shop.server.post("/v1/device-tokens", json={"anonymous_id": "d"}).json()["access_token"]
    for other in (device, shop.gateway.token("rights"), "", "x.y.z", "\u20ac"):
        assert hand_over(shop, other)[1] == 403
    token = token_for(shop, {"id": "cleo"})["token"]
    answer = shop.server.post("/v1/decide", json={}, headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 401


def test_only_a_server_that_may_do_both_gets_one(shop: Shop) -> None:
    body = {"subject": {"id": "dora"}, "origin": ORIGIN}
    for scope in ("rights", "consent:write", "decide"):
        answer = shop.gateway.client(scope).post("/v1/handover-tokens", json=body)
        assert answer.status_code == 403, scope
    for client in (shop.source, shop.browser):
        assert client.post("/v1/handover-tokens", json=body).status_code == 403
    for wrong in ("shop.example", "https://*", "https://shop.example/x", "HTTPS://SHOP.EXAMPLE", ""):
        answer = shop.server.post("/v1/handover-tokens", json={**body, "origin": wrong})
        assert answer.status_code == 422
        assert not wrong or wrong not in answer.text


def tokens() -> OwnTokens:
    return OwnTokens(b"s" * 32, issuer="https://gateway.example", client_ids=("c",))


def test_after_a_minute_after_a_restart_and_with_anything_changed_it_does_not_hold() -> None:
    own = tokens()
    token = own.issue_handover_token(REF, ORIGIN, now=NOW)
    assert Handovers(own).take(token, ORIGIN, now=NOW + HANDOVER_SECONDS - 1) == bytes.fromhex(REF)
    assert Handovers(own).take(token, ORIGIN, now=NOW + HANDOVER_SECONDS) is NotLetIn.HANDOVER
    assert Handovers(tokens()).take(token, ORIGIN, now=NOW) is NotLetIn.HANDOVER
    head, body, signature = token.split(".")
    for changed in (
        f"{head}.{body}.{signature[:-4]}AAAA",
        f"{head}.{body[:-2]}.{signature}",
        f"{head}.{body}.",
    ):
        assert Handovers(own).take(changed, ORIGIN, now=NOW) is NotLetIn.HANDOVER


def test_the_kinds_of_token_are_not_taken_for_one_another() -> None:
    own = tokens()
    device, _ = own.issue_device_token(REF, 60, opens_linked=True, now=NOW)
    client = own.issue_client_token("c", ["decide"], now=NOW)
    for other in (device, client):
        with pytest.raises(CredentialsInvalidError):
            own.verify_handover(other.encode(), now=NOW)
    with pytest.raises(CredentialsInvalidError):
        own.verify(own.issue_handover_token(REF, ORIGIN, now=NOW).encode(), now=NOW)


def test_what_was_used_is_remembered_no_longer_than_it_would_hold() -> None:
    own = tokens()
    handovers = Handovers(own)
    for second in range(0, 600, 10):
        token = own.issue_handover_token(REF, ORIGIN, now=NOW + second)
        assert not isinstance(handovers.take(token, ORIGIN, now=NOW + second), NotLetIn)
        assert handovers.take(token, ORIGIN, now=NOW + second) is NotLetIn.HANDOVER_AGAIN
    assert len(handovers._used) <= HANDOVER_SECONDS // 10 + 1
