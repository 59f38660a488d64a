"""The commands of `volens consent`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.certificates import check_certificate, is_certificate
from gateway.cli.failures import complain, told
from gateway.cli.printing import safe, when
from gateway.errors import DirectoryError

if TYPE_CHECKING:
    from gateway.receipt_check.verifier import ReceiptVerdict

_MOST_BYTES = (1 << 20) + 1

consent_commands = typer.Typer(no_args_is_help=True, help="Check consent receipts offline.")


@consent_commands.callback()
def consent_group() -> None:
    """Check consent receipts offline."""


@consent_commands.command("verify")
@told()
def verify_receipt(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", exists=True, dir_okay=False, help="A receipt or a certificate, as it was given."
        ),
    ],
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="VKEY", help="The log's verifier key, as its controller published it."),
    ] = None,
    jwks: Annotated[
        Path | None,
        typer.Option(
            "--jwks",
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="The key set as it was kept: /.well-known/volens-receipts.json; of a certificate, /v1/rights/keys.",
        ),
    ] = None,
) -> None:
    """Check a receipt offline: signature, notice, and the proof that the log has it. Without keys, its own are used.

    A certificate of erasure is checked as well, as `volens subject verify` does.
    """
    from gateway.receipt_check.verifier import verify

    content, keys = _read(file), None if jwks is None else _read(jwks)
    if is_certificate(content):
        check_certificate(content, key, keys)
        return
    verdict = verify(content, jwks=keys, log_key=key)
    _describe(verdict)
    for check in verdict.passed:
        typer.echo(f"ok       {check}")
    if not verdict.good:
        typer.echo(f"WRONG    {verdict.failed}: {verdict.why}")
        raise complain("this receipt proves nothing")
    _describe_keys(verdict)
    typer.echo("OK       the receipt is what was signed, and the log has it")


def _describe(verdict: ReceiptVerdict) -> None:
    """What the receipt says; only of parts that were found good."""
    event, notice = verdict.event, verdict.notice
    if event:
        typer.echo(f"receipt  {safe(event.get('id'))}")
        typer.echo(f"purpose  {safe(event.get('purpose'))}, version {safe(event.get('version'))}")
        typer.echo(f"status   {safe(event.get('status'))} at {when(event.get('occurred_at'))}")
        typer.echo(f"evidence {safe(event.get('evidence'))}, by {safe(event.get('method'))}")
    if event.get("valid_until"):
        typer.echo(f"until    {when(event['valid_until'])}")
    if notice:
        typer.echo(f"told     {safe(notice.get('title'))}: {safe(notice.get('text'))}")


def _describe_keys(verdict: ReceiptVerdict) -> None:
    words = {True: "as given", False: "named by the receipt itself"}
    typer.echo(f"key      {safe(verdict.receipt_key)} ({words[verdict.receipt_key_known]})")
    typer.echo(f"log      {safe(verdict.log_key)} ({words[verdict.log_key_known]})")
    if not (verdict.receipt_key_known and verdict.log_key_known):
        typer.echo(
            "NOTE     compare the keys with those that the controller publishes, or give them (--jwks)"
        )


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(_MOST_BYTES)
    except OSError as exc:
        raise DirectoryError("a file cannot be read") from exc
