"""The command `volens serve`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.failures import told


@told()
def serve_directory(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A data directory made by `volens init`.")],
    host: Annotated[
        str | None, typer.Option("--host", help="The address to listen at. Default: as volens.toml says.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port", min=0, max=65_535, help="The port to listen at. Default: as volens.toml says."
        ),
    ] = None,
    trust_clock: Annotated[
        bool,
        typer.Option(
            "--trust-clock",
            help="Believe the machine's clock although the log's last entry is later: after it had been set wrongly.",
        ),
    ] = False,
) -> None:
    """Serve the gateway until stopped; a stop (SIGTERM, Ctrl-C, a closed terminal) finishes what was begun and loses nothing."""
    from gateway.serving import serve

    serve(directory, host, port, trust_clock=trust_clock)
