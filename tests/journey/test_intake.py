"""`DIR/volens.sock`: another process of the same user appends to the log of a running gateway."""

from __future__ import annotations

import asyncio
import stat
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from gateway.bootstrap import open_gateway
from gateway.directory.init_directory import initialise
from gateway.settings.reading import load_settings
from tests.gateway_process import Gateways, volens
from tests.journey.shop import wait_until

APPEND = """
import sys
from pathlib import Path
from audit import Entry, IntakeClient, Kind, Outcome, encode_entry
with IntakeClient(Path(sys.argv[1])) as log:
    entry = Entry(kind=Kind.ADMIN, outcome=Outcome.DONE, at=1_800_000_000, detail={"act": "counted"})
    print(log.append(encode_entry(entry)))
"""


@pytest.mark.slow
def test_another_process_appends_while_the_gateway_serves(gateways: Gateways) -> None:
    gateway = gateways.start()
    place = gateway.directory / "volens.sock"
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", APPEND, place], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    index = int(done.stdout)
    answer = gateway.client("decide").post("/v1/decide", json={"subject": {"id": "ada"}}).json()
    assert answer["audit"]["index"] > index
    wait_until((gateway.directory / "log" / "checkpoint").exists, "the first checkpoint")
    assert volens("audit", "verify", gateway.directory).returncode == 0, "also while it serves"
    gateway.kill()
    gateway.serve()
    assert httpx.get(f"{gateway.url}/readyz", timeout=90).status_code == 200
    assert gateway.stop() == 0
    assert not place.exists()
    verified = volens("audit", "verify", gateway.directory)
    assert verified.returncode == 0, verified.stdout


async def test_a_start_that_cannot_make_the_socket_ends_what_it_began(tmp_path: Path) -> None:
    directory = tmp_path / "volens"
    initialise(directory)
    (directory / "volens.sock").mkdir()
    before = asyncio.all_tasks()
    with pytest.raises(OSError, match=r"volens\.sock"):
        async with open_gateway(load_settings(directory)):
            pytest.fail("it is not ready")
    assert asyncio.all_tasks() == before
