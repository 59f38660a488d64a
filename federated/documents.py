"""Reading and writing the JSON of signed documents: one spelling, unknown members refused."""

from __future__ import annotations

from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from consent import canonical_json
from federated.errors import DocumentError

Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
"""SHA-256, in lower-case hexadecimal."""
Count = Annotated[int, Meta(ge=0, lt=2**53)]
Decimal = Annotated[str, Meta(pattern=r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,18})?\Z")]
"""A number that is no whole one, as a text: two programs read the same."""

Document = TypeVar("Document", bound=msgspec.Struct)


def write_document(document: msgspec.Struct) -> bytes:
    """The canonical bytes of a document."""
    return canonical_json(msgspec.to_builtins(document))


def read_document(kind: type[Document], data: bytes) -> Document:
    """Read a document.

    Raises:
        DocumentError: other members, another type, or another spelling than the canonical one.
    """
    try:
        document = msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DocumentError("not a document of this kind") from error
    if write_document(document) != data:
        raise DocumentError("the document is not in its canonical spelling")
    return document


def decimal(value: float) -> str:
    """A number of 0 or more as a text of at most 12 decimals, rounded up, so that no loss is understated."""
    scaled = -int(-value * 10**12 // 1)
    whole, rest = divmod(scaled, 10**12)
    return f"{whole}.{rest:012d}".rstrip("0").rstrip(".")
