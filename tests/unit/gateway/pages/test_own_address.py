"""Whose form is it, and under which name may we answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.pages.own_address import OwnAddress

HERE = "127.0.0.1:8080"


@pytest.mark.parametrize("host", ["127.0.0.1", HERE, "localhost:8080", "[::1]:8080", "127.8.9.1:1"])
def test_without_a_public_address_this_machine_alone_is_answered(host: str) -> None:
    address = OwnAddress(None, "room")
    assert address.base_url(host) == f"http://{host}"
    assert address.is_own(f"http://{host}", host)
    assert not address.is_own(f"https://{host}", host)
    assert not address.is_own("http://localhost:9", host)


@pytest.mark.parametrize(
    "host",
    [None, "", "evil.example", "127.0.0.1.evil.example", "evil@127.0.0.1", "127.0.0.1/x", "127.0.0.1:x",
     "localhost.evil.example", "0.0.0.0", "10.0.0.1", "[::2]", "127.0.0.1\n", "127.0.0.1#", "127.0.0.1?x"],
)  # fmt: skip
def test_no_other_name_is_answered_even_if_it_points_here(host: str | None) -> None:
    address = OwnAddress(None, "room")
    assert address.base_url(host) is None
    assert not address.is_own(f"http://{host}", host)


def test_with_a_public_address_that_one_counts_whatever_the_host_says() -> None:
    address = OwnAddress("https://privacy.shop.example", "room")
    assert address.base_url("evil.example") == "https://privacy.shop.example"
    assert address.is_own("https://privacy.shop.example", "evil.example")
    for origin in (
        "http://privacy.shop.example",
        "https://shop.example",
        "https://evil.example",
        "null",
        None,
        "",
    ):
        assert not address.is_own(origin, "privacy.shop.example")
    assert address.session_cookie.startswith("__Host-")
    assert address.secure
    assert not OwnAddress(None, "room").secure


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_form_is_ours_by_chance(origin: str, host: str) -> None:
    assert not OwnAddress("https://privacy.shop.example", "room").is_own(origin, host)
    if OwnAddress(None, "room").is_own(origin, host):
        assert origin == f"http://{host}"
        assert host.startswith(("127.", "localhost", "["))


def test_two_rooms_at_one_address_share_no_cookie() -> None:
    one, other = (OwnAddress("https://shop.example", room) for room in ("one", "other"))
    names = [
        name
        for room in (one, other)
        for name in (room.session_cookie, room.sign_in_cookie, room.language_cookie)
    ]
    assert len(set(names)) == len(names)
