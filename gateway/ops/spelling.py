"""How values and words are spelt on the pages, in one language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from babel.numbers import format_decimal
from babel.units import format_unit

from gateway.ops.words import CHECKS, OUTCOMES
from gateway.wording.languages import Language, phrase


@dataclass(frozen=True, slots=True)
class Spelling:
    """The spelling of a language."""

    language: Language
    """The language that is spelt in."""

    def say(self, text: str, **values: object) -> str:
        """A text of the code, with these values in it."""
        said = self.language.say(text)
        return said % values if values else said

    def word(self, name: str, known: Mapping[str, str] = OUTCOMES) -> str:
        """A word of a closed list; one that is not known, without its underscores."""
        return self.say(known[name]) if name in known else name.replace("_", " ")

    def check(self, name: str, *, holds: bool) -> str:
        """Whether something holds."""
        return self.say(CHECKS[name][0 if holds else 1])

    def count(self, value: float) -> str:
        """A number of things: `12`, `12.5`, `12,345`, `1.2 M`."""
        if value >= 1_000_000:
            return self.say(phrase("%(n)s M"), n=self._decimal(value / 1_000_000, "0.0"))
        if value >= 100 or value == int(value):
            return self._decimal(value, "#,##0")
        return self._decimal(value, "0.0") if value >= 1 else self._decimal(float(f"{value:.2g}"), _EXACT)

    def number(self, value: float) -> str:
        """A number to three digits, or to the whole."""
        if abs(value) >= 100:
            return self._decimal(value, "#,##0")
        return self._decimal(float(f"{value:.3g}"), _EXACT)

    def change(self, value: float) -> str:
        """A difference to three digits, with its sign."""
        return f"{'-' if value < 0 else '+'}{self._decimal(float(f'{abs(value):.3g}'), _EXACT)}"

    def quality(self, value: float) -> str:
        """A score from 0 to 1, to three places."""
        return self._decimal(value, "0.000")

    def epsilon(self, value: float) -> str:
        """A privacy loss, to two places."""
        return self._decimal(value, "0.00")

    def share(self, value: float) -> str:
        """A share from 0 to 1, as per cent."""
        percent = 100 * value
        return (
            f"{self._decimal(percent, '#,##0' if percent >= 10 or percent == int(percent) else '0.0')}\xa0%"
        )

    def exact_share(self, value: float) -> str:
        """A share from 0 to 1, as per cent, to a tenth."""
        return f"{self._decimal(100 * value, '0.0')}\xa0%"

    def seconds(self, value: float) -> str:
        """A short time: `0.8 ms`, `12 ms`, `1.5 s`."""
        if value >= 1:
            return f"{self._decimal(value, _EXACT if value < 10 else '0')} s"
        ms = value * 1000
        return f"{self._decimal(float(f'{ms:.2g}') if ms < 10 else ms, _EXACT if ms < 10 else '0')} ms"

    def age(self, value: float) -> str:
        """A longer time: `40 s`, `12 min`, `3 h`, `2 days`."""
        if value >= 2 * 86_400:
            return format_unit(round(value / 86_400), "duration-day", locale=self.language.locale)
        for size, unit in ((3_600, "h"), (60, "min")):
            if value >= 2 * size:
                return f"{self._decimal(value / size, '0')} {unit}"
        return f"{self._decimal(value, '0')} s"

    def ago(self, value: float) -> str:
        """How long ago something was; nought is now."""
        if not value:
            return self.say(phrase("now"))
        minutes = round(value / 60)
        said = f"{minutes} min" if minutes < 120 else f"{self._decimal(minutes / 60, '0.#')} h"
        return self.say(phrase("%(time)s ago"), time=said)

    def _decimal(self, value: float, form: str) -> str:
        return format_decimal(value, form, locale=self.language.locale)


_EXACT = "#,##0.##########"
