"""The page that checks receipts: one file of HTML, which needs nothing of the gateway that serves it.

What it may do is stated twice, in the page and in the headers: its own script and style, known by their hashes, and no request
to anybody. So it can be saved and read anywhere, and an added script does not run.

Source: CSP Level 3 (hashes of inline scripts and styles).
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from importlib.resources import files

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_SCRIPT = re.compile(r'<script type="module">(.*?)</script>', re.DOTALL)
_STATED = re.compile(r'(<meta http-equiv="Content-Security-Policy" content=")[^"]*(">)')


def read_page() -> str:
    """Return the text of the page."""
    return files("gateway.receipt_check").joinpath("verify.html").read_text("utf-8")


def policy_of(page: str) -> str:
    """What the page may do."""
    allowed = {"style-src": _STYLE, "script-src": _SCRIPT}
    parts = [f"{name} {_hashes(pattern.findall(page))}" for name, pattern in allowed.items()]
    return "; ".join(["default-src 'none'", *parts, "img-src data:", "base-uri 'none'", "form-action 'none'"])


def with_policy(page: str) -> str:
    """The page, stating what it may do as it is now."""
    return _STATED.sub(lambda found: found[1] + policy_of(page) + found[2], page, count=1)


def page_headers(page: str) -> dict[str, str]:
    """The headers it is served with."""
    return {
        "cache-control": "no-cache",
        "content-security-policy": f"{policy_of(page)}; frame-ancestors 'none'",
        "cross-origin-opener-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }


def _hashes(contents: list[str]) -> str:
    hashes = (b64encode(hashlib.sha256(each.encode()).digest()).decode("ascii") for each in contents)
    return " ".join(f"'sha256-{each}'" for each in hashes)
