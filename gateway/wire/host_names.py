"""Names of machines in addresses and headers: who is meant, and whether that is this machine.

Source: RFC 9110, section 7.2 (`Host`); RFC 3986, section 3.2.2 (host).
"""

from __future__ import annotations

import ipaddress
import re

_AUTHORITY = re.compile(
    r"(?P<name>\[[0-9a-f.]*:[0-9a-f:.]*\]|[a-z0-9.-]+)(?::(?P<port>[0-9]{0,5}))?", re.IGNORECASE | re.ASCII
)


def name_in(authority: str) -> str | None:
    """The name or address in `name:port`, in lower case and without brackets; None where the text is nothing of the kind.

    NOTE: `urllib.parse.urlsplit` reads `evil.example[::1]` as `::1`.
    """
    found = _AUTHORITY.fullmatch(authority)
    if found is None or (found["port"] and not 0 < int(found["port"]) < 1 << 16):
        return None
    return found["name"].strip("[]").lower()


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address is this machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
