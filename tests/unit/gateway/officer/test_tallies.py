"""What the overview counts: by hand, on entries of every kind that it counts."""

from __future__ import annotations

from audit import Entry, Kind, Outcome, encode_entry
from gateway.officer.tallies import LogCounts, count
from privacy import DAY_SECONDS

NOON = 20_000 * DAY_SECONDS + DAY_SECONDS // 2


def entry(kind: Kind, outcome: Outcome = Outcome.DONE, at: int = NOON, **more: object) -> bytes:
    return encode_entry(Entry(kind=kind, outcome=outcome, at=at, **more))  # type: ignore[arg-type]


def test_each_kind_is_counted_where_it_belongs() -> None:
    tally = LogCounts()
    count(
        tally,
        [
            entry(Kind.BOOT, detail={"epoch": 1}),
            entry(Kind.EVENT, Outcome.ACCEPTED),
            entry(Kind.WITHHELD, counts={"refused": 2, "no_record": 1}),
            entry(Kind.WITHHELD, counts={"refused": 3}),
            entry(Kind.DECISION, Outcome.PERSONALISED),
            entry(Kind.DECISION, Outcome.UNPERSONALISED_REFUSED),
            entry(Kind.CONSENT, Outcome.GIVEN),
            entry(Kind.CONSENT, Outcome.RENEWED, NOON + DAY_SECONDS),
            entry(Kind.CONSENT, Outcome.WITHDRAWN),
            entry(Kind.GAP, detail={"lost": 7}),
            entry(Kind.ADMIN, detail={"act": "officer_look"}),
        ],
    )
    assert (tally.counted, tally.accepted, tally.starts) == (11, 1, 1)
    assert tally.withheld == {"refused": 5, "no_record": 1}
    assert tally.decisions == {"personalised": 1, "unpersonalised.refused": 1}
    assert (tally.given, tally.ended) == ({20_000: 1, 20_001: 1}, {20_000: 1})
    assert (tally.gaps, tally.lost) == (1, 7)
    assert tally.first_at == NOON
