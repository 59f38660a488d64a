"""`POST /oauth/token`: RFC 6749 by the book, and not one byte of the request in an answer."""

from __future__ import annotations

import json
import logging
from base64 import b64encode
from urllib.parse import urlencode

import pytest

from gateway.callers.credentials import Credentials
from gateway.callers.token_endpoint import TokenAnswer, TokenEndpoint
from gateway.callers.tokens import OwnTokens
from gateway.settings.scopes import SCOPES

NOW = 1_800_000_000
CREDENTIALS = Credentials(
    write_key="wk_0123456789abcdef",
    server_key="sk_0123456789abcdef",
    client_id="client_1",
    client_secret="cs_0123456789abcdef",
)
CANARY = "canary-51f0"
GRANT = {"grant_type": "client_credentials"}
POST = {"client_id": CREDENTIALS.client_id, "client_secret": CREDENTIALS.client_secret}
TOKENS = OwnTokens(bytes(32), issuer="example.org/log", client_ids={"client_1"})
ENDPOINT = TokenEndpoint(CREDENTIALS, TOKENS, lambda: NOW)


def basic(
    client: str = CREDENTIALS.client_id, secret: str = CREDENTIALS.client_secret
) -> list[tuple[bytes, bytes]]:
    return [(b"host", b"x"), (b"authorization", b"Basic " + b64encode(f"{client}:{secret}".encode()))]


def ask(
    form: dict[str, str], headers: list[tuple[bytes, bytes]] | None = None
) -> tuple[TokenAnswer, dict[str, str]]:
    answer = ENDPOINT.respond(headers or [], urlencode(form).encode())
    assert dict(answer.headers)[b"cache-control"] == b"no-store"
    assert dict(answer.headers)[b"content-type"] == b"application/json"
    assert CANARY.encode() not in answer.body + repr(answer.headers).encode()
    return answer, json.loads(answer.body)


@pytest.mark.parametrize(("form", "headers"), [(GRANT, basic()), (GRANT | POST, [])])
def test_either_way_to_authenticate_gives_a_token_that_works(
    form: dict[str, str], headers: list[tuple[bytes, bytes]]
) -> None:
    answer, body = ask(form | {"scope": "decide rights"}, headers)
    assert answer.status == 200
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 3600, "decide rights")
    principal = TOKENS.verify(body["access_token"].encode(), now=NOW)
    assert principal.scopes == {"decide", "rights"}
    assert principal.expires_at == NOW + 3600
    assert "refresh_token" not in body


def test_without_a_scope_the_client_gets_what_it_is_registered_for() -> None:
    _, body = ask(GRANT, basic())
    assert body["scope"].split() == list(SCOPES)


@pytest.mark.parametrize(
    ("form", "headers", "status", "error"),
    [
        ({}, basic(), 400, "invalid_request"),
        ({"grant_type": CANARY}, basic(), 400, "unsupported_grant_type"),
        (
            {"grant_type": "password", "username": CANARY, "password": CANARY},
            basic(),
            400,
            "unsupported_grant_type",
        ),
        (GRANT | {"scope": f"decide {CANARY}"}, basic(), 400, "invalid_scope"),
        (GRANT, [], 401, "invalid_client"),
        (GRANT, basic(secret=CANARY), 401, "invalid_client"),
        (GRANT, basic(client=CANARY), 401, "invalid_client"),
        (GRANT, basic(secret=""), 401, "invalid_client"),
        (GRANT | {"client_id": CREDENTIALS.client_id}, [], 401, "invalid_client"),
        (GRANT | POST | {"client_secret": CANARY}, [], 401, "invalid_client"),
        (GRANT | POST | {"client_id": CANARY}, [], 401, "invalid_client"),
        (GRANT | {"scope": "decide"}, [(b"authorization", b"Basic !!!")], 401, "invalid_client"),
        (GRANT, [(b"authorization", b"Basic " + b64encode(b"\xff\xfe:\xff"))], 401, "invalid_client"),
        (GRANT, [(b"authorization", b"Bearer " + CANARY.encode())], 401, "invalid_client"),
        (GRANT, [(b"authorization", b"\xff\xff")], 400, "invalid_request"),
        (GRANT, basic() * 2, 400, "invalid_request"),
        (GRANT | POST, basic(), 400, "invalid_request"),
    ],
)
def test_refusals_have_oauths_form_and_say_nothing_of_what_was_sent(
    form: dict[str, str], headers: list[tuple[bytes, bytes]], status: int, error: str
) -> None:
    answer, body = ask(form, headers)
    assert (answer.status, body["error"]) == (status, error)
    assert set(body) == {"error", "error_description"}
    assert (b"www-authenticate" in dict(answer.headers)) == (status == 401)


@pytest.mark.parametrize(
    "body",
    [
        b"grant_type=a&grant_type=b",
        b"\xff=%ff",
        b"a=%ff",
        b"&".join(b"x%d=1" % n for n in range(40)),
        b"a=" + b"x" * 20_000,
        b'{"grant_type":"client_credentials","grant_type":"client_credentials"}',
        b'{"grant_type":["client_credentials"]}',
        b'{"grant_type":"client_credentials","scope":null}',
        b'{"grant_type":',
        b'["client_credentials"]',
        b"{}",
    ],
)
def test_a_malformed_form_is_refused(body: bytes) -> None:
    answer = ENDPOINT.respond(basic(), body)
    assert answer.status == 400
    assert json.loads(answer.body)["error"] == "invalid_request"


@pytest.mark.parametrize("blank", [b"", b"\n "])
def test_an_object_of_json_says_what_a_form_says(blank: bytes) -> None:
    answer = ENDPOINT.respond([], blank + json.dumps(GRANT | POST | {"scope": "decide"}).encode())
    assert (answer.status, json.loads(answer.body)["scope"]) == (200, "decide")
    wrong = ENDPOINT.respond([], json.dumps(GRANT | POST | {"client_secret": CANARY}).encode())
    assert wrong.status == 401
    assert CANARY.encode() not in wrong.body


def test_neither_keys_for_events_nor_secrets_in_their_place_open_it() -> None:
    for secret in (CREDENTIALS.write_key, CREDENTIALS.server_key, CREDENTIALS.client_id):
        assert ask(GRANT, basic(secret=secret))[0].status == 401


def test_nothing_shows_the_secret(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        answer, body = ask(GRANT, basic())
    assert CREDENTIALS.client_secret.encode() not in answer.body
    assert body["access_token"] not in caplog.text
    assert CREDENTIALS.client_secret not in repr(ENDPOINT._server._client)
