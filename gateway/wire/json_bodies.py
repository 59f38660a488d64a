"""Bodies from outside, strictly read: bounded before anything is built from them.

- The content type says nothing; the content encoding is gzip, once, or nothing; the bound counts decompressed bytes.
- JSON is UTF-8, at most so deep, without repeated members, NaN, Infinity, numbers beyond 64 bits or half surrogates.
- Depth is measured before parsing, and no error says what was read.

Source: RFC 8259; RFC 7493 (I-JSON) for repeated members, surrogates and the range of numbers.
"""

from __future__ import annotations

import json
import math
import re
import zlib
from typing import Any, NoReturn

import numpy as np

from gateway.errors import BodyInvalidError, BodyTooLargeError, EncodingUnsupportedError

DEFAULT_MAX_DEPTH = 32

_GZIP = zlib.MAX_WBITS | 16
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_CONSTANT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|(?P<constant>-?(?:NaN|Infinity))', re.DOTALL)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_SURROGATES = re.compile(
    rb"(?<!\\)(?P<before>(?:\\\\)*+)"
    rb"(?:(?P<whole>(?:\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})++)|\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
"""A surrogate's escapes: pairs, or half of one. What stands behind an odd number of backslashes is one."""
_HALF_BYTES = len(r"\ud83d")
_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_MAX_INTEGER_DIGITS = 20
_INTEGERS = range(-(1 << 63), 1 << 64)


def decode_body(body: bytes, content_encoding: bytes | None, *, max_bytes: int) -> bytes:
    """Undo the content encoding.

    Args:
        body: as received.
        content_encoding: the header's value, if there is one.
        max_bytes: what the result may have.

    Raises:
        BodyTooLargeError: it has more.
        BodyInvalidError: it is not whole.
        EncodingUnsupportedError: an encoding other than gzip.
    """
    encoding = (content_encoding or b"identity").strip().lower()
    if encoding in (b"gzip", b"x-gzip"):
        return gunzip(body, max_bytes=max_bytes)
    if encoding != b"identity":
        raise EncodingUnsupportedError
    if len(body) > max_bytes:
        raise BodyTooLargeError
    return body


def gunzip(body: bytes, *, max_bytes: int) -> bytes:
    """Decompress one gzip member, building never more than `max_bytes` (+1).

    Raises:
        BodyTooLargeError: there is more in it.
        BodyInvalidError: it is damaged, cut off, or followed by something.
    """
    inflater = zlib.decompressobj(_GZIP)
    try:
        plain = inflater.decompress(body, max_bytes + 1)
    except zlib.error:
        raise BodyInvalidError from None
    if len(plain) > max_bytes:
        raise BodyTooLargeError
    if not inflater.eof or inflater.unused_data:
        raise BodyInvalidError
    return plain


def loads_strict(body: bytes, *, max_depth: int = DEFAULT_MAX_DEPTH) -> Any:
    """Parse JSON.

    Args:
        body: UTF-8, within the size limit already.
        max_depth: how deep objects and lists may be nested.

    Raises:
        BodyInvalidError: it breaks one of the rules above.
    """
    if is_deeper(body, max_depth):
        raise BodyInvalidError
    try:
        value = _decode(body.decode("utf-8"))
        if _SURROGATE.search(body):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        # `from None`: a decoding error shows the text it could not decode.
        raise BodyInvalidError from None
    return value


def is_deeper(body: bytes, max_depth: int) -> bool:
    """Whether the brackets of a JSON text are nested deeper than `max_depth` (or close before they open).

    Linear: strings are cut out, every other bracket becomes a step of +1 or -1, and the steps are summed.
    """
    if body.count(b"[") + body.count(b"{") <= max_depth:
        return False
    outside = _STRING.sub(b"", body) if b"\\" in body else b"".join(body.split(b'"')[::2])
    steps = np.frombuffer(outside.translate(_STEPS, _NOT_BRACKETS), np.int8)
    if not steps.size:
        return False
    level = steps.cumsum(dtype=np.int32)
    return bool(level.max() > max_depth or level.min() < 0)


def cut_below(body: bytes, depth: int) -> bytes:
    """The same JSON text with nothing within the brackets that are nested deeper than `depth`; those stay, empty.

    A decoder gives up at some depth, and with it what stands beside the deep part; after the cut only the deep part is lost.
    """
    blank = _STRING.sub(lambda found: b'"' * len(found[0]), body)
    steps = np.frombuffer(blank.translate(_STEPS), np.int8)
    steps = np.where(np.abs(steps) == 1, steps, 0)
    # What a bracket is within, whether it opens or closes; a text's own level is the number of brackets around it.
    within = steps.cumsum(dtype=np.int32) - (steps > 0)
    return np.frombuffer(body, np.uint8)[within <= depth].tobytes()


def spoil_halves(body: bytes) -> bytes:
    """The same JSON text, as long, with what is no UTF-8 in the place of every escaped half surrogate.

    A decoder that skips a value reads its escapes and not its letters; so only the part is refused in which the half stands.
    """

    def spoil(found: re.Match[bytes]) -> bytes:
        return found[0] if found["whole"] else found["before"] + b"\xff" * _HALF_BYTES

    return _SURROGATES.sub(spoil, body)


def spoil_constants(body: bytes) -> bytes:
    """The same text with a number that nobody can hold in the place of every NaN and Infinity, as Python's clients write them.

    A decoder that skips a value reads its letters and not its size; so only the part is refused in which the number stands.
    """
    if b"NaN" not in body and b"Infinity" not in body:
        return body
    return _CONSTANT.sub(lambda found: b"1e999" if found["constant"] else found[0], body)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BodyInvalidError
    return found


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise BodyInvalidError
    return number


def _integer(text: str) -> int:
    if len(text) > _MAX_INTEGER_DIGITS or int(text) not in _INTEGERS:
        raise BodyInvalidError
    return int(text)


def _refuse(_: str) -> NoReturn:
    raise BodyInvalidError


_decode = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_refuse, parse_float=_float, parse_int=_integer
).decode
