"""Which web pages may call: an allow-list of origins, reflected one at a time.

- There is no wildcard, `null` is nobody, and cookies are never allowed.
- `Vary: Origin` always, so that no cache gives one page's answer to another.
- A request without an `Origin` does not come from a page, and is none of this file's business.

Source: the Fetch standard (CORS protocol).
"""

from __future__ import annotations

from collections.abc import Iterable

from gateway.callers.principals import Headers
from gateway.errors import OriginRefusedError

ALLOWED_METHODS = b"DELETE, GET, OPTIONS, POST, PUT"
ALLOWED_HEADERS = b"Authorization, Content-Type, If-None-Match, X-API-Key, X-Retry-Count"
EXPOSED_HEADERS = b"ETag, Retry-After"

_VARY = (b"vary", b"Origin")


class Cors:
    """Answers the browser's questions about origins."""

    def __init__(self, allowed_origins: Iterable[str], *, max_age_seconds: int = 600) -> None:
        """Allow these origins, exactly as browsers send them."""
        self._headers = {
            origin.encode("ascii"): [
                (b"access-control-allow-origin", origin.encode("ascii")),
                (b"access-control-expose-headers", EXPOSED_HEADERS),
                _VARY,
            ]
            for origin in allowed_origins
        }
        self._preflight = [
            (b"access-control-allow-methods", ALLOWED_METHODS),
            (b"access-control-allow-headers", ALLOWED_HEADERS),
            (b"access-control-max-age", str(max_age_seconds).encode()),
            (b"content-length", b"0"),
        ]

    def headers_for(self, origin: bytes | None) -> list[tuple[bytes, bytes]]:
        """What to add to an answer. Do not change the list: it is shared."""
        return self._headers.get(origin, [_VARY]) if origin is not None else [_VARY]

    def allows(self, origin: bytes | None) -> bool:
        """Whether a request with this `Origin` (or without one) may be acted on."""
        return origin is None or origin in self._headers

    def require(self, origin: bytes | None) -> None:
        """Insist that a request with this `Origin` (or without one) may be acted on.

        Raises:
            OriginRefusedError: it comes from a page that is not on the list.
        """
        if not self.allows(origin):
            raise OriginRefusedError

    def preflight(self, headers: Headers) -> tuple[int, list[tuple[bytes, bytes]]]:
        """Status and header lines for an `OPTIONS` request; there is no body."""
        headers = list(headers)
        origin = find_origin(headers)
        if not is_preflight(headers) or not self.allows(origin):
            return 403, [_VARY, (b"content-length", b"0")]
        return 204, [*self.headers_for(origin), *self._preflight]


def is_preflight(headers: Headers) -> bool:
    """Whether an `OPTIONS` request is a browser asking on behalf of a page. Source: Fetch, section 3.3.2."""
    return {b"origin", b"access-control-request-method"} <= {name for name, _ in headers}


def find_origin(headers: Headers) -> bytes | None:
    """The `Origin` header of a request, if it has one; two are as good as a foreign one."""
    found = [value for name, value in headers if name == b"origin"]
    return None if not found else found[0] if len(found) == 1 else b"null"
