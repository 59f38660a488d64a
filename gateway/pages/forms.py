"""What is read of a request to a page: strictly, bounded, each thing once."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from time import monotonic
from urllib.parse import parse_qsl

from starlette.requests import Request

from gateway.callers.rate_limits import RateLimits
from gateway.pages.own_address import OwnAddress
from gateway.pages.refusals import ElsewhereError, FormRefusedError, TooManyError

MAX_FORM_BYTES = 16_384
_MAX_FIELDS = 16


def insist_on_own_name(address: OwnAddress, request: Request) -> None:
    """Answer no request that was meant for somebody else.

    Raises:
        ElsewhereError: its `Host` is not ours.
    """
    if address.base_url(request.headers.get("host")) is None:
        raise ElsewhereError


async def checked_form(address: OwnAddress, request: Request, csrf: str | None) -> dict[str, str]:
    """The fields of a form that one of our own pages sent; empty for a page that is only looked at.

    Args:
        address: where we are reached.
        request: as it came.
        csrf: what a form of the session carries, if there is a session.

    Raises:
        FormRefusedError: it is from elsewhere, not from a page of this session, or cannot be read.
    """
    if request.method != "POST":
        return {}
    if not address.is_own(only(request, "origin"), request.headers.get("host")):
        raise FormRefusedError
    form = await read_form(request)
    if csrf is not None and not is_same(form.get("csrf", ""), csrf):
        raise FormRefusedError
    return form


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


def count_attempt(attempts: RateLimits, caller: str) -> None:
    """Count an attempt to come in.

    Raises:
        TooManyError: there were too many from this network address.
    """
    if attempts.wait_seconds(caller, monotonic()):
        raise TooManyError


def keyed(make: Callable[[int], bytes]) -> bytes:
    """A key for `caller_digest`, for the life of this process."""
    return make(32)
