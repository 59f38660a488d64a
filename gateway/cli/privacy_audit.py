"""`volens privacy audit`: the operator's own releases, put to the test."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.failures import complain, told

if TYPE_CHECKING:
    from gateway.aggregates.questions import AuditFinding
    from privacy import Release

REPORT_NAME = "privacy-audit"


@told()
def audit_releases(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A data directory.")],
    canaries: Annotated[
        int,
        typer.Option(
            "--canaries",
            min=200,
            max=2_000_000,
            help="Made-up people in each test; more of them detect smaller errors.",
        ),
    ] = 20_000,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="PATH", help="Write the signed report there, its key to PATH.vkey."),
    ] = None,
) -> None:
    """Test on made-up people whether each release of releases.toml keeps what it claims. Exit code 1 if one does not."""
    from audit import NoteSigner
    from gateway.aggregates.audit_report import MEANINGS, report_of
    from gateway.aggregates.opening import read_releases
    from gateway.settings.reading import load_settings
    from privacy import load_key_file

    settings = load_settings(directory)
    catalogue = read_releases(directory)
    found = asyncio.run(_audit(catalogue.releases, canaries))
    report = report_of(found, canaries, int(time.time()))
    typer.echo(report, nl=False)
    for test, meaning in MEANINGS.items():
        typer.echo(f"{test}  {meaning}")
    if out is not None:
        seed = load_key_file(settings.keys_dir / "certificates.key")
        signer = NoteSigner.from_seed(f"{settings.log.origin}/{REPORT_NAME}", seed)
        out.write_bytes(signer.sign(report))
        out.with_name(f"{out.name}.vkey").write_text(signer.vkey + "\n")
    if not all(each.sound for _, findings in found for each in findings):
        raise complain("a release does not keep what it claims")


async def _audit(releases: tuple[Release, ...], canaries: int) -> list[tuple[Release, list[AuditFinding]]]:
    from gateway.aggregates.worker_process import SharedWorker

    shared = SharedWorker()
    found = []
    try:
        for number, release in enumerate(releases, 1):
            typer.echo(f"testing {number} of {len(releases)}", err=True)
            async with shared() as worker:
                found.append((release, await worker.audit(release, canaries)))
    finally:
        await shared.stop()
    return found
