"""Receipts of consents, and the keys by which they are checked."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from gateway.errors import NotFoundError
from gateway.receipts.verify_page import read_page
from gateway.routes.bodies import ServicesDep
from gateway.routes.callers import ConsentReader
from gateway.wire.page_security import page_headers

router = APIRouter(tags=["consent"])

_PAGE = read_page()
_PAGE_HEADERS = page_headers(_PAGE)


@router.get("/v1/receipts/{receipt_id}", response_class=Response)
async def receipt(receipt_id: str, caller: ConsentReader, services: ServicesDep) -> Response:
    """The signed receipt of a change of consent, with the proof that the log has it. Kept, it stays good after an erasure.

    Raises:
        NotFoundError: there is none, or it is somebody else's: the two look alike.
    """
    found = await services.receipts.receipt(receipt_id, of=caller.subject)
    if found is None:
        raise NotFoundError
    headers = {
        "cache-control": "private, no-store",
        "content-disposition": f'attachment; filename="{found.file_name}"',
    }
    return Response(found.content, media_type="application/json", headers=headers)


@router.get("/.well-known/volens-receipts.json", response_class=Response)
async def receipt_keys(services: ServicesDep) -> Response:
    """The keys by which receipts are checked: that of receipts as a JWKS, and the log's verifier key beside it."""
    return Response(services.receipts.key_set(), media_type="application/json")


@router.get("/verify", response_class=Response)
async def verify_page() -> Response:
    """The page on which a person checks a receipt. It sends nothing anywhere."""
    return Response(_PAGE, media_type="text/html; charset=utf-8", headers=_PAGE_HEADERS)
