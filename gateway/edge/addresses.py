"""An address to listen at, taken before anything else is done."""

from __future__ import annotations

import errno
import socket

from gateway.errors import AddressError

_REFUSALS = {
    errno.EADDRINUSE: "the port is taken: choose another with --port",
    errno.EACCES: "this port needs more rights than this account has: choose another with --port",
    errno.EADDRNOTAVAIL: "the host is not an address of this machine",
}


def take_address(host: str, port: int) -> socket.socket:
    """Bind the address on which to listen.

    Raises:
        AddressError: it is taken, not ours, not allowed, or no address.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        taken = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError):
        raise AddressError("the host is not an address of this machine") from None
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            taken.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        taken.bind(address)
    except OSError as exc:
        taken.close()
        raise AddressError(_REFUSALS.get(exc.errno or 0, "the address cannot be listened at")) from None
    return taken
