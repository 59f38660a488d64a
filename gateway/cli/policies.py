"""`volens scoring policies`: what other policies would have brought at a placement that explores, or why nobody can say."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from gateway.cli.failures import FOUND, complain, told

_MEANING = {
    "ranked": "by the ranking alone",
    "learnt": "always what promised most",
    "uniform": "any of the candidates",
}


@told()
def compare_placement(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="The data directory of a gateway that is running.")
    ],
    placement: Annotated[
        str, typer.Argument(metavar="PLACEMENT", help="The id of a placement that explores.")
    ],
    *,
    url: Annotated[
        str | None,
        typer.Option("--url", help="Where the gateway runs. Default: the host and port of volens.toml."),
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines.")] = False,
) -> None:
    """Estimate what other ways of filling a placement's first place would have earned. Exit code 1 if none can be estimated."""
    found = asyncio.run(_ask(directory, url, placement))
    if json_output:
        typer.echo(json.dumps(found))
    else:
        _print(found)
    if all(each["refused"] for each in found["policies"].values()):
        raise complain("too little has been drawn and answered here to tell", code=FOUND)


def _print(found: dict[str, Any]) -> None:
    typer.echo(f"slates   {found['slates']:,}, one of each person")
    if found["answered"] is not None:
        typer.echo(f"shown    {found['answered']:.4f} answered at the first place")
    for name, each in found["policies"].items():
        said = "no verdict: " + ", ".join(each["refused"])
        if not each["refused"]:
            snips = each["snips"]
            said = f"{snips['value']:.4f}  [{snips['low']:.4f}, {snips['high']:.4f}]"
        typer.echo(f"{name:8} {said}  ({_MEANING[name]}; {each['effective']:,.0f} effective)")


async def _ask(directory: Path, url: str | None, placement: str) -> dict[str, Any]:
    from gateway.cli.asking import asking, good, is_running
    from gateway.settings.reading import load_settings

    if not is_running(load_settings(directory)):
        raise complain("no gateway is running here, and what was drawn is in its memory only")
    async with asking(directory, url, "admin") as client:
        answer = await client.get(f"/v1/learning/placements/{quote(placement, safe='')}/policies")
        if answer.status_code == 404:
            raise complain("nothing is drawn at such a placement ([[learning.placements]] in volens.toml)")
        return dict(good(answer).json())
