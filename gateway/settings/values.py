"""The kinds of value that settings have: names, addresses, web origins, places on disk.

An address is https, or plain http to this machine, and carries no user or password: those end up in the logs of others.
"""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, Strict
from pydantic_core import PydanticCustomError

from gateway.wire.host_names import is_loopback, name_in


def check_url(url: str) -> str:
    """Absolute, https (or plain http to this machine), without user, password and fragment."""
    problem = PydanticCustomError(
        "url_not_allowed", "https, or http to loopback; no user, password, fragment"
    )
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise problem from None
    secure = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(name_in(parts.netloc)))
    if not (secure and host and url.isascii() and url.isprintable()):
        raise problem
    if parts.username is not None or parts.password is not None or "#" in url or " " in url:
        raise problem
    return url


def check_origin(origin: str) -> str:
    """A web origin exactly as browsers send it: scheme, host, port if unusual; no path, no wildcard."""
    parts = urlsplit(origin)
    if parts.scheme not in ("https", "http") or not parts.netloc or "*" in origin or "@" in origin:
        raise PydanticCustomError("origin_not_allowed", "a web origin such as https://shop.example")
    if origin != f"{parts.scheme}://{parts.netloc}" or origin != origin.lower() or not origin.isascii():
        raise PydanticCustomError("origin_not_allowed", "a web origin such as https://shop.example")
    return origin


def check_network(address: str) -> str:
    """An address, or a network such as 10.1.0.0/16."""
    try:
        ipaddress.ip_network(address)
    except ValueError:
        raise PydanticCustomError("address_not_valid", "an IP address, or a network of them") from None
    return address


Location = Annotated[Path, Strict(False)]
"""A path, written as a text."""

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
"""Lower-case letters, digits, hyphens and underscores."""

ContextField = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$")]
"""A member of an evaluation context."""

Url = Annotated[str, Field(max_length=2048), AfterValidator(check_url)]
"""An address that a destination or an issuer answers at."""

Origin = Annotated[str, Field(max_length=255), AfterValidator(check_origin)]
"""A web origin."""

Network = Annotated[str, Field(max_length=64), AfterValidator(check_network)]
"""An IP address, or a network of them."""

Text = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[!-~]+$")]
"""Printable ASCII without spaces."""


Algorithm = Literal["EdDSA", "ES256", "RS256"]
"""A signature algorithm that is accepted in a token."""
