"""The access report as a page: one file, no script, nothing loaded from anywhere, readable on paper too.

Every value is escaped. The one style sheet stands in the page and is named by its hash in `CONTENT_SECURITY_POLICY`.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from gateway.rights.report_words import Translations

_TEMPLATES = files("gateway.rights") / "templates"
_PAGE = (_TEMPLATES / "report.html").read_text()
_STYLE = (_TEMPLATES / "report.css").read_text()
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

CONTENT_SECURITY_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
"""What goes with the page over HTTP."""


def render_page(report: Mapping[str, Any], translations: Translations) -> bytes:
    """The page of a report, in the language of the translations (UTF-8)."""
    environment = Environment(
        autoescape=True,
        loader=DictLoader({"report": _PAGE}),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # the extension puts it there
        translations.gettext, translations.ngettext, newstyle=True
    )
    style = Markup(_STYLE)  # noqa: S704 - our own file
    page = environment.get_template("report").render(report=report, style=style, moment=_moment)
    return page.encode()


def _moment(text: str) -> str:
    """A moment as people read it: day and minute, in UTC."""
    return f"{text[:10]} {text[11:16]} UTC"
