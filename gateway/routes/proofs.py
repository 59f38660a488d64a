"""Proofs over HTTP: of one decision, for those whom it concerns; of the log's tree, for everybody.

What the tree's proofs tell, hash tiles and checkpoints tell too: hashes, of which none leads to what was hashed.
"""

from __future__ import annotations

import base64
import re
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.responses import PlainTextResponse, Response
from pydantic import BeforeValidator

from audit import CorruptionError, NoteError
from gateway.callers.principals import Principal
from gateway.errors import NotFoundError
from gateway.routes.bodies import ServicesDep
from gateway.routes.callers import having

router = APIRouter(tags=["audit"])

_PUBLIC = {"cache-control": "no-cache"}
Reader = Annotated[Principal, Depends(having("decide", "audit:read"))]


def _spelled(written: object) -> object:
    """A number as the formats of the log write it: decimal, and nothing else stands for it."""
    if not isinstance(written, str) or not _DECIMAL.fullmatch(written):
        raise ValueError("not a number in its one spelling")
    return written


_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
Place = Annotated[int, BeforeValidator(_spelled), Path(ge=0, lt=1 << 62)]


@router.get("/v1/decisions/{decision_id}/proof", response_class=Response)
async def decision_proof(decision_id: str, caller: Reader, services: ServicesDep) -> Response:
    """The proof of a decision, as a zip that can be checked offline: with the token of the person whom it was about.

    Of decisions that were about nobody, also with the scope `audit:read`. Officers look into somebody's in their console,
    where a second officer has to agree (docs/officer.md).

    Raises:
        NotFoundError: there is none, or none for this caller: they look alike.
    """
    found = None
    if caller.subject is not None:
        found = await services.decision_proofs.for_person(
            decision_id, caller.subject, through_links=caller.opens_linked
        )
    elif caller.allows("audit:read"):
        found = await services.decision_proofs.of_nobody(decision_id)
    if found is None:
        raise NotFoundError
    headers = {
        "cache-control": "private, no-store",
        "content-disposition": 'attachment; filename="volens-decision-proof.zip"',
    }
    return Response(found, media_type="application/zip", headers=headers)


@router.get("/log/proof/{index}", response_class=PlainTextResponse)
def inclusion_proof(index: Place, services: ServicesDep) -> Response:
    """That an entry is in the tree (c2sp.org/tlog-proof), for whoever has the entry.

    Raises:
        NotFoundError: no signed checkpoint covers the place.
    """
    if index >= services.sequencer.published_size:
        raise NotFoundError
    return PlainTextResponse(services.published.prove_place(index), headers=_PUBLIC)


@router.get("/log/consistency/{old}/{new}", response_class=PlainTextResponse)
def consistency_proof(old: Place, new: Place, services: ServicesDep) -> Response:
    """That the log of `old` entries is a beginning of that of `new`: hashes in base64, a line each (RFC 6962 section 2.1.2).

    Raises:
        NotFoundError: there are no two such trees.
    """
    try:
        if not 0 < old <= new:
            raise NotFoundError
        hashes = services.published.prove_consistency(old, new)
    except (OSError, NoteError, CorruptionError) as exc:
        raise NotFoundError from exc
    lines = "".join(f"{base64.b64encode(part).decode('ascii')}\n" for part in hashes)
    return PlainTextResponse(lines, headers=_PUBLIC)
