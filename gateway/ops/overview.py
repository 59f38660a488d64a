"""What stands on the page, made of the samples and the facts. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from audit import Outcome
from gateway.evidence.outcomes import OUTCOME_OF
from gateway.ops.charts import Bar, Line, LineChart, Say, draw_bars, draw_lines
from gateway.ops.experiments import ShownExperiment, show_experiment
from gateway.ops.facts import Facts, RuleFact
from gateway.ops.figures import last, per_minute, quantile, rise
from gateway.ops.samples import Samples
from gateway.ops.spelling import age, count, seconds, share, words
from gateway.telemetry.metrics import BUCKETS_SECONDS, OTHER_ROUTE

_ROUTES = {
    "/v1/decide": "Decisions",
    "/v1/batch": "Batches",
    "/v1/track": "Single events",
    "/access/v1/evaluation": "Permissions",
    "/access/v1/evaluations": "Permissions in bulk",
    OTHER_ROUTE: "Everything else",
}
_REASONS_TOLD_APART = 5


@dataclass(frozen=True, slots=True)
class Tile:
    """One number, large."""

    name: str
    """What it is."""
    said: str
    """The number, as people read it."""


@dataclass(frozen=True, slots=True)
class LegendItem:
    """A tone and its meaning."""

    name: str
    """What it stands for."""
    tone: int
    """The number of the tone."""


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the overview shows."""

    since: str
    """How long it looks back."""
    samples: int
    """How many there are."""
    tiles: tuple[Tile, ...]
    """The large numbers at the top."""
    throughput: LineChart
    """Answers a minute."""
    latency: LineChart
    """Time to answer."""
    events: LineChart
    """What became of events, a minute."""
    withheld: tuple[Bar, ...]
    """Withheld by purpose, in the time looked at; parts are reasons."""
    reasons: tuple[LegendItem, ...]
    """The legend of `withheld`."""
    decisions: tuple[Bar, ...]
    """Decisions by outcome, in the time looked at."""
    quality: LineChart
    """Shares from 0 to 1."""
    drift_alarms: int
    """In the time looked at."""
    narrowing_alarms: int
    """Alarms of narrowing slates, in the time looked at."""
    rules: tuple[Bar, ...]
    """What rules did, since they are there."""
    experiments: tuple[ShownExperiment, ...]
    """How they stand."""
    log: LineChart
    """What the log took a minute, and how far it is published."""
    facts: Facts
    """How things stand."""


def make_overview(samples: Samples, facts: Facts) -> Overview:
    """The page of now; there must be a sample."""
    times = samples.times
    withheld, reasons = _withheld(samples, facts)
    return Overview(
        since=age(times[-1] - times[0]),
        samples=len(times),
        tiles=_tiles(samples),
        throughput=_throughput(samples),
        latency=_latency(samples),
        events=_events(samples),
        withheld=withheld,
        reasons=reasons,
        decisions=_decisions(samples),
        quality=_quality(samples),
        drift_alarms=round(rise(samples.one("volens_drift_alarms_total"))),
        narrowing_alarms=round(rise(samples.one("volens_narrowing_alarms_total"))),
        rules=draw_bars([(each.name, _of_rule(each)) for each in facts.rules], count),
        experiments=tuple(show_experiment(each) for each in facts.experiments),
        log=_log(samples),
        facts=facts,
    )


def _tiles(samples: Samples) -> tuple[Tile, ...]:
    def tile(name: str, metric: str, say: Say = count) -> Tile:
        value = last(samples.one(metric))
        return Tile(name, "-" if value is None else say(value))

    return (
        tile("People known", "volens_people"),
        tile("Items", "volens_items"),
        tile("Entries in the log", "volens_log_size_entries"),
        tile("People in the model", "volens_model_people"),
        tile("Age of the model", "volens_model_age_seconds", age),
        tile("Open streams", "volens_streams"),
        tile("Flags", "volens_flags"),
        tile("Faults", "volens_faults_total"),
    )


def _between(samples: Samples) -> list[int]:
    """The moments of rates: those of the later sample of each two."""
    return samples.times[1:] or samples.times


def _rate(samples: Samples, name: str, **labels: str) -> np.ndarray:
    """A running total as a rate, summed over the labels that are not given."""
    found = samples.of(name, **labels)
    if len(samples) < 2 or not found:
        return np.full(max(len(samples) - 1, 1), np.nan)
    return per_minute(samples.times, np.sum([each.values for each in found], axis=0))


def _throughput(samples: Samples) -> LineChart:
    lines = [
        Line(said, _rate(samples, "volens_answers_total", route=route)) for route, said in _ROUTES.items()
    ]
    return draw_lines(lines, _between(samples), count)


def _latency(samples: Samples) -> LineChart:
    lines = [
        Line(f"{_ROUTES[route]}, {said}", _quantile(samples, route, q))
        for route in ("/v1/decide", "/v1/batch")
        for q, said in ((0.5, "half within"), (0.99, "99 of 100 within"))
    ]
    return draw_lines(lines, _between(samples), seconds)


