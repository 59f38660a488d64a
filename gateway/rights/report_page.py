"""The access report as a page: one file, no script, nothing loaded from anywhere, readable on paper too.

Every value is escaped. The one style sheet stands in the page and is named by its hash in `CONTENT_SECURITY_POLICY`.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from gettext import NullTranslations
from importlib.resources import files
from typing import Any, Final

from jinja2 import DictLoader, Environment, StrictUndefined, Template
from markupsafe import Markup

from gateway.wording.languages import Language
from gateway.wording.plain_words import (
    EVENTS,
    EVIDENCE,
    FIELDS,
    OUTCOMES,
    PROGRESS,
    REASONS,
    RIGHTS,
    STATUSES,
)

_TEMPLATES = files("gateway.rights") / "templates"
_PAGE = (_TEMPLATES / "report.html").read_text()
_STYLE = (_TEMPLATES / "report.css").read_text()
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

CONTENT_SECURITY_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
"""What goes with the page over HTTP."""


_WORDS = {
    "events": EVENTS,
    "fields": FIELDS,
    "statuses": STATUSES,
    "evidence": EVIDENCE,
    "outcomes": OUTCOMES,
    "reasons": REASONS,
    "rights": RIGHTS,
    "progress": PROGRESS,
}
"""Plain words for the short ones of the report, as the template calls them."""


def render_page(report: Mapping[str, Any], language: Language) -> bytes:
    """The page of a report, in a language (UTF-8). The same few words and times stand in it thousands of times."""
    style = Markup(_STYLE)  # noqa: S704 - our own file

    @cache
    def moment(text: str) -> str:
        return language.moment(int(datetime.fromisoformat(text).timestamp()))

    @cache
    def say(text: str) -> Markup:
        return Markup(language.say(text))  # noqa: S704 - our own words

    def named(known: Mapping[str, str], word: str) -> str:
        return say(known[word]) if word in known else word

    page = _page(language.catalogue)
    return page.render(report=report, style=style, moment=moment, named=named, words=_WORDS).encode()


@cache
def _page(catalogue: NullTranslations) -> Template:
    """Compiled once a language."""
    environment = Environment(
        autoescape=True,
        loader=DictLoader({"report": _PAGE}),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
    )
    environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]  # so it does
    return environment.get_template("report")
