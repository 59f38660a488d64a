"""What stands on the page, made of the samples and the facts. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from audit import Outcome
from gateway.evidence.outcomes import OUTCOME_OF
from gateway.ops.charts import Bar, Line, LineChart, Say, draw_bars, draw_lines
from gateway.ops.experiments import ShownExperiment, show_experiment
from gateway.ops.facts import Facts, RuleFact
from gateway.ops.figures import last, per_minute, quantile, rise
from gateway.ops.samples import Samples
from gateway.ops.spelling import Spelling
from gateway.telemetry.metrics import BUCKETS_SECONDS, OTHER_ROUTE
from gateway.wording.languages import phrase

_ROUTES = {
    "/v1/decide": phrase("Decisions"),
    "/v1/batch": phrase("Batches"),
    "/v1/track": phrase("Single events"),
    "/access/v1/evaluation": phrase("Permissions"),
    "/access/v1/evaluations": phrase("Permissions in bulk"),
    OTHER_ROUTE: phrase("Everything else"),
}
_REASONS_TOLD_APART = 5
_OTHERS = phrase("other reasons")


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


def make_overview(samples: Samples, facts: Facts, spelling: Spelling) -> Overview:
    """The page of now, in a language; there must be a sample."""
    times = samples.times
    withheld, reasons = _withheld(samples, facts, spelling)
    rules = [(each.name, _of_rule(each, spelling)) for each in facts.rules]
    return Overview(
        since=spelling.age(times[-1] - times[0]),
        samples=len(times),
        tiles=_tiles(samples, spelling),
        throughput=_draw(_throughput(samples), samples, spelling),
        latency=_draw(_latency(samples, spelling), samples, spelling, spelling.seconds),
        events=_draw(_events(samples), samples, spelling),
        withheld=withheld,
        reasons=reasons,
        decisions=_decisions(samples, spelling),
        quality=_draw(_quality(samples), samples, spelling, spelling.share, top=1.0),
        drift_alarms=round(rise(samples.one("volens_drift_alarms_total"))),
        narrowing_alarms=round(rise(samples.one("volens_narrowing_alarms_total"))),
        rules=draw_bars(rules, spelling.count),
        experiments=tuple(show_experiment(each, spelling) for each in facts.experiments),
        log=_draw(_log(samples), samples, spelling),
        facts=facts,
    )


def _draw(
    lines: Sequence[Line],
    samples: Samples,
    spelling: Spelling,
    say: Say | None = None,
    *,
    top: float | None = None,
) -> LineChart:
    """A picture of rates, at the later sample of each two."""
    said = [replace(each, name=spelling.say(each.name)) for each in lines]
    return draw_lines(said, samples.times[1:] or samples.times, say or spelling.count, spelling.ago, top=top)


def _tiles(samples: Samples, spelling: Spelling) -> tuple[Tile, ...]:
    def tile(name: str, metric: str, say: Say = spelling.count) -> Tile:
        value = last(samples.one(metric))
        return Tile(spelling.say(name), "-" if value is None else say(value))

    return (
        tile(phrase("People known"), "volens_people"),
        tile(phrase("Items"), "volens_items"),
        tile(phrase("Entries in the log"), "volens_log_size_entries"),
        tile(phrase("People in the model"), "volens_model_people"),
        tile(phrase("Age of the model"), "volens_model_age_seconds", spelling.age),
        tile(phrase("Open streams"), "volens_streams"),
        tile(phrase("Flags"), "volens_flags"),
        tile(phrase("Faults"), "volens_faults_total"),
    )


def _rate(samples: Samples, name: str, **labels: str) -> np.ndarray:
    """A running total as a rate, summed over the labels that are not given."""
    found = samples.of(name, **labels)
    if len(samples) < 2 or not found:
        return np.full(max(len(samples) - 1, 1), np.nan)
    return per_minute(samples.times, np.sum([each.values for each in found], axis=0))


def _throughput(samples: Samples) -> list[Line]:
    return [
        Line(said, _rate(samples, "volens_answers_total", route=route)) for route, said in _ROUTES.items()
    ]


def _latency(samples: Samples, spelling: Spelling) -> list[Line]:
    within = {0.5: phrase("%(route)s, half within"), 0.99: phrase("%(route)s, 99 of 100 within")}
    return [
        Line(spelling.say(said, route=spelling.say(_ROUTES[route])), _quantile(samples, route, q))
        for route in ("/v1/decide", "/v1/batch")
        for q, said in within.items()
    ]


def _quantile(samples: Samples, route: str, q: float) -> np.ndarray:
    bounds = [*map(str, BUCKETS_SECONDS), "+Inf"]
    columns = [samples.one("volens_answer_seconds_bucket", route=route, le=bound) for bound in bounds]
    if len(samples) < 2:
        return np.full(1, np.nan)
    return quantile(BUCKETS_SECONDS, np.array(columns).T, q)


def _events(samples: Samples) -> list[Line]:
    withheld = [each.value for each in Outcome if each.value.startswith("withheld.")]
    groups = {
        phrase("Accepted"): ["accepted"],
        phrase("Withheld"): withheld,
        phrase("Repeated"): ["duplicate"],
        phrase("Unreadable"): ["invalid"],
    }
    lines = []
    for name, outcomes in groups.items():
        rates = [_rate(samples, "volens_outcomes_total", kind="event", outcome=each) for each in outcomes]
        lines.append(Line(name, np.sum(rates, axis=0)))
    return lines


def _withheld(
    samples: Samples, facts: Facts, spelling: Spelling
) -> tuple[tuple[Bar, ...], tuple[LegendItem, ...]]:
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
    rows = [(purpose, _parts(of_purpose, tones, spelling)) for purpose, of_purpose in found.items()]
    legend = [LegendItem(spelling.word(reason), tone) for reason, tone in tones.items()]
    if len(told) > _REASONS_TOLD_APART:
        legend.append(LegendItem(spelling.say(_OTHERS), _REASONS_TOLD_APART + 1))
    return draw_bars(rows, spelling.count), tuple(legend)


def _parts(
    of_purpose: Mapping[str, float], tones: Mapping[str, int], spelling: Spelling
) -> list[tuple[str, int, float]]:
    parts = [(spelling.word(reason), tone, of_purpose.get(reason, 0.0)) for reason, tone in tones.items()]
    others = sum(value for reason, value in of_purpose.items() if reason not in tones)
    parts.append((spelling.say(_OTHERS), _REASONS_TOLD_APART + 1, others))
    return [part for part in parts if part[2]]


def _decisions(samples: Samples, spelling: Spelling) -> tuple[Bar, ...]:
    counted = {
        dict(each.labels)["outcome"]: rise(each.values)
        for each in samples.of("volens_outcomes_total", kind="decision")
    }
    ordered = sorted((name for name, value in counted.items() if value), key=lambda name: -counted[name])
    tone = {"personalised": 1, "unpersonalised": 2}
    rows = []
    for name in ordered:
        said = spelling.word(OUTCOME_OF[name].reason)
        rows.append((said, [(said, tone.get(name.partition(".")[0], 6), counted[name])]))
    return draw_bars(rows, spelling.count)


def _quality(samples: Samples) -> list[Line]:
    personal = _rate(samples, "volens_outcomes_total", kind="decision", outcome="personalised")
    every = _rate(samples, "volens_outcomes_total", kind="decision")
    drawn = _rate(samples, "volens_slates_drawn_total")
    joined = samples.one("volens_outcome_join_rate")
    concentrated = samples.one("volens_category_concentration")
    return [
        Line(phrase("Slates that are personal"), _ratio(personal, every)),
        Line(phrase("Slates drawn by chance"), _ratio(drawn, every)),
        Line(phrase("Histories on few categories"), concentrated[1:] if len(samples) > 1 else concentrated),
        Line(phrase("Outcomes joined to a decision"), joined[1:] if len(samples) > 1 else joined),
    ]


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.where(whole > 0, part, np.nan) / np.where(whole > 0, whole, 1.0)


def _log(samples: Samples) -> list[Line]:
    behind = samples.one("volens_log_size_entries") - samples.one("volens_log_published_entries")
    return [
        Line(phrase("Entries a minute"), _rate(samples, "volens_log_size_entries")),
        Line(phrase("Not under a checkpoint yet"), behind[1:] if len(samples) > 1 else behind),
    ]


def _of_rule(rule: RuleFact, spelling: Spelling) -> list[tuple[str, int, float]]:
    suppressed = sum(rule.suppressed.values())
    parts = [
        (spelling.say(phrase("fired")), 1, float(rule.fires)),
        (spelling.say(phrase("suppressed")), 2, float(suppressed)),
    ]
    return [part for part in parts if part[2]]
