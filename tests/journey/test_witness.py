"""A gateway whose log a witness in another process cosigns: proofs carry it, and yesterday's copy is refused because of it."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from audit import CosignatureVerifier, NoteVerifier, open_note, parse_checkpoint, read_proof
from gateway.rights.certificate_check import verify_certificate
from tests.free_port import free_port
from tests.gateway_process import Gateway, Gateways, volens
from tests.journey.officer_visitor import Officer
from tests.ready_program import ReadyProgram

SECONDS = 120
SHARE = re.compile(r"([\d.]+)\s?% of it")


class Witness:
    """`volens audit witness` in a process of its own."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.port = directory, free_port()
        self.process: ReadyProgram | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, log_key: Path) -> None:
        asked = ["audit", "witness", str(self.directory)]
        asked += ["--log", str(log_key), "--name", "witness.example/w1", "--port", str(self.port)]
        out = self.directory.with_suffix(".out")
        self.process = ReadyProgram(asked, os.environ, (Path(os.devnull), out, out))
        wait_for(lambda: self.vkey() != "")

    def vkey(self) -> str:
        try:
            return httpx.get(f"{self.url}/witness.vkey", timeout=90).text.strip()
        except httpx.TransportError:
            return ""

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(90)
            self.process = None


def wait_for(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def configure(directory: Path) -> None:
    settings = directory / "volens.toml"
    text = settings.read_text()
    more = (
        'witness_policy_file = "witness.policy"\nwitness_interval_seconds = 0.1\nwitness_alarm_seconds = 1\n'
    )
    settings.write_text(text.replace("[log]\n", f"[log]\n{more}", 1))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[tuple[Gateway, Witness]]:
    gateways, witness = Gateways(tmp_path), Witness(tmp_path / "witness")

    def prepare(directory: Path) -> None:
        assert (
            volens("keys", "renew-signing", directory).returncode == 0
        )  # the log has its key file from now on
        witness.start(directory / "log" / "log.vkey")
        policy = f"witness w1 {witness.vkey()} {witness.url}\nquorum w1\n"
        (directory / "witness.policy").write_text(policy)
        configure(directory)

    try:
        yield gateways.start(prepare), witness
    finally:
        witness.stop()
        gateways.close()


def witnessed(gateway: Gateway) -> float:
    text = httpx.get(f"{gateway.url}/metrics", timeout=90).text
    (line,) = [line for line in text.splitlines() if line.startswith("volens_log_witnessed_entries ")]
    return float(line.split()[1])


def settled(gateway: Gateway) -> float:
    """How much is witnessed when the answers that were on their way have come."""
    before = -1.0
    while before != (seen := witnessed(gateway)):
        before = seen
        time.sleep(1)
    return seen


def decide(gateway: Gateway) -> int:
    answer = gateway.client("decide").post(
        "/v1/decide", json={"subject": {"id": "ada"}, "placement": "home", "limit": 3}
    )
    return int(answer.json()["audit"]["index"])


def checkpoint_of(gateway: Gateway) -> bytes:
    return (gateway.directory / "log" / "checkpoint").read_bytes()


def test_certificates_and_the_console_know_what_a_witness_has_seen(house: tuple[Gateway, Witness]) -> None:
    gateway, witness = house
    vera = Officer(gateway).enrol()
    rights = gateway.client("rights")
    asked = rights.post("/v1/rights", json={"subject": {"id": "ada"}, "type": "erasure"}).json()
    erased = asked["audit"]["index"]
    wait_for(lambda: witnessed(gateway) > erased)
    certificate = rights.get(asked["certificate"])
    log_key = (gateway.directory / "log" / "log.vkey").read_text().strip()
    proof = read_proof(certificate.json()["proof"].encode())
    keys = [NoteVerifier.from_vkey(log_key), CosignatureVerifier.from_vkey(witness.vkey())]
    assert len(open_note(proof.note, keys).verified) == 2
    signing_keys = rights.get("/v1/rights/keys").content
    assert verify_certificate(certificate.content, log_key=log_key, signing_keys=signing_keys).anchored

    def share() -> float:
        found = SHARE.search(vera.read("/officer"))
        assert found
        return float(found[1])

    wait_for(lambda: share() > 50)
    witness.stop()  # what it has seen stays seen; what comes after is not
    seen = settled(gateway)
    decide(gateway)
    wait_for(lambda: share() < 100)
    assert witnessed(gateway) == seen


def test_cosigned_alarmed_and_refused_as_an_old_copy(house: tuple[Gateway, Witness], tmp_path: Path) -> None:
    gateway, witness = house
    index = decide(gateway)
    wait_for(lambda: witnessed(gateway) > index)
    note = (gateway.directory / "witnessed" / "checkpoint").read_bytes()
    keys = [
        NoteVerifier.from_vkey((gateway.directory / "log" / "log.vkey").read_text().strip()),
        CosignatureVerifier.from_vkey(witness.vkey()),
    ]
    opened = open_note(note, keys)
    assert len(opened.verified) == 2
    assert parse_checkpoint(opened.text).size > index

    gateway.stop()
    copy = tmp_path / "yesterday"
    keys_dir = gateway.directory.with_name(gateway.directory.name + ".keys")
    shutil.copytree(gateway.directory, copy)
    shutil.copytree(keys_dir, tmp_path / "yesterday.keys")
    gateway.serve()
    newest = decide(gateway)
    wait_for(lambda: witnessed(gateway) > newest)

    witness.stop()  # without it the gateway goes on, and says so
    later = decide(gateway)
    wait_for(lambda: "witnesses_missing" in gateway.log_tail())
    assert witnessed(gateway) <= later
    witness.start(gateway.directory / "log" / "log.vkey")
    wait_for(lambda: "witnesses_back" in gateway.log_tail())
    wait_for(lambda: witnessed(gateway) > later)

    gateway.stop()
    told = volens("restore", gateway.directory, "--from", copy)
    assert told.returncode == 1
    assert "a witness has seen a longer log" in told.stderr
    assert not list(tmp_path.rglob("*.before-*"))
    for old, place in ((copy, gateway.directory), (tmp_path / "yesterday.keys", keys_dir)):
        shutil.rmtree(place)
        old.rename(place)
    signed = checkpoint_of(gateway)
    for command in (
        ("audit", "export", gateway.directory, "--out", tmp_path / "export"),
        ("keys", "rotate-log", gateway.directory),
    ):
        told = volens(*command)
        assert told.returncode == 1
        assert "a witness has seen a longer log" in told.stderr
    assert checkpoint_of(gateway) == signed
    assert not (tmp_path / "export").exists()
    refused = volens("serve", gateway.directory, "--port", "0")
    assert refused.returncode == 1
    assert "a witness has seen a longer log" in refused.stderr
    assert "retire this log" in refused.stderr
