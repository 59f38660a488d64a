"""Who may see how the gateway is doing: this machine, or whoever knows the token."""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from starlette.requests import Request

from gateway.settings.groups import Server
from gateway.settings.values import is_loopback


def may_look(request: Request, token: str | None, server: Server) -> bool:
    """Whether a request may read the metrics and what is made of them.

    Args:
        request: with its address and headers.
        token: if there is one, it is needed, from wherever the request comes.
        server: our names.
    """
    given = request.headers.get("authorization", "")
    if token is not None:
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    return is_loopback(request.client.host if request.client else None) and _is_for_us(request, server)


def _is_for_us(request: Request, server: Server) -> bool:
    """Whether the request is for a name of ours: a page of somebody else's can let its own name point here (rebinding)."""
    try:
        host = urlsplit(f"//{request.headers.get('host', '')}").hostname
    except ValueError:
        return False
    ours = {server.host.lower(), urlsplit(server.public_url or "").hostname}
    return host is not None and (is_loopback(host) or host in ours)
