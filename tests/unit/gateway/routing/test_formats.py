"""What destinations are sent."""

from __future__ import annotations

import json

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from gateway.routing.errors import UnencodableError
from gateway.routing.formats import Formats, plain_name, row_json
from gateway.routing.model import Batch
from gateway.routing.pseudonyms import DestinationPseudonyms
from tests.unit.gateway.routing.fakes import PURPOSE, a_destination, a_signal, person

ORIGIN = "gateway.example/log"
PSEUDONYMS = DestinationPseudonyms(b"k" * 32, PURPOSE)
FORMATS = Formats(a_destination(), PSEUDONYMS, ORIGIN)


def test_a_cloudevents_batch_is_what_the_field_expects() -> None:
    [event] = json.loads(FORMATS.cloudevents(Batch("b", (a_signal(42, 1, at=1_790_000_000),)), 0.0))
    assert event == {
        "specversion": "1.0",
        "id": "gateway.example/log/42/1",
        "source": "gateway.example/log",
        "type": "dev.volens.signal.product_viewed",
        "subject": PSEUDONYMS.of(person(1)),
        "time": "2026-09-21T14:13:20Z",
        "datacontenttype": "application/json",
        "purpose": PURPOSE,
        "consentversion": 3,
        "data": {"event": "Product Viewed", "properties": {"product_id": "p42"}},
    }


def test_the_cloudevents_sdk_reads_every_event() -> None:
    batch = Batch(
        "b", tuple(a_signal(i, event=name) for i, name in enumerate(["Page", "Order Completed", "§§"]))
    )
    for written in json.loads(FORMATS.cloudevents(batch, 0.0)):
        event = JSONFormat().read(CloudEvent, json.dumps(written))
        assert event.get_subject() == PSEUDONYMS.of(person(1))
        assert event.get_extension("purpose") == PURPOSE
        assert event.get_extension("consentversion") == 3


def test_a_segment_body_has_the_call_types_of_the_tracking_api() -> None:
    names = ["Product Viewed", "Page", "Screen", "Identify"]
    body = json.loads(
        FORMATS.segment(Batch("b", tuple(a_signal(i, event=n) for i, n in enumerate(names))), 1_800_000_000.5)
    )
    assert body["sentAt"] == "2027-01-15T08:00:00.500Z"
    assert [event["type"] for event in body["batch"]] == ["track", "page", "screen", "identify"]
    track, page, _, identify = body["batch"]
    assert track["event"] == "Product Viewed"
    assert track["messageId"] == "gateway.example/log/0/0"
    assert track["properties"] == {"product_id": "p0"}
    assert "event" not in page
    assert identify["traits"] == {"product_id": "p3"}


def test_nobody_is_given_a_user_id_or_our_own_pseudonym() -> None:
    batch = Batch("b", (a_signal(0),))
    for body in (
        FORMATS.segment(batch, 0.0),
        FORMATS.cloudevents(batch, 0.0),
        row_json(FORMATS.row(a_signal(0))),
    ):
        assert b"userId" not in body
        assert person(1).hex().encode() not in body
        assert PSEUDONYMS.of(person(1)).encode() in body


def test_a_row_is_one_line_of_json() -> None:
    line = row_json(FORMATS.row(a_signal(7, attributes={"note": "a\nb"})))
    assert b"\n" not in line
    row = json.loads(line)
    assert row["attributes"] == {"note": "a\nb"}
    assert row["id"] == "gateway.example/log/7/0"
    assert row["at"] == "2026-09-21T14:13:27Z"
    assert row["purpose_version"] == 3


@pytest.mark.parametrize(
    "changes",
    [{"attributes": {"x": object()}}, {"attributes": {"x": "\ud800"}}, {"at": 10**15}],
)
def test_what_cannot_be_written_is_refused_and_not_half_written(changes: dict[str, object]) -> None:
    broken = a_signal(0, **changes)
    for write in (FORMATS.cloudevents, FORMATS.segment):
        with pytest.raises(UnencodableError):
            write(Batch("b", (broken,)), 0.0)
    with pytest.raises(UnencodableError):
        FORMATS.row(broken)


@pytest.mark.parametrize(
    ("event", "plain"),
    [("Product Viewed", "product_viewed"), ("  Ünï ", "n"), ("§", "unnamed"), ("a--b", "a_b")],
)
def test_event_types_are_plain_names(event: str, plain: str) -> None:
    assert plain_name(event) == plain
