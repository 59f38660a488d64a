"""The log's read paths, byte for byte as on disk. Checkpoints and hash tiles are public; entries are not.

Source: C2SP tlog-tiles.
"""

from __future__ import annotations

import re
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from gateway.errors import NotFoundError
from gateway.routes.bodies import ServicesDep
from gateway.routes.callers import having, leave_people_to_officers

router = APIRouter(prefix="/log", tags=["audit"])

_NUMBER = r"(?:x\d{3}/)*\d{3}(?:\.p/\d{1,3})?"
_HASH_TILE = re.compile(rf"(?:\d|[1-5]\d|6[0-3])/{_NUMBER}", re.ASCII)
_ENTRY_BUNDLE = re.compile(rf"entries/{_NUMBER}", re.ASCII)
_require_reader = having("audit:read")


@router.get("/checkpoint", response_class=Response)
async def checkpoint(services: ServicesDep) -> Response:
    """The newest signed checkpoint."""
    return _file(services.log_directory / "checkpoint", "text/plain; charset=utf-8", "no-cache")


@router.get("/log.vkey", response_class=Response)
async def verifier_key(services: ServicesDep) -> Response:
    """The key that verifies checkpoints."""
    return _file(services.log_directory / "log.vkey", "text/plain; charset=utf-8", "no-cache")


@router.get("/log.vkeys", response_class=Response)
async def verifier_keys(services: ServicesDep) -> Response:
    """Every key that ever signed, a line each: the one in use, the one that signs beside it for a while, then those before."""
    listed = [*services.published.verifiers(), *services.published.retired]
    lines = dict.fromkeys(f"{key.vkey}\n" for key in listed)
    return Response("".join(lines), media_type="text/plain", headers={"cache-control": "no-cache"})


@router.get("/witnessed", response_class=Response)
async def witnessed(services: ServicesDep) -> Response:
    """The newest checkpoint that enough witnesses have cosigned, with their cosignatures."""
    note = services.published.witnessed()
    if note is None:
        raise NotFoundError
    return Response(note, media_type="text/plain", headers={"cache-control": "no-cache"})


@router.get("/tile/{path:path}", response_class=Response)
async def tile(path: str, request: Request, services: ServicesDep) -> Response:
    """A hash tile; or, with the scope `audit:read`, an entry bundle."""
    if _ENTRY_BUNDLE.fullmatch(path):
        await _require_reader(request)
        leave_people_to_officers(services, ())
        return _file(services.log_directory / "tile" / path, "application/octet-stream", "private, no-store")
    if not _HASH_TILE.fullmatch(path):
        raise NotFoundError
    return _file(
        services.log_directory / "tile" / path,
        "application/octet-stream",
        "public, max-age=31536000, immutable",
    )


def _file(path: Path, media_type: str, caching: str) -> Response:
    if not path.is_file():
        raise NotFoundError
    return FileResponse(path, media_type=media_type, headers={"cache-control": caching})
