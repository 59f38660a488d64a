"""Names of the pages of erasures: known again by the key that made them, and by no other."""

from __future__ import annotations

import pytest

from gateway.rights.status_links import StatusLinks

REQUEST = bytes(range(16))


def test_a_name_leads_to_its_request_and_to_no_other() -> None:
    links = StatusLinks(b"k" * 32)
    name = links.name_of(REQUEST)
    assert links.request_of(name) == REQUEST
    assert StatusLinks(b"k" * 32).request_of(name) == REQUEST
    assert StatusLinks(b"x" * 32).request_of(name) is None
    assert links.name_of(REQUEST[::-1])[32:] != name[32:]


def test_no_digit_of_a_name_can_be_another() -> None:
    links = StatusLinks(b"k" * 32)
    name = links.name_of(REQUEST)
    for place, digit in enumerate(name):
        other = "0" if digit != "0" else "1"
        assert links.request_of(name[:place] + other + name[place + 1 :]) is None


@pytest.mark.parametrize(
    "name", ["", "x", "0" * 64, "0" * 63, "0" * 66, "g" * 64, "é" * 64, "\u0661" * 64, " " * 64]
)
def test_anything_else_is_no_name(name: str) -> None:
    assert StatusLinks(b"k" * 32).request_of(name) is None
