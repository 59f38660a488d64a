"""The dashboard for Grafana asks for what `/metrics` shows: each name, each label and each value of a label exists."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from consent import default_policy_text, parse_policy
from gateway.edge.asgi import HOT_ROUTES
from gateway.telemetry.metrics import Admitted, DestinationGauge, Gauge, Metrics, Tally

DASHBOARD = Path(__file__).parents[4] / "docs/grafana/volens.json"
NAME = re.compile(r"\bvolens_\w+")
LABELLED = re.compile(r"(\bvolens_\w+)\{([^}]*)\}")
GROUPED = re.compile(r"\bby \(([^)]*)\)")


def shown() -> dict[str, list[dict[str, str]]]:
    """Every sample's name, with the labels it is shown with."""
    metrics = Metrics(HOT_ROUTES, ["crm"])
    for name in (*Gauge, *Tally):
        metrics.watch(name, lambda: 0.0)
    for admitted in Admitted:
        metrics.watch_outcomes(admitted, dict)
    purpose = parse_policy(default_policy_text()).purposes[0].id
    metrics.watch_withheld(lambda: {(purpose, "refused"): 1})
    metrics.watch_dropped_fields(lambda: {(purpose, "other"): 1})
    for gauge in DestinationGauge:
        metrics.watch_destination(gauge, "crm", lambda: 0.0)
    found: dict[str, list[dict[str, str]]] = {}
    for family in metrics.collect():
        for sample in family.samples:
            found.setdefault(sample.name, []).append(dict(sample.labels))
    return found


def panels() -> list[dict[str, Any]]:
    dashboard = json.loads(DASHBOARD.read_text("utf-8"))
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def expressions() -> list[str]:
    return [target["expr"] for panel in panels() for target in panel["targets"]]


def unknown(expression: str, known: dict[str, list[dict[str, str]]]) -> list[str]:
    """What an expression names and `/metrics` does not have."""
    wrong = [name for name in NAME.findall(expression) if name not in known]
    for name, inside in LABELLED.findall(expression):
        for label, operator, value in re.findall(r'(\w+)\s*(=~|=)\s*"([^"]*)"', inside):
            values = value.split("|") if operator == "=~" else [value]
            seen = {each.get(label) for each in known.get(name, [])}
            wrong += [f"{name}{{{label}={each}}}" for each in values if each not in seen]
    for group in GROUPED.findall(expression):
        labels = {
            label for name in NAME.findall(expression) for each in known.get(name, []) for label in each
        }
        wrong += [label for label in group.replace(" ", "").split(",") if label not in labels]
    return wrong


def test_every_expression_names_what_there_is() -> None:
    known = shown()
    assert len(expressions()) > 30
    assert {
        expression: unknown(expression, known) for expression in expressions() if unknown(expression, known)
    } == {}


@pytest.mark.parametrize(
    "wrong",
    [
        "rate(volens_answer_total[5m])",
        'rate(volens_outcomes_total{kind="events"}[5m])',
        'volens_answers_total{status=~"4xx|6xx"}',
        "sum by (person) (volens_answers_total)",
    ],
)
def test_what_is_not_there_would_be_noticed(wrong: str) -> None:
    assert unknown(wrong, shown())


def test_panels_do_not_overlap_and_have_numbers_of_their_own() -> None:
    assert len({panel["id"] for panel in panels()}) == len(panels())
    cells = [
        (x, y)
        for at in (panel["gridPos"] for panel in panels())
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
