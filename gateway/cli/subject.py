"""`volens subject`: what an officer does for a person who asks in another way than through an app.

The person's id comes on standard input, never as an argument: arguments are seen by everybody on the machine, and kept in
histories. A running gateway is asked over HTTP, with the directory's own credentials; a stopped one is opened for the moment and
asked in the same way.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from gateway.cli.asking import asking, good
from gateway.cli.certificates import check_certificate
from gateway.cli.failures import complain, told

MAX_ID_BYTES = 1024
PUBLISHED_SECONDS = 0.2
"""How long to wait before asking again whether the log has been published so far."""

subject_commands = typer.Typer(
    no_args_is_help=True, help="The rights of one person, whose id is read from standard input."
)

Directory = Annotated[Path, typer.Argument(metavar="DIR", help="The data directory.")]
Anonymous = Annotated[bool, typer.Option("--anonymous", help="The id is that of a browser or device.")]
Url = Annotated[
    str | None,
    typer.Option(
        "--url", help="Where the gateway runs, if it does. Default: the host and port of volens.toml."
    ),
]
Out = Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write; nothing may be there yet.")]


@subject_commands.callback()
def subject_group() -> None:
    """The rights of one person, whose id is read from standard input."""


@subject_commands.command("export")
@told()
def export_subject(
    directory: Directory,
    out: Out,
    form: Annotated[Literal["json", "html", "zip"], typer.Option("--format", help="In which form.")] = "json",
    anonymous: Anonymous = False,
    url: Url = None,
) -> None:
    """Write everything that is held about a person, as a request for access."""
    subject = _subject(anonymous)
    request_id, report = asyncio.run(_export(directory, url, subject, form))
    _write(out, report)
    typer.echo(f"request   {request_id}")
    typer.echo(f"report    {len(report):,} bytes")


@subject_commands.command("erase")
@told()
def erase_subject(
    directory: Directory,
    out: Annotated[
        Path | None,
        typer.Option("--certificate", metavar="FILE", help="Where to write the certificate of erasure."),
    ] = None,
    anonymous: Anonymous = False,
    url: Url = None,
) -> None:
    """Erase a person, with the devices linked to them. Nothing brings them back."""
    subject = _subject(anonymous)
    done, certificate = asyncio.run(_erase(directory, url, subject, wants_certificate=out is not None))
    if out is not None:
        _write(out, certificate)
    typer.echo(f"request   {done['request_id']}")
    typer.echo(f"status    {done['status']}")
    place = done["audit"]
    typer.echo(f"log       {place['log']} {place['index']}" if place else "log       (follows)")
    for each in done["recipients"]:
        typer.echo(f"recipient {each['destination']} {each['state']}")


@subject_commands.command("verify")
@told()
def verify_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A certificate.")],
    key: Annotated[
        Path | None,
        typer.Option("--key", metavar="FILE", exists=True, help="The log's key (log.vkey), kept elsewhere."),
    ] = None,
    jwks: Annotated[
        Path | None,
        typer.Option("--jwks", metavar="FILE", exists=True, help="The gateway's keys (/v1/rights/keys)."),
    ] = None,
) -> None:
    """Check a certificate of erasure offline."""
    check_certificate(
        file.read_bytes(),
        None if key is None else key.read_text(),
        None if jwks is None else jwks.read_bytes(),
    )


def _subject(anonymous: bool) -> dict[str, str]:
    """Who, from standard input.

    Raises:
        typer.Exit: there is not exactly one line.
    """
    raw = sys.stdin.buffer.read(MAX_ID_BYTES + 1)
    try:
        lines = raw.decode().splitlines()
    except UnicodeDecodeError:
        lines = []
    if len(lines) != 1 or not lines[0] or len(raw) > MAX_ID_BYTES:
        raise complain("standard input must be one line: the person's id")
    return {"anonymous_id" if anonymous else "id": lines[0]}


async def _export(directory: Path, url: str | None, subject: dict[str, str], form: str) -> tuple[str, bytes]:
    async with asking(directory, url, "rights") as client:
        asked = good(await client.post("/v1/rights", json={"subject": subject, "type": "access"})).json()
        report = good(await client.get(asked["report"], params={"format": form}))
        return asked["request_id"], report.content


async def _erase(
    directory: Path, url: str | None, subject: dict[str, str], *, wants_certificate: bool
) -> tuple[dict[str, Any], bytes]:
    async with asking(directory, url, "rights") as client:
        done = good(await client.post("/v1/rights", json={"subject": subject, "type": "erasure"})).json()
        certificate = b""
        while wants_certificate:
            answer = await client.get(done["certificate"])
            if answer.status_code != 503:
                certificate = good(answer).content
                break
            await asyncio.sleep(PUBLISHED_SECONDS)
        return done, certificate


def _write(path: Path, content: bytes) -> None:
    """Write a file for its owner only; one that is there is not overwritten."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(handle)
