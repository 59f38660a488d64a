"""Whether a JSON text writes a member twice: two readers of one text must see the same person, the same claim, the same event.

Decoders take the last of two equal members and say nothing. But a text has one colon a member and those within its strings,
and so has what is encoded again of what was decoded, less one for every member that was lost. So the colons are counted, before
and after: equally many mean that no member stands twice, at any depth. Only a text with a colon that is written as an escape has
to go to the slow parser.

Source: RFC 8259, section 4; RFC 7493 (I-JSON), section 2.3.
"""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from gateway.errors import BodyInvalidError

_ESCAPED_COLON = re.compile(rb"\\u003[aA]")

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_decode_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def repeats(text: bytes) -> bool:
    """Whether a member stands twice in an object of a JSON text, or the text cannot be decoded."""
    try:
        if b"\\u003" in text and _ESCAPED_COLON.search(text):
            json.loads(text, object_pairs_hook=_single_members)
            return False
        return text.count(b":") != _encode(_decode(text)).count(b":")
    except (ValueError, RecursionError, BodyInvalidError):
        return True


def insist_on_single_members(body: bytes, but: str) -> None:
    """Refuse an object that writes a member of its own twice, or whose members do so.

    Args:
        body: the JSON text of an object.
        but: the member that is not looked into.

    Raises:
        BodyInvalidError: it does, or it cannot be decoded.
    """
    try:
        members = {name: bytes(raw) for name, raw in _decode_members(body).items()}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise BodyInvalidError from exc
    colons = sum(1 + name.count(":") + text.count(b":") for name, text in members.items())
    if body.count(b":") != colons or any(repeats(text) for name, text in members.items() if name != but):
        raise BodyInvalidError


def _single_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BodyInvalidError
    return found
