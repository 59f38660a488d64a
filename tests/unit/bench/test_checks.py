"""A measurement of something else than it says is refused."""

from __future__ import annotations

from typing import Any

import pytest

from bench import batches, decisions, permissions
from bench.errors import OutcomeError

QUESTION = {"exclude": ["p-1", "p-2", "p-3"]}


def answer(**changes: Any) -> dict[str, Any]:
    """A good answer, but for what is changed."""
    items = [{"id": f"p-{n}"} for n in range(10, 20)]
    return {"personalised": True, "reason": None, "items": items, "audit": {"index": 4}} | changes


def test_a_personal_slate_is_accepted() -> None:
    decisions.check_answer(QUESTION, answer())


@pytest.mark.parametrize(
    "changes",
    [
        {"personalised": False, "reason": "no_model"},
        {"items": [{"id": f"p-{n}"} for n in range(10, 19)]},
        {"items": [{"id": "p-10"}] * 10},
        {"items": [{"id": f"p-{n}"} for n in range(3, 13)]},
        {"audit": None},
    ],
    ids=["unpersonalised", "short", "repeated", "excluded", "without an entry"],
)
def test_any_other_answer_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(OutcomeError):
        decisions.check_answer(QUESTION, answer(**changes))


@pytest.mark.parametrize(
    "added",
    [{}, {"decision/personalised": 9.0, "decision/unpersonalised.no_model": 1.0}, {"event/accepted": 3.0}],
    ids=["nothing", "some without a model", "no decisions"],
)
def test_other_decisions_are_refused(added: dict[str, float]) -> None:
    with pytest.raises(OutcomeError):
        decisions.check_outcomes(added)


@pytest.mark.parametrize(
    "added",
    [
        {},
        {"event/duplicate": 100.0},
        {"event/accepted": 75.0, "event/duplicate": 5.0, "event/withheld.late": 20.0},
        {"event/accepted": 76.0, "event/duplicate": 4.0, "event/withheld.no_record": 20.0},
    ],
    ids=["nothing", "all repeated", "late", "another share"],
)
def test_other_outcomes_of_events_are_refused(added: dict[str, float]) -> None:
    with pytest.raises(OutcomeError):
        batches.check_outcomes(added)


@pytest.mark.parametrize(
    "added", [{}, {"event/accepted": 0.0}, {"event/accepted": 9.0, "event/duplicate": 1.0}]
)
def test_single_events_that_are_not_all_accepted_are_refused(added: dict[str, float]) -> None:
    with pytest.raises(OutcomeError):
        batches.check_accepted(added)
    batches.check_accepted({"event/accepted": 9.0, "event/duplicate": 0.0, "decision/personalised": 1.0})


@pytest.mark.parametrize("added", [{}, {"permission/permitted": 9.0, "permission/denied.no_record": 1.0}])
def test_other_outcomes_of_evaluations_are_refused(added: dict[str, float]) -> None:
    with pytest.raises(OutcomeError):
        permissions.check_outcomes(added)
    permissions.check_outcomes({"permission/permitted": 9.0, "event/accepted": 1.0})


def test_calls_are_compared_by_what_is_evaluated_in_them() -> None:
    def row(*rates: float) -> dict[str, Any]:
        return {"pairs": [{"gateway": {"requests_per_second": rate}} for rate in rates]}

    assert permissions.against(row(10, 30, 20), row(100, 100, 700))["value"] == 20.0
