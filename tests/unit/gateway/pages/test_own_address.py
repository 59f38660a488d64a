"""Whose form is it, and under which name may we answer."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.pages.own_address import OwnAddress

HERE = "127.0.0.1:8080"
PIECES = st.sampled_from(
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::2]",
        "127.",
        "8.9.1",
        ":8080",
        ":1",
        ":",
        "@",
        "/",
        ".",
        "evil.example",
        "\n",
    ]
) | st.text(max_size=3)
"""What addresses are made of, and what would make another one of them."""
OF_THIS_MACHINE = re.compile(r"(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])(?::\d*)?", re.IGNORECASE | re.ASCII)
HERE_WITH_A_PORT = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\]):(?:8080|1)")


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
     "localhost.evil.example", "0.0.0.0", "10.0.0.1", "[::2]", "127.0.0.1\n", "127.0.0.1#", "127.0.0.1?x",
     "evil.example[::1]", "[::1]evil.example", "[::1", "[127.0.0.1]", "127.0.0.1:0", "127.0.0.1:65536"],
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


@given(st.lists(PIECES, max_size=4).map("".join), st.lists(PIECES, max_size=4).map("".join))
@example("", HERE)
def test_without_a_public_address_a_form_is_ours_only_at_a_name_of_this_machine(
    host: str, other: str
) -> None:
    address = OwnAddress(None, "room")
    ours = address.is_own(f"http://{host}", host)
    assert not ours or OF_THIS_MACHINE.fullmatch(host)
    assert ours or not HERE_WITH_A_PORT.fullmatch(host)
    assert host == other or not address.is_own(f"http://{other}", host)


@given(st.lists(PIECES, min_size=1, max_size=4).map("".join).filter(bool), st.text(max_size=40))
def test_no_form_of_an_address_that_is_longer_than_ours_is_ours(more: str, host: str) -> None:
    ours = "https://privacy.shop.example"
    address = OwnAddress(ours, "room")
    assert not address.is_own(ours + more, host)
    assert not address.is_own(more + ours, host)
    assert not address.is_own(more, host)


def test_two_rooms_at_one_address_share_no_cookie() -> None:
    one, other = (OwnAddress("https://shop.example", room) for room in ("one", "other"))
    names = [
        name
        for room in (one, other)
        for name in (room.session_cookie, room.sign_in_cookie, room.language_cookie)
    ]
    assert len(set(names)) == len(names)
