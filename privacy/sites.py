"""Sites: where somebody came from, coarsely enough to be kept: the host of an address, and no page."""

from __future__ import annotations

import re

_ADDRESS = re.compile(
    r"https?://([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8})(?::[0-9]{1,5})?(?:[/?#].*)?", re.ASCII | re.DOTALL
)
_MAX_HOST = 128


def site_of(address: str) -> str | None:
    """The site of a web address: its host, without a leading `www.`.

    Args:
        address: absolute, with http or https.

    Returns:
        The host in lower case; None if this is no such address, or one with a user's name, a number instead of a name, or a
        name without a dot (the machine of somebody).
    """
    head, separator, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    found = _ADDRESS.fullmatch(f"{head.lower()}{separator}{host.lower()}{slash}{path}")
    if found is None:
        return None
    site = found[1].removeprefix("www.")
    named = "." in site and not site.rpartition(".")[2].isdigit()
    return site if named and len(site) <= _MAX_HOST else None
