"""A witness over HTTP: two paths, and the key beside them.

    POST /add-checkpoint              a log submits
    GET  /<origin hash>/checkpoint    anybody reads what was cosigned last
    GET  /witness.vkey                the key it cosigns with

Source: c2sp.org/tlog-witness v1.0.0.
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from audit import MAX_REQUEST_BYTES, CorruptionError
from gateway.witness.desk import TEXT, WitnessAnswer, WitnessDesk

_HEADERS = {"cache-control": "no-cache", "x-content-type-options": "nosniff"}


def build_witness(desk: WitnessDesk, vkey: str) -> Starlette:
    """The ASGI application of a witness with this key."""

    async def add_checkpoint(request: Request) -> Response:
        body = await _read(request)
        if body is None:
            return _response(WitnessAnswer(413))
        try:
            return _response(await run_in_threadpool(desk.add_checkpoint, body))
        except (OSError, CorruptionError):
            return _response(WitnessAnswer(503))

    async def checkpoint(request: Request) -> Response:
        note = await run_in_threadpool(desk.latest, request.path_params["origin_hash"])
        return _response(WitnessAnswer(404) if note is None else WitnessAnswer(200, note))

    async def key(_: Request) -> Response:
        return _response(WitnessAnswer(200, f"{vkey}\n".encode()))

    return Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/witness.vkey", key),
            Route("/{origin_hash:str}/checkpoint", checkpoint),
        ]
    )


async def _read(request: Request) -> bytes | None:
    """The body; None if it is longer than a request can be."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_REQUEST_BYTES:
            return None
    return bytes(body)


def _response(answer: WitnessAnswer) -> Response:
    headers = {**_HEADERS, "content-type": answer.media_type or TEXT}
    return Response(answer.body, answer.status, headers)
