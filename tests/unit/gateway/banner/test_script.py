"""The program as it is served."""

from __future__ import annotations

from gateway.banner.script import SCRIPT_FILE, script, tag_of


def test_it_is_served_as_it_stands_in_the_file():
    assert script() == SCRIPT_FILE.read_bytes()
    assert script().isascii(), "no page can mistake its encoding"


def test_a_tag_changes_with_the_content():
    assert tag_of(b"a") == tag_of(b"a") != tag_of(b"b")
    assert tag_of(b"a").startswith('"')
    assert tag_of(b"a").endswith('"')
