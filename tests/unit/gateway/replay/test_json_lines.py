"""JSON Lines: Segment and OTTO."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.replay import BadLine, Recorded, Recording, ReplayError
from gateway.replay.model import Fault

VIEW = {"type": "track", "event": "Product Viewed", "userId": "s-1", "properties": {"product_id": "p-1"}}


def read(tmp_path: Path, *lines: str | bytes) -> list[Recorded | BadLine]:
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"\n".join(line.encode() if isinstance(line, str) else line for line in lines))
    return list(Recording(file).read())


def test_a_segment_event_passes_as_it_is_and_keeps_its_message_id(tmp_path: Path) -> None:
    event = {**VIEW, "messageId": "m-1", "timestamp": "2020-01-01T00:00:00Z", "context": {"locale": "de"}}
    assert read(tmp_path, json.dumps(event)) == [Recorded(1, event)]


def test_an_event_without_a_message_id_is_given_the_same_one_each_time(tmp_path: Path) -> None:
    first, again = (read(tmp_path, json.dumps(VIEW))[0] for _ in range(2))
    assert isinstance(first, Recorded)
    assert first == again
    assert len(first.event["messageId"]) == 32


def test_a_write_key_in_a_recorded_event_is_not_sent_on(tmp_path: Path) -> None:
    (entry,) = read(tmp_path, json.dumps({**VIEW, "writeKey": "secret"}))
    assert isinstance(entry, Recorded)
    assert "writeKey" not in entry.event


def test_a_batch_line_becomes_its_events_with_the_root_context_beneath_their_own(tmp_path: Path) -> None:
    batch = {"batch": [VIEW, {**VIEW, "context": {"page": 1}}], "context": {"page": 0, "locale": "de"}}
    entries = read(tmp_path, json.dumps(batch))
    assert [entry.event["context"] for entry in entries if isinstance(entry, Recorded)] == [
        {"page": 0, "locale": "de"},
        {"page": 1, "locale": "de"},
    ]


def test_a_replay_links_nobody(tmp_path: Path) -> None:
    identify = {"type": "identify", "userId": "s-1", "anonymousId": "browser-1", "messageId": "m-1"}
    alias = {"type": "alias", "userId": "s-1", "previousId": "browser-1", "messageId": "m-2"}
    unnamed = {"type": "identify", "userId": None, "anonymousId": "browser-1", "messageId": "m-3"}
    lines = (json.dumps(identify), json.dumps({"batch": [alias]}), json.dumps(unnamed))
    assert [entry.event for entry in read(tmp_path, *lines) if isinstance(entry, Recorded)] == [
        {"type": "identify", "userId": "s-1", "messageId": "m-1"},
        {"type": "alias", "userId": "s-1", "messageId": "m-2"},
        unnamed,
    ]


YES, NO = ({"categoryPreferences": {"Advertising": said}} for said in (True, False))


@pytest.mark.parametrize("claim", ["consent", "consentManagement"])
def test_no_claim_of_a_batch_is_lost_under_another_of_its_event(tmp_path: Path, claim: str) -> None:
    def line(root: object, own: object) -> str:
        return json.dumps({"batch": [{**VIEW, "context": {claim: own}}], "context": {claim: root}})

    assert read(tmp_path, line(NO, YES), line(YES, NO), line(None, YES)) == [
        BadLine(number, Fault.TWO_CLAIMS) for number in (1, 2, 3)
    ]
    (same,) = read(tmp_path, line(NO, NO))
    assert isinstance(same, Recorded)
    assert same.event["context"] == {claim: NO}


@pytest.mark.parametrize(
    "line",
    [
        '{"type":"track","event":"A","userId":"s-1","userId":"s-2"}',
        '{"type":"track","event":"A","userId":"s-1","context":{"consent":{}},"context":{}}',
        '{"batch":[{"type":"track","event":"A","event":"B","userId":"s-1"}]}',
        '{"session":1,"session":2,"events":[{"aid":1,"ts":1659304800025,"type":"clicks"}]}',
    ],
)
def test_a_line_with_two_readings_is_bad(tmp_path: Path, line: str) -> None:
    assert read(tmp_path, line) == [BadLine(1, Fault.REPEATED_MEMBER)]


def test_an_otto_session_becomes_anonymous_events(tmp_path: Path) -> None:
    session = {
        "session": 12,
        "events": [
            {"aid": 1, "ts": 1659304800025, "type": "clicks"},
            {"aid": 2, "ts": 1659304904511, "type": "carts"},
            {"aid": 2, "ts": 1659304904512, "type": "orders"},
        ],
    }
    entries = [entry.event for entry in read(tmp_path, json.dumps(session)) if isinstance(entry, Recorded)]
    assert [event["event"] for event in entries] == ["Product Viewed", "Product Added", "Order Completed"]
    assert {event["anonymousId"] for event in entries} == {"12"}
    assert not any("userId" in event for event in entries)
    assert [event["properties"]["product_id"] for event in entries] == ["1", "2", "2"]
    assert entries[0]["timestamp"] == "2022-07-31T22:00:00.025Z"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("{", Fault.NOT_JSON),
        ("[1]", Fault.NOT_JSON),
        (b'{"userId":"\xff"}', Fault.NOT_TEXT),
        ("{" + '"a":{' * 5_000, Fault.NOT_JSON),
        ('{"userId":"u","event":7}', Fault.NO_EVENT_NAME),
        ('{"event":"Page"}', Fault.NO_SUBJECT),
        ('{"event":"Page","userId":"","anonymousId":null}', Fault.NO_SUBJECT),
        ('{"type":"steal","userId":"u"}', Fault.NOT_AN_EVENT),
        ('{"type":["track"],"userId":"u"}', Fault.NOT_AN_EVENT),
        ('{"session":1,"events":[{"aid":1,"ts":1,"type":"steals"}]}', Fault.NOT_AN_EVENT),
        ('{"session":1,"events":[{"aid":1,"ts":99999999999999999999,"type":"clicks"}]}', Fault.BAD_TIME),
        ('{"session":1,"events":[{"aid":1,"ts":999999999999999999,"type":"clicks"}]}', Fault.BAD_TIME),
        ('{"batch":[7]}', Fault.NOT_AN_EVENT),
        (json.dumps({**VIEW, "properties": {"x": "y" * 33_000}}), Fault.EVENT_TOO_LARGE),
    ],
)
def test_a_bad_line_is_counted_with_its_number_and_its_neighbours_pass(
    tmp_path: Path, line: str | bytes, fault: Fault
) -> None:
    good = json.dumps(VIEW)
    before, bad, after = read(tmp_path, good, line, "", good)
    assert isinstance(before, Recorded)
    assert isinstance(after, Recorded)
    assert (bad, after.line) == (BadLine(2, fault), 4)


def test_a_json_array_is_refused_with_advice(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match="one object per line"):
        read(tmp_path, "[{}]")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match="empty"):
        read(tmp_path, "")


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    (entry,) = read(tmp_path, b"\xef\xbb\xbf" + json.dumps(VIEW).encode())
    assert isinstance(entry, Recorded)


@pytest.mark.parametrize(
    "cut", ['t Viewed","userId":"s-1"}', "not json", '"properties":{"product_id":"p-1"}}']
)
def test_a_first_line_that_was_cut_off_is_bad_as_any_other(tmp_path: Path, cut: str) -> None:
    first, *others = read(tmp_path, cut, json.dumps(VIEW), json.dumps(VIEW))
    assert isinstance(first, BadLine)
    assert first.line == 1
    assert all(isinstance(each, Recorded) for each in others)
    assert len(others) == 2
