"""The proof of a decision as a file: a zip whose every part can be checked with other people's programs, and a page that does.

    entry.json            the log's entry, byte for byte
    opening.json          what the entry's commitment binds, and the 32 secret bytes that open it
    decision.tlog-proof   place, hashes and signed checkpoint (c2sp.org/tlog-proof)
    policy.txt            whose checkpoints are to be believed (c2sp.org/tlog-policy); better: the same from somewhere else
    verify.html           checks all of it in a browser, offline

The same proof is the same file: no time stands in it but those that were signed.
"""

from __future__ import annotations

import base64
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from audit import DecisionProof, ProofError
from gateway.decision_proofs.page import page_with

FORMAT = "volens-decision-proof/v1"
MAX_BUNDLE_BYTES = 1 << 20
ENTRY, OPENING, PROOF, POLICY, PAGE = (
    "entry.json",
    "opening.json",
    "decision.tlog-proof",
    "policy.txt",
    "verify.html",
)
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A proof and what goes with it."""

    shown: DecisionProof
    """What is checked."""
    policy: bytes
    """The trust policy beside it."""
    items: Mapping[int, str]
    """What the gateway calls the items of the payload; nothing binds these names."""


def pack_bundle(bundle: Bundle) -> bytes:
    """Write the proof as a file."""
    opening = _opening(bundle)
    told = {
        **opening,
        "entry": bundle.shown.entry.decode("ascii"),
        "proof": bundle.shown.proof.decode(),
        "policy": bundle.policy.decode("utf-8", "replace"),
    }
    parts = {
        ENTRY: bundle.shown.entry,
        OPENING: json.dumps(opening, indent=1, sort_keys=True).encode(),
        PROOF: bundle.shown.proof,
        POLICY: bundle.policy,
        PAGE: page_with(told).encode(),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def read_bundle(data: bytes) -> Bundle:
    """Take the file apart; nothing is verified.

    Raises:
        ProofError: not such a file.
    """
    try:
        return _take_apart(data)
    except (zipfile.BadZipFile, LookupError, ValueError, TypeError, AttributeError, EOFError, OSError) as exc:
        raise ProofError("not the proof of a decision of a version known here") from exc
    except (NotImplementedError, RuntimeError, zlib.error) as exc:  # encrypted, or packed in another way
        raise ProofError("not the proof of a decision of a version known here") from exc


def _take_apart(data: bytes) -> Bundle:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sizes = [archive.getinfo(name).file_size for name in (ENTRY, OPENING, PROOF, POLICY)]
        opening = json.loads(archive.read(OPENING)) if max(sizes) <= MAX_BUNDLE_BYTES >= len(data) else {}
        if opening["format"] != FORMAT:
            raise ValueError
        shown = DecisionProof(
            base64.b64decode(opening["payload"], validate=True),
            bytes.fromhex(opening["opening"]),
            archive.read(ENTRY),
            archive.read(PROOF),
        )
        items = {int(number): str(name) for number, name in opening["items"].items()}
        return Bundle(shown, archive.read(POLICY), items)


def _opening(bundle: Bundle) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "opening": bundle.shown.opening.hex(),
        "payload": base64.b64encode(bundle.shown.payload).decode("ascii"),
        "items": {str(number): name for number, name in sorted(bundle.items.items())},
    }
