"""The page in the proof of a decision: one file of HTML that has the proof in it, and needs nothing of us.

Style, and the reading of formats, are those of the page that checks receipts (`gateway/receipt_check/verify.html`). What the page
may do is stated in it, by the hashes of its own script and style; the proof is data, and runs as nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from gateway.receipts.verify_page import read_page
from gateway.wire.page_security import with_policy

_STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
_FORMATS = re.compile(r"class Broken .*?(?=// The steps, in order)", re.DOTALL)
_EMPTY = '<script type="application/json" id="shown">null</script>'


def page_with(shown: Mapping[str, Any]) -> str:
    """The page with a proof in it."""
    data = json.dumps(shown, sort_keys=True).replace("<", "\\u003c")
    return empty_page().replace(_EMPTY, _EMPTY.replace("null", data), 1)


@cache
def empty_page() -> str:
    """The page without one."""
    receipts = read_page()
    style, formats = _STYLE.search(receipts), _FORMATS.search(receipts)
    assert style is not None  # both stand in a page of this very package
    assert formats is not None
    page = files("gateway.decision_proofs").joinpath("verify.html").read_text("utf-8")
    return with_policy(page.replace("<style></style>", style[0], 1).replace("/* FORMATS */", formats[0], 1))
