"""Batches and the tally."""

from __future__ import annotations

import json

import httpx
import pytest

from gateway.replay import BadLine, Recorded, send_recording
from gateway.replay import sending as module
from gateway.replay.errors import SendingError
from gateway.replay.model import Fault
from tests.unit.gateway.replay.stub_gateway import StubGateway


def recorded(n: int, **more: object) -> Recorded:
    return Recorded(
        n, {"type": "track", "event": "Page", "userId": f"u{n % 3}", "messageId": f"m{n}", **more}
    )


def test_the_tally_adds_up_and_a_second_replay_is_all_duplicates() -> None:
    gateway = StubGateway()
    gateway.consents = {"u0": {"recommendations": "given"}, "u1": {"recommendations": "refused"}}
    entries = [recorded(n) for n in range(9)] + [BadLine(9, Fault.NOT_JSON)]
    bad: list[BadLine] = []
    tally = send_recording(entries, gateway.client(), on_bad_line=bad.append)
    assert (tally.sent, tally.accepted, tally.withheld, tally.duplicate, tally.bad_lines) == (9, 3, 6, 0, 1)
    assert tally.reasons == {"no_record": 3, "no_consent": 3}
    assert tally.unaccounted == 0
    assert bad == [BadLine(9, Fault.NOT_JSON)]
    again = send_recording(entries, gateway.client())
    assert (again.sent, again.accepted, again.withheld, again.duplicate) == (9, 0, 0, 9)
    assert again.unaccounted == 0


def test_batches_stay_within_the_limits_and_keep_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH_EVENTS", 4)
    gateway = StubGateway()
    entries = [recorded(n) for n in range(10)]
    steps: list[tuple[int, int]] = []
    send_recording(
        entries, gateway.client(), on_progress=lambda tally, line: steps.append((tally.sent, line))
    )
    batches = [json.loads(request.content)["batch"] for request in gateway.requests]
    assert [len(batch) for batch in batches] == [4, 4, 2]
    assert [event for batch in batches for event in batch] == [entry.event for entry in entries]
    assert steps[-1] == (10, 9)


def test_large_events_make_small_batches() -> None:
    gateway = StubGateway()
    send_recording([recorded(n, properties={"x": "y" * 30_000}) for n in range(40)], gateway.client())
    assert len(gateway.requests) > 1
    assert max(len(request.content) for request in gateway.requests) < 500_000


def test_an_answer_that_does_not_add_up_is_seen() -> None:
    tally = module.SendCounts(sent=10, accepted=5, withheld=3)
    assert tally.unaccounted == 2


def test_a_gateway_that_refuses_stops_the_replay() -> None:
    gateway = StubGateway()
    client = gateway.client()
    gateway.refuse = [httpx.Response(401)]
    with pytest.raises(SendingError):
        send_recording([recorded(1)], client)


def test_nothing_to_send_sends_nothing() -> None:
    gateway = StubGateway()
    assert send_recording([], gateway.client()).sent == 0
    assert gateway.requests == []
