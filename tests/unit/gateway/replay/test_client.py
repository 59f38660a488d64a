"""The HTTP client: tokens, patience, and what it says when it gives up."""

from __future__ import annotations

import base64
import json

import httpx
import pytest

from gateway.replay.client import MAX_ATTEMPTS, MAX_WAIT_SECONDS
from gateway.replay.errors import SendingError
from tests.unit.gateway.replay.stub_gateway import StubGateway

EVENT = {"type": "track", "event": "Page", "userId": "u", "messageId": "m"}


def test_events_go_with_the_server_key_and_a_time_of_sending() -> None:
    gateway = StubGateway()
    gateway.client().send_batch([EVENT])
    (request,) = gateway.requests
    assert base64.b64decode(request.headers["authorization"].removeprefix("Basic ")) == b"sk:"
    assert json.loads(request.content)["batch"] == [EVENT]
    assert json.loads(request.content)["sentAt"].endswith("+00:00")


def test_a_token_is_fetched_once_and_renewed_before_it_expires() -> None:
    gateway = StubGateway()
    client = gateway.client()
    for _ in range(3):
        client.put_items([{"id": "p"}])
    assert gateway.tokens == 1
    gateway.now = 541.0
    client.put_items([{"id": "p"}])
    assert gateway.tokens == 2
    assert gateway.requests[-1].headers["authorization"] == "Bearer t2"


def test_a_token_that_has_died_early_is_renewed_once() -> None:
    gateway = StubGateway()
    client = gateway.client()
    client.put_items([])
    gateway.refuse = [httpx.Response(401)]
    client.put_items([])
    assert gateway.tokens == 2
    gateway.refuse = [
        httpx.Response(401),
        httpx.Response(200, json={"access_token": "x"}),
        httpx.Response(401),
    ]
    with pytest.raises(SendingError) as caught:
        client.put_items([])
    assert caught.value.status == 401


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_obeyed(status: int) -> None:
    gateway = StubGateway()
    gateway.refuse = [httpx.Response(status, headers={"retry-after": "7"}), httpx.Response(status)]
    assert gateway.client().send_batch([EVENT]).withheld == 1
    assert gateway.pauses[0] == 7.0
    assert len(gateway.pauses) == 2


@pytest.mark.parametrize("header", ["86400", "9" * 400])
def test_no_answer_makes_the_client_wait_for_ever(header: str) -> None:
    gateway = StubGateway()
    gateway.refuse = [httpx.Response(503, headers={"retry-after": header})]
    gateway.client().send_batch([EVENT])
    assert gateway.pauses == [MAX_WAIT_SECONDS]


@pytest.mark.parametrize("header", ["Wed, 21 Oct 2026 07:28:00 GMT", "-5", "٣", ""])
def test_another_retry_after_is_a_growing_pause(header: str) -> None:
    gateway = StubGateway()
    answer = httpx.Response(503, headers=[(b"retry-after", header.encode())])
    gateway.refuse = [answer, answer]
    gateway.client().send_batch([EVENT])
    assert 0 < gateway.pauses[0] < gateway.pauses[1] < MAX_WAIT_SECONDS


def test_a_lost_connection_is_tried_again() -> None:
    gateway = StubGateway()
    gateway.refuse = [httpx.ConnectError("down"), httpx.ReadError("cut"), httpx.Response(500)]
    assert gateway.client().send_batch([EVENT]).withheld == 1
    assert len(gateway.requests) == 4


def test_patience_ends_with_a_message_that_says_what_to_look_at() -> None:
    gateway = StubGateway()
    gateway.refuse = [httpx.ConnectError("down")] * MAX_ATTEMPTS
    with pytest.raises(SendingError, match="is it running"):
        gateway.client().send_batch([EVENT])
    gateway.refuse = [httpx.Response(503)] * MAX_ATTEMPTS
    with pytest.raises(SendingError, match="503"):
        gateway.client().send_batch([EVENT])


@pytest.mark.parametrize("status", [400, 403, 413, 501])
def test_a_refusal_is_final_and_quotes_nothing(status: int) -> None:
    gateway = StubGateway()
    gateway.refuse = [httpx.Response(status, text="canary")]
    with pytest.raises(SendingError) as caught:
        gateway.client().send_batch([EVENT])
    assert caught.value.status == status
    assert "canary" not in str(caught.value)
    assert gateway.pauses == []


def test_an_answer_that_is_not_json_is_an_error() -> None:
    gateway = StubGateway()
    gateway.refuse = [httpx.Response(200, text="<html>")]
    with pytest.raises(SendingError, match="JSON"):
        gateway.client().send_batch([EVENT])


def test_missing_items_are_those_that_are_not_found_however_they_are_spelled() -> None:
    gateway = StubGateway()
    gateway.items = {"a": {}, "a/b?c#d %": {}}
    assert gateway.client().missing_items(["a", "a/b?c#d %", "../x"]) == ["../x"]


def test_an_error_about_an_item_does_not_name_it() -> None:
    gateway = StubGateway()
    client = gateway.client()
    client.put_items([])
    gateway.refuse = [httpx.Response(400)]
    with pytest.raises(SendingError) as caught:
        client.missing_items(["canary"])
    assert "canary" not in str(caught.value)


def test_readiness_is_asked_once_and_absence_is_no_error() -> None:
    gateway = StubGateway()
    client = gateway.client()
    gateway.refuse = [httpx.ConnectError("down"), httpx.Response(503)]
    assert [client.is_ready(), client.is_ready(), client.is_ready()] == [False, False, True]
