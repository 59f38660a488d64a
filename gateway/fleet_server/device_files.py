"""A simulated device in a file: its keys, what it knows, what its person wants. For tests, demonstrations and load."""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode, urlsafe_b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from nacl.signing import SigningKey

from federated import Visit
from federated.driving import Evidence, Floors, Remembered, Trust, program_digest
from gateway.durable_files import replace_file
from gateway.errors import DirectoryError

SUFFIX = ".device.json"
REMEMBERED_SUFFIX = ".uploads"
"""Follows the name of a device's file: the device writes there what it has uploaded to, not into its person's file."""


@dataclass(frozen=True, slots=True)
class DeviceKeys:
    """What a device makes for itself."""

    node: ec.EllipticCurvePrivateKey
    """P-384: the fleet's door knows it by this."""
    signing: SigningKey
    """Ed25519: other devices know its messages by this."""

    @property
    def public(self) -> dict[str, str]:
        """What it enrols with: `node_key` and `signing_key`."""
        node = self.node.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        return {"node_key": node, "signing_key": bytes(self.signing.verify_key).hex()}


@dataclass(frozen=True, slots=True)
class DeviceFile:
    """A device, as its file says."""

    keys: DeviceKeys
    """The device's own keys."""
    trust: Trust
    """What it checks against."""
    history: Sequence[Visit]
    """What it knows."""
    willing: bool
    """Whether its person wants it to take part."""


def new_keys() -> DeviceKeys:
    """Make fresh keys at random."""
    return DeviceKeys(ec.generate_private_key(ec.SECP384R1()), SigningKey.generate())


def trust_of(told: Mapping[str, Any]) -> Trust:
    """What a device checks against from then on, from the answer to its enrolment (`POST /v1/devices`).

    Raises:
        KeyError, ValueError, TypeError: it is no such answer.
    """
    promised = told["promised"]
    return Trust(
        publisher=urlsafe_b64decode(told["models_key"] + "="),
        purpose=told["purpose"],
        program=program_digest(),
        receipt=bytes.fromhex(told["receipt"]),
        floors=Floors(
            most_rho=promised["round_micro_rho"] / 1_000_000,
            minimum=promised["minimum_cohort"],
            neighbours=promised["neighbours"],
        ),
    )


def write_device(path: Path, device: DeviceFile) -> None:
    """Write a device's file, for its owner alone."""
    node = device.keys.node.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    said = {
        "node_key": node.decode(),
        "signing_key": b64encode(bytes(device.keys.signing)).decode(),
        "publisher": b64encode(device.trust.publisher).decode(),
        "purpose": device.trust.purpose,
        "receipt": device.trust.receipt.hex(),
        "most_rho": device.trust.floors.most_rho,
        "minimum": device.trust.floors.minimum,
        "neighbours": device.trust.floors.neighbours,
        "history": [[visit.item, visit.at] for visit in device.history],
        "willing": device.willing,
    }
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(said, file)


def read_device(path: Path) -> DeviceFile:
    """Read a device's file.

    Raises:
        DirectoryError: it cannot be read as one.
    """
    try:
        said = json.loads(path.read_text())
        node = load_pem_private_key(said["node_key"].encode(), None)
        if not isinstance(node, ec.EllipticCurvePrivateKey):
            raise DirectoryError("a device's file has a key of another kind")
        trust = Trust(
            publisher=b64decode(said["publisher"]),
            purpose=said["purpose"],
            program=program_digest(),
            receipt=bytes.fromhex(said["receipt"]),
            floors=Floors(
                most_rho=float(said["most_rho"]),
                minimum=int(said["minimum"]),
                neighbours=int(said["neighbours"]),
            ),
        )
        history = [Visit(str(item), int(at)) for item, at in said["history"]]
        keys = DeviceKeys(node, SigningKey(b64decode(said["signing_key"])))
        return DeviceFile(keys, trust, history, bool(said["willing"]))
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise DirectoryError("a device's file cannot be read") from exc


def write_remembered(path: Path, remembered: Remembered) -> None:
    """Keep which rounds the device of this file has uploaded to, beside its file, and its proofs of what became of it.

    Raises:
        OSError: it is not kept.

    Durable: all of it.
    """
    said = {
        "newest": remembered.newest,
        "uploaded": sorted(each.hex() for each in remembered.uploaded),
        "proofs": [b64encode(msgspec.msgpack.encode(each)).decode() for each in remembered.proofs],
    }
    replace_file(_remembered_at(path), json.dumps(said).encode())


def read_remembered(path: Path) -> Remembered:
    """What the device of this file kept when it ran before; nothing if it has uploaded to no round yet.

    Raises:
        DirectoryError: it cannot be read.
    """
    try:
        said = json.loads(_remembered_at(path).read_text())
        proofs = [
            msgspec.msgpack.decode(b64decode(each, validate=True), type=Evidence)
            for each in said.get("proofs", [])
        ]
        return Remembered(int(said["newest"]), {bytes.fromhex(each) for each in said["uploaded"]}, proofs)
    except FileNotFoundError:
        return Remembered()
    except (OSError, ValueError, KeyError, TypeError, msgspec.DecodeError) as exc:
        raise DirectoryError("what a device has uploaded to cannot be read") from exc


def _remembered_at(path: Path) -> Path:
    return path.with_name(path.name + REMEMBERED_SUFFIX)
