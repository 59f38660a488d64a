"""`volens scoring models | rollback | promote`: the models of a running gateway."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.failures import complain, told

Directory = Annotated[
    Path, typer.Argument(metavar="DIR", help="The data directory of a gateway that is running.")
]
Url = Annotated[
    str | None,
    typer.Option("--url", help="Where the gateway runs. Default: the host and port of volens.toml."),
]
_MODELS = "/v1/learning/models"


@told()
def list_models(directory: Directory, url: Url = None) -> None:
    """List the models of a running gateway: which is in use, which waits, and which can be rolled back to."""
    found = asyncio.run(_ask(directory, url, "GET", _MODELS))
    for each in found["models"]:
        examined = each["examined"]
        quality = "not compared" if examined is None else f"NDCG@10 {examined['ndcg_at_10']:.4f}"
        typer.echo(f"{each['version']}  {each['stage']:8}  {each['people']:,} people  {quality}")
    if not found["models"]:
        typer.echo("no model yet")
    if not found["following"]:
        typer.echo("held: what is trained is not used until volens scoring promote")


@told()
def roll_back_model(directory: Directory, url: Url = None) -> None:
    """Go back to the model before the one in use, at once, and keep it until `promote`."""
    used = asyncio.run(_ask(directory, url, "POST", f"{_MODELS}/rollback"))
    typer.echo(f"in use    {used['version']}")
    typer.echo(f"digest    {used['digest']}")


@told()
def promote_model(directory: Directory, url: Url = None) -> None:
    """Use the waiting model at once; from then on newly trained models are used again."""
    used = asyncio.run(_ask(directory, url, "POST", f"{_MODELS}/promote"))
    typer.echo(f"in use    {used['version']}")
    typer.echo(f"digest    {used['digest']}")


async def _ask(directory: Path, url: str | None, method: str, path: str) -> dict[str, Any]:
    from gateway.cli.asking import asking, good, is_running
    from gateway.settings.reading import load_settings

    if not is_running(load_settings(directory)):
        raise complain("no gateway is running here, and models are in its memory only")
    async with asking(directory, url, "admin") as client:
        answer = await client.request(method, path)
        if answer.status_code == 409:
            raise complain("there is no model to go to (volens scoring models lists those there are)")
        return dict(good(answer).json())
