"""How long rounds of devices take: thousands in one process, and a hundred that come over TLS, each with its own key and connection.

    python -m bench.fleet [--only simulated,tls] [--devices 100] [--items 100]

Bytes are those that went through the door in a round, both ways, with everything that Flower's protocol adds and the looks that found
nothing; beside them what a contribution comes to by count.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from bench import servers
from bench.errors import ServerError
from bench.report import Row, print_table
from federated import Visit, n_pairs
from gateway.directory.init_directory import initialise
from gateway.fleet_server.device_files import DeviceFile, DeviceKeys, new_keys, trust_of, write_device
from tests.agreed_budget import agree_to_spend

ROUNDS = 2
PATIENCE_SECONDS = 600.0
_PURPOSE = "model-improvement"
_VISITS = 12
_SETTINGS = """
[federated]
budget_micro_rho = 1_000_000_000
round_micro_rho = 30_000_000
max_items = 12
cohort = 128
neighbours = 16
step_seconds = 120
enrolments_per_hour = 1_000_000
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.fleet", description="Rounds of devices.")
    parser.add_argument("--only", default="simulated,tls", help="some of: simulated, tls")
    parser.add_argument("--devices", type=int, default=100, help="devices that come over TLS")
    parser.add_argument("--items", type=int, default=100, help="items of the catalogue")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="volens-bench-") as scratch:
        rows: list[Row] = []
        if "simulated" in args.only:
            rows += simulated(Path(scratch))
        if "tls" in args.only:
            rows += over_tls(Path(scratch), args.devices, args.items)
    print_table(rows)


def simulated(scratch: Path, devices: int = 2_000, rounds: int = 3) -> list[Row]:
    """Rounds of devices in one process, in front of a real gateway in the same one."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    sizes = ["--devices", str(devices), "--rounds", str(rounds), "--micro-rho", "30000000"]
    command = [sys.executable, "-m", "gateway", "federated", "simulate", str(scratch / "simulated"), *sizes]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    lines = [line for line in done.stdout.splitlines() if line.startswith("round")]
    seconds = sum(float(line.split()[-2]) for line in lines)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return [
        {
            "name": f"{devices:,} simulated devices, {len(lines)} rounds",
            "value": round(seconds, 1),
            "unit": "s",
            "goal": "<= 10",
            "detail": f"{used:.1f} s of processor time in all, with everybody's consent and enrolment before",
            "bound_by": "X25519 and the interpreter, on one core",
        }
    ]


def over_tls(scratch: Path, n_devices: int, n_items: int) -> list[Row]:
    """Rounds of devices that come to the door, one after the other."""
    directory, devices = scratch / "fleet", scratch / "devices"
    initialise(directory)
    settings = directory / "volens.toml"
    settings.write_text(settings.read_text() + _SETTINGS)
    agree_to_spend(directory)
    devices.mkdir()
    with servers.gateway(directory) as server:
        enrol(server, directory, devices, n_devices, n_items)
        ends = [each for each in _rounds(server, directory, devices) if each["happening"] == "round_ended"]
    counted = 4 * n_pairs(n_items)
    return [
        {
            "name": f"round {number} of {n_devices} devices over TLS",
            "value": said["seconds"],
            "unit": "s",
            "goal": "<= 30",
            "detail": f"{said.get('included', 0)} included; each device sent {said['received'] // n_devices:,} bytes and was sent "
            f"{said['sent'] // n_devices:,}; its contribution is {counted:,} ({n_items} items)",
            "bound_by": "the link: two requests of a device for a step, each signed by its key, and looks that find nothing",
        }
        for number, said in enumerate(ends, 1)
    ]


def enrol(server: servers.Server, directory: Path, devices: Path, n_devices: int, n_items: int) -> None:
    """Everybody consents and enrols a device, whose file is written."""
    token = {"authorization": servers.bearer(server, directory)}
    keys: dict[str, DeviceKeys] = {f"person-{number}": new_keys() for number in range(n_devices)}
    with httpx.Client(base_url=server.url, headers=token, timeout=60) as client:
        items = [{"id": f"item-{number}", "category": f"shelf-{number // 10}"} for number in range(n_items)]
        client.put("/v1/items", json={"items": items}).raise_for_status()
        told = {}
        for name, own in keys.items():
            wish = {"subject": {"id": name}, "purpose": _PURPOSE, "status": "given", "method": "bench"}
            client.put("/v1/consents", json=wish).raise_for_status()
            answer = client.post("/v1/devices", json={"subject": {"id": name}, **own.public})
            told[name] = answer.raise_for_status().json()
    for name, own in keys.items():
        trust = trust_of(told[name])
        chance = random.Random(name)
        shelf = 10 * chance.randrange(max(1, n_items // 10))
        seen = [f"item-{min(shelf + chance.randrange(10), n_items - 1)}" for _ in range(_VISITS)]
        visits = [Visit(item, at) for at, item in enumerate(seen)]
        write_device(devices / f"{name}.device.json", DeviceFile(own, trust, visits, willing=True))


def _rounds(server: servers.Server, directory: Path, devices: Path) -> list[dict[str, Any]]:
    """What `volens federated serve` says of its rounds.

    Raises:
        ServerError: it takes too long.
    """
    said = directory.with_suffix(".said")
    serving = ["serve", str(directory), "--url", server.url, "--port", "0", "--rounds", str(ROUNDS)]
    with _program([*serving, "--every", "20"], said) as process:
        port = _await(said, 1, process)[0]["port"]
        door = ["--door", f"127.0.0.1:{port}", "--authority", str(directory / "fleet" / "authority.pem")]
        with _program(["device", str(devices), *door], said.with_suffix(".devices")):
            return _await(said, 1 + ROUNDS, process)


@contextmanager
def _program(arguments: list[str], output: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "gateway", "federated", *arguments]
    with output.open("wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(servers.STOP_SECONDS)


def _await(said: Path, n_lines: int, process: subprocess.Popen[bytes]) -> list[dict[str, Any]]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        lines = [line for line in said.read_text().splitlines() if line.startswith('{"happening"')]
        if len(lines) >= n_lines:
            return [json.loads(line) for line in lines]
        if time.monotonic() > deadline or process.poll() not in {None, 0}:
            raise ServerError("rounds of devices do not come to their end")
        time.sleep(0.2)


if __name__ == "__main__":
    main()
