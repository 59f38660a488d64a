"""JSON in its one spelling, for everything that is hashed or signed: sorted members, no spaces, whole numbers, UTF-8.

Source: RFC 8785 (JCS; members in the order of their UTF-16 code units), restricted to texts, truth values, integers below
2**53, lists and objects.
"""

from __future__ import annotations

import json
from typing import Any


def canonical_json(value: Any) -> bytes:
    """`value` in canonical form; two equal values are always the same bytes."""
    text = json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8")


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: _ordered(value[name]) for name in sorted(value, key=lambda each: each.encode("utf-16-be"))
        }
    return [_ordered(each) for each in value] if isinstance(value, list | tuple) else value
