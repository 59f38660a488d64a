"""The Segment tracking API on the wire: traps, bounds and wrong types."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import BodyInvalidError, TooManyEventsError
from gateway.wire import structure
from gateway.wire.event_times import MAX_SKEW_SECONDS
from gateway.wire.structure import prepare_structure
from gateway.wire.tracked_event import NO_CLAIM
from gateway.wire.tracking import happened_at, parse_batch, parse_single

NOW = 1_795_000_000

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)


@pytest.fixture(scope="module", autouse=True, params=["read one by one", "looked over first"])
def _way(request: pytest.FixtureRequest) -> Iterator[None]:
    """Both ways lead to the same: that of machine code, and that of a process which has none yet."""
    with ExitStack() as stack:
        if request.param == "looked over first":
            prepare_structure()
        else:
            stack.enter_context(pytest.MonkeyPatch.context()).setattr(structure, "_made", [])
        yield


def batch_of(*events: Any, **root: Any) -> bytes:
    return json.dumps({"batch": list(events), **root}).encode()


def parse(body: bytes) -> Any:
    return parse_batch(body, received_at=NOW, max_events=2500, max_event_bytes=32_768)


def test_the_names_of_calls_are_those_the_policy_knows() -> None:
    calls = [
        {"type": "track", "event": "Product Viewed"},
        {"type": "page"},
        {"type": "screen"},
        {"type": "identify"},
        {"event": "No Type"},
    ]
    names = [event.name() for event in parse(batch_of(*calls)).events]
    assert names == ["Product Viewed", "Page", "Screen", "Identify", "No Type"]


def test_attributes_come_from_properties_traits_or_the_context_of_rudderstack() -> None:
    found = parse(
        batch_of(
            {"properties": {"a": 1}},
            {"traits": {"b": 2}},
            {"context": {"traits": {"c": 3}}},
            {"properties": "not an object"},
            {"properties": {"a": 1}, "context": {"location": {"latitude": 1.5, "longitude": 2.5}}},
        )
    ).events
    assert [event.attributes() for event in found] == [
        {"a": 1},
        {"b": 2},
        {"c": 3},
        {},
        {"a": 1, "location": {"latitude": 1.5, "longitude": 2.5}},
    ]


def test_the_roots_context_lies_under_each_events_own() -> None:
    robot, place, elsewhere = (
        "Googlebot/2.1",
        {"latitude": 1.5, "longitude": 2.5},
        {"latitude": 3.5, "longitude": 4.5},
    )
    found = parse(
        batch_of(
            {"properties": {"a": 1}},
            {"context": {"userAgent": "a browser", "location": elsewhere, "traits": {"b": 2}}},
            {"context": "not an object"},
            17,
            context={"userAgent": robot, "location": place, "traits": {"c": 3}},
        )
    ).events
    assert [event and event.attributes() for event in found] == [
        {"a": 1, "location": place},
        {"b": 2, "location": elsewhere},
        {},
        None,
    ]
    assert [event.context.userAgent for event in found[:2]] == [robot, "a browser"]
    assert found[0].context.consent == NO_CLAIM, "a claim of the root narrows by itself"


def test_a_pages_name_and_category_may_stand_beside_its_properties() -> None:
    beside = {"name": "Sale", "category": "Shelf"}
    found = parse(
        batch_of(
            {"type": "page", **beside},
            {"type": "screen", **beside, "properties": {"name": "Inside", "url": "/x"}},
            {"type": "track", "event": "A", **beside, "properties": {"a": 1}},
        )
    ).events
    assert [event.attributes() for event in found] == [
        beside,
        {"name": "Inside", "category": "Shelf", "url": "/x"},
        {"a": 1},
    ]
    single = parse_single(json.dumps(beside).encode(), "page", received_at=NOW, max_event_bytes=32_768)
    assert single.events[0].attributes() == beside


def test_a_broken_event_does_not_spoil_its_neighbours() -> None:
    found = parse(
        batch_of({"type": "track", "event": "A"}, 5, "x", None, [], {"type": "track", "event": "B"})
    )
    assert [event and event.name() for event in found.events] == ["A", None, None, None, None, "B"]


@pytest.mark.parametrize(
    "strange",
    [
        '{"event":"A","properties":{"price":18446744073709551616}}',
        '{"event":"A","other":1e400}',
        '{"event":"A","other":{"a":1,"a":2}}',
        '{"event":"A","properties":{},"properties":{}}',
    ],
)
def test_what_becomes_of_an_event_does_not_hang_on_its_neighbours(strange: str) -> None:
    def names(*events: str) -> list[str | None]:
        found = parse(('{"batch":[' + ",".join(events) + "]}").encode()).events
        return [None if event is None else event.name() for event in found]

    nameless, twice = '{"event":"B","userId":null}', '{"event":"C","userId":"a","userId":"b"}'
    assert names(strange, nameless, twice) == [*names(strange), *names(nameless), None]


def test_an_overlong_event_is_unreadable_and_counted() -> None:
    found = parse(
        batch_of({"type": "track", "event": "A", "properties": {"x": "y" * 40_000}}, {"event": "B"})
    )
    assert found.events[0] is None
    assert found.events[1] is not None


def test_too_many_events_are_refused() -> None:
    with pytest.raises(TooManyEventsError):
        parse_batch(batch_of({}, {}, {}), received_at=NOW, max_events=2, max_event_bytes=100)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"batch":5}', b"\xff", b'{"batch":[', b"null", b"[" * 100_000]
)
def test_what_is_no_batch_is_refused(body: bytes) -> None:
    with pytest.raises(BodyInvalidError):
        parse(body)


@pytest.mark.parametrize("half", [r"\ud83d", r"\ude00", r"\ud83d\ud83d\ude00", r"\\\ud83d", r"\uD83Dx"])
def test_half_an_emoji_spoils_its_own_event_and_no_other(half: str) -> None:
    titles = ["whole", half, r"\ud83d\ude00", r"\\ud83d"]
    events = [f'{{"type":"track","event":"A","properties":{{"title":"{title}"}}}}' for title in titles]
    found = parse(f'{{"batch":[{",".join(events)}]}}'.encode()).events
    assert [event is None for event in found] == [False, True, False, False]
    with pytest.raises(BodyInvalidError):
        parse_single(events[1].encode(), "track", received_at=NOW, max_event_bytes=1000)


def test_the_key_is_found_at_the_root_or_in_the_first_event() -> None:
    assert parse(batch_of({"event": "A"}, writeKey="root")).write_key == "root"
    assert parse(batch_of({"event": "A", "writeKey": "inner"})).write_key == "inner"
    assert parse(batch_of({"event": "A"})).write_key is None
    assert parse(batch_of({"event": "A"}, writeKey={"not": "text"})).write_key is None


def test_a_clients_wrong_clock_is_corrected_within_a_day() -> None:
    late = parse(batch_of({"timestamp": "2026-11-18T10:00:00Z"}, sentAt="2026-11-18T10:00:10Z"))
    assert late.skew_seconds == min(MAX_SKEW_SECONDS, NOW - 1_794_996_010)
    ahead = parse(batch_of({"timestamp": "2099-01-01T00:00:00Z"}, sentAt="2099-01-01T00:00:00Z"))
    assert ahead.skew_seconds == -MAX_SKEW_SECONDS


def test_no_event_happens_in_the_future_or_before_time_began() -> None:
    stamps = [
        "2099-01-01T00:00:00Z",
        "1801-01-01T00:00:00Z",
        "yesterday",
        17,
        None,
        "2026-11-18T10:00:00",
        "9999-12-31T23:59:59Z",
    ]
    for event in parse(batch_of(*({"timestamp": stamp} for stamp in stamps))).events:
        assert 0 <= happened_at(event, 0, NOW) <= NOW


def test_the_two_spellings_of_the_timestamp_are_the_same() -> None:
    one, two = parse(
        batch_of({"timestamp": "2020-01-01T00:00:00Z"}, {"originalTimestamp": "2020-01-01T01:00:00+01:00"})
    ).events
    assert happened_at(one, 0, NOW) == happened_at(two, 0, NOW) == 1_577_836_800


@given(st.lists(json_values, max_size=5))
def test_no_json_makes_the_decoder_fail(events: list[Any]) -> None:
    found = parse(batch_of(*events))
    assert len(found.events) == len(events)
    for event in found.events:
        if event is not None:
            assert event.name() is None or isinstance(event.name(), str)
            assert isinstance(event.attributes(), dict)
            assert 0 <= happened_at(event, found.skew_seconds, NOW) <= NOW


@given(
    st.dictionaries(
        st.sampled_from(["type", "event", "userId", "context", "properties", "timestamp"]), json_values
    )
)
def test_a_single_call_takes_its_type_from_the_path(event: dict[str, Any]) -> None:
    found = parse_single(json.dumps(event).encode(), "page", received_at=NOW, max_event_bytes=32_768)
    assert found.events[0] is not None
    assert found.events[0].name() == "Page"


@pytest.mark.parametrize("depth", [40, 1_100, 15_000])
def test_an_event_nested_ever_so_deep_does_not_spoil_its_neighbours(depth: int) -> None:
    good = json.dumps({"type": "track", "event": "Viewed", "messageId": "m"})
    deep = '{"type":"track","event":"Viewed","properties":{"x":' + "[" * depth + '"]"' + "]" * depth + "}}"
    body = f'{{"batch":[{good},{deep},{good}]}}'.encode()
    batch = parse_batch(body, received_at=0, max_events=10, max_event_bytes=32_768)
    assert [event is not None for event in batch.events] == [True, False, True]
