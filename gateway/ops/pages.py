"""From the overview to an answer: one page, one style sheet, no script.

The style sheet begins with the one of all our pages, so the two look like one product, in light and in dark.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import Response

from gateway.ops.insights import Insights
from gateway.ops.overview import Overview
from gateway.wire.page_security import SECURITY_HEADERS

HERE = Path(__file__).parent
_SHARED_STYLE = HERE.parent / "pages" / "static" / "pages.css"

_PAGE_HEADERS = {**SECURITY_HEADERS, "cache-control": "no-store"}
_STYLE_HEADERS = {**SECURITY_HEADERS, "cache-control": "private, max-age=31536000, immutable"}


class OpsPages:
    """Renders the pages of operation."""

    def __init__(self) -> None:
        """Read the templates and the style."""
        loader = FileSystemLoader(HERE / "templates")
        self._environment = Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        self._style = _SHARED_STYLE.read_bytes() + (HERE / "static" / "ops.css").read_bytes()
        self._stamp = hashlib.sha256(self._style).hexdigest()[:12]

    def overview(self, page: Overview) -> Response:
        """The overview as an answer."""
        reasons = [(each.name, each.tone, "") for each in page.reasons]
        body = self._environment.get_template("ops.html").render(
            page=page, reasons=reasons, stamp=self._stamp
        )
        return Response(body, 200, _PAGE_HEADERS, media_type="text/html")

    def insights(self, page: Insights) -> Response:
        """Published numbers as an answer."""
        body = self._environment.get_template("insights.html").render(page=page, stamp=self._stamp)
        return Response(body, 200, _PAGE_HEADERS, media_type="text/html")

    def style(self) -> Response:
        """The style sheet; the page names it with its digest, so it never changes under its name."""
        return Response(self._style, 200, _STYLE_HEADERS, media_type="text/css")
