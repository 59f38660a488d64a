"""The published clients do send here what they say: tried against a recorder, so that a journey can rely on them."""

from __future__ import annotations

import pytest

from tests.clients.recorder import Recorder
from tests.clients.sending import BROWSER, CLIENTS, send

N = 45


@pytest.mark.foreign
@pytest.mark.slow
@pytest.mark.parametrize("client", CLIENTS)
def test_a_server_client_delivers_each_event_once(client: str) -> None:
    with Recorder() as recorder:
        said = send(client, recorder.url, "key-of-the-recorder", N)
    recording = recorder.recording
    assert len(said) == N
    assert sorted(e["messageId"] for e in recording.events) == sorted(e["messageId"] for e in said)
    assert {e["event"] for e in recording.events} == {"Product Viewed"}
    assert recording.keys == {"key-of-the-recorder"}
    assert set(recording.paths) == {"/v1/batch"}


@pytest.mark.foreign
@pytest.mark.browser
@pytest.mark.slow
def test_analytics_js_delivers_from_another_origin() -> None:
    with Recorder() as recorder:
        said = send(BROWSER, recorder.url, "key-of-the-recorder", 5)
    recording = recorder.recording
    assert len(said) == 5
    assert {e["messageId"] for e in said} <= {e["messageId"] for e in recording.events}
    assert set(recording.paths) <= {"/v1/t", "/v1/i", "/v1/p", "/v1/m", "/v1/batch"}
    assert recording.keys == {"key-of-the-recorder"}
