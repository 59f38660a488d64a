"""`volens policy simulate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.failures import complain, told


@told()
def simulate_policy(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The changed policy file.")
    ],
    against: Annotated[
        Path,
        typer.Option(
            "--against", metavar="DIR", help="The data directory whose people and past to try it on."
        ),
    ],
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Replay a changed policy over the people and the log of a data directory, and count who would gain or lose what.

    Changes nothing, and may run beside a gateway. Exit code 1 if more would be done with anybody's data, or if the policy
    must not be loaded.
    """
    import json
    import time
    from dataclasses import asdict

    from consent import Simulation, parse_policy
    from gateway.bootstrap import open_past
    from gateway.directory.policy_file import read_policy_in_force
    from gateway.receipts.notice_shelf import NoticeShelf
    from gateway.settings.reading import load_settings
    from gateway.simulation.past import look_back
    from gateway.simulation.wording import worded

    changed = parse_policy(file.read_bytes())
    in_force = read_policy_in_force(against)
    notices = NoticeShelf.open(against, ())
    simulation = Simulation(in_force, changed, int(time.time()), notices)
    with open_past(load_settings(against)) as past:
        looked = look_back(past, simulation, in_force)
    if json_output:
        typer.echo(json.dumps({**simulation.as_numbers(), "past": asdict(looked)}))
    else:
        for line in worded(simulation, looked):
            typer.echo(line)
    if simulation.breaks:
        raise complain("this policy must not be loaded: what is stored would mean something else")
    if simulation.widens:
        raise complain("this policy does more with people's data than the one in force")
