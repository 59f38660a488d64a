"""Receipts, judged by code that others wrote: the Go checksum database's log and notes, and the JWS of `jose`."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from audit import NoteSigner
from consent import ActorKind, Status, canonical_json
from gateway.receipts.signer import ReceiptSigner
from tests.receipt_workshop import JWKS, LOG, ORIGIN, SIGNER, happened, workshop
from tests.requirement import missing, require, require_path

pytestmark = [pytest.mark.foreign, pytest.mark.slow]

GO = Path(__file__).parent / "go"
CLIENTS = Path(__file__).parents[1] / "clients"
FILE = workshop(size=37, index=21).file()
STRANGER = ReceiptSigner(b"y" * 32).key_set(LOG.vkey)
OTHER_LOG = SIGNER.key_set(NoteSigner.from_seed(ORIGIN, b"x" * 32).vkey)

Judge = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def in_go(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """The Go program, built once."""
    go, program = require("go"), tmp_path_factory.mktemp("go") / "receipt"
    environment = {**os.environ, "GOFLAGS": "-mod=readonly -buildvcs=false", "GOWORK": "off"}
    if _run([go, "mod", "download"], environment).returncode != 0:
        missing("golang.org/x/mod (go mod download in tests/foreign/go)")
    built = _run([go, "build", "-o", str(program), "./receipt"], environment)
    assert built.returncode == 0, built.stderr
    return _on_files([str(program)], tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def in_jose(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """The script around `jose`."""
    require_path(CLIENTS / "node_modules" / "jose", "npm ci in tests/clients")
    command = [require("node"), str(CLIENTS / "verify_receipt.mjs")]
    return _on_files(command, tmp_path_factory.mktemp("files"))


def _run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=GO, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


def _on_files(command: list[str], directory: Path) -> Judge:
    def judge(receipt: bytes, keys: bytes = JWKS) -> subprocess.CompletedProcess[str]:
        files = [directory / "receipt.json", directory / "keys.json"]
        for file, content in zip(files, (receipt, keys), strict=True):
            file.write_bytes(content)
        arguments = [*command, *map(str, files)]
        return subprocess.run(arguments, capture_output=True, text=True, timeout=300, check=False)

    return judge


@pytest.mark.parametrize(("size", "index"), [(1, 0), (2, 1), (3, 2), (7, 0), (8, 7), (9, 8), (200, 131)])
def test_go_accepts_a_receipt_wherever_it_is_in_the_log(in_go: Judge, size: int, index: int) -> None:
    done = in_go(workshop(size=size, index=index).file())
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "event",
    [
        happened(Status.WITHDRAWN),
        happened(Status.REVOKED, actor=ActorKind.APP),
        happened(Status.OBJECTED, "care"),
        happened(jurisdiction="FR", ui_variant=b"u" * 32),
    ],
    ids=lambda event: str(event.status),
)
def test_go_accepts_a_receipt_of_whatever_happened(in_go: Judge, event: object) -> None:
    done = in_go(workshop(event).file())
    assert done.returncode == 0, done.stderr


def _changed(part: str, old: str, new: str) -> bytes:
    envelope = json.loads(FILE)
    place = envelope["log"] if part in envelope["log"] else envelope
    assert old in place[part]
    place[part] = place[part].replace(old, new, 1)
    return canonical_json(envelope)


@pytest.mark.parametrize(
    ("changed", "step"),
    [
        (_changed("notice", "choose", "select"), "notice"),
        (_changed("opening", "6f", "6e"), "commitment"),
        (_changed("entry", '"given"', '"refused"'), "commitment"),
        (_changed("entry", '"t":1', '"t":2'), "inclusion"),
        (_changed("proof", "index 21", "index 20"), "inclusion"),
        (_changed("proof", "\n37\n", "\n38\n"), "checkpoint"),
        (_changed("receipt", ".e", ".f"), "signature"),
    ],
)
def test_go_rejects_what_was_changed_at_the_same_step(in_go: Judge, changed: bytes, step: str) -> None:
    done = in_go(changed)
    assert done.returncode == 1
    assert done.stderr.startswith(f"rejected: {step}")


@pytest.mark.parametrize(("keys", "step"), [(STRANGER, "signature"), (OTHER_LOG, "checkpoint")])
def test_go_rejects_other_keys(in_go: Judge, keys: bytes, step: str) -> None:
    done = in_go(FILE, keys)
    assert done.returncode == 1
    assert done.stderr.startswith(f"rejected: {step}")


def test_jose_reads_the_document_that_was_signed_by_the_published_key_set(in_jose: Judge) -> None:
    done = in_jose(FILE)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == workshop(size=37, index=21).document


@pytest.mark.parametrize(
    ("receipt", "keys"), [(FILE, STRANGER), (_changed("receipt", ".e", ".f"), JWKS)], ids=["key", "content"]
)
def test_jose_rejects_another_key_and_another_content(in_jose: Judge, receipt: bytes, keys: bytes) -> None:
    assert in_jose(receipt, keys).returncode != 0
