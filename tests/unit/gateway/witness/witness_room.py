"""A log to be shown, a witness to show it to, and the two connected without a network."""

from __future__ import annotations

from pathlib import Path

import httpx

from audit import (
    Checkpoint,
    CosignatureSigner,
    KnownLog,
    KnownWitness,
    NoteSigner,
    Submission,
    TrustPolicy,
    WitnessGroup,
    hash_leaf,
    prove_consistency,
    root_of,
    sign_checkpoint,
    subtree_of,
)
from gateway.witness.application import build_witness
from gateway.witness.asking import WitnessCaller
from gateway.witness.desk import WitnessDesk
from gateway.witness.seen import SeenFiles
from tests.unit.audit.logs import SIGNER

AT = 1_795_000_000
LEAVES = [hash_leaf(str(number).encode()) for number in range(600)]
FORKED = [hash_leaf(b"another"), *LEAVES[1:]]


class Witness:
    """A witness in a directory of its own, with a clock that a test sets."""

    def __init__(self, directory: Path, seed: int = 8, signer: NoteSigner = SIGNER) -> None:
        self.signer = CosignatureSigner(f"witness.example/w{seed}", bytes([seed]) * 32)
        self.now = float(AT)
        self.seen = SeenFiles(directory)
        self.desk = WitnessDesk(self.signer, [signer.verifier], self.seen, lambda: self.now)
        self.known = KnownWitness(f"w{seed}", self.signer.verifier, f"https://w{seed}.example")
        self.answers = True

    def caller(self) -> WitnessCaller:
        """Asks it."""
        return WitnessCaller(self.known, self.client())

    def client(self) -> httpx.AsyncClient:
        """Its HTTP; unreachable while it does not answer."""
        inner = httpx.ASGITransport(build_witness(self.desk, self.signer.verifier.vkey))

        class Line(httpx.AsyncBaseTransport):
            async def handle_async_request(line, request: httpx.Request) -> httpx.Response:  # noqa: N805
                if not self.answers:
                    raise httpx.ConnectError("down")
                return await inner.handle_async_request(request)

        return httpx.AsyncClient(transport=Line(), base_url="https://witness")


def tree(size: int, leaves: list[bytes] = LEAVES) -> Checkpoint:
    """The log at a size."""
    return Checkpoint(SIGNER.name, size, root_of(leaves[:size]))


def submission(old: int, size: int, leaves: list[bytes] = LEAVES) -> bytes:
    """What a log asks."""
    proof = prove_consistency(old, size, subtree_of(leaves)) if 0 < old < size else []
    return Submission(old, tuple(proof), sign_checkpoint(tree(size, leaves), SIGNER)).text()


def policy_of(*witnesses: Witness, threshold: int = 1) -> TrustPolicy:
    """So many of these."""
    names = tuple(each.known.name for each in witnesses)
    return TrustPolicy(
        (KnownLog(SIGNER.verifier),),
        tuple(each.known for each in witnesses),
        (WitnessGroup("G", threshold, names),),
        "G",
    )
