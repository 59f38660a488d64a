"""Taking an address to listen at."""

from __future__ import annotations

import errno
import socket
from contextlib import closing

import pytest

from gateway.edge.addresses import take_address
from gateway.errors import AddressError


def refusing(failure: OSError) -> type[socket.socket]:
    class Refusing(socket.socket):
        def bind(self, _: object) -> None:
            raise failure

    return Refusing


def test_a_free_port_is_taken_and_given_back() -> None:
    with closing(take_address("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        taken.listen()
        with pytest.raises(AddressError) as caught:
            take_address("127.0.0.1", port)
    assert "--port" in str(caught.value)
    take_address("127.0.0.1", port).close()


@pytest.mark.parametrize("host", ["300.canary.localhost", "a" * 300 + ".localhost", "\0.localhost"])
def test_a_host_that_is_not_ours_is_told_without_being_named(host: str) -> None:
    with pytest.raises(AddressError) as caught:
        take_address(host, 0)
    assert "not an address" in str(caught.value)


def test_an_address_of_another_machine_is_told_without_being_named(monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [elsewhere])
    monkeypatch.setattr(socket, "socket", refusing(OSError(errno.EADDRNOTAVAIL, "canary")))
    with pytest.raises(AddressError) as caught:
        take_address("192.0.2.1", 0)
    assert str(caught.value) == "the host is not an address of this machine"


def test_every_ipv6_address_does_not_mean_every_ipv4_address() -> None:
    if not socket.has_ipv6:
        pytest.skip("missing: IPv6")
    with closing(take_address("::1", 0)) as taken:
        assert taken.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY) == 1


def test_a_port_that_needs_more_rights_is_not_called_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", refusing(PermissionError(errno.EACCES, "Permission denied")))
    with pytest.raises(AddressError) as caught:
        take_address("127.0.0.1", 80)
    assert "rights" in str(caught.value)
