"""Reading the packed bits of consent strings: most significant bit first, never beyond the end. Pure.

Source: IAB TCF, "Consent string and vendor list format", section on encoding.
"""

from __future__ import annotations

import base64
import re

_BASE64URL = re.compile(r"[A-Za-z0-9_-]+={0,2}").fullmatch


class BitsError(ValueError):
    """The bits end too soon, or the text is not base64url. Never echoes the text."""


class BitReader:
    """Takes numbers and flags off the front of some bits."""

    def __init__(self, text: str) -> None:
        """Read base64url text, with or without padding.

        Raises:
            BitsError: it is not base64url.
        """
        if not _BASE64URL(text):
            raise BitsError("not base64url")
        text = text.rstrip("=")
        self._raw = base64.urlsafe_b64decode(text + "A" * (-len(text) % 4))
        self._at = 0
        self._end = 6 * len(text)

    def number(self, width: int) -> int:
        """An unsigned number of so many bits.

        Raises:
            BitsError: there are not so many left.
        """
        first, self._at = self._at, self._at + width
        if self._at > self._end:
            raise BitsError("ends too soon")
        last_byte = -(-self._at // 8)
        value = int.from_bytes(self._raw[first // 8 : last_byte], "big") >> (8 * last_byte - self._at)
        return value & ((1 << width) - 1)

    def flag(self) -> bool:
        """Read one bit."""
        return self.number(1) == 1

    def flags(self, width: int) -> frozenset[int]:
        """Which of so many bits are set, counted from 1."""
        digits = f"{self.number(width):0{width}b}" if width else ""
        return frozenset(n for n, digit in enumerate(digits, 1) if digit == "1")
