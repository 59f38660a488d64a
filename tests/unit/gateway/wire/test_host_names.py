"""A name in a header is the machine that a browser would go to, or nobody."""

from __future__ import annotations

import pytest

from gateway.wire.host_names import is_loopback, name_in


@pytest.mark.parametrize(
    ("authority", "name"),
    [
        ("shop.example", "shop.example"),
        ("Shop.Example:8080", "shop.example"),
        ("127.0.0.1:80", "127.0.0.1"),
        ("[::1]", "::1"),
        ("[::1]:8080", "::1"),
        ("evil.example[::1]", None),
        ("evil.example@localhost", None),
        ("localhost:0", None),
        ("localhost:65536", None),
        ("::1", None),
        ("[]", None),
        ("localhost\n", None),
        ("", None),
    ],
)
def test_a_name_is_read_whole_or_not_at_all(authority: str, name: str | None) -> None:
    assert name_in(authority) == name


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_this_machine_has_these_names(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", [None, "", "localhost.example", "10.0.0.1", "::2", "LOCALHOST"])
def test_others_have_others(host: str | None) -> None:
    assert not is_loopback(host)
