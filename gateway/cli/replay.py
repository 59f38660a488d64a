"""The command `volens replay`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.failures import FOUND, NOT_UNDERSTOOD, complain, told

if TYPE_CHECKING:
    from gateway.replay import BadLine, GatewayClient, Recorded, Recording, SendCounts

BAD_LINES_SHOWN = 100
"""Further bad lines are counted only."""


Directory = Annotated[Path, typer.Argument(metavar="DIR", help="The data directory of the running gateway.")]
File = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="Segment or OTTO JSON Lines, CSV (each also gzipped) or Parquet; recognised by content.",
    ),
]
Url = Annotated[
    str | None, typer.Option("--url", help="Where the gateway is. Default: the host and port of volens.toml.")
]
Mapping = Annotated[
    str, typer.Option("--map", metavar="ROLE=COLUMN,...", help="Columns of a table that have other names.")
]
EventName = Annotated[
    str | None,
    typer.Option("--event", metavar="NAME", help="The event that every row is, if no column says it."),
]
AddItems = Annotated[
    bool, typer.Option("--register-items", help="First register the items that the catalogue does not hold.")
]
ItemTable = Annotated[
    Path | None,
    typer.Option(
        "--items",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="With --register-items: a CSV table with their titles and prices.",
    ),
]
Consent = Annotated[
    str,
    typer.Option(
        "--consent",
        metavar="PURPOSE,...",
        help="First record that everybody in the file consents to these, as asserted by you. For demonstrations.",
    ),
]


@told()
def replay_file(
    directory: Directory,
    file: File,
    *,
    url: Url = None,
    mapping: Mapping = "",
    event: EventName = None,
    add_items: AddItems = False,
    items: ItemTable = None,
    consent: Consent = "",
) -> None:
    """Send recorded events to a running gateway. They are judged like any others; repeating it changes nothing."""
    from gateway.callers.credentials import load_credentials
    from gateway.cli.asking import reached_at
    from gateway.directory.policy_file import read_policy
    from gateway.replay import GatewayClient, Recording, parse_mapping
    from gateway.settings.reading import load_settings

    settings = load_settings(directory)
    purposes = [purpose.strip() for purpose in consent.split(",") if purpose.strip()]
    if items is not None and not add_items:
        raise complain("--items needs --register-items", code=NOT_UNDERSTOOD)
    if not set(purposes) <= read_policy(settings.directory).bits.keys():
        raise complain("--consent names a purpose that policy.toml does not have")
    recording = Recording(file, parse_mapping(mapping), event)
    with GatewayClient(url or reached_at(settings), load_credentials(settings.credentials_file)) as client:
        if not client.is_ready():
            raise complain(
                "no gateway answers there, or it is not ready: start it with volens serve DIR, or give its address with --url"
            )
        if add_items:
            _register_items(recording, items, client)
        if purposes:
            _give_consents(recording, purposes, client)
        tally = _send(recording.read(), client)
    _report(tally)
    if tally.unaccounted:
        raise typer.Exit(FOUND)


def _register_items(recording: Recording, table: Path | None, client: GatewayClient) -> None:
    from gateway.replay import items_of, read_items, register_missing_items

    found = items_of(recording.read())
    if table is not None:
        described = {item["id"]: item for item in read_items(table)}
        found = {item: {**known, **described.get(item, {})} for item, known in found.items()}
    added = register_missing_items(found, client)
    typer.echo(f"items        {added:,} registered, {len(found) - added:,} known already")


def _give_consents(recording: Recording, purposes: list[str], client: GatewayClient) -> None:
    from gateway.replay import Saying, put_consents, subjects_of

    subjects = subjects_of(recording.read())
    sayings = [Saying(subject, purpose, "given") for subject in subjects for purpose in purposes]
    put_consents(sayings, client, method="replay")
    typer.echo(f"consents     {len(subjects):,} people, each to {', '.join(purposes)}, asserted by you")


def _send(entries: Iterable[Recorded | BadLine], client: GatewayClient) -> SendCounts:
    from rich.console import Console
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    from gateway.replay import send_recording

    shown = 0

    def tell(bad: BadLine) -> None:
        nonlocal shown
        shown += 1
        if shown <= BAD_LINES_SHOWN:
            bar.console.print(
                f"line {bad.line}: {bad.fault.value}", highlight=False, markup=False, soft_wrap=True
            )
        elif shown == BAD_LINES_SHOWN + 1:
            bar.console.print("further bad lines are counted only", highlight=False)

    columns = (
        TextColumn("{task.completed:,} events sent"),
        TextColumn("line {task.fields[line]:,}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=None, line=0)
        return send_recording(
            entries,
            client,
            on_bad_line=tell,
            on_progress=lambda tally, line: bar.update(task, completed=tally.sent, line=line),
        )


def _report(tally: SendCounts) -> None:
    for label, count in (
        ("sent", tally.sent),
        ("accepted", tally.accepted),
        ("withheld", tally.withheld),
        ("duplicate", tally.duplicate),
        ("invalid", tally.invalid),
        ("bad lines", tally.bad_lines),
    ):
        typer.echo(f"{label:<12} {count:>10,}")
    for reason, count in sorted(tally.reasons.items(), key=lambda row: (-row[1], row[0])):
        typer.echo(f"  withheld   {count:>10,}  {reason}")
    if tally.unaccounted:
        typer.echo(f"UNACCOUNTED  {tally.unaccounted:>10,}  the gateway's counts do not add up", err=True)
