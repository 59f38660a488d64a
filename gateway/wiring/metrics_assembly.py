"""What `/metrics` shows of a gateway: each number is read where it is kept, when somebody asks."""

from __future__ import annotations

from collections import Counter
from functools import partial

from gateway.parts import Memory
from gateway.routes.services import Services
from gateway.routing import Router
from gateway.telemetry.in_tens import in_tens
from gateway.telemetry.metrics import Admitted, DestinationGauge, Gauge, Metrics, Refused, Tally
from gateway.witness.cosigning import Cosigning

_DESTINATION_FIELDS = {
    DestinationGauge.LAG_ENTRIES: "lag_records",
    DestinationGauge.DEAD_LETTERS: "dead_letters",
    DestinationGauge.DELIVERED: "delivered",
}


def watch_gateway(services: Services, memory: Memory, faults: Counter[str]) -> None:
    """Let `/metrics` read the counters that the parts keep anyway."""
    metrics, sequencer = services.metrics, services.sequencer
    metrics.watch_outcomes(Admitted.EVENT, lambda: services.events.counts)
    metrics.watch_outcomes(Admitted.DECISION, lambda: services.decisions.counts)
    metrics.watch_dropped_fields(services.enforcement.dropped.totals)
    metrics.watch_withheld(services.enforcement.withheld.totals)
    refused = services.desk.refused
    metrics.watch_refused(Refused.CONSENT, lambda: {reason.value: n for reason, n in refused.items()})
    metrics.watch_outcomes(Admitted.PERMISSION, lambda: services.permissions.outcomes.counts)
    metrics.watch_outcomes(Admitted.RULE, lambda: services.rules.recorder.outcomes.counts)
    metrics.watch(Gauge.LOG_SIZE, lambda: sequencer.size)
    metrics.watch(Gauge.LOG_DURABLE, lambda: sequencer.durable_size)
    metrics.watch(Gauge.LOG_PUBLISHED, lambda: sequencer.published_size)
    metrics.watch(Gauge.LOG_USABLE, lambda: sequencer.available)
    metrics.watch(Gauge.READY, lambda: all(services.readiness().values()))
    metrics.watch(Gauge.MODEL_PEOPLE, lambda: in_tens(services.training.in_use.n_people))
    metrics.watch(Gauge.MODEL_AGE_SECONDS, services.training.age_seconds)
    metrics.watch(Gauge.SHADOW_DECISIONS, lambda: services.models.compared.decisions)
    metrics.watch(Gauge.SHADOW_DIFFERING, lambda: services.models.compared.differing)
    metrics.watch(Gauge.PEOPLE, lambda: in_tens(len(memory.people)))
    metrics.watch(Gauge.ITEMS, lambda: len(memory.catalogue))
    metrics.watch(Gauge.DEDUPE_IDS, lambda: len(memory.recent))
    metrics.watch(Gauge.FLAGS, lambda: len(services.flags.shelf.all()))
    metrics.watch(Gauge.STREAMS, lambda: len(services.flags.streams))
    metrics.watch(Gauge.TRIAL_ROWS, lambda: len(services.flags.feed.trials))
    metrics.watch(Tally.FAULTS, lambda: faults["internal"])
    metrics.watch(Tally.JOURNAL_FIELDS_DROPPED, lambda: services.journal.dropped)
    for position, status in enumerate(services.router.status()):
        for gauge, field in _DESTINATION_FIELDS.items():
            number = partial(_status_number, services.router, position, field)
            metrics.watch_destination(gauge, status.id, number)


def watch_witnesses(metrics: Metrics, cosigning: Cosigning | None) -> None:
    """What is known of the log's witnesses; nothing of a log without any."""
    metrics.watch(Gauge.LOG_WITNESSED, lambda: 0 if cosigning is None else cosigning.size)
    metrics.watch(
        Gauge.LOG_UNWITNESSED_SECONDS, lambda: 0.0 if cosigning is None else cosigning.unwitnessed_seconds()
    )
    metrics.watch(Tally.WITNESS_CONFLICTS, lambda: 0 if cosigning is None else cosigning.conflicts)


def _status_number(router: Router, position: int, field: str) -> float:
    return float(getattr(router.status()[position], field))
