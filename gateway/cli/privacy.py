"""The commands of `volens privacy`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.failures import NOT_UNDERSTOOD, complain, told

if TYPE_CHECKING:
    import httpx

privacy_commands = typer.Typer(no_args_is_help=True, help="Differentially private releases and their budget.")

Directory = Annotated[Path, typer.Argument(metavar="DIR", help="A data directory.")]
Url = Annotated[
    str | None,
    typer.Option("--url", help="Where its gateway runs. Default: the host and port of volens.toml."),
]

_MOST_SECONDS = 3600
"""No run is waited for longer."""
_LOOK_SECONDS = 0.5
_STEPS = {
    "booking": "booking what it costs",
    "reading": "reading what people did",
    "measuring": "measuring",
}
_WORDS = {
    "published": "published",
    "already_published": "was published before: the same numbers",
    "lost": "was given up: nothing will be published of this window",
    "not_in_force": "nobody approved this version or the budget's terms, or it is unfit (volens privacy releases DIR)",
    "not_closed": "the window still takes events",
    "too_early": "this gateway had not begun when the window closed: nobody can be in it",
    "too_old": "what people did then is not kept any more",
    "over_budget": "it costs more than is left of the budget",
    "broke_off": "it could not be measured; the next start tries again",
    "other_plan": "another plan was booked under this version: give it a new one",
}


@privacy_commands.callback()
def privacy_group() -> None:
    """Differentially private releases and their budget."""


@privacy_commands.command("releases")
@told()
def list_releases(
    directory: Directory,
    propose: Annotated[
        bool,
        typer.Option("--propose", help="Propose what is new in releases.toml; somebody else approves it."),
    ] = False,
    approve: Annotated[
        str | None,
        typer.Option(
            "--approve", metavar="ID", help="Put in force what somebody else proposed: a release, or `terms`."
        ),
    ] = None,
    key_file: Annotated[
        Path | None,
        typer.Option("--key-file", exists=True, dir_okay=False, help="The key of the editor who approves."),
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option("--export", metavar="PATH", help="Write every publication there: .csv or .parquet."),
    ] = None,
    url: Url = None,
) -> None:
    """Check releases.toml; list the budget's terms and each release: what it costs, whether it is in force, its last numbers."""
    from gateway.aggregates.opening import read_releases

    read_releases(directory)
    if export is not None and export.suffix not in {".csv", ".parquet"}:
        raise complain("--export writes a file that ends in .csv or .parquet", code=NOT_UNDERSTOOD)
    if approve is not None:
        if key_file is None:
            raise complain(
                "--approve needs --key-file: the key of an editor other than the one who proposed it"
            )
        asyncio.run(_approve(directory, url, approve, key_file.read_text().strip()))
    found = asyncio.run(_releases(directory, url, propose=propose))
    _show(found)
    if export is not None:
        from gateway.aggregates.exporting import export_publications

        count = export_publications(asyncio.run(_publications(directory, url)), export)
        typer.echo(f"wrote {count:,} numbers")


@privacy_commands.command("run")
@told()
def run_release(
    directory: Directory,
    name: Annotated[str, typer.Argument(metavar="ID", help="The release.")],
    window: Annotated[
        str | None,
        typer.Option(
            "--window", help="2026-11-21, 2026-11-21T14 or 2026-11-16.week. Default: the last closed one."
        ),
    ] = None,
    close_now: Annotated[
        bool,
        typer.Option("--close-now", help="Close the current window now; later events are not counted in it."),
    ] = False,
    url: Url = None,
) -> None:
    """Publish one window of one release, if it is closed, in force and within the budget."""
    from gateway.aggregates.opening import read_releases
    from privacy import window_named

    asked: dict[str, Any] = {"close_now": close_now}
    if window is not None:
        asked["window"] = window_named(read_releases(directory).named(name).window, window).name
    answer = asyncio.run(_run(directory, url, f"/v1/releases/{name}/runs", asked))
    if answer["publication"] is None:
        raise complain(_WORDS[answer["status"]])
    said = answer["publication"]
    typer.echo(f"{said['release']}@{said['version']}  {said['window']}  {_WORDS[answer['status']]}")
    for figure in said["figures"]:
        typer.echo(f"    {_told(figure)}")
    if said["hidden"]:
        typer.echo(f"    {said['hidden']} hidden: more noise than they are worth")


