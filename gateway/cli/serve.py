"""The command `volens serve`."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.failures import told


@told()
def serve_directory(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A data directory made by `volens init`.")],
    host: Annotated[
        str | None, typer.Option("--host", help="The address to listen on. Default: as in volens.toml.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65_535, help="The port to listen on. Default: as in volens.toml."),
    ] = None,
    trust_clock: Annotated[
        bool,
        typer.Option(
            "--trust-clock",
            help="Accept the machine's clock although the last log entry is later, after the clock had been set wrongly.",
        ),
    ] = False,
    stop_with_input: Annotated[
        bool,
        typer.Option(
            "--stop-with-input",
            help="Also stop when standard input ends, as it does when the program that started this one exits.",
        ),
    ] = False,
) -> None:
    """Run the gateway until it is stopped (SIGTERM, Ctrl-C); a stop finishes requests in flight and loses nothing."""
    gc.disable()  # a start makes many objects and next to no garbage; from the first request on it is looked for
    try:
        from gateway.stop_signals import ending_at_once

        with ending_at_once():
            from gateway.serving import serve

        serve(directory, host, port, trust_clock=trust_clock, with_input=stop_with_input)
    finally:
        gc.enable()
