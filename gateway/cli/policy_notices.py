"""`volens policy notices`."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.failures import complain, told


@told()
def keep_notices(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="A data directory; restart its gateway afterwards.")
    ],
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="A policy file with the texts that people were shown then.",
        ),
    ],
    since: Annotated[
        datetime,
        typer.Option(
            "--since",
            metavar="DATE",
            formats=["%Y-%m-%d"],
            help="The first day on which people were shown them (UTC).",
        ),
    ],
) -> None:
    """Keep notices that people were shown earlier, so that older consents can name them; print their hashes. This is logged."""
    from audit import Kind
    from consent import PolicyError, parse_policy
    from gateway.cli.appending import append_entry
    from gateway.receipts.notice_shelf import keep_earlier
    from gateway.settings.reading import load_settings

    settings = load_settings(directory)
    began = int(since.replace(tzinfo=UTC).timestamp())
    if began > time.time():
        raise complain("that day is still to come")
    try:
        policy = parse_policy(file.read_bytes())
    except PolicyError as exc:
        raise complain(*(f"{each.pointer or 'the file'}: {each.problem}" for each in exc.problems)) from exc
    append_entry(settings, Kind.POLICY, {"act": "notices", "rules": policy.digest.hex(), "since": began})
    keep_earlier(settings.directory, policy.notices.values(), began)
    for (entry_id, locale), notice in policy.notices.items():
        typer.echo(f"{notice.digest.hex()}  {locale:<5} {entry_id}")