def _quantile(samples: Samples, route: str, q: float) -> np.ndarray:
    bounds = [*map(str, BUCKETS_SECONDS), "+Inf"]
    columns = [samples.one("volens_answer_seconds_bucket", route=route, le=bound) for bound in bounds]
    if len(samples) < 2:
        return np.full(1, np.nan)
    return quantile(BUCKETS_SECONDS, np.array(columns).T, q)


def _events(samples: Samples) -> LineChart:
    groups = {"Accepted": ["accepted"], "Withheld": [], "Repeated": ["duplicate"], "Unreadable": ["invalid"]}
    groups["Withheld"] = [each.value for each in Outcome if each.value.startswith("withheld.")]
    lines = []
    for name, outcomes in groups.items():
        rates = [_rate(samples, "volens_outcomes_total", kind="event", outcome=each) for each in outcomes]
        lines.append(Line(name, np.sum(rates, axis=0)))
    return draw_lines(lines, _between(samples), count)


def _withheld(samples: Samples, facts: Facts) -> tuple[tuple[Bar, ...], tuple[LegendItem, ...]]:
    """Bars of purposes, parted by the most frequent reasons; the others are one part."""
    name = "volens_withheld_by_purpose_total"
    found: dict[str, dict[str, float]] = {purpose: {} for purpose in facts.purposes}
    for each in samples.of(name):
        labels = dict(each.labels)
        found.setdefault(labels["purpose"], {})[labels["reason"]] = rise(each.values)
    totals: dict[str, float] = {}
    for of_purpose in found.values():
        for reason, value in of_purpose.items():
            totals[reason] = totals.get(reason, 0.0) + value
    told = sorted((reason for reason, value in totals.items() if value), key=lambda each: -totals[each])
    tones = {reason: tone for tone, reason in enumerate(told[:_REASONS_TOLD_APART], 1)}
    rows = [(purpose, _parts(of_purpose, tones)) for purpose, of_purpose in found.items()]
    legend = [LegendItem(words(reason), tone) for reason, tone in tones.items()]
    if len(told) > _REASONS_TOLD_APART:
        legend.append(LegendItem("other reasons", _REASONS_TOLD_APART + 1))
    return draw_bars(rows, count), tuple(legend)


def _parts(of_purpose: Mapping[str, float], tones: Mapping[str, int]) -> list[tuple[str, int, float]]:
    parts = [(words(reason), tone, of_purpose.get(reason, 0.0)) for reason, tone in tones.items()]
    others = sum(value for reason, value in of_purpose.items() if reason not in tones)
    parts.append(("other reasons", _REASONS_TOLD_APART + 1, others))
    return [part for part in parts if part[2]]


def _decisions(samples: Samples) -> tuple[Bar, ...]:
    counted = {
        dict(each.labels)["outcome"]: rise(each.values)
        for each in samples.of("volens_outcomes_total", kind="decision")
    }
    ordered = sorted((name for name, value in counted.items() if value), key=lambda name: -counted[name])
    tone = {"personalised": 1, "unpersonalised": 2}
    rows = [
        (
            words(OUTCOME_OF[name].reason),
            [(OUTCOME_OF[name].meaning, tone.get(name.partition(".")[0], 6), counted[name])],
        )
        for name in ordered
    ]
    return draw_bars(rows, count)


def _quality(samples: Samples) -> LineChart:
    personal = _rate(samples, "volens_outcomes_total", kind="decision", outcome="personalised")
    every = _rate(samples, "volens_outcomes_total", kind="decision")
    drawn = _rate(samples, "volens_slates_drawn_total")
    joined = samples.one("volens_outcome_join_rate")
    concentrated = samples.one("volens_category_concentration")
    lines = [
        Line("Slates that are personal", _ratio(personal, every)),
        Line("Slates drawn by chance", _ratio(drawn, every)),
        Line("Histories on few categories", concentrated[1:] if len(samples) > 1 else concentrated),
        Line("Outcomes joined to a decision", joined[1:] if len(samples) > 1 else joined),
    ]
    return draw_lines(lines, _between(samples), share, top=1.0)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.where(whole > 0, part, np.nan) / np.where(whole > 0, whole, 1.0)


def _log(samples: Samples) -> LineChart:
    behind = samples.one("volens_log_size_entries") - samples.one("volens_log_published_entries")
    lines = [
        Line("Entries a minute", _rate(samples, "volens_log_size_entries")),
        Line("Not under a checkpoint yet", behind[1:] if len(samples) > 1 else behind),
    ]
    return draw_lines(lines, _between(samples), count)


def _of_rule(rule: RuleFact) -> list[tuple[str, int, float]]:
    suppressed = sum(rule.suppressed.values())
    parts = [("fired", 1, float(rule.fires)), ("suppressed", 2, float(suppressed))]
    return [part for part in parts if part[2]]
