"""The languages that people are spoken to in: catalogues, and which one a browser gets.

- English is the language of the code: its texts are the keys. The other catalogues are `locale/*/messages.po`, read at the start
  by Babel, so that there is nothing to compile.
- A language that somebody chose on a page wins over what the browser asks for, and the browser over the default.
- Of the policy's texts a person gets those of their language, or those of the policy's default language where there are none.

Source: RFC 9110 section 12.5.4 (`Accept-Language`).
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel import Locale, negotiate_locale
from babel.dates import format_date, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

from consent import PlainText, Policy

LOCALE_DIRECTORY = Path(__file__).parent / "locale"
DEFAULT = "en"
OFFERED = ("en", "de", "fr")
"""In the order of the switch."""

_DATES = {"en": "en_GB"}
"""Where a language writes dates in several ways: which one."""

_MONTH_DAYS = 30.4375
_MAX_ACCEPTED = 16


def phrase(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


@dataclass(frozen=True, slots=True)
class Language:
    """One language that people are spoken to in."""

    code: str
    """`en`, `de` or `fr`."""
    locale: Locale
    """What Babel knows of it."""
    catalogue: NullTranslations
    """Its catalogue of texts."""

    @property
    def name(self) -> str:
        """What it calls itself."""
        return (Locale(self.code).get_display_name() or self.code).capitalize()

    def say(self, text: str) -> str:
        """A text of the code, in this language."""
        return self.catalogue.gettext(text)

    def moment(self, at: int) -> str:
        """A time (unix seconds) as people write it, in UTC."""
        moment = datetime.fromtimestamp(at, UTC)
        day = format_date(moment, "medium", locale=self.locale)
        return f"{day}, {format_time(moment, 'short', locale=self.locale)} UTC"

    def date(self, at: int) -> str:
        """The day of a time (unix seconds), in UTC."""
        return format_date(datetime.fromtimestamp(at, UTC), "long", locale=self.locale)

    def number(self, n: int) -> str:
        """A number as people write it."""
        return format_decimal(n, locale=self.locale)

    def percent(self, share: float) -> str:
        """A share in per cent, to a tenth."""
        return format_percent(share / 100, format="#,##0.#%", locale=self.locale)

    def days(self, n: int) -> str:
        """A span of days; from about three months on in months."""
        if n < 3 * _MONTH_DAYS:
            return format_unit(n, "duration-day", locale=self.locale)
        return format_unit(round(n / _MONTH_DAYS), "duration-month", locale=self.locale)

    def text_of(self, texts: dict[str, PlainText], policy: Policy) -> tuple[str, PlainText]:
        """A purpose's text and the language it is in: this one, or the policy's own."""
        code = self.code if self.code in texts else policy.default_locale
        return code, texts[code]


class Languages:
    """All of them, loaded once."""

    def __init__(self) -> None:
        """Read the catalogues."""
        self._known = {
            code: Language(code, Locale.parse(_DATES.get(code, code)), _catalogue(code)) for code in OFFERED
        }

    def all(self) -> list[Language]:
        """In the order of the switch."""
        return list(self._known.values())

    def choose(self, chosen: str | None, accepted: str | None) -> Language:
        """The language for a request.

        Args:
            chosen: what the person chose before, if anything.
            accepted: the `Accept-Language` header, if there is one.
        """
        if chosen in self._known:
            return self._known[chosen]
        wanted = [tag.replace("-", "_") for tag in _in_order(accepted or "")]
        return self._known[negotiate_locale(wanted, OFFERED) or DEFAULT]


def _in_order(accepted: str) -> list[str]:
    """The tags of an `Accept-Language`, the most wanted first; what cannot be read is passed over."""
    weighted = []
    for place, part in enumerate(accepted.split(",")[:_MAX_ACCEPTED]):
        tag, _, weight = part.strip().partition(";q=")
        try:
            quality = float(weight or 1)
        except ValueError:
            continue
        if tag and 0 < quality <= 1:
            weighted.append((-quality, place, tag))
    return [tag for _, _, tag in sorted(weighted)]


@cache
def _catalogue(code: str) -> NullTranslations:
    """Read once a process: portal, pages and reports share what is never changed."""
    if code == DEFAULT:
        return NullTranslations()
    compiled = io.BytesIO()
    with (LOCALE_DIRECTORY / code / "messages.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=code))
    compiled.seek(0)
    return GNUTranslations(compiled)
