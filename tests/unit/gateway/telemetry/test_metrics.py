"""/metrics: closed labels, honest numbers."""

from __future__ import annotations

from collections import Counter

import pytest
from prometheus_client.parser import text_string_to_metric_families

from audit import Outcome
from gateway.telemetry.metrics import (
    BUCKETS_SECONDS,
    Admitted,
    DestinationGauge,
    Gauge,
    Metrics,
    Refused,
    Tally,
)

Labels = frozenset[tuple[str, str]]


def read(metrics: Metrics) -> dict[tuple[str, Labels], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(metrics.render().decode())
        for sample in family.samples
    }


def labels(**given: str) -> Labels:
    return frozenset(given.items())


def test_every_outcome_is_shown_from_the_start_and_counted() -> None:
    metrics = Metrics([])
    counts: Counter[Outcome] = Counter()
    metrics.watch_outcomes(Admitted.EVENT, lambda: counts)
    outcomes = {key: value for key, value in read(metrics).items() if key[0] == "volens_outcomes_total"}
    assert len(outcomes) == len(Outcome)
    assert set(outcomes.values()) == {0.0}
    counts[Outcome.ACCEPTED] += 3
    assert read(metrics)["volens_outcomes_total", labels(kind="event", outcome="accepted")] == 3.0


def test_latencies_are_cumulative_and_statuses_are_classes() -> None:
    metrics = Metrics(["decide"])
    for seconds, status in ((0.0001, 200), (0.0005, 200), (0.004, 404), (99.0, 503)):
        metrics.observe("decide", status, seconds)
    shown = read(metrics)
    assert shown["volens_answer_seconds_bucket", labels(route="decide", le="0.0005")] == 2.0
    assert shown["volens_answer_seconds_bucket", labels(route="decide", le="0.005")] == 3.0
    assert shown["volens_answer_seconds_bucket", labels(route="decide", le="5.0")] == 3.0
    assert shown["volens_answer_seconds_bucket", labels(route="decide", le="+Inf")] == 4.0
    assert shown["volens_answer_seconds_count", labels(route="decide")] == 4.0
    assert shown["volens_answer_seconds_sum", labels(route="decide")] == pytest.approx(99.0046)
    assert [shown["volens_answers_total", labels(route="decide", status=f"{n}xx")] for n in (2, 3, 4, 5)] == [
        2,
        0,
        1,
        1,
    ]
    assert tuple(sorted(BUCKETS_SECONDS)) == BUCKETS_SECONDS


def test_nothing_a_request_says_becomes_a_label() -> None:
    metrics = Metrics(["decide"])
    before = set(read(metrics))
    metrics.observe("/v1/items/canary", 200, 0.1)
    metrics.observe("decide", 999, 0.1)
    assert set(read(metrics)) == before
    assert b"canary" not in metrics.render()
    assert read(metrics)["volens_answers_total", labels(route="other", status="2xx")] == 1.0


def test_refused_changes_are_told_by_reason() -> None:
    metrics = Metrics([])
    refused = Counter({"lifts_a_denial": 0, "back_dated": 2})
    metrics.watch_refused(Refused.CONSENT, lambda: refused)
    metrics.watch_refused(Refused.PORTAL, lambda: {"link": 3})
    refused["lifts_a_denial"] += 1
    shown = read(metrics)
    assert shown["volens_consent_refused_total", labels(reason="lifts_a_denial")] == 1.0
    assert shown["volens_consent_refused_total", labels(reason="back_dated")] == 2.0
    assert shown["volens_portal_entries_refused_total", labels(reason="link")] == 3.0


def test_numbers_are_read_when_asked_for() -> None:
    metrics = Metrics([])
    size = 1.0
    metrics.watch(Gauge.LOG_SIZE, lambda: size)
    metrics.watch(Tally.FAULTS, lambda: 2)
    size = 7.0
    metrics.count_pixel_failure()
    shown = read(metrics)
    assert shown["volens_log_size_entries", labels()] == 7.0
    assert shown["volens_faults_total", labels()] == 2.0
    assert shown["volens_pixel_failures_total", labels()] == 1.0


def test_only_configured_destinations_are_labels() -> None:
    metrics = Metrics([], destinations=["crm"])
    metrics.watch_destination(DestinationGauge.LAG_ENTRIES, "crm", lambda: 5)
    assert read(metrics)["volens_destination_lag_entries", labels(destination="crm")] == 5.0
    with pytest.raises(KeyError):
        metrics.watch_destination(DestinationGauge.LAG_ENTRIES, "canary", lambda: 0)


def test_every_number_can_be_shown_with_a_help_text() -> None:
    metrics = Metrics([])
    for name in (*Gauge, *Tally):
        metrics.watch(name, lambda: 0.0)
    text = metrics.render().decode()
    assert [name for name in (*Gauge, *Tally, *DestinationGauge) if f"volens_{name}" not in text] == []
