"""`population.json`: the hashes around the range, with which what is shown and what is hidden have the root that was signed."""

from __future__ import annotations

import base64
from typing import Annotated

import msgspec

from audit import Surroundings
from gateway.reporting.errors import NotAnExportError

FORMAT = "volens-population/v1"
_Hashes = Annotated[
    tuple[Annotated[str, msgspec.Meta(min_length=44, max_length=44)], ...], msgspec.Meta(max_length=64)
]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    first: int
    until: int
    left: _Hashes
    right: _Hashes
    format: str = FORMAT


_decoder = msgspec.json.Decoder(_File)
_encoder = msgspec.json.Encoder(order="sorted")


def encode_population(first: int, until: int, around: Surroundings) -> bytes:
    """The file; hashes in base64, from left to right."""
    left, right = ([base64.b64encode(part).decode() for part in side] for side in (around.left, around.right))
    return _encoder.encode(_File(first=first, until=until, left=tuple(left), right=tuple(right)))


def decode_population(data: bytes) -> tuple[int, int, Surroundings]:
    """First index, the one behind the last, and what lies around.

    Raises:
        NotAnExportError: it is no such file.
    """
    try:
        found = _decoder.decode(data)
        left, right = (
            tuple(base64.b64decode(part, validate=True) for part in side)
            for side in (found.left, found.right)
        )
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as exc:
        raise NotAnExportError("population.json cannot be read") from exc
    if found.format != FORMAT or _encoder.encode(found) != data:
        raise NotAnExportError("population.json is of another version, or not in its one spelling")
    return found.first, found.until, Surroundings(left, right)
