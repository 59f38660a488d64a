"""Checkpoints."""

from __future__ import annotations

import base64

import pytest

from audit import (
    Checkpoint,
    NoteError,
    NoteSigner,
    NoteVerifier,
    hash_leaf,
    parse_checkpoint,
    read_checkpoint,
    root_of,
    sign_checkpoint,
)
from tests.unit.audit.logs import SIGNER
from tests.vectors.audit import load

TESSERA = load("notes")["tessera"]
OURS = load("notes")["ours"]
ROOT = base64.b64encode(bytes(32)).decode()


def test_our_checkpoint_is_the_one_that_others_accepted() -> None:
    root = root_of([hash_leaf(leaf.encode()) for leaf in OURS["leaves"]])
    assert (
        sign_checkpoint(Checkpoint("gateway.example/audit/r1", 3, root), SIGNER).decode()
        == OURS["checkpoint"]
    )


@pytest.mark.parametrize("size", [1, 5, 15])
def test_the_roots_of_tesseras_golden_log_are_ours(size: int) -> None:
    root = root_of([hash_leaf(leaf.encode()) for leaf in TESSERA["leaves"][:size]])
    assert base64.b64encode(root).decode() == TESSERA["roots"][str(size)]


def test_the_signature_of_tesseras_golden_log_verifies() -> None:
    verifier = NoteVerifier.from_vkey(TESSERA["vkey"])
    text = f"{verifier.name}\n15\n{TESSERA['roots']['15']}\n"
    line = base64.b64encode(base64.b64decode(TESSERA["signature_15"])).decode()
    checkpoint = read_checkpoint(f"{text}\n\u2014 {verifier.name} {line}\n".encode(), verifier)
    assert checkpoint.size == 15


def test_a_checkpoint_of_another_log_is_refused_even_under_our_key() -> None:
    other = Checkpoint("other.example/log", 1, bytes(32))
    with pytest.raises(NoteError):
        read_checkpoint(SIGNER.sign(other.text()), SIGNER.verifier)


def test_the_signer_must_be_the_log() -> None:
    with pytest.raises(NoteError):
        sign_checkpoint(Checkpoint("other.example/log", 1, bytes(32)), SIGNER)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "origin\n1\n",
        f"\n1\n{ROOT}\n",
        f"origin\n01\n{ROOT}\n",
        f"origin\n-1\n{ROOT}\n",
        f"origin\n+1\n{ROOT}\n",
        f"origin\n1 \n{ROOT}\n",
        f"origin\n1_0\n{ROOT}\n",
        f"origin\n\u0661\n{ROOT}\n",
        f"origin\n99999999999999999999\n{ROOT}\n",
        f"origin\n9223372036854775808\n{ROOT}\n",
        f"origin\n1\n{ROOT[:-1]}\n",
        f"origin\n1\n{ROOT[:-2]}B=\n",
        "origin\n1\nAAAA\n",
        "origin\n1\n????\n",
        f"origin\n1\n{ROOT}\nextension\n",
        f"origin\n1\n{ROOT}",
        f"origin\n0\n{ROOT}\n",
    ],
)
def test_a_second_spelling_is_no_checkpoint(text: str) -> None:
    with pytest.raises(NoteError):
        parse_checkpoint(text)


def test_an_empty_log_has_a_checkpoint() -> None:
    empty = Checkpoint("a", 0, root_of([]))
    assert parse_checkpoint(empty.text()) == empty
    assert NoteSigner.from_seed("a", bytes(32)).name == "a"
