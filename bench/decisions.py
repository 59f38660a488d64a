"""P1: what a whole decision costs, in empty FastAPI endpoints: consent, 10,000 items, a personal slate, a durable entry."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import httpx

from bench.bodies import LIMIT
from bench.errors import OutcomeError
from bench.pairs import Contest
from bench.report import Row
from bench.wrk_load import Case

CONNECTIONS = (32, 128)
GOAL = ">= 1.5"
BOUND_BY = "interpreter 52 %; kernel (sockets, disk) 22 %; ranking 13 %"

_PERSONALISED = "decision/personalised"
_LOOKED_AT = 200


def measure(
    contest: Contest, questions: Path, connections: Sequence[int] = CONNECTIONS, note: str = ""
) -> list[Row]:
    """Measure decisions.

    Raises:
        OutcomeError: an answer was not a personal slate.
        LoadError: an answer was not 200.
    """
    look_at_answers(contest, questions)
    rows = []
    for number in connections:
        row = contest.measure(Case("/v1/decide", questions, number, per_request=1), check_outcomes)
        rows.append(
            {
                "name": f"P1 decide, {number} connections{note}",
                "goal": "" if note else GOAL,
                "bound_by": BOUND_BY,
            }
            | row
        )
    return rows


def look_at_answers(contest: Contest, questions: Path) -> None:
    """Ask some of the questions one by one, and see whether the answers are what they should be."""
    with (
        questions.open() as file,
        httpx.Client(
            base_url=contest.ours.url, headers={"authorization": contest.token}, timeout=30
        ) as client,
    ):
        for question in map(json.loads, islice(file, _LOOKED_AT)):
            check_answer(question, client.post("/v1/decide", json=question).raise_for_status().json())


def check_answer(question: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    """Whether this is a personal slate of the right length, with nothing twice and nothing that was excluded, and evidence.

    Raises:
        OutcomeError: it is not.
    """
    shown = [item["id"] for item in answer["items"]]
    if not answer["personalised"]:
        raise OutcomeError(f"unpersonalised: {answer['reason']}")
    if len(shown) != LIMIT or len(set(shown)) != LIMIT:
        raise OutcomeError("a slate is not ten distinct items")
    if set(shown) & set(question["exclude"]):
        raise OutcomeError("a slate has an item that was excluded")
    if answer["audit"] is None:
        raise OutcomeError("an answer has no entry")


def check_outcomes(added: Mapping[str, float]) -> None:
    """Whether every decision of a measurement was a personalised one.

    Raises:
        OutcomeError: some were not.
    """
    decisions = {name: n for name, n in added.items() if name.startswith("decision/")}
    if not decisions or set(decisions) != {_PERSONALISED}:
        raise OutcomeError(f"not only personalised decisions: {decisions}")
