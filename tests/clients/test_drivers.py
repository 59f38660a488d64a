"""The published clients do send here what they are told to: tried against a recorder, so that a journey can rely on them."""

from __future__ import annotations

import time

import pytest

from tests.clients.calls import make_calls
from tests.clients.recorder import Recorder, Recording
from tests.clients.sending import BROWSER, CLIENTS, send

N = 45
KEY = "key-of-the-recorder"


def record(client: str, *, browser: bool = False) -> Recording:
    calls = make_calls("drivers", N, int(time.time()), browser=browser)
    with Recorder() as recorder:
        send(client, recorder.url, KEY, calls)
    recording = recorder.recording
    assert sorted(e["messageId"] for e in recording.events) == sorted(call["messageId"] for call in calls)
    assert {e["type"] for e in recording.events} == {call["type"] for call in calls}
    assert recording.keys == {KEY}
    return recording


@pytest.mark.foreign
@pytest.mark.slow
@pytest.mark.parametrize("client", CLIENTS)
def test_a_server_client_makes_each_call_as_often_as_told(client: str) -> None:
    assert set(record(client).paths) == {"/v1/batch"}


@pytest.mark.foreign
@pytest.mark.browser
@pytest.mark.slow
def test_analytics_js_sends_from_another_origin_to_where_its_settings_say() -> None:
    assert set(record(BROWSER, browser=True).paths) == {"/v1/t", "/v1/i", "/v1/p", "/v1/s", "/v1/g", "/v1/a"}
