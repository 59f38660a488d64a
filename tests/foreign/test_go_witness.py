"""Cosigned checkpoints and witnessed proofs, judged by transparency-dev's own code: what we give out, others accept."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from audit import Checkpoint as Tree
from audit import (
    CosignatureSigner,
    Proof,
    hash_leaf,
    prove_inclusion,
    read_submission,
    root_of,
    sign_checkpoint,
    subtree_of,
)
from tests.requirement import missing, require
from tests.unit.audit.logs import SIGNER, STRANGER, entry
from tests.unit.gateway.witness.witness_room import AT, Witness, submission

pytestmark = [pytest.mark.foreign, pytest.mark.slow]

SOURCE = Path(__file__).parent / "go_witness"
Judge = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """The Go program, built once."""
    go, program = require("go"), tmp_path_factory.mktemp("go") / "witness"
    environment = {**os.environ, "GOFLAGS": "-mod=readonly -buildvcs=false", "GOWORK": "off"}
    if _run([go, "mod", "download"], environment).returncode != 0:
        missing("github.com/transparency-dev/formats (go mod download in tests/foreign/go_witness)")
    built = _run([go, "build", "-o", str(program), "."], environment)
    assert built.returncode == 0, built.stderr

    def call(data: bytes, *arguments: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [str(program), *arguments], input=data, capture_output=True, timeout=300, check=False
        )
        assert done.returncode in {0, 1}, done.stderr
        text = done.stdout.decode(), done.stderr.decode()
        return subprocess.CompletedProcess(done.args, done.returncode, *text)

    return call


def _run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=SOURCE, env=environment, capture_output=True, text=True, timeout=500, check=False
    )


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    """One that has seen nothing: it cosigns no smaller tree than it has seen."""
    return Witness(tmp_path / "witness")


def cosigned(witness: Witness, size: int) -> bytes:
    """What our witness makes of a checkpoint."""
    held = witness.desk.add_checkpoint(submission(0, 1))
    old = int(held.body) if held.status == 409 else 1
    body = submission(old, size)
    asked = read_submission(body)
    assert asked is not None
    return asked.note + witness.desk.add_checkpoint(body).body


def test_what_our_witness_cosigns_is_accepted(judge: Judge, witness: Witness) -> None:
    for size in (1, 2, 256, 257, 600):
        done = judge(cosigned(witness, size), "checkpoint", SIGNER.vkey, witness.signer.verifier.vkey)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == f"accepted: {size} entries, cosigned at {AT}\n"


def test_what_was_changed_or_is_somebody_elses_is_rejected(judge: Judge, witness: Witness) -> None:
    key = witness.signer.verifier.vkey
    good = cosigned(witness, 600)
    other = CosignatureSigner("witness.example/w9", bytes([9]) * 32).verifier.vkey
    assert judge(good, "checkpoint", SIGNER.vkey, other).returncode == 1
    assert judge(good, "checkpoint", STRANGER.vkey, key).returncode == 1
    assert judge(good.rpartition("\N{EM DASH}".encode())[0], "checkpoint", SIGNER.vkey, key).returncode == 1
    for at in range(0, len(good) - 4, 29):
        changed = good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]
        assert judge(changed, "checkpoint", SIGNER.vkey, key).returncode == 1, at


def test_a_witnessed_proof_is_accepted_for_its_entry_only(
    judge: Judge, witness: Witness, tmp_path: Path
) -> None:
    entries = [entry(number) for number in range(300)]
    leaves = [hash_leaf(each) for each in entries]
    tree = Tree(SIGNER.name, 300, root_of(leaves))
    note = sign_checkpoint(tree, SIGNER) + witness.signer.cosign(tree.text(), AT)
    proof = Proof(257, tuple(prove_inclusion(257, 300, subtree_of(leaves))), note).text()
    keys = (SIGNER.vkey, witness.signer.verifier.vkey)
    file = tmp_path / "entry.json"
    for number in (257, 256):
        file.write_bytes(entries[number])
        done = judge(proof, "proof", *keys, str(file))
        assert done.returncode == (0 if number == 257 else 1), done.stderr
