"""Who may see how the gateway is doing: this machine, or whoever knows the token.

A proxy on this machine speaks for others, and looks like this machine where `server.trusted_proxies` does not name it. So what
says that it was forwarded is not from here, and the name by which the world knows us is not one of this machine.
"""

from __future__ import annotations

import hmac

from starlette.requests import Request

from gateway.errors import CredentialsFileError
from gateway.settings.groups import MetricsSettings, Server
from gateway.wire.host_names import is_loopback, name_in

FORWARDED = frozenset(
    ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")
)
"""Headers that proxies add (RFC 7239; RFC 9110, section 7.6.3; and their older habits)."""


def load_metrics_token(settings: MetricsSettings) -> str | None:
    """The token that `/metrics` needs; None where there is none.

    Raises:
        CredentialsFileError: its file is missing, unreadable or empty.
    """
    if settings.token_file is None:
        return None
    try:
        token = settings.token_file.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        token = ""
    if not token:
        raise CredentialsFileError("metrics.token_file: missing, unreadable or empty")
    return token


def may_look(request: Request, token: str | None, server: Server) -> bool:
    """Whether a request may read the metrics and what is made of them.

    Args:
        request: with its address and headers.
        token: if there is one, it is needed, from wherever the request comes.
        server: the name at which we listen.
    """
    given = request.headers.get("authorization", "")
    if token is not None:
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    return is_from_here(request, server)


def is_from_here(request: Request, server: Server) -> bool:
    """Whether a request comes from a program on this machine, and not from somebody for whom one speaks."""
    if not FORWARDED.isdisjoint(request.headers.keys()):
        return False
    return is_loopback(request.client.host if request.client else None) and _is_for_us(request, server)


def _is_for_us(request: Request, server: Server) -> bool:
    """Whether the request is for a name of ours: a page of somebody else's can let its own name point here (rebinding)."""
    host = name_in(request.headers.get("host", ""))
    return host is not None and (is_loopback(host) or host == server.host.lower())
