"""`volens audit proof`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.failures import told
from gateway.cli.printing import safe, when

if TYPE_CHECKING:
    from gateway.decision_proofs.bundle import Bundle


@told()
def check_proof(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The zip that proves a decision."),
    ],
    policy: Annotated[
        Path | None,
        typer.Option(
            "--policy",
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="Log key and witnesses to trust (c2sp.org/tlog-policy). Default: those that the proof itself names.",
        ),
    ] = None,
    accept_unwitnessed: Annotated[
        bool, typer.Option("--accept-unwitnessed", help="Trust the log alone if witnesses are missing.")
    ] = False,
) -> None:
    """Check the proof of a decision offline: content, commitment, entry, place in the tree, signature, witnesses."""
    from audit import read_trust_policy, verify_decision
    from gateway.decision_proofs.bundle import MAX_BUNDLE_BYTES, read_proof_bundle

    bundle = read_proof_bundle(_read(file, MAX_BUNDLE_BYTES + 1))
    text = bundle.policy if policy is None else _read(policy, MAX_BUNDLE_BYTES)
    proven = verify_decision(bundle.shown, read_trust_policy(text), accept_unwitnessed=accept_unwitnessed)
    typer.echo(f"log       {proven.checkpoint.origin}")
    typer.echo(f"entry     {proven.index} of {proven.checkpoint.size:,}")
    typer.echo(f"at        {when(proven.entry.at)}, as rounded in the log")
    typer.echo(f"outcome   {proven.entry.outcome.value}")
    _describe(bundle)
    for each in proven.cosigned:
        typer.echo(f"seen by   {each.name} at {each.at}")
    if not proven.is_witnessed:
        typer.echo("unwitnessed: nobody but the log says so")
    if policy is None:
        typer.echo(
            "believed  the keys that the proof names itself: compare them with those you know (--policy)"
        )
    typer.echo("OK        the log has this decision")


def _describe(bundle: Bundle) -> None:
    """What was decided, as the entry binds it; the names of items are the gateway's word."""
    from gateway.deciding.answers import read_payload

    decided = read_payload(bundle.shown.payload)
    typer.echo(f'decided   {when(decided.at)} at placement "{safe(decided.placement)}"')
    for place, item in enumerate(decided.items, 1):
        typer.echo(f"{place:>8}  item {item}, called {safe(bundle.items.get(item, 'nothing now'))}")


def _read(path: Path, most_bytes: int) -> bytes:
    with path.open("rb") as file:
        return file.read(most_bytes)
