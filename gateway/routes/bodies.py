"""Strict bodies for FastAPI routes: bounded, no repeated member, no unknown member, no echo.

FastAPI's own body parsing takes the last of two equal keys and, on an error, answers with what was sent. So the routes read
their bodies here; the OpenAPI document is given the same schema by `described`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, ValidationError

from gateway.errors import BodyTooLargeError
from gateway.routes.services import Services
from gateway.wire.json_bodies import decode_body, loads_strict


class StrictBody(BaseModel):
    """Base of every request body: unknown members are refused, and nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True, frozen=True)


_Body = TypeVar("_Body", bound=BaseModel)


def services_of(request: Request) -> Services:
    """What the gateway is made of."""
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(services_of)]


async def read_bytes(request: Request, max_bytes: int) -> bytes:
    """The body, decompressed, within a bound.

    Raises:
        BodyTooLargeError: it is longer.
    """
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > max_bytes:
            raise BodyTooLargeError
        parts.append(part)
    encoding = request.headers.get("content-encoding")
    return decode_body(b"".join(parts), encoding.encode("latin-1") if encoding else None, max_bytes=max_bytes)


def strict(model: type[_Body], most_bytes: int = 0) -> Callable[[Request], Awaitable[_Body]]:
    """A dependency that reads the body as `model`.

    Args:
        model: what the body is.
        most_bytes: how long it may be where that is more than `limits.max_body_bytes`; for callers who are trusted.
    """

    async def read(request: Request) -> _Body:
        limits = services_of(request).settings.limits
        raw = await read_bytes(request, max(limits.max_body_bytes, most_bytes))
        data = loads_strict(raw, max_depth=limits.max_json_depth)
        try:
            return model.model_validate(data)
        except ValidationError as found:
            wrong = found.errors(include_url=False, include_context=False, include_input=False)
            raise RequestValidationError(
                [{**each, "loc": ("body", *each["loc"])} for each in wrong]
            ) from None

    return read


def described(model: type[BaseModel]) -> dict[str, Any]:
    """What the OpenAPI document says of a strict body."""
    schema = model.model_json_schema()
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
