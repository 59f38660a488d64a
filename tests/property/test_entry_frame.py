"""The table of entries says of each what decoding it says, whatever stands in its details."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from audit import Entry, Kind, Outcome, decode_entry, encode_entry
from gateway.reporting.entry_frame import entry_frame
from gateway.reporting.query import Query

PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)
AWKWARD = st.sampled_from(
    ['"k":"x"', '"t":5,"v":1}', '"d":{', "}", "\\", '\\"', '"n":{"bot":1}', '"source":"a"']
)
NAMES = st.sampled_from(["act", "d", "k", "n", "source", "t", "v"])
DETAILS = st.dictionaries(NAMES, st.one_of(PRINTABLE, AWKWARD, st.integers(-9, 9)), max_size=4)
ENTRIES = st.builds(
    Entry,
    kind=st.sampled_from(Kind),
    outcome=st.sampled_from([outcome for outcome in Outcome if not outcome.is_fault]),
    at=st.integers(0, 2**40),
    purposes=st.sets(st.sampled_from(["ads", "ana", "rec"])).map(lambda found: tuple(sorted(found))),
    policy=st.none() | st.binary(min_size=32, max_size=32),
    model=st.none() | st.binary(min_size=32, max_size=32),
    commitment=st.none() | st.binary(min_size=32, max_size=32),
    tag=st.none() | st.binary(min_size=16, max_size=16),
    counts=st.dictionaries(st.sampled_from(["bot", "refused"]), st.integers(1, 9)),
    detail=DETAILS,
)


@settings(deadline=None, max_examples=150)
@given(st.lists(ENTRIES, min_size=1, max_size=8))
def test_every_column_is_what_the_entry_says(written: list[Entry]) -> None:
    bodies = [encode_entry(entry) for entry in written]
    for row, body in zip(entry_frame(7, bodies).iter_rows(named=True), bodies, strict=True):
        entry = decode_entry(body)
        assert row["entry"].encode() == body
        assert (row["kind"], row["outcome"], row["at"]) == (entry.kind, entry.outcome, entry.at)
        assert row["purposes"] == " ".join(entry.purposes)
        assert json.loads(row["details"] or "{}") == dict(entry.detail)
        assert json.loads(row["withheld"] or "{}") == dict(entry.counts)
        assert bool(row["policy"]) is (entry.policy is not None)
        assert bool(row["model"]) is (entry.model is not None)


@settings(deadline=None, max_examples=100)
@given(
    st.lists(ENTRIES, min_size=1, max_size=8), st.integers(0, 2**40), st.sampled_from(["ads", "ana", "rec"])
)
def test_a_query_selects_what_it_says(written: list[Entry], since: int, code: str) -> None:
    frame = entry_frame(0, [encode_entry(entry) for entry in written])
    kinds, outcomes = ("event", "withheld"), ("accepted", "withheld.bot")
    for query, wanted in (
        (Query(since=since), lambda e: e.at >= since),
        (Query(before=since), lambda e: e.at < since),
        (Query(purposes=(code,)), lambda e: code in e.purposes),
        (Query(kinds=kinds), lambda e: e.kind in kinds),
        (
            Query(outcomes=outcomes),
            lambda e: e.outcome in outcomes or (e.kind is Kind.WITHHELD and "bot" in e.counts),
        ),
    ):
        found = query.select(frame)["index"].to_list()
        assert found == [index for index, entry in enumerate(written) if wanted(entry)]
