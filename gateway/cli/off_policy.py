"""`volens scoring ope`: what another policy would have brought, from recorded decisions, or why nobody can say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.failures import FOUND, complain, told

if TYPE_CHECKING:
    from scoring import Estimate, PolicyVerdict

POLICIES = ("uniform", "best", "best-by-context")

_WHY = {
    "effective_sample": "too few of these decisions speak of the policy: the effective sample is below 100, or below 1 %",
    "mean_weight": "the weights do not average 1 (within 0.1): the log misses what the policy does, or propensities are wrong",
    "outcomes": "fewer than 10 of the decisions that speak of the policy had any outcome: intervals would claim too much",
    "least_propensity": "some propensities are below 0.0001: one decision would outweigh all others",
}


File = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", exists=True, dir_okay=False, help="Parquet, a row for each decision that was logged."
    ),
]
Policy = Annotated[
    str,
    typer.Option(
        "--policy",
        metavar="NAME",
        help="uniform; best or best-by-context (learnt from the first half, asked of the second); or column:NAME, the"
        " policy's probability of what was done.",
    ),
]
Contexts = Annotated[
    list[str] | None,
    typer.Option("--context", metavar="COLUMN", help="Column with context; may be repeated."),
]
Conditions = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="COLUMN=VALUE", help="Use only these rows; may be repeated."),
]


@told()
def evaluate_policy(
    file: File,
    policy: Policy,
    *,
    action: Annotated[
        str, typer.Option("--action", metavar="COLUMN", help="Column with the action taken.")
    ] = "item_id",
    reward: Annotated[
        str, typer.Option("--reward", metavar="COLUMN", help="Column with the reward.")
    ] = "click",
    propensity: Annotated[
        str, typer.Option("--propensity", metavar="COLUMN", help="Column with the probability of the action.")
    ] = "propensity",
    context: Contexts = None,
    where: Conditions = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the resampling.")] = 0,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines.")] = False,
) -> None:
    """Estimate what a policy would have earned, from decisions that another one made. Exit code 1 if the log cannot tell."""
    import numpy as np

    from gateway.learning.recorded_decisions import DecisionColumns, read_question
    from scoring import judge_policy

    if policy not in POLICIES and not (policy.startswith("column:") and policy != "column:"):
        raise typer.BadParameter("uniform, best, best-by-context or column:NAME", param_hint="--policy")
    columns = DecisionColumns(action, reward, propensity, tuple(context or ()))
    asked = read_question(file, columns, policy, _conditions(where or []))
    verdict = judge_policy(asked.logged, asked.target, np.random.default_rng(seed))
    logged = float(asked.logged.rewards.mean())
    if json_output:
        typer.echo(json.dumps(_as_json(verdict, logged)))
    else:
        _print(verdict, logged)
    if verdict.refused:
        raise complain(*(_WHY[each.value] for each in verdict.refused), code=FOUND)


def _conditions(where: list[str]) -> dict[str, str]:
    found = {}
    for each in where:
        column, equals, value = each.partition("=")
        if not column or not equals:
            raise typer.BadParameter("COLUMN=VALUE", param_hint="--where")
        found[column] = value
    return found


def _as_json(verdict: PolicyVerdict, logged: float) -> dict[str, Any]:
    def shown(estimate: Estimate | None) -> dict[str, float] | None:
        if estimate is None:
            return None
        return {"value": estimate.value, "low": estimate.low, "high": estimate.high}

    return {
        "decisions": verdict.support.decisions,
        "effective": verdict.support.effective,
        "mean_weight": verdict.support.mean_weight,
        "least_propensity": verdict.support.least_propensity,
        "logged": logged,
        "refused": [each.value for each in verdict.refused],
        "snips": shown(verdict.snips),
        "doubly_robust": shown(verdict.doubly_robust),
        "clipped": shown(verdict.clipped),
    }


def _print(verdict: PolicyVerdict, logged: float) -> None:
    support = verdict.support
    typer.echo(f"decisions     {support.decisions:,}, of which {support.effective:,.0f} effective")
    typer.echo(f"mean weight   {support.mean_weight:.3f} (1 expected)")
    typer.echo(f"logged        {logged:.6f} per decision")
    for name, estimate in (
        ("SNIPS", verdict.snips),
        ("doubly robust", verdict.doubly_robust),
        ("clipped IPS", verdict.clipped),
    ):
        if estimate is not None:
            typer.echo(f"{name:13} {estimate.value:.6f}  [{estimate.low:.6f}, {estimate.high:.6f}]")
    if verdict.refused:
        typer.echo("verdict       none")
