"""No member stands twice in one event, at any depth and however it is spelt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import BodyInvalidError
from gateway.wire import structure
from gateway.wire.repetition import repeats
from gateway.wire.structure import prepare_structure
from gateway.wire.tracking import TrackedBatch, parse_batch, parse_single

LIMITS = {"received_at": 1_800_000_000, "max_event_bytes": 32_768}
GOOD = '{"type":"track","event":"Seen","userId":"ada"}'


@pytest.fixture(scope="module", autouse=True, params=["read one by one", "looked over first"])
def _way(request: pytest.FixtureRequest) -> Iterator[None]:
    """Both ways lead to the same: that of machine code, and that of a process which has none yet."""
    with ExitStack() as stack:
        if request.param == "looked over first":
            prepare_structure()
        else:
            stack.enter_context(pytest.MonkeyPatch.context()).setattr(structure, "_made", [])
        yield


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
        '{"event":"Seen","event":"Unseen","userId":"ada"}',
        '{"event":"Seen","userId":"ada","messageId":"1","messageId":"2"}',
        '{"event":"Seen","userId":"ada","properties":{"product_id":"a","product_id":"b"}}',
        '{"event":"Seen","userId":"ada","unread":[{"a":{"b":1,"b":1}}]}',
        '{"event":"Seen","userId":"ada","note":"at 9\\u003a00","a":1,"a":2}',
        '{"event" :"Seen","event" : "Seen","userId":"ada:\\":"}',
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
        '{"batch":[],"integrations":{"All":true,"All":false}}',
        '{"batch":[{"event":"a:b"}],"batch":[]}',
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
        '{"event":"Seen","userId":"a:b","properties":{"a:b":"\\":","c\\u003ad":"\\u003A"}}',
        '{ "event" : "Seen" ,\t"userId" :"a", "unread":[{"a":1},{"a":1}] }',
    ],
)
def test_what_only_looks_like_it_is_read(event: str) -> None:
    (found,) = read(event).events
    assert found is not None
    assert found.userId == json.loads(event)["userId"]


texts = st.text(st.sampled_from('ab:"\\\u00e9\u2028'), max_size=4)
members = st.recursive(
    st.none() | texts.map(json.dumps) | st.sampled_from(["1", "true", '"\\u003a"', '"\\u0022:"']),
    lambda inner: st.lists(inner, max_size=3) | st.lists(st.tuples(texts, inner), max_size=4),
    max_leaves=8,
)


def spell(value: object, gaps: bool) -> str:
    """JSON of a list of pairs as an object, of any other list as a list."""
    if not isinstance(value, list):
        return "null" if value is None else str(value)
    if value and isinstance(value[0], tuple):
        sep = " : " if gaps else ":"
        return "{" + ",".join(json.dumps(name) + sep + spell(inner, gaps) for name, inner in value) + "}"
    return "[" + ",".join(spell(inner, gaps) for inner in value) + "]"


def has_twice(value: object) -> bool:
    """The same question, of the value that was spelt."""
    if not isinstance(value, list):
        return False
    if value and isinstance(value[0], tuple):
        return len({name for name, _ in value}) < len(value) or any(has_twice(inner) for _, inner in value)
    return any(has_twice(inner) for inner in value)


@given(st.lists(st.tuples(texts, members), min_size=1, max_size=4), st.booleans())
def test_every_repetition_is_found_and_nothing_else(value: list[tuple[str, object]], gaps: bool) -> None:
    assert repeats(spell(value, gaps).encode()) == has_twice(value)


@given(st.integers(0, 60))
def test_depth_is_bounded_before_an_event_is_read(levels: int) -> None:
    event = f'{{"event":"Seen","userId":"a","properties":{"[" * levels}{"]" * levels}}}' if levels else GOOD
    (found,) = read(event).events
    assert (found is not None) == (levels + 1 <= 32)
