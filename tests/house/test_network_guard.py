"""The guard that keeps the suite on this machine does refuse the outside."""

from __future__ import annotations

import socket

import pytest

from tests.network_guard import OutsideNetworkError, is_local


def test_an_address_outside_is_refused_before_a_packet_leaves() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, pytest.raises(OutsideNetworkError):
        probe.connect(("192.0.2.1", 9))  # a documentation address (RFC 5737)


def test_a_name_outside_is_not_looked_up() -> None:
    with pytest.raises(OutsideNetworkError):
        socket.getaddrinfo("volens.invalid", 443)


def test_loopback_is_free() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        with socket.create_connection(server.getsockname()):
            pass


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", None, "shop.localhost"])
def test_these_are_this_machine(host: str | None) -> None:
    assert is_local(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.1", "::2", "localhost.example", "192.0.2.1"])
def test_these_are_not(host: str) -> None:
    assert not is_local(host)
