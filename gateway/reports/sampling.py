"""Which entries of a population an auditor looks at: drawn from the signed root, so that nobody picks them.

The root is not known before the entries are there, and the entries cannot be chosen to suit a sample without finding another
root. Whoever has the checkpoint draws the same sample again.
"""

from __future__ import annotations

import hashlib

DOMAIN = b"volens/sample/v1\0"
SAMPLE_SIZE = 25
"""Customary for controls that run many times a day."""


def draw_sample(root: bytes, first: int, until: int, count: int = SAMPLE_SIZE) -> list[int]:
    """Different places of the range [first, until), ascending; all of them if there are no more than `count`.

    The n-th draw is the first 8 bytes of SHA-256(domain, root, n as 8 bytes), big-endian, modulo the length of the range; what
    was drawn already is drawn again.
    """
    length = until - first
    if length <= count:
        return list(range(first, until))
    drawn: set[int] = set()
    number = 0
    while len(drawn) < count:
        digest = hashlib.sha256(DOMAIN + root + number.to_bytes(8, "big")).digest()
        drawn.add(first + int.from_bytes(digest[:8], "big") % length)
        number += 1
    return sorted(drawn)
