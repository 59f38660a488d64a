"""From a template to an answer: the console's own templates, under the portal's rules (`gateway.portal.pages`)."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from starlette.responses import Response

from gateway.officer import words
from gateway.portal import pages as portal_pages
from gateway.portal.pages import PAGE_HEADERS, STATIC_TYPES, environment
from gateway.wire.page_security import SECURITY_HEADERS
from gateway.wording.languages import Language, Languages

HERE = Path(__file__).parent
_FILES = {
    "portal.css": portal_pages.HERE / "static" / "portal.css",
    "portal.js": portal_pages.HERE / "static" / "portal.js",
    "officer.css": HERE / "static" / "officer.css",
}
_TYPES = {**STATIC_TYPES, "officer.css": "text/css; charset=utf-8"}


class Pages:
    """Renders the pages of the console."""

    def __init__(self, languages: Languages, controller_name: str) -> None:
        """Read the templates; the pages speak of the controller by this name."""
        self._environments = {each.code: environment(each, HERE / "templates") for each in languages.all()}
        self._static = {name: path.read_bytes() for name, path in _FILES.items()}
        self._globals = {
            "languages": languages.all(),
            "controller": controller_name,
            "stamp": hashlib.sha256(b"".join(self._static.values())).hexdigest()[:12],
            "words": words,
        }

    def render(self, template: str, language: Language, status: int = 200, **values: Any) -> Response:
        """A page: a template with its values, in a language, with a status of HTTP."""
        found = self._environments[language.code].get_template(template)
        body = found.render(language=language, **self._globals, **values)
        headers = {**PAGE_HEADERS, "content-language": language.code}
        return Response(body, status, headers, media_type="text/html")

    def static(self, name: str) -> Response | None:
        """One of our files; the pages name it with a digest, so it never changes under its name."""
        if name not in self._static:
            return None
        headers = {**SECURITY_HEADERS, "cache-control": "public, max-age=31536000, immutable"}
        return Response(self._static[name], 200, headers, media_type=_TYPES[name])
