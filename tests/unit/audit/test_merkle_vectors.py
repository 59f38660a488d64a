"""The 196 proofs of transparency-dev/merkle, good and forged: we judge each as its authors do."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from audit import verify_consistency, verify_inclusion
from tests.vectors.audit import load

VECTORS = load("merkle_proofs")


def raw(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def root(text: str) -> bytes:
    """A root; where its authors wrote "don't care" instead of one, any that is as different from others as that text is."""
    found = raw(text)
    return found if len(found) == 32 else hashlib.sha256(found).digest()


def hashes(case: dict[str, Any]) -> list[bytes]:
    return [raw(each) for each in case["proof"] or []]


def test_there_are_as_many_as_there_should_be() -> None:
    assert (len(VECTORS["inclusion"]), len(VECTORS["consistency"])) == (98, 98)
    for kind in ("inclusion", "consistency"):
        assert {case["wantErr"] for case in VECTORS[kind]} == {True, False}


@pytest.mark.parametrize("case", VECTORS["inclusion"], ids=lambda case: case["desc"])
def test_inclusion(case: dict[str, Any]) -> None:
    holds = verify_inclusion(
        raw(case["leafHash"]), case["leafIdx"], case["treeSize"], hashes(case), raw(case["root"])
    )
    assert holds is not case["wantErr"]


@pytest.mark.parametrize("case", VECTORS["consistency"], ids=lambda case: case["desc"])
def test_consistency(case: dict[str, Any]) -> None:
    """Size 0 is an error: nothing needs to be proven of an empty tree."""
    holds = verify_consistency(
        case["size1"], case["size2"], root(case["root1"]), root(case["root2"]), hashes(case)
    )
    assert holds is not case["wantErr"]
    assert holds is False or case["size1"] > 0
