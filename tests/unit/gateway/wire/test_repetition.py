"""Nobody is named twice in one event, however it is spelt."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import BodyInvalidError
from gateway.wire.tracking import TrackedBatch, parse_batch, parse_single

LIMITS = {"received_at": 1_800_000_000, "max_event_bytes": 32_768}
GOOD = '{"type":"track","event":"Seen","userId":"ada"}'


def read(*events: str) -> TrackedBatch:
    return parse_batch(f'{{"batch":[{",".join(events)}]}}'.encode(), max_events=100, **LIMITS)


@pytest.mark.parametrize(
    "event",
    [
        '{"event":"Seen","userId":"ada","userId":"bea"}',
        '{"event":"Seen","anonymousId":"a","anonymousId":"b"}',
        '{"event":"Seen","userId":"ada","user\\u0049d":"bea"}',
        '{"event":"Seen","userId":null,"userId":"bea"}',
        '{"event":"Seen","userId":"ada","writeKey":"a","writeKey":"b"}',
        '{"event":"Seen","userId":"ada","properties":{"a":1,"a":2,"b":"userId"},"userId":"ada"}',
        '{"type":"alias","userId":"ada","previousId":"b","previousId":"c"}',
        '{"event":"Seen","userId":"ada","context":{"consent":{"categoryPreferences":{"ads":false}}},"context":{}}',
        '{"event":"Seen","userId":"ada","context":{"consent":{"categoryPreferences":{"ads":false}},"consent":{}}}',
        '{"event":"Seen","userId":"ada","context":{"consentManagement":{},"consentManagement":{}}}',
        '{"event":"Seen","userId":"ada","context":{"consent":null,"c\\u006fnsent":null}}',
    ],
)
def test_an_event_with_two_readings_cannot_be_read(event: str) -> None:
    assert [each is not None for each in read(GOOD, event, GOOD).events] == [True, False, True]
    with pytest.raises(BodyInvalidError):
        parse_single(event.encode(), "track", **LIMITS)


@pytest.mark.parametrize(
    "body",
    [
        '{"batch":[],"batch":[]}',
        '{"batch":[],"b\\u0061tch":[]}',
        '{"batch":[],"context":{"consent":{"categoryPreferences":{"ads":false}}},"context":{}}',
        '{"batch":[],"context":{"consent":{"categoryPreferences":{"ads":false}},"consent":{}}}',
        '{"batch":[],"writeKey":"a","writeKey":"b"}',
        '{"sentAt":"x","batch":[{"event":"batch"}],"sentAt":"y"}',
    ],
)
def test_a_batch_has_one_of_each_member(body: str) -> None:
    with pytest.raises(BodyInvalidError):
        parse_batch(body.encode(), max_events=9, **LIMITS)


@pytest.mark.parametrize(
    "event",
    [
        '{"event":"Seen","userId":"userId"}',
        '{"event":"Seen","userId":null,"anonymousId":"a"}',
        '{"event":"Seen","userId":"a","properties":{"userId":"b","batch":"c"}}',
        '{"event":"Seen","userId":"caf\\u00e9 \\"x\\" \\u0041"}',
    ],
)
def test_what_only_looks_like_it_is_read(event: str) -> None:
    (found,) = read(event).events
    assert found is not None
    assert found.userId == json.loads(event)["userId"]


@given(st.integers(0, 60))
def test_depth_is_bounded_before_an_event_is_read(levels: int) -> None:
    event = f'{{"event":"Seen","userId":"a","properties":{"[" * levels}{"]" * levels}}}' if levels else GOOD
    (found,) = read(event).events
    assert (found is not None) == (levels + 1 <= 32)
