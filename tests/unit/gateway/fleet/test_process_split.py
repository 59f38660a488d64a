"""What the gateway's own process loads: neither Flower nor OpenDP, also once a fleet is open in it."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("flwr", "opendp", "grpc", "ray")
PROGRAM = """
import asyncio, sys
from pathlib import Path
from gateway.directory.init_directory import initialise
from gateway.settings.reading import load_settings
import gateway.serving
from gateway.bootstrap import open_gateway

async def live(directory):
    initialise(directory)
    async with open_gateway(load_settings(directory)) as running:
        assert running.services.fleet is not None

asyncio.run(live(Path(sys.argv[1])))
print(sorted({name.partition(".")[0] for name in sys.modules} & set(sys.argv[2:])))
"""


def test_the_gateway_loads_neither_flower_nor_opendp(tmp_path):
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "data"), *HEAVY]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[-1] == "[]"
