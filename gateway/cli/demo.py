"""The command `volens demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.failures import told

_Items = Annotated[
    Path | None,
    typer.Option(
        "--items",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="A CSV table of the recording's items (item_id, title, ...). Default: items.csv beside it, if any.",
    ),
]

_Mapping = Annotated[
    str,
    typer.Option(
        "--map", metavar="ROLE=COLUMN,...", help="The recording's columns, if their names are unusual."
    ),
]


@told()
def play_demo(
    *,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="Recorded events to play instead of the synthetic shop; as for `volens replay`.",
        ),
    ] = None,
    directory: Annotated[
        Path | None,
        typer.Option("--dir", metavar="DIR", help="Where the data go. Default: a fresh temporary directory."),
    ] = None,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65_535, help="The port; 0 takes any free one.")
    ] = 8080,
    no_serve: Annotated[
        bool, typer.Option("--no-serve", help="End after the story instead of serving.")
    ] = False,
    items: _Items = None,
    event: Annotated[
        str | None,
        typer.Option(
            "--event", metavar="NAME", help="What every row of the recording is, if no column says it."
        ),
    ] = None,
    mapping: _Mapping = "",
) -> None:
    """Show the whole product on a synthetic shop: consent, slates, withdrawal, proof."""
    from gateway.demo import DemoOptions, Narrator, run_demo

    options = DemoOptions(
        directory=directory,
        data=data,
        items=items,
        event=event,
        mapping=mapping,
        port=port,
        serve=not no_serve,
    )
    raise typer.Exit(run_demo(options, Narrator()))
