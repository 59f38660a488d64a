"""A port of the loopback interface for a server that starts in a moment, or is down for a while and comes back.

It lies below the range from which the kernel takes the ports of outgoing connections: between the look and the start, and while the
server is down, no connection of a test or of a gateway can sit on it, nor be connected to itself. None is handed out twice.

Source: Linux, `Documentation/networking/ip-sysctl.rst`, `ip_local_port_range`.
"""

from __future__ import annotations

import itertools
import os
import socket
from collections.abc import Iterator
from pathlib import Path

LOWEST = 20_001
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_USUAL_END = 32_768


def _candidates() -> Iterator[int]:
    end = int(_RANGE.read_text().split()[0]) if _RANGE.exists() else _USUAL_END
    ports = range(LOWEST, end) if end > LOWEST else range(1 << 15, 1 << 16)
    begin = int.from_bytes(os.urandom(4)) % len(ports)  # another test run beside this one begins elsewhere
    return itertools.cycle((*ports[begin:], *ports[:begin]))


_ports = _candidates()


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    for port in _ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as a server binds
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("unreachable: the ports are cycled through")
