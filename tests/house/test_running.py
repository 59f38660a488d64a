"""The scripts of docs/running.md are run: what they put back is served, and nothing that was withdrawn comes back with it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.gateway_process import Gateway, Gateways
from tests.house.source import ROOT

SCRIPT = re.compile(r"^```sh\n(#!/bin/sh\n.*?)^```$", re.MULTILINE | re.DOTALL)


class Machine:
    """The places and the commands that the scripts expect, in a directory of a test."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.services = root / "services"
        self.programs = root / "bin"
        self.programs.mkdir()
        self._write("systemctl", f'#!/bin/sh\necho "$@" >> {self.services}\n')
        backup, restore = SCRIPT.findall((ROOT / "docs/running.md").read_text())
        for name, script in (("volens-backup", backup), ("volens-restore", restore)):
            placed = script.replace("/var/lib/volens", str(root)).replace(
                "/var/backups", str(root / "backups")
            )
            self._write(name, placed)

    def run(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a script to its end."""
        path = f"{self.programs}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        command = [str(self.programs / name), *arguments]
        return subprocess.run(
            command,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def _write(self, name: str, script: str) -> None:
        (self.programs / name).write_text(script)
        (self.programs / name).chmod(0o755)


def say(gateway: Gateway, who: str, status: str) -> None:
    body = {
        "subject": {"id": who},
        "purpose": "recommendations",
        "status": status,
        "method": "form",
        "locale": "en",
    }
    with gateway.client() as shop:
        assert shop.put("/v1/consents", json=body).status_code == 200


def is_permitted(gateway: Gateway, who: str) -> bool:
    with gateway.client() as shop:
        answer = shop.post("/v1/consents/query", json={"subject": {"id": who}}).json()
    found: dict[str, bool] = {each["purpose"]: each["permitted"] for each in answer["purposes"]}
    return found["recommendations"]


@pytest.mark.slow
def test_a_backup_is_put_back_and_brings_back_no_withdrawal(gateways: Gateways) -> None:
    gateway = gateways.create(name="shop")
    machine = Machine(gateways.root)
    gateway.serve()
    for who in ("ada", "bob"):
        say(gateway, who, "given")
    assert gateway.stop() == 0
    before = datetime.now(UTC).date()
    done = machine.run("volens-backup")
    assert done.returncode == 0, done.stderr
    gateway.serve()
    say(gateway, "ada", "withdrawn")
    assert gateway.stop() == 0
    for day in {before, datetime.now(UTC).date()}:  # midnight may have passed
        if (gateways.root / f"backups/volens-data/{day}.tar").exists():
            done = machine.run("volens-restore", str(day))
    assert done.returncode == 0, done.stdout + done.stderr
    gateway.serve()
    assert not is_permitted(gateway, "ada")
    assert is_permitted(gateway, "bob")
    assert gateway.stop() == 0
    assert machine.services.read_text().splitlines() == ["stop volens", "start volens"] * 2


def test_a_day_without_a_backup_is_not_put_back_and_nothing_is_stopped(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    assert machine.run("volens-restore", "2000-01-01").returncode != 0
    assert not machine.services.exists()
