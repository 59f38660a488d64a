"""What is read of a request to a page: strictly, bounded, each thing once."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from urllib.parse import parse_qsl

from starlette.requests import Request

from gateway.pages.refusals import FormRefusedError

MAX_FORM_BYTES = 16_384
_MAX_FIELDS = 16


async def read_form(request: Request) -> dict[str, str]:
    """A form's fields, each once.

    Raises:
        FormRefusedError: it is too long, not a form, or repeats a field.
    """
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_FORM_BYTES:
            raise FormRefusedError
    try:
        pairs = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict"
        )
    except ValueError:
        raise FormRefusedError from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise FormRefusedError
    return form


def only(request: Request, name: str) -> str | None:
    """A header, if it was sent exactly once."""
    found = request.headers.getlist(name)
    return found[0] if len(found) == 1 else None


def is_same(said: str, wanted: str) -> bool:
    """Whether a text that came is the wanted one; how long it takes tells nothing."""
    return hmac.compare_digest(said.encode("utf-8", "surrogatepass"), wanted.encode())


def caller_digest(key: bytes, request: Request) -> str:
    """The network address of whoever asks, made unreadable before it is counted."""
    host = request.client.host if request.client else ""
    return hashlib.blake2b(host.encode(), digest_size=16, key=key).hexdigest()


def keyed(make: Callable[[int], bytes]) -> bytes:
    """A key for `caller_digest`, for the life of this process."""
    return make(32)