@privacy_commands.command("budget")
@told()
def show_budget(directory: Directory, url: Url = None) -> None:
    """Show the privacy budget: what each person's day may cost, what covers all days together, and what is spent of both."""
    said = asyncio.run(_budget(directory, url))
    day, month = said["epsilon_per_day"], said["epsilon_per_30_days"]
    typer.echo(f"a day     rho {said['rho_per_day']:g}: epsilon {day:.2f} at delta {said['delta_per_day']:g}")
    typer.echo(f"30 days   epsilon {month:.2f} at delta {said['delta_per_30_days']:g}")
    whole, both = said["epsilon_always"], said["epsilon_in_all"]
    typer.echo(f"always    rho {said['rho_always']:g}: epsilon {whole:.2f}; with 30 days {both:.2f}")
    for each in said["scopes"]:
        burnt = "  burnt: nothing more" if each["burnt"] else ""
        told = f"epsilon {each['epsilon']:.2f} at delta {each['delta']:.2g}"
        typer.echo(f"{each['scope']}  {each['spent']:.6f} of {each['rho']:.6f}  {told}{burnt}")


def _show(found: dict[str, Any]) -> None:
    """The catalogue as it stands."""
    typer.echo(f"terms  {found['terms']['status']}  [budget] and [windows]")
    for note in found["notes"]:
        typer.echo(f"note   {note}")
    for each in found["releases"]:
        cost = (
            "cost not proved yet"
            if each["rho"] is None
            else f"rho {each['rho']:.6f} a window ({each['window']})"
        )
        typer.echo(f"{each['id']}@{each['version']}  {each['status']}  {cost}  {each['title']}")
        if each["unfit"] is not None:
            typer.echo(f"    does not run: {each['unfit']}")
        for window, why in sorted(each["not_published"].items()):
            typer.echo(f"    {window} is not published: {_WORDS[why]}")
        for figure in (each["latest"] or {}).get("figures", ())[:20]:
            typer.echo(f"    {_told(figure)}")


def _told(figure: dict[str, Any]) -> str:
    if figure["value"] is None:
        return f"{figure['key']}: hidden, more noise than it is worth"
    return f"{figure['key']}: {figure['value']:,.4g} (95 %: {figure['low']:,.4g} to {figure['high']:,.4g})"


async def _run(directory: Path, url: str | None, path: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Have a window measured; meanwhile whoever sits at a terminal sees how far it is."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from gateway.cli.asking import asking

    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    async with asking(directory, url, "admin") as client:
        running = asyncio.ensure_future(client.post(path, json=asked, timeout=_MOST_SECONDS))
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task("asking")
            while not (await asyncio.wait([running], timeout=_LOOK_SECONDS))[0]:
                if console.is_terminal:
                    bar.update(task, description=await _looked(client, path))
        return _good(await running)


async def _looked(client: httpx.AsyncClient, path: str) -> str:
    """How far the run is; a look that is not answered ends nothing: the run goes on."""
    from httpx import TransportError

    try:
        answer = await client.get(path)
    except TransportError:
        return "waiting"
    return _doing(answer.json()) if answer.is_success else "waiting"


def _doing(answer: dict[str, Any]) -> str:
    """What a run is doing, in words."""
    said = answer["running"]
    if said is None:
        return "waiting for another run"
    share = "" if said["share"] is None else f", {said['share']:.0%}"
    return f"{said['window']}: {_STEPS[said['step']]}{share}"


def _good(answer: httpx.Response) -> dict[str, Any]:
    from gateway.cli.asking import good

    if answer.status_code == 404:
        raise complain("releases.toml has no release of this name")
    return dict(good(answer).json())


async def _budget(directory: Path, url: str | None) -> dict[str, Any]:
    from gateway.cli.asking import asking, good

    async with asking(directory, url, "admin") as client:
        return dict(good(await client.get("/v1/budget")).json())


async def _releases(directory: Path, url: str | None, *, propose: bool) -> dict[str, Any]:
    from gateway.cli.asking import asking, good

    async with asking(directory, url, "admin") as client:
        if propose:
            good(await client.post("/v1/releases/proposals", timeout=600))
        return dict(good(await client.get("/v1/releases")).json())


async def _publications(directory: Path, url: str | None) -> list[dict[str, Any]]:
    from gateway.cli.asking import asking, good

    async with asking(directory, url, "admin") as client:
        names = [each["id"] for each in good(await client.get("/v1/releases")).json()["releases"]]
        return [body for name in names for body in await _every(client, name)]


async def _every(client: httpx.AsyncClient, name: str) -> list[dict[str, Any]]:
    """Every publication of a release, page by page from the last one back."""
    from gateway.cli.asking import good

    found: list[dict[str, Any]] = []
    asked: dict[str, int] = {"limit": 1000}
    while True:
        page = good(await client.get(f"/v1/releases/{name}", params=asked)).json()
        found = page["publications"] + found
        if page["before"] is None:
            return found
        asked["before"] = page["before"]


async def _approve(directory: Path, url: str | None, name: str, key: str) -> None:
    from gateway.cli.asking import asking, good

    async with asking(directory, url, "admin") as client:
        answer = await client.post(f"/v1/releases/{name}/approval", auth=(key, ""))
        if answer.status_code == 404:
            raise complain(
                "nothing of this name is waiting for approval (volens privacy releases DIR lists what is)"
            )
        good(answer)
