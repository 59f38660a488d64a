"""The headers of every page that people look at here: our own files only, in nobody's frame, no secrets in a referrer.

Source: Content Security Policy Level 3 (and its hashes of inline scripts and styles); OWASP HTTP Headers Cheat Sheet.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode

SECURITY_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
"""Names in lower case."""

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_SCRIPT = re.compile(r'<script type="module">(.*?)</script>', re.DOTALL)
_STATED = re.compile(r'(<meta http-equiv="Content-Security-Policy" content=")[^"]*(">)')


def policy_of(page: str) -> str:
    """What a page may do that is one file: its own scripts and styles, known by their hashes, and no request to anybody."""
    allowed = {"style-src": _STYLE, "script-src": _SCRIPT}
    parts = [f"{name} {_hashes(pattern.findall(page))}" for name, pattern in allowed.items()]
    return "; ".join(["default-src 'none'", *parts, "img-src data:", "base-uri 'none'", "form-action 'none'"])


def with_policy(page: str) -> str:
    """Such a page, stating what it may do as it is now."""
    return _STATED.sub(lambda found: found[1] + policy_of(page) + found[2], page, count=1)


def page_headers(page: str) -> dict[str, str]:
    """The headers such a page is served with."""
    return {
        "cache-control": "no-cache",
        "content-security-policy": f"{policy_of(page)}; frame-ancestors 'none'",
        "cross-origin-opener-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }


def _hashes(contents: list[str]) -> str:
    hashes = (b64encode(hashlib.sha256(each.encode()).digest()).decode("ascii") for each in contents)
    return " ".join(f"'sha256-{each}'" for each in hashes) or "'none'"
