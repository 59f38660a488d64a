"""People's devices that learn together: they are enrolled, a person sees what became of them, and they leave."""

from __future__ import annotations

import re
from base64 import b64encode
from time import monotonic
from typing import Annotated, Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_ssh_public_key
from fastapi import APIRouter, Depends
from nacl.bindings import crypto_core_ed25519_is_valid_point
from pydantic import Field

from gateway.deciding.answers import digest_text
from gateway.errors import FleetRefusedError
from gateway.fleet.fleet import Fleet
from gateway.fleet.participation import Proof
from gateway.fleet.values import ModelState
from gateway.parts import TRAINING_PURPOSE
from gateway.routes.bodies import ServicesDep, StrictBody, described, strict
from gateway.routes.callers import ConsentReader, ConsentWriter, keep_pace
from gateway.routes.consents import Subject, subject_of
from gateway.routes.services import Services

router = APIRouter(prefix="/v1/devices", tags=["models"])

_NAME = r"^[0-9a-f]{64}$"
_NODE_KEY = re.compile(r"ecdsa-sha2-nistp384 [A-Za-z0-9+/]{182}==", re.ASCII)


class EnrolBody(StrictBody):
    """A device and whose it is."""

    subject: Subject
    """The person whose device it is."""
    node_key: Annotated[str, Field(max_length=256)]
    """A P-384 public key, made on the device, in OpenSSH's form without a comment: the fleet's door knows it by this."""
    signing_key: Annotated[str, Field(pattern=_NAME)]
    """An Ed25519 public key, made on the device, in hexadecimal: other devices know its messages by this."""


class LeaveBody(StrictBody):
    """Which devices take part no more."""

    subject: Subject
    """The person whose device it is."""
    devices: Annotated[list[Annotated[str, Field(pattern=_NAME)]], Field(max_length=100)] | None = None
    """Their names; all of the person's when not said."""


class DeviceQueryBody(StrictBody):
    """Whose devices are asked about."""

    subject: Subject
    """The person asked about."""


def fleet_of(services: Services) -> Fleet:
    """The fleet.

    Raises:
        FleetRefusedError: the policy has no purpose for it.
    """
    if services.fleet is None:
        raise FleetRefusedError("no_purpose")
    return services.fleet


@router.post("", openapi_extra=described(EnrolBody))
async def enrol_device(
    caller: ConsentWriter, body: Annotated[EnrolBody, Depends(strict(EnrolBody))], services: ServicesDep
) -> dict[str, Any]:
    """Let a device take part in rounds, under the person's consent to model improvement. Only sums over many leave devices."""
    ref = subject_of(body.subject, caller, services)
    keep_pace(caller, ref, services)
    if not _is_node_key(body.node_key):
        raise FleetRefusedError("node_key")
    if not crypto_core_ed25519_is_valid_point(bytes.fromhex(body.signing_key)):
        raise FleetRefusedError("signing_key")
    fleet, terms = fleet_of(services), services.settings.federated
    fleet.pace.keep(caller.source_id, ref, monotonic())
    device = await fleet.enrolments.enrol(ref, body.node_key, bytes.fromhex(body.signing_key))
    return {
        "device": device.device.hex(),
        "purpose": TRAINING_PURPOSE,
        "models_key": digest_text(fleet.registry.signer.public),
        "receipt": device.receipt.hex(),
        "promised": {
            "round_micro_rho": terms.round_micro_rho,
            "minimum_cohort": terms.minimum_cohort,
            "neighbours": terms.neighbours,
        },
        "audit": {"log": services.settings.log.origin, "index": device.enrolled_index},
    }


@router.post("/leave", openapi_extra=described(LeaveBody))
async def leave_rounds(
    caller: ConsentWriter, body: Annotated[LeaveBody, Depends(strict(LeaveBody))], services: ServicesDep
) -> dict[str, int]:
    """Let devices take part no more, from this moment on. What the person consented to stays as it is."""
    ref = subject_of(body.subject, caller, services)
    named = None if body.devices is None else [bytes.fromhex(each) for each in body.devices]
    return {"left": await fleet_of(services).enrolments.leave(ref, named)}


@router.post("/query", openapi_extra=described(DeviceQueryBody))
async def query_devices(
    caller: ConsentReader,
    body: Annotated[DeviceQueryBody, Depends(strict(DeviceQueryBody))],
    services: ServicesDep,
) -> dict[str, Any]:
    """A person's devices, what became of them in each round with the salt of their leaf, and which versions carry that."""
    ref = subject_of(body.subject, caller, services)
    keep_pace(caller, ref, services)
    participation = fleet_of(services).participation
    told = await participation.of(ref)
    proofs = await participation.proofs_of(told.parts)
    return {
        "devices": [{"device": each.device.hex(), "enrolled_at": each.enrolled_at} for each in told.devices],
        "rounds": [
            {
                "round": each.round_id,
                "device": each.device.hex(),
                "status": each.status,
                "salt": each.salt.hex(),
                "place": each.place,
                "proof": _proof(proofs.get((each.round_id, each.device))),
            }
            for each in told.parts
        ],
        "carried": [
            {
                "version": each.version,
                "current": each.state is ModelState.CURRENT,
                "retired": each.state is ModelState.RETIRED,
                "until": each.until,
            }
            for each in told.carried
        ],
    }


def _proof(found: Proof | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "end": b64encode(found.end).decode(),
        "size": found.size,
        "path": [each.hex() for each in found.path],
    }


def _is_node_key(text: str) -> bool:
    """Whether a text is a point on P-384, in the one spelling that we take."""
    if not _NODE_KEY.fullmatch(text):
        return False
    try:
        load_ssh_public_key(text.encode("ascii"))
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True
