"""`volens federated`: rounds over people's devices, devices to try it with, and the proof that it was as it should be."""

from __future__ import annotations

import asyncio
import math
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.failures import complain, told

Directory = Annotated[Path, typer.Argument(metavar="DIR", help="A data directory.")]

federated_commands = typer.Typer(
    no_args_is_help=True, help="Federated learning: serve, simulate and verify rounds."
)


@federated_commands.callback()
def federated_group() -> None:
    """Federated learning: serve, simulate and verify rounds."""


@federated_commands.command("serve")
@told()
def serve_fleet(
    directory: Directory,
    url: Annotated[
        str | None,
        typer.Option("--url", help="Where the gateway runs. Default: the host and port of volens.toml."),
    ] = None,
    host: Annotated[str, typer.Option("--host", help="The address that devices connect to.")] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option(
            "--port", min=0, max=65_535, help="The port that devices connect to; 0 for any free one."
        ),
    ] = 9443,
    rounds: Annotated[
        int | None, typer.Option("--rounds", min=1, help="End after so many rounds. Default: never.")
    ] = None,
    every: Annotated[
        float, typer.Option("--every", min=0.0, help="Seconds from the beginning of a round to the next.")
    ] = 86_400.0,
) -> None:
    """Accept devices beside a running gateway, and run rounds on schedule."""
    import msgspec

    from federated.driving import ControllerError
    from gateway.cli.asking import reached_at
    from gateway.fleet_server.serving import FleetServing, ServePlan
    from gateway.settings.reading import load_settings

    settings = load_settings(directory)
    plan = ServePlan(
        url=url or reached_at(settings),
        host=host,
        port=port,
        rounds=rounds,
        every_seconds=every,
    )
    serving = FleetServing(settings, plan, lambda said: typer.echo(msgspec.json.encode(said).decode()))
    _end_on_signals(serving.end)
    try:
        serving.run()
    except ControllerError as refused:
        raise complain(f"the gateway does not answer ({refused.reason}): is it running?") from refused


@federated_commands.command("device")
@told()
def run_devices(
    directory: Annotated[
        Path,
        typer.Argument(metavar="DEVICES", exists=True, file_okay=False, help="A directory of device files."),
    ],
    door: Annotated[
        str,
        typer.Option(
            "--door", metavar="HOST:PORT", help="Where devices connect: see `volens federated serve`."
        ),
    ],
    authority: Annotated[
        Path,
        typer.Option(
            "--authority", metavar="FILE", exists=True, dir_okay=False, help="DIR/fleet/authority.pem"
        ),
    ],
    url: Annotated[
        str | None,
        typer.Option("--url", help="Where the gateway serves models; a round must go on from that one."),
    ] = None,
) -> None:
    """Run simulated devices, all of a directory, in one process. Nothing that a server sends is executed."""
    from gateway.fleet_server.device_host import DeviceHost

    host = DeviceHost(directory, door, authority.read_bytes(), url)
    if not len(host):
        raise complain("there are no device files in this directory")
    _end_on_signals(host.end)
    typer.echo(f"{len(host):,} devices")
    host.run()


@federated_commands.command("simulate")
@told()
def simulate_fleet(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="A directory to create; the people in it are made up.")
    ],
    devices: Annotated[
        int, typer.Option("--devices", min=3, max=10_000, help="People with a device.")
    ] = 2_000,
    rounds: Annotated[int, typer.Option("--rounds", min=1, max=1_000, help="How many rounds.")] = 3,
    items: Annotated[int, typer.Option("--items", min=2, max=2_000, help="Items of the catalogue.")] = 100,
    micro_rho: Annotated[
        int, typer.Option("--micro-rho", min=1, help="What a round spends: millionths of zCDP's rho.")
    ] = 1_000_000,
) -> None:
    """Run federated learning with thousands of simulated devices in one process, with a real gateway and its log."""
    from federated.driving import ControllerError
    from gateway.fleet_server.simulated_fleet import FleetSize, SimulatedRound, simulate

    def say(done: SimulatedRound) -> None:
        record = done.outcome.record
        typer.echo(
            f"round {done.outcome.round_id}  {record.verdict.value:12}  {record.counts.included:,} included"
            f"  {record.counts.cohorts:,} cohorts  epsilon {float(record.epsilon):.2f}  {done.seconds:.1f} s"
        )

    try:
        simulate(directory, FleetSize(devices, rounds, items, micro_rho), say)
    except ControllerError as refused:
        raise complain(f"a round was refused ({refused.reason})") from refused
    typer.echo(f"volens federated verify {directory}   volens serve {directory}")


@federated_commands.command("verify")
@told()
def verify_rounds(directory: Directory) -> None:
    """Replay all rounds from their records and the log, and recompute the tree and the privacy loss. Changes nothing."""
    from audit import verify_directory
    from federated import DELTA
    from federated.noise import epsilon_by_library
    from gateway.bootstrap import view_fleet
    from gateway.fleet.bundles import Signer
    from gateway.fleet.verifying import verify_fleet
    from gateway.settings.reading import load_settings
    from privacy import load_key_file

    settings = load_settings(directory)
    public = Signer(load_key_file(settings.keys_dir / "models.key")).public
    with view_fleet(settings, public) as past:
        found = verify_fleet(past)
    findings, log = list(found.findings), verify_directory(directory)
    if log.findings:
        findings.append(f"the log is not whole: `volens audit verify` names {len(log.findings):,} findings")
    again = epsilon_by_library(found.scales, DELTA)
    if not math.isclose(again, found.epsilon, rel_tol=1e-6):
        findings.append(f"a second account of the loss comes to another epsilon, {again:.3f}")
    typer.echo(f"log       {log.size:,} entries under a signed root")
    typer.echo(f"rounds    {found.rounds:,}, of which {found.broken_off:,} broken off")
    typer.echo(f"leaves    {found.leaves:,} of people who are known, each with the consent that it rests on")
    typer.echo(f"versions  {found.versions:,}")
    typer.echo(
        f"loss      rho {found.rho} in all, epsilon {found.epsilon:.3f} at delta {DELTA:g}, for each person"
    )
    typer.echo(f"again     epsilon {again:.3f}, by OpenDP from the terms of each round")
    for each in findings:
        typer.echo(f"FOUND     {each}")
    if findings:
        raise complain(f"{len(findings):,} findings: something was changed, or is missing")
    typer.echo("OK        the rounds are what the log and the records say")


@federated_commands.command("rollback")
@told()
def roll_back(
    directory: Directory,
    url: Annotated[
        str | None,
        typer.Option("--url", help="Where its gateway runs. Default: the host and port of volens.toml."),
    ] = None,
) -> None:
    """Serve the previous model again; refused if somebody who has withdrawn since is in it."""
    served = asyncio.run(_rolled_back(directory, url))
    typer.echo(f"version {served['version']} is served again  (entry {served['audit']['index']})")


async def _rolled_back(directory: Path, url: str | None) -> dict[str, Any]:
    from gateway.cli.asking import asking, good

    async with asking(directory, url, "admin") as client:
        return dict(good(await client.post("/v1/models/items/rollback")).json())


def _end_on_signals(end: Callable[[], Any]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end())
