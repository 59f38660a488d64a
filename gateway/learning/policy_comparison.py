"""What other policies would have brought at a placement that explores: asked of what the gateway itself drew and learnt from.

Nothing of a decision leaves: what is told are means of a cohort with their intervals. Whoever withdraws while they are computed
is in none of them; they are computed again without that person.
"""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np

from gateway.clock import Clock
from gateway.errors import NotFoundError, UnavailableError
from gateway.learning.joining import COARSEST_SECONDS
from gateway.learning.learner import OutcomeLearner
from scoring import Estimate, FirstPlaces, PolicyVerdict

MAX_PEOPLE = 20_000
"""People of whom a slate is looked at, those who came last: reading them takes some milliseconds of everybody's time."""

_ATTEMPTS = 5


async def compare_at(learner: OutcomeLearner | None, placement: str, clock: Clock) -> dict[str, Any]:
    """Every policy at a placement, each with its estimates or with why there are none.

    Raises:
        NotFoundError: nothing is drawn there.
        UnavailableError: people left as fast as it could be computed.
    """
    place = None if learner is None else learner.placements.get(placement)
    if learner is None or place is None or not place.explore:
        raise NotFoundError
    for _ in range(_ATTEMPTS):
        departures = learner.departures
        settled = clock.now() - learner.window_seconds - COARSEST_SECONDS
        shown = FirstPlaces.of(learner.posterior(placement).last_of_each(settled, MAX_PEOPLE))
        if not len(shown):
            return {"placement": placement, "slates": 0, "answered": None, "policies": {}}
        verdicts = await asyncio.to_thread(shown.judge, np.random.default_rng(0))
        if learner.departures == departures:
            return {
                "placement": placement,
                "slates": len(shown),
                "answered": shown.share_answered(),
                "policies": {name.value: described(each) for name, each in verdicts.items()},
            }
    raise UnavailableError


def described(verdict: PolicyVerdict) -> dict[str, Any]:
    """A verdict, in JSON."""
    return {
        "effective": verdict.support.effective,
        "mean_weight": verdict.support.mean_weight,
        "least_propensity": verdict.support.least_propensity,
        "refused": [each.value for each in verdict.refused],
        "snips": _interval(verdict.snips),
        "clipped": _interval(verdict.clipped),
    }


def _interval(estimate: Estimate | None) -> dict[str, float] | None:
    if estimate is None:
        return None
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high}
