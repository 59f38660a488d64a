"""What the overview counts and draws: by hand, on entries of every kind that it counts."""

from __future__ import annotations

from pathlib import Path

from audit import Entry, Kind, Outcome, encode_entry
from consent import Filed, Identity, Right, RightsRequest, RightsStatus
from gateway.officer.charts import bars, days
from gateway.officer.deadlines import SOON_SECONDS, Urgency, urgency, waiting
from gateway.officer.health import look_at
from gateway.officer.tallies import Tally, count
from privacy import DAY_SECONDS

NOON = 20_000 * DAY_SECONDS + DAY_SECONDS // 2


def entry(kind: Kind, outcome: Outcome = Outcome.DONE, at: int = NOON, **more: object) -> bytes:
    return encode_entry(Entry(kind=kind, outcome=outcome, at=at, **more))  # type: ignore[arg-type]


def test_each_kind_is_counted_where_it_belongs() -> None:
    tally = Tally()
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


def test_bars_are_in_per_cent_of_the_longest_and_of_all() -> None:
    found = bars({"refused": 3, "no_record": 1, "late": 0})
    assert [(each.name, each.n, each.width, each.share) for each in found] == [
        ("refused", 3, 100.0, 75.0),
        ("no_record", 1, 33.33, 25.0),
    ]
    assert bars({}) == []


def test_the_days_of_a_chart_end_today_and_share_one_scale() -> None:
    found = days({20_000: 4, 19_990: 9}, {19_999: 2}, NOON, length=3)
    assert [each.at // DAY_SECONDS for each in found] == [19_998, 19_999, 20_000]
    assert [(each.given, each.given_height) for each in found] == [(0, 0.0), (0, 0.0), (4, 48.0)]
    assert [(each.ended, each.ended_height) for each in found] == [(0, 0.0), (2, 24.0), (0, 0.0)]
    assert [each.x for each in found] == [0, 10, 20]
    assert all(each.given_height == each.ended_height == 0 for each in days({}, {}, NOON))


def request(due_at: int, status: RightsStatus = RightsStatus.IN_PROGRESS) -> Filed:
    made = RightsRequest(
        request_id=bytes(16),
        subject=None,
        holder=bytes(16),
        right=Right.ACCESS,
        status=status,
        identity=Identity.APP,
        source="app",
        received_at=NOON,
        due_at=due_at,
    )
    return Filed(made, (), None)


def test_a_deadline_is_overdue_near_or_far() -> None:
    assert urgency(request(NOON - 1), NOON) is Urgency.OVERDUE
    assert urgency(request(NOON), NOON) is Urgency.DUE_SOON
    assert urgency(request(NOON + SOON_SECONDS), NOON) is Urgency.DUE_SOON
    assert urgency(request(NOON + SOON_SECONDS + 1), NOON) is Urgency.OPEN


def test_the_most_urgent_comes_first_and_nobody_is_named() -> None:
    found = waiting([request(NOON + 9), request(NOON - 9)], NOON)
    assert [each.due_at - NOON for each in found] == [-9, 9]
    assert "subject" not in type(found[0]).__slots__


class FakeLog:
    """Three sizes."""

    available, durable_size, published_size = True, 12, 10


def test_the_health_of_a_log_says_how_far_it_is_behind_and_who_has_seen_it(tmp_path: Path) -> None:
    before = look_at(FakeLog(), tmp_path, "o", lambda: None)  # type: ignore[arg-type]
    assert (before.behind, before.checkpoint_at, before.cosigned_percent) == (2, None, None)
    (tmp_path / "checkpoint").write_bytes(b"x")
    after = look_at(FakeLog(), tmp_path, "o", lambda: (5, 10))  # type: ignore[arg-type]
    assert after.cosigned_percent == 50.0
    assert after.checkpoint_at == int((tmp_path / "checkpoint").stat().st_mtime)
