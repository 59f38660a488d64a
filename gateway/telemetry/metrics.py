"""`/metrics`: numbers for the operator, with label sets that are closed before the first request.

- A label's value is a member of an enum, a route template, a destination's id from `volens.toml` or a name in `policy.toml`;
  nothing a request says can become one. An unknown route counts as `other`.
- The hot path only adds to its own plain counters; they are read when somebody asks for `/metrics`.

Source: the Prometheus text format.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from audit import Outcome

CONTENT_TYPE = "text/plain; version=1.0.0; charset=utf-8"

OTHER_ROUTE = "other"

BUCKETS_SECONDS = (
    0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
)  # fmt: skip


class Admitted(StrEnum):
    """What is admitted and must meet an outcome."""

    EVENT = "event"
    DECISION = "decision"
    PERMISSION = "permission"
    CONSENT = "consent"
    RULE = "rule"


class Gauge(StrEnum):
    """Numbers that go up and down; each is read when asked for."""

    LOG_SIZE = "log_size_entries"
    LOG_DURABLE = "log_durable_entries"
    LOG_PUBLISHED = "log_published_entries"
    LOG_USABLE = "log_usable"
    LOG_WITNESSED = "log_witnessed_entries"
    LOG_UNWITNESSED_SECONDS = "log_unwitnessed_seconds"
    PEOPLE = "people"
    ITEMS = "items"
    DEDUPE_IDS = "dedupe_ids"
    MODEL_AGE_SECONDS = "model_age_seconds"
    MODEL_PEOPLE = "model_people"
    OUTCOME_JOIN_RATE = "outcome_join_rate"
    DECISIONS_WAITING = "decisions_waiting"
    READY = "ready"
    SHADOW_DECISIONS = "shadow_decisions"
    SHADOW_DIFFERING = "shadow_differing"
    FLAGS = "flags"
    STREAMS = "streams"
    TRIAL_ROWS = "trial_rows"
    CATEGORY_CONCENTRATION = "category_concentration"


class Tally(StrEnum):
    """Numbers that only go up; each is read when asked for."""

    FAULTS = "faults"
    JOURNAL_FIELDS_DROPPED = "journal_fields_dropped"
    WITNESS_CONFLICTS = "witness_conflicts"
    PIXEL_FAILURES = "pixel_failures"
    SLATES_DRAWN = "slates_drawn"
    OUTCOMES_JOINED = "outcomes_joined"
    OUTCOMES_LATE = "outcomes_late"
    OUTCOMES_DUPLICATE = "outcomes_duplicate"
    OUTCOMES_FOREIGN = "outcomes_foreign"
    OUTCOMES_NOT_SHOWN = "outcomes_not_shown"
    OUTCOMES_UNKNOWN = "outcomes_unknown"
    DRIFT_ALARMS = "drift_alarms"
    NARROWING_ALARMS = "narrowing_alarms"


class Refused(StrEnum):
    """What is refused and counted by reason."""

    CONSENT = "consent_refused"
    PORTAL = "portal_entries_refused"


class DestinationGauge(StrEnum):
    """Numbers of each destination."""

    LAG_ENTRIES = "destination_lag_entries"
    DEAD_LETTERS = "destination_dead_letters"
    DELIVERED = "destination_delivered"


_HELP: Mapping[StrEnum, str] = {
    Gauge.LOG_SIZE: "Entries the log has taken.",
    Gauge.LOG_DURABLE: "Entries that are durable.",
    Gauge.LOG_PUBLISHED: "Entries under the last checkpoint.",
    Gauge.LOG_USABLE: "1 while the log takes entries.",
    Gauge.LOG_WITNESSED: "Entries under the last checkpoint that enough witnesses cosigned.",
    Gauge.LOG_UNWITNESSED_SECONDS: "How long a checkpoint has waited for enough cosignatures.",
    Gauge.PEOPLE: "People with a consent record, to the nearest ten.",
    Gauge.ITEMS: "Items in the catalogue.",
    Gauge.DEDUPE_IDS: "Message ids remembered.",
    Gauge.MODEL_AGE_SECONDS: "Age of the model in use.",
    Gauge.MODEL_PEOPLE: "People whose history the model in use was trained on, to the nearest ten.",
    Gauge.OUTCOME_JOIN_RATE: "Share of the outcomes that name a decision which were joined to it.",
    Gauge.DECISIONS_WAITING: "Decisions that may still get an outcome.",
    Gauge.SHADOW_DECISIONS: "Decisions that the shadow model, or the last one there was, ranked as well.",
    Gauge.SHADOW_DIFFERING: "Of those, decisions for which its slate was another one.",
    Gauge.READY: "1 while requests are served.",
    Gauge.FLAGS: "Flags in force.",
    Gauge.STREAMS: "Streams that are open.",
    Gauge.TRIAL_ROWS: "Exposures and observations of experiments in memory.",
    Gauge.CATEGORY_CONCENTRATION: "How concentrated histories are on few categories: 0 scattered, 1 one category.",
    Refused.CONSENT: "Changes of consent that were refused.",
    Refused.PORTAL: "Failed attempts to enter the portal.",
    Tally.FAULTS: "Requests answered 500 (`internal`): defects.",
    Tally.WITNESS_CONFLICTS: "Times a witness knew another history of the log: look at once.",
    Tally.JOURNAL_FIELDS_DROPPED: "Journal fields dropped because they are not on the list.",
    Tally.PIXEL_FAILURES: "Pixel requests whose event was not taken.",
    Tally.SLATES_DRAWN: "Slates whose first places were drawn at random, to explore.",
    Tally.OUTCOMES_JOINED: "Outcomes joined to the decision that they name.",
    Tally.OUTCOMES_LATE: "Outcomes outside the time in which they would count.",
    Tally.OUTCOMES_DUPLICATE: "Outcomes that were counted before.",
    Tally.OUTCOMES_FOREIGN: "Outcomes that name another person's decision.",
    Tally.OUTCOMES_NOT_SHOWN: "Outcomes about an item that was not in the slate.",
    Tally.OUTCOMES_UNKNOWN: "Outcomes that name no decision that waits for any.",
    Tally.DRIFT_ALARMS: "Changes noticed in a placement's rate of outcomes.",
    Tally.NARROWING_ALARMS: "Times at which the concentration of histories began to grow.",
    DestinationGauge.LAG_ENTRIES: "Log entries a destination has not seen yet.",
    DestinationGauge.DEAD_LETTERS: "Signals given up because they could not be delivered.",
    DestinationGauge.DELIVERED: "Signals delivered since the start.",
}

Read = Callable[[], float]
"""Gives a number, without I/O."""


class Route:
    """The answers given on one route template."""

    __slots__ = ("buckets", "by_class", "seconds")

    def __init__(self) -> None:
        """Nothing answered yet."""
        self.buckets = [0] * (len(BUCKETS_SECONDS) + 1)
        """Answers by latency, the last for those beyond all bounds."""
        self.by_class = [0] * 6
        """Answers by the first digit of the status."""
        self.seconds = 0.0
        """Sum of the latencies."""

    def observe(self, seconds: float, status: int) -> None:
        """Count an answer."""
        self.buckets[bisect_left(BUCKETS_SECONDS, seconds)] += 1
        self.by_class[status // 100 if 100 <= status < 600 else 0] += 1
        self.seconds += seconds


class Metrics(Collector):
    """Everything that `/metrics` shows."""

    def __init__(self, routes: Iterable[str], destinations: Iterable[str] = ()) -> None:
        """Close the label sets.

        Args:
            routes: paths that are counted by themselves; all others together.
            destinations: ids of the configured destinations.
        """
        self._routes = {name: Route() for name in (*routes, OTHER_ROUTE)}
        self._destinations = frozenset(destinations)
        self._outcomes: dict[Admitted, Callable[[], Mapping[Outcome, int]]] = {}
        self._pixel_failures = 0
        self._numbers: dict[Gauge | Tally, Read] = {Tally.PIXEL_FAILURES: lambda: self._pixel_failures}
        self._dropped: Callable[[], Mapping[tuple[str, str], int]] = dict
        self._withheld: Callable[[], Mapping[tuple[str, str], int]] = dict
        self._refused: dict[Refused, Callable[[], Mapping[str, int]]] = {}
        self._of_destinations: dict[tuple[DestinationGauge, str], Read] = {}
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def observe(self, route: str, status: int, seconds: float) -> None:
        """Count an answer on a route."""
        self.route(route).observe(seconds, status)

    def count_pixel_failure(self) -> None:
        """Count a pixel request whose event was not taken: its answer does not show it."""
        self._pixel_failures += 1

    def route(self, template: str) -> Route:
        """Where the answers of a route are counted."""
        return self._routes.get(template) or self._routes[OTHER_ROUTE]

    def watch_outcomes(self, admitted: Admitted, read: Callable[[], Mapping[Outcome, int]]) -> None:
        """Show the running totals that `read` gives."""
        self._outcomes[admitted] = read

    def watch_dropped_fields(self, read: Callable[[], Mapping[tuple[str, str], int]]) -> None:
        """Show the running totals that `read` gives by purpose and field, both of them names of the policy."""
        self._dropped = read

    def watch_withheld(self, read: Callable[[], Mapping[tuple[str, str], int]]) -> None:
        """Show the running totals that `read` gives by purpose and reason."""
        self._withheld = read

    def watch_refused(self, what: Refused, read: Callable[[], Mapping[str, int]]) -> None:
        """Show the running totals that `read` gives by reason, each the word of an enum."""
        self._refused[what] = read

    def watch(self, name: Gauge | Tally, read: Read) -> None:
        """Show the number that `read` gives."""
        self._numbers[name] = read

    def watch_destination(self, name: DestinationGauge, destination: str, read: Read) -> None:
        """Show a number of a destination.

        Raises:
            KeyError: it is not among those given at the start.
        """
        if destination not in self._destinations:
            raise KeyError("not a configured destination")
        self._of_destinations[name, destination] = read

    def render(self) -> bytes:
        """The page, in the Prometheus text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Read everything now (called by the registry)."""
        yield self._collect_outcomes()
        yield self._collect_dropped_fields()
        yield self._collect_withheld()
        yield from self._collect_refused()
        yield from self._collect_routes()
        for name, read in self._numbers.items():
            family = CounterMetricFamily if isinstance(name, Tally) else GaugeMetricFamily
            yield family(f"volens_{name}", _HELP[name], value=float(read()))
        for kind in DestinationGauge:
            yield self._collect_destinations(kind)

    def _collect_outcomes(self) -> Metric:
        words = "Everything admitted, by kind and outcome."
        family = CounterMetricFamily("volens_outcomes", words, labels=["kind", "outcome"])
        found = [(admitted, read()) for admitted, read in self._outcomes.items()]
        counts = (((admitted, each), of.get(each, 0)) for admitted, of in found for each in Outcome)
        return _with(family, counts)

    def _collect_dropped_fields(self) -> Metric:
        words = "Fields dropped because the purpose does not allow them."
        family = CounterMetricFamily("volens_fields_dropped", words, labels=["purpose", "field"])
        return _with(family, self._dropped().items())

    def _collect_withheld(self) -> Metric:
        words = "Withheld events, for each purpose that knows events of their name."
        family = CounterMetricFamily("volens_withheld_by_purpose", words, labels=["purpose", "reason"])
        return _with(family, self._withheld().items())

    def _collect_refused(self) -> Iterator[Metric]:
        for what, read in self._refused.items():
            family = CounterMetricFamily(f"volens_{what}", _HELP[what], labels=["reason"])
            yield _with(family, (((reason,), count) for reason, count in read().items()))

    def _collect_routes(self) -> Iterator[Metric]:
        latency = HistogramMetricFamily("volens_answer_seconds", "Seconds to answer.", labels=["route"])
        answers = CounterMetricFamily("volens_answers", "HTTP answers.", labels=["route", "status"])
        for name, route in self._routes.items():
            total, buckets = 0, []
            for bound, n in zip((*map(str, BUCKETS_SECONDS), "+Inf"), route.buckets, strict=True):
                total += n
                buckets.append((bound, float(total)))
            latency.add_metric([name], buckets, route.seconds)
            for digit in range(2, 6):
                answers.add_metric([name, f"{digit}xx"], float(route.by_class[digit]))
        yield latency
        yield answers

    def _collect_destinations(self, kind: DestinationGauge) -> Metric:
        family = GaugeMetricFamily(f"volens_{kind}", _HELP[kind], labels=["destination"])
        for (name, destination), read in self._of_destinations.items():
            if name is kind:
                family.add_metric([destination], float(read()))
        return family


def _with(family: CounterMetricFamily, counts: Iterable[tuple[Sequence[str], int]]) -> Metric:
    for labels, count in counts:
        family.add_metric(labels, float(count))
    return family
