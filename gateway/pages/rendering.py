"""From a template to an answer: one environment per language, and the headers that every page carries.

- Everything is escaped; templates get values, never markup.
- The content security policy allows our own files and nothing else: no inline script, no inline style, no frame.
- Nothing is stored on the way, and the address of a page is told to nobody but us (`same-origin` rather than `no-referrer`,
  because with the latter browsers send `Origin: null` with our own forms, and the check of the origin could not hold).

Source: CSP Level 3; Fetch (`Origin` and referrer policy); RFC 9111 (`no-store`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import Response

from gateway.wire.page_security import SECURITY_HEADERS
from gateway.wording.languages import Language, Languages

PAGE_HEADERS = {**SECURITY_HEADERS, "cache-control": "no-store", "vary": "Accept-Language, Cookie, Sec-GPC"}

_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_HERE = Path(__file__).parent
_FRAME = _HERE / "templates"
_SHARED = {name: _HERE / "static" / name for name in ("pages.css", "code_from_link.js")}


class Pages:
    """Renders the pages of one room."""

    def __init__(
        self, languages: Languages, templates: Path, files: Mapping[str, Path], **known: Any
    ) -> None:
        """Read the templates of a directory, and its style sheets beside the ones of all; every page knows `known`."""
        self._environments = {each.code: _environment(each, templates) for each in languages.all()}
        self._static = {name: path.read_bytes() for name, path in {**_SHARED, **files}.items()}
        stamp = hashlib.sha256(b"".join(self._static.values())).hexdigest()[:12]
        self._globals = {"languages": languages.all(), "stamp": stamp, **known}

    def render(self, template: str, language: Language, status: int = 200, **values: Any) -> Response:
        """A page.

        Args:
            template: its file.
            language: of the page.
            status: of HTTP.
            **values: what the template shows.
        """
        found = self._environments[language.code].get_template(template)
        body = found.render(language=language, **self._globals, **values)
        headers = {**PAGE_HEADERS, "content-language": language.code}
        return Response(body, status, headers, media_type="text/html")

    def static(self, name: str) -> Response | None:
        """One of our files; the pages name it with a digest, so it never changes under its name."""
        if name not in self._static:
            return None
        headers = {**SECURITY_HEADERS, "cache-control": "public, max-age=31536000, immutable"}
        return Response(self._static[name], 200, headers, media_type=_TYPES[Path(name).suffix])

    def styles(self, *names: str) -> str:
        """Style sheets of ours as one text, for a page that stands alone."""
        return "".join(self._static[name].decode() for name in names)


def redirect(to: str) -> Response:
    """Go on with GET.

    Args:
        to: a path of ours that the code names, or the configured provider's; never one from a request.
    """
    return Response(status_code=303, headers={**PAGE_HEADERS, "location": to})


def download(body: bytes, media_type: str, name: str) -> Response:
    """A file to keep."""
    disposition = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(body, 200, {**PAGE_HEADERS, **disposition}, media_type=media_type)


def _environment(language: Language, templates: Path) -> Environment:
    made = Environment(
        loader=FileSystemLoader([templates, _FRAME]),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    install = made.install_gettext_translations  # type: ignore[attr-defined]  # the extension adds it
    install(language.catalogue, newstyle=True)
    return made
