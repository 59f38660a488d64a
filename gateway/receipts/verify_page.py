"""The page that checks receipts: one file of HTML, which needs nothing of the gateway that serves it.

What it may do is stated twice, in the page and in the headers (`gateway.wire.page_security`): its own script and style, and no
request to anybody. So it can be saved and read anywhere, and an added script does not run.
"""

from __future__ import annotations

from importlib.resources import files


def read_page() -> str:
    """Return the text of the page."""
    return files("gateway.receipt_check").joinpath("verify.html").read_text("utf-8")
