"""P3: what AuthZEN costs: whether a service may use somebody's data, with a durable entry, one at a time and a hundred in one call."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from pathlib import Path

from bench.bodies import QUESTIONS
from bench.errors import OutcomeError
from bench.pairs import Contest
from bench.report import Row
from bench.wrk_load import Case

CONNECTIONS = 32
GOAL = ">= 1"
GOAL_TOGETHER = ">= 20"
BOUND_BY = "interpreter; kernel (sockets, disk)"

_PERMITTED = "permission/permitted"


def measure(contest: Contest, one: Path, many: Path) -> list[Row]:
    """Measure evaluations: alone, together, and how many of the one are as many of the other.

    Raises:
        OutcomeError: something was not permitted.
        LoadError: an answer was not 200.
    """
    paths = {1: ("/access/v1/evaluation", one), QUESTIONS: ("/access/v1/evaluations", many)}

    def run(connections: int, per_request: int) -> Row:
        path, bodies = paths[per_request]
        return contest.measure(Case(path, bodies, connections, per_request), check_outcomes)

    busy, busy_together = run(CONNECTIONS, 1), run(CONNECTIONS, QUESTIONS)
    single, single_together = run(1, 1), run(1, QUESTIONS)
    named = f"{QUESTIONS} evaluations in one call"
    return [
        {"name": f"P3 evaluation, {CONNECTIONS} connections", "goal": GOAL, "bound_by": BOUND_BY} | busy,
        {"name": f"P3 {named}, {CONNECTIONS} connections", "bound_by": BOUND_BY} | busy_together,
        {"name": f"P3 {named} against {QUESTIONS} calls one after the other", "goal": GOAL_TOGETHER}
        | against(single_together, single),
        {"name": f"P3 {named} against as many calls, {CONNECTIONS} connections"}
        | against(busy_together, busy),
    ]


def against(together: Row, alone: Row) -> Row:
    """How many evaluations a second there are in large calls for each in a call of its own."""
    many, one = rate_of(together) * QUESTIONS, rate_of(alone)
    return {"value": round(many / one, 1), "unit": "x", "detail": f"{many:,.0f}/s against {one:,.0f}/s"}


def rate_of(row: Row) -> float:
    """Requests a second of the gateway in a row of pairs."""
    return float(statistics.median(pair["gateway"]["requests_per_second"] for pair in row["pairs"]))


def check_outcomes(added: Mapping[str, float]) -> None:
    """Whether every evaluation of a measurement was permitted.

    Raises:
        OutcomeError: some were not.
    """
    found = {name: n for name, n in added.items() if name.startswith("permission/")}
    if not found or set(found) != {_PERMITTED}:
        raise OutcomeError(f"not only permissions: {found}")
