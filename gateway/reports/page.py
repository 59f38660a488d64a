"""The report as a page: one file, no script, nothing loaded from anywhere, readable on paper too. Every value is escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import Any

from babel.numbers import format_decimal
from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from gateway.wording import log_words
from gateway.wording.languages import LOCALE_DIRECTORY, Language

_TEMPLATES = files("gateway.reports") / "templates"
_PAGE = (_TEMPLATES / "report.html").read_text()
_STYLE = (_TEMPLATES / "report.css").read_text()
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"


@cache
def page_version() -> str:
    """SHA-256 over what makes the page of a report: where it is the same, the same report is the same page."""
    parts = [_PAGE, _STYLE, Path(log_words.__file__).read_text()]
    parts += [path.read_text() for path in sorted(LOCALE_DIRECTORY.glob("*/*.po"))]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def render_report(report: Mapping[str, Any], language: Language) -> bytes:
    """The page in a language (UTF-8)."""
    environment = Environment(
        autoescape=True,
        loader=DictLoader({"report": _PAGE}),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(language.catalogue, newstyle=True)  # type: ignore[attr-defined]  # so it does
    environment.filters["number"] = partial(_number, language)
    style = Markup(_STYLE)  # noqa: S704 - our own file
    return (
        environment.get_template("report")
        .render(report=report, style=style, policy=_POLICY, language=language.code, log=log_words)
        .encode()
    )


def _number(language: Language, value: float | None) -> str:
    """As the language writes it, with every digit that it has."""
    if value is None:
        return "\N{EN DASH}"
    return format_decimal(value, locale=language.locale, decimal_quantization=False)
