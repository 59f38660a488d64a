"""`volens subject`: what an officer does for a person who asks in another way than through an app.

The person's id comes on standard input, never as an argument. The file that is to be written is made before anything is asked
for, and a request's id is printed as soon as there is one, whatever follows. A running gateway is asked over HTTP, with the
directory's own credentials; a stopped one is opened for the moment and asked in the same way.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, BinaryIO, Literal

import typer

from gateway.cli.asking import asking, good
from gateway.cli.certificates import check_certificate
from gateway.cli.failures import NOT_UNDERSTOOD, complain, told
from gateway.cli.new_file import new_file
from gateway.cli.one_person import id_given

PUBLISHED_SECONDS = 0.2
"""How long to wait before asking again whether the log has been published so far."""

subject_commands = typer.Typer(
    no_args_is_help=True, help="Export or erase one person, whose id is read from standard input."
)

Directory = Annotated[Path, typer.Argument(metavar="DIR", help="The data directory.")]
Anonymous = Annotated[bool, typer.Option("--anonymous", help="The id is that of a browser or device.")]
Url = Annotated[
    str | None,
    typer.Option(
        "--url", help="Where the gateway runs, if it does. Default: the host and port of volens.toml."
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FILE",
        help="Where to write; nothing may be there yet. Default: standard output, if it is no terminal.",
    ),
]


@subject_commands.callback()
def subject_group() -> None:
    """Export or erase one person, whose id is read from standard input."""


@subject_commands.command("export")
@told()
def export_subject(
    directory: Directory,
    out: Out = None,
    form: Annotated[Literal["json", "html", "zip"], typer.Option("--format", help="Output format.")] = "json",
    anonymous: Anonymous = False,
    url: Url = None,
) -> None:
    """Write everything that is held about a person, as a request for access."""
    if out is None and sys.stdout.isatty():
        raise complain(
            "this would show all that is known of somebody: name a file with --out", code=NOT_UNDERSTOOD
        )
    subject = _subject(anonymous)
    with nullcontext(sys.stdout.buffer) if out is None else new_file(out) as file:
        asyncio.run(_export(directory, url, subject, form, file, beside=out is None))


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
    with new_file(out) if out is not None else nullcontext() as file:
        asyncio.run(_erase(directory, url, subject, file))


@subject_commands.command("verify")
@told()
def verify_file(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="A certificate, or an access report (JSON or zip).",
        ),
    ],
    key: Annotated[
        Path | None,
        typer.Option("--key", metavar="FILE", exists=True, help="The log's key (log.vkey), kept elsewhere."),
    ] = None,
    jwks: Annotated[
        Path | None,
        typer.Option("--jwks", metavar="FILE", exists=True, help="The gateway's keys (/v1/rights/keys)."),
    ] = None,
    log: Annotated[
        Path | None,
        typer.Option(
            "--log",
            metavar="DIR",
            exists=True,
            file_okay=False,
            help="With a report: a data directory or a copy of its log, in which no further entry of the person may be.",
        ),
    ] = None,
) -> None:
    """Check offline that a certificate of erasure holds, or that an access report leaves nothing out."""
    from gateway.cli.reports import MAX_REPORT_BYTES, check_report, report_in
    from gateway.rights.certificate_check import MAX_BYTES

    report = report_in(_read(file, MAX_REPORT_BYTES))
    if report is not None:
        check_report(report, log)
        return
    check_certificate(
        _read(file, MAX_BYTES + 1),
        None if key is None else _read(key, MAX_BYTES).decode(errors="replace"),
        None if jwks is None else _read(jwks, MAX_BYTES),
    )


def _subject(anonymous: bool) -> dict[str, str]:
    return {"anonymous_id" if anonymous else "id": id_given()}


async def _export(
    directory: Path, url: str | None, subject: dict[str, str], form: str, file: BinaryIO, *, beside: bool
) -> None:
    """Write the report to `file`, and what became of the request to standard error if that is `beside` the report."""
    async with asking(directory, url, "rights") as client:
        asked = good(await client.post("/v1/rights", json={"subject": subject, "type": "access"})).json()
        typer.echo(f"request   {asked['request_id']}", err=beside)
        report = good(await client.get(asked["report"], params={"format": form}))
        file.write(report.content)
        typer.echo(f"report    {len(report.content):,} bytes", err=beside)


async def _erase(
    directory: Path, url: str | None, subject: dict[str, str], certificate: BinaryIO | None
) -> None:
    async with asking(directory, url, "rights") as client:
        done = good(await client.post("/v1/rights", json={"subject": subject, "type": "erasure"})).json()
        typer.echo(f"request   {done['request_id']}")
        typer.echo(f"status    {done['status']}")
        place = done["audit"]
        typer.echo(f"log       {place['log']} {place['index']}" if place else "log       (follows)")
        for each in done["recipients"]:
            typer.echo(f"recipient {each['destination']} {each['state']}")
        while certificate is not None:
            answer = await client.get(done["certificate"])
            if answer.status_code != 503:
                certificate.write(good(answer).content)
                break
            await asyncio.sleep(PUBLISHED_SECONDS)


def _read(path: Path, most_bytes: int) -> bytes:
    with path.open("rb") as file:
        return file.read(most_bytes)
