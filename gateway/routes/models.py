"""Models that devices rank with: signed, the same bytes for everybody, and public, since all that is in them was released."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.deciding.answers import digest_text
from gateway.errors import NotFoundError
from gateway.fleet.bundles import read_bundle
from gateway.fleet.values import MODEL_NAME, PublishedModel
from gateway.routes.bodies import ServicesDep
from gateway.routes.callers import Admin
from gateway.routes.devices import fleet_of
from gateway.routes.services import Services

router = APIRouter(prefix="/v1/models", tags=["models"])


@router.get("")
async def list_published(services: ServicesDep) -> dict[str, Any]:
    """Every version, the newest first, and the key that signs them (RFC 8037)."""
    if services.fleet is None:
        return {"keys": [], "models": []}
    registry = services.fleet.registry
    x = digest_text(registry.signer.public)
    versions = [_described(each, services) for each in registry.versions]
    return {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x, "use": "sig"}], "models": versions}


@router.head("/{name}", response_class=Response, include_in_schema=False)
@router.get("/{name}", response_class=Response, responses={304: {"description": "As it was"}})
async def get_published(name: str, request: Request, services: ServicesDep) -> Response:
    """The version that is served: a signed statement, and the artefact that it names. The same bytes for everybody."""
    current = services.fleet.registry.current if services.fleet is not None else None
    if current is None or name != MODEL_NAME:
        raise NotFoundError
    tag = f'"{hashlib.sha256(current.bundle).hexdigest()}"'
    headers = {"etag": tag, "cache-control": "public, max-age=60, must-revalidate"}
    if _has(request.headers.getlist("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    return Response(current.bundle, media_type="application/octet-stream", headers=headers)


@router.post("/{name}/rollback")
async def roll_back_published(name: str, _caller: Admin, services: ServicesDep) -> dict[str, Any]:
    """Serve the version before this one again. Not one that somebody is in who withdrew since: that one is retired."""
    fleet = fleet_of(services)
    if name != MODEL_NAME:
        raise NotFoundError
    return _described(await fleet.registry.roll_back(), services)


def _has(lines: Sequence[str], tag: str) -> bool:
    """Whether `If-None-Match` names what is served: weak comparison, `*` for whatever there is (RFC 9110, 13.1.2)."""
    named = [each.strip() for line in lines for each in line.split(",")]
    return "*" in named or any(each.removeprefix("W/") == tag for each in named)


def _described(model: PublishedModel, services: Services) -> dict[str, Any]:
    statement = read_bundle(model.bundle, fleet_of(services).registry.signer.public).statement
    return {
        "name": model.name,
        "version": model.version,
        "state": model.state.value,
        "round": model.round_id,
        "artefact": statement.artefact,
        "bytes": statement.bytes,
        "published_at": model.published_at,
        "expires_at": statement.expires_at,
        "card": statement.card,
        "audit": {"log": services.settings.log.origin, "index": model.log_index},
    }
