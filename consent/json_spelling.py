"""JSON in its one spelling, for everything that is hashed or signed: sorted members, no spaces, whole numbers, UTF-8.

Source: RFC 8785 (JCS), restricted to ASCII member names, texts, truth values, integers below 2**53, lists and objects.
"""

from __future__ import annotations

import json
from typing import Any


def canonical_json(value: Any) -> bytes:
    """`value` in canonical form; two equal values are always the same bytes."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8")
