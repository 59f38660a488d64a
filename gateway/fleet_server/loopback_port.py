"""A port of the loopback interface for a server that starts in a moment, or is down for a while and comes back.

It lies below the range from which the kernel takes the ports of outgoing connections: between the look and the start, and while
the server is down, no connection of anybody can sit on it, nor be connected to itself. None is handed out twice by one process.

Source: Linux, `Documentation/networking/ip-sysctl.rst`, `ip_local_port_range`.
"""

from __future__ import annotations

import itertools
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from gateway.errors import UnavailableError

LOWEST = 20_001
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_USUAL_END = 32_768


def quiet_ports() -> range:
    """The ports that no outgoing connection is given; where the kernel leaves none above `LOWEST`, the upper half of all."""
    end = int(_RANGE.read_text().split()[0]) if _RANGE.exists() else _USUAL_END
    return range(LOWEST, end) if end > LOWEST else range(1 << 15, 1 << 16)


def _candidates() -> Iterator[int]:
    ports = quiet_ports()
    begin = int.from_bytes(os.urandom(4)) % len(ports)  # another process beside this one begins elsewhere
    return itertools.cycle((*ports[begin:], *ports[:begin]))


_ports = _candidates()


def free_port() -> int:
    """A port that nobody listens on at this moment.

    Raises:
        UnavailableError: somebody listens on each of them.
    """
    for port in itertools.islice(_ports, len(quiet_ports())):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as a server binds
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise UnavailableError
