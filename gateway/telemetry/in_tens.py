"""Numbers of people as everybody who watches may have them."""

from __future__ import annotations


def in_tens(people: int) -> int:
    """A number of people to the nearest ten, so that nobody's coming and going shows."""
    return (people + 5) // 10 * 10
