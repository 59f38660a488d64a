"""No test leaves this machine: an audit hook of the interpreter refuses every other address.

It sees each `connect`, `bind`, `sendto` and name look-up that Python's socket module makes in the test process. Programs
that a test starts are told to stay on loopback by their arguments; they are not watched.
"""

from __future__ import annotations

import ipaddress
import sys
from typing import Any

NAMES = frozenset({None, "", "localhost", b"localhost", "::", b""})


class OutsideNetworkError(RuntimeError):
    """A test tried to reach something that is not on loopback."""


def is_local(host: object) -> bool:
    """Whether a host as socket calls take it (name, address, None) is this machine's loopback."""
    if host in NAMES:
        return True
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    try:
        return ipaddress.ip_address(text.partition("%")[0]).is_loopback
    except ValueError:
        return text.endswith(".localhost")


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.bind", "socket.sendto"}:
        address = arguments[1]
        if isinstance(address, tuple) and not is_local(address[0]):
            raise OutsideNetworkError(event)
    elif event == "socket.getaddrinfo" and not is_local(arguments[0]):
        raise OutsideNetworkError(event)


def install() -> None:
    """Watch this process from now on (a hook cannot be taken out again)."""
    sys.addaudithook(_watch)
