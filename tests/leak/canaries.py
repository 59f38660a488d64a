"""Recognisable values, and a search for them in whatever bytes something left behind.

A value is looked for as it is, in other letter cases, in hexadecimal, in base64 at each of the three alignments (both alphabets),
percent-encoded, escaped as JSON, as UTF-16, and as its SHA-256 in bytes, hexadecimal and base64; and all of it again inside every
gzip, zlib and zstd stream that starts anywhere in the bytes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import urllib.parse
import zlib
from collections.abc import Iterator, Mapping

import zstandard

PREFIX = "cänary"
"""Starts every value; a letter beyond ASCII makes the escaped spellings differ."""

MAX_INFLATED = 64 << 20


def canary(name: str) -> str:
    """A value that nothing else contains."""
    return f"{PREFIX}-{hashlib.blake2b(name.encode(), digest_size=6).hexdigest()}-{name}"


def spellings(value: str) -> dict[str, bytes]:
    """Every form in which a value could lie somewhere, by name."""
    raw = value.encode()
    digest = hashlib.sha256(raw).digest()
    forms = {
        "plain": raw,
        "lower": value.lower().encode(),
        "upper": value.upper().encode(),
        "latin-1": value.encode("latin-1"),
        "utf-16": value.encode("utf-16-le"),
        "json": json.dumps(value)[1:-1].encode(),
        "percent": urllib.parse.quote(value).encode(),
        "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
        "sha256": digest,
        "sha256 hex": digest.hex().encode(),
        "sha256 base64": base64.b64encode(digest).rstrip(b"="),
        "sha256 base64url": base64.urlsafe_b64encode(digest).rstrip(b"="),
    }
    for shift in range(3):
        for name, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
            # The first and the last characters depend on the neighbours: only the middle is certain.
            encoded = encode(b"\0" * shift + raw)
            forms[f"{name}+{shift}"] = encoded[(shift * 8 + 5) // 6 : (shift + len(raw)) * 8 // 6]
    return forms


def search(data: bytes, canaries: Mapping[str, str]) -> set[tuple[str, str]]:
    """The (canary, spelling) pairs that occur in some bytes, or in what is compressed in them."""
    found: set[tuple[str, str]] = set()
    for part in layers(data):
        lowered = part.lower()
        for name, value in canaries.items():
            for form, needle in spellings(value).items():
                if needle in part or (form == "plain" and needle.lower() in lowered):
                    found.add((name, form))
    return found


def layers(data: bytes) -> Iterator[bytes]:
    """The bytes themselves, and everything that can be decompressed from some place in them."""
    yield data
    for magic, inflate in (
        (b"\x1f\x8b\x08", _gunzip),
        (b"\x28\xb5\x2f\xfd", _unzstd),
        (b"\x78\x9c", _inflate),
        (b"\x78\xda", _inflate),
    ):
        at = data.find(magic)
        while at >= 0:
            inner = inflate(data[at:])
            if inner:
                yield from layers(inner)
            at = data.find(magic, at + 1)


def _gunzip(data: bytes) -> bytes:
    return _inflate(data, zlib.MAX_WBITS | 16)


def _inflate(data: bytes, window: int = zlib.MAX_WBITS) -> bytes:
    try:
        return zlib.decompressobj(window).decompress(data, MAX_INFLATED)
    except zlib.error:
        return b""


def _unzstd(data: bytes) -> bytes:
    try:
        return zstandard.ZstdDecompressor().decompressobj().decompress(data)
    except zstandard.ZstdError:
        return b""
