"""The banner's program, as it is served: its bytes, and the tag that changes with them."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

SCRIPT_FILE = Path(__file__).with_name("volens-banner.js")
"""One file, without dependencies and without a build; sdk/banner shows how a page uses it."""

SCRIPT_AGE_SECONDS = 3600
"""How long a browser may use it without asking whether it has changed."""


@cache
def script() -> bytes:
    """The program's text, UTF-8."""
    return SCRIPT_FILE.read_bytes()


def tag_of(content: bytes) -> str:
    """A strong entity tag (RFC 9110, section 8.8.3)."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'
