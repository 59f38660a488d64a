"""`volens experiments`: which there are, and what may be concluded now."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.failures import complain, told
from gateway.cli.printing import safe
from gateway.cli.rules import AsJson, Directory, Url

experiments_commands = typer.Typer(
    no_args_is_help=True, help="Experiments: list them and compare their arms."
)

_EXPERIMENTS = "/v1/experiments"


@experiments_commands.command("list")
@told()
def list_experiments(directory: Directory, url: Url = None, json_output: AsJson = False) -> None:
    """List the experiments: arms, baseline and metrics."""
    found = asyncio.run(_ask(directory, url, _EXPERIMENTS))
    if json_output:
        typer.echo(json.dumps(found))
        return
    for each in found["experiments"]:
        arms = ", ".join(f"{safe(arm)} {weight:.0%}" for arm, weight in each["weights"].items())
        metrics = ", ".join(f"{safe(metric['name'])} ({metric['role']})" for metric in each["metrics"])
        typer.echo(f"{safe(each['id'])}  {arms}  against {safe(each['baseline'])}  {metrics}")
        if each["hypothesis"]:
            typer.echo(f"    {safe(each['hypothesis'])}")
    if not found["experiments"]:
        typer.echo("no experiments")


@experiments_commands.command("report")
@told()
def report_experiment(
    directory: Directory,
    experiment: Annotated[str, typer.Argument(metavar="ID", help="Which experiment.")],
    url: Url = None,
    json_output: AsJson = False,
) -> None:
    """Compare the arms now. Look as often as you like: the intervals are valid at every look."""
    from urllib.parse import quote

    found = asyncio.run(_ask(directory, url, f"{_EXPERIMENTS}/{quote(experiment, safe='')}"))
    if json_output:
        typer.echo(json.dumps(found))
        return
    for line in _report(found["results"]):
        typer.echo(line)


def _report(results: Mapping[str, Any]) -> Iterator[str]:
    """What may be said, a line each."""
    yield "arm                   weight    units  withdrew"
    for arm in results["arms"]:
        yield f"{safe(arm['arm']):<20} {arm['weight']:>7.0%} {arm['units']:>8,} {arm['withdrawn']:>9,}"
    split, withdrawals, left_out = results["split"], results["withdrawals"], results["left_out"]
    yield f"split         {split['alarm']} (p {split['p']:.3g})"
    yield f"withdrawals   {withdrawals['alarm']} (p {withdrawals['p']:.3g})"
    yield f"left out      {left_out['in_two_arms']:,} in two arms, {left_out['misplaced_exposures']:,} misplaced exposures"
    for each in results["metrics"]:
        yield ""
        yield f"{safe(each['metric'])} ({each['role']}) of {safe(each['arm'])}: {each['verdict']}"
        ends = each["interval"]
        within = "no interval yet" if ends is None else f"between {ends[0]:+.4g} and {ends[1]:+.4g}"
        yield f"    mean {each['mean']:.4g} against {each['baseline_mean']:.4g}: {each['difference']:+.4g}, {within}"
        yield f"    p {each['p']:.3g}, adjusted {each['p_adjusted']:.3g}; variance taken out {each['variance_removed']:.0%}"


async def _ask(directory: Path, url: str | None, path: str) -> dict[str, Any]:
    from gateway.cli.asking import asking, good

    async with asking(directory, url, "admin") as client:
        answer = await client.get(path)
        if answer.status_code in (404, 422) and path != _EXPERIMENTS:
            raise complain("there is no such experiment (volens experiments list names those there are)")
        return dict(good(answer).json())
