"""What a report says of a range that does not begin with the log: of requests from before it, and of entries that were pruned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
import pytest

from audit import Entry, Kind, Minimum, Outcome, encode_entry
from gateway.reporting.disclosure import disclose, read_disclosure
from gateway.reporting.encodings import Encoding
from gateway.reporting.errors import NoSuchRangeError
from gateway.reporting.exporting import Order, make_export
from gateway.reporting.proving import ExportRange
from gateway.reporting.query import Query
from gateway.reporting.tallies import RangeCounts
from tests.unit.gateway.reporting.small_log import BEGAN, MINUTE, entries, pruned, write_log

COUNT = 600


def step(act: str, request: str, minute: int) -> bytes:
    said = {"act": act, "request": request, "right": "erasure", "why": "none"}
    return encode_entry(Entry(Kind.RIGHTS, Outcome.DONE, BEGAN + minute * MINUTE, detail=said))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    body = [
        step("received", "a", 0),
        *entries(298, 1),
        step("received", "b", 299),
        *entries(COUNT - 300, 300),
    ]
    write_log(tmp_path, [*body, step("completed", "a", COUNT)])
    return tmp_path


def told(root: Path, query: Query) -> ExportRange:
    """The range that a report of this question is made of."""
    seen: list[ExportRange] = []

    def record(detail: Mapping[str, str | int]) -> int:
        return write_log(root, [encode_entry(Entry(Kind.EXPORT, Outcome.DONE, BEGAN, detail=detail))])

    def write(_: RangeCounts, range_: ExportRange, __: Path) -> Iterable[str]:
        seen.append(range_)
        return ()

    out = root / f"out-{query.since}-{query.before}"
    order = Order(root / "log", out, query, Encoding.JSONL, BEGAN, "volens test", 1)
    make_export(order, record, write)
    return seen[0]


def test_requests_that_were_received_before_the_range_are_known_to_its_report(root: Path) -> None:
    assert told(root, Query()).earlier_requests == ()
    earlier = told(root, Query(since=BEGAN + 400 * MINUTE)).earlier_requests
    assert [at for at, _ in earlier] == [BEGAN, BEGAN + 299 * MINUTE]
    assert all('"act":"received"' in details for _, details in earlier)
    assert len(told(root, Query(since=BEGAN + 200 * MINUTE)).earlier_requests) == 1


def test_a_pruned_entry_is_not_disclosed_and_the_reason_is_told(root: Path) -> None:
    place = pruned(root, COUNT + 1)
    with pytest.raises(NoSuchRangeError, match=f"entry 3 was pruned: entry {place} says"):
        disclose(root / "log", [300, 3])
    assert len(read_disclosure(disclose(root / "log", [256])).disclosed) == 1


def test_a_range_that_begins_where_entries_were_pruned_says_so(root: Path) -> None:
    assert told(root, Query(before=BEGAN + 900 * MINUTE)).pruned is None
    place = pruned(root, COUNT + 1)
    assert told(root, Query(since=1)).pruned == Minimum(256, place)
    assert told(root, Query()).pruned == Minimum(256, place)
    assert told(root, Query(since=BEGAN + 400 * MINUTE)).pruned is None


def test_of_a_time_that_was_pruned_the_cause_is_told(root: Path) -> None:
    query = Query(since=BEGAN + MINUTE, before=BEGAN + 9 * MINUTE)
    assert told(root, query).pruned is None
    place = pruned(root, COUNT + 1)
    again = msgspec.structs.replace(query, since=BEGAN + 2 * MINUTE)
    with pytest.raises(NoSuchRangeError, match=f"those below 256 were pruned, as entry {place} says"):
        told(root, again)
