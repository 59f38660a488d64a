"""The link's port is none that an outgoing connection can be given, nor one at which somebody listens."""

from __future__ import annotations

import itertools
import socket
from pathlib import Path

import pytest

from gateway.errors import UnavailableError
from gateway.fleet_server import loopback_port
from gateway.fleet_server.loopback_port import free_port


def listener(port: int = 0) -> socket.socket:
    taken = socket.socket()
    taken.bind(("127.0.0.1", port))
    taken.listen()
    return taken


def test_it_is_none_of_those_that_the_kernel_gives_to_connections_and_none_twice() -> None:
    begin, end = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    given = [free_port() for _ in range(50)]
    assert len(set(given)) == 50
    if begin > loopback_port.LOWEST:
        assert not any(begin <= port <= end for port in given)


def test_one_at_which_somebody_listens_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with listener() as taken:
        port = taken.getsockname()[1]
        free = free_port()
        monkeypatch.setattr(loopback_port, "_ports", itertools.cycle((port, free)))
        assert free_port() == free
        monkeypatch.setattr(loopback_port, "_ports", itertools.cycle((port,)))
        monkeypatch.setattr(loopback_port, "quiet_ports", lambda: range(port, port + 1))
        with pytest.raises(UnavailableError):
            free_port()
