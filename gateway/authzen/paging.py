"""Pages of a search: which part is wanted, and the token for the next one.

- A token is opaque, and holds for the identical request of the same caller only: it carries a keyed digest of both.
- It holds no result and no id: a position, the limit, and the digest.
- A changed list in between may repeat or leave out results; the standard allows it.

Source: OpenID AuthZEN Authorization API 1.0, section on pagination.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import struct
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.errors import BodyInvalidError

MAX_RESULTS = 1_000
"""On one page."""
DEFAULT_RESULTS = 100
"""On a page of a request that does not say."""

_BOUND = ("subject", "action", "resource", "context")
_PLACE = struct.Struct(">QI")
_MAC_BYTES = 18
"""With the place a multiple of three bytes, so that a token can be written in one way only."""
_TOKEN_BYTES = _PLACE.size + _MAC_BYTES
_MAX_TOKEN = 256


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of the results is wanted."""

    asked: bool
    """Whether the request has a page object: then so has the answer."""
    token: str | None
    """Of the answer before; None on the first page."""
    limit: int | None
    """Results at most, if the request says so."""


class PageTokens:
    """Makes page tokens, and reads them."""

    def __init__(self, secret: bytes) -> None:
        """Sign with a key that is derived from `secret` (32 bytes) for this alone."""
        self._key = hashlib.blake2b(key=secret, person=b"volens-page", digest_size=32).digest()

    def start(self, page: Page, binding: bytes) -> tuple[int, int]:
        """Where a page begins, and how many results it may hold.

        Raises:
            BodyInvalidError: the token is of another request, or no token of ours.
        """
        if page.token is None:
            return 0, DEFAULT_RESULTS if page.limit is None else min(page.limit, MAX_RESULTS)
        try:
            raw = b64decode(page.token, altchars=b"-_", validate=True)
        except ValueError:
            raise BodyInvalidError from None
        if len(raw) != _TOKEN_BYTES or not hmac.compare_digest(
            raw, self._sealed(raw[: _PLACE.size], binding)
        ):
            raise BodyInvalidError
        position, limit = _PLACE.unpack_from(raw)
        if page.limit is not None and min(page.limit, MAX_RESULTS) != limit:
            raise BodyInvalidError
        return position, limit

    def next(self, position: int, limit: int, binding: bytes) -> str:
        """The token for the page that begins at `position`."""
        return urlsafe_b64encode(self._sealed(_PLACE.pack(position, limit), binding)).decode()

    def _sealed(self, place: bytes, binding: bytes) -> bytes:
        return place + hashlib.blake2b(place + binding, key=self._key, digest_size=_MAC_BYTES).digest()


def read_page(body: Mapping[str, Any]) -> Page:
    """Read the page object of a request, if it has one.

    Raises:
        BodyInvalidError: it, or a member of it, is of a wrong type.
    """
    said = body.get("page", {})
    if type(said) is not dict or type(said.get("properties", {})) is not dict:
        raise BodyInvalidError
    token, limit = said.get("token", ""), said.get("limit", 0)
    if type(token) is not str or len(token) > _MAX_TOKEN or type(limit) is not int or limit < 0:
        raise BodyInvalidError
    return Page(asked="page" in body, token=token or None, limit=limit if "limit" in said else None)


def digest_of(body: Mapping[str, Any]) -> bytes:
    """A digest of everything that must stay the same from page to page (the limit is in the token itself)."""
    bound = {name: body[name] for name in _BOUND if name in body}
    page = body.get("page")
    if type(page) is dict and "properties" in page:
        bound["page"] = page["properties"]
    return hashlib.sha256(json.dumps(bound, sort_keys=True, separators=(",", ":")).encode()).digest()


def slice_page(found: Sequence[Any], start: int, limit: int) -> tuple[list[Any], int | None]:
    """The results of one page out of all there are, and where the next begins (None: nowhere).

    A page of no results, for which a limit of 0 asks, has none behind it: whoever went on would never come to an end.
    """
    end = start + limit
    return list(found[start:end]), end if start < end < len(found) else None


def paged(results: list[Any], next_token: str | None, page: Page) -> dict[str, Any]:
    """The answer to a search; it has a page object if the request had one, or if there is more."""
    if next_token is None and not page.asked:
        return {"results": results}
    return {"page": {"next_token": next_token or "", "count": len(results)}, "results": results}
