"""Experiments: what may be concluded now. One may look as often as one likes."""

from __future__ import annotations

from math import isfinite
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path

from gateway.errors import NotFoundError
from gateway.flags.model import ExperimentPart, SplitPart, experiment_of
from gateway.routes.bodies import ServicesDep
from gateway.routes.callers import Admin
from gateway.routes.services import Services
from scoring import ExperimentReport, MetricReport, analyse

router = APIRouter(prefix="/v1/experiments", tags=["flags"])

Id = Annotated[str, Path(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9._-]+$")]


@router.get("")
async def list_experiments(_caller: Admin, services: ServicesDep) -> dict[str, Any]:
    """Every experiment, by its name."""
    found = services.flags.shelf.experiments
    return {"experiments": [_described(*found[name]) for name in sorted(found)]}


@router.get("/{experiment_id}")
async def get_experiment(experiment_id: Id, _caller: Admin, services: ServicesDep) -> dict[str, Any]:
    """How an experiment stands: everything that is durable at this moment is in it, and nobody who withdrew."""
    found = services.flags.shelf.experiments.get(experiment_id)
    if found is None:
        raise NotFoundError
    feed = services.flags.feed
    await feed.catch_up()
    experiment = experiment_of(*found)
    units = feed.trials.units_of(experiment, feed.same_people())
    report = analyse(experiment, units, feed.trials.withdrawn.get(experiment_id, {}))
    return {
        **_described(*found),
        "as_of": services.clock.now(),
        "results": _shown(report, services, experiment_id),
    }


def _described(split: SplitPart, part: ExperimentPart) -> dict[str, Any]:
    described: dict[str, Any] = msgspec.to_builtins(part)
    return {**described, "weights": dict(split.weights), "salt": split.salt}


def _shown(report: ExperimentReport, services: Services, experiment: str) -> dict[str, Any]:
    feed = services.flags.feed
    return {
        "arms": [msgspec.to_builtins(arm) for arm in report.arms],
        "split": {"p": report.split_p, "alarm": report.split_alarm.value},
        "withdrawals": {"p": report.withdrawals_p, "alarm": report.withdrawals_alarm.value},
        "left_out": {
            "in_two_arms": report.in_two_arms,
            "misplaced_exposures": feed.misplaced[experiment],
            "beyond_the_bound": feed.trials.is_full,
        },
        "metrics": [_metric(each) for each in report.metrics],
    }


def _metric(report: MetricReport) -> dict[str, Any]:
    shown: dict[str, Any] = msgspec.to_builtins(report)
    ends = (report.interval.low, report.interval.high)
    shown["interval"] = list(ends) if all(map(isfinite, ends)) else None
    return shown
