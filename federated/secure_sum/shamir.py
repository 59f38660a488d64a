"""Secrets in shares: any `threshold` of them give the secret, fewer give nothing.

Source: Shamir, How to Share a Secret (CACM 1979), over the integers modulo the Mersenne prime 2**521 - 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from privacy import Entropy

PRIME = 2**521 - 1
SHARE_BYTES = 66
SECRET_BYTES = 32


def split(secret: bytes, threshold: int, points: Sequence[int], draw: Entropy) -> list[bytes]:
    """Shares of a 32-byte secret, one for each point (distinct, 1 or more), 66 bytes each."""
    coefficients = [int.from_bytes(secret), *(_below_prime(draw) for _ in range(threshold - 1))][::-1]
    shares = []
    for point in points:
        value = 0
        for coefficient in coefficients:
            value = (value * point + coefficient) % PRIME
        shares.append(value.to_bytes(SHARE_BYTES))
    return shares


def join(shares: Mapping[int, bytes]) -> bytes | None:
    """The secret of these shares (point -> share), or None if they do not give one."""
    return secret_of(_value_at(0, shares))


def secret_of(value: int) -> bytes | None:
    """What a polynomial's value at zero stands for; None if it is no secret."""
    return value.to_bytes(SECRET_BYTES) if value.bit_length() <= 8 * SECRET_BYTES else None


def agrees(shares: Mapping[int, bytes], point: int, share: bytes) -> bool:
    """Whether a share is the one that right shares, exactly as many as it takes, give for its point."""
    return _value_at(point, shares) == int.from_bytes(share)


def _value_at(at: int, shares: Mapping[int, bytes]) -> int:
    points = tuple(shares)
    factors = _factors(points, at)
    return sum(f * int.from_bytes(shares[point]) for point, f in zip(points, factors, strict=True)) % PRIME


@lru_cache(maxsize=256)
def _factors(points: tuple[int, ...], at: int) -> tuple[int, ...]:
    """Lagrange's factors at a place. They say which places answered, nothing of the secrets."""
    factors = []
    for point in points:
        above = below = 1
        for other in points:
            if other != point:
                above = above * (other - at) % PRIME
                below = below * (other - point) % PRIME
        factors.append(above * pow(below, -1, PRIME) % PRIME)
    return tuple(factors)


def _below_prime(draw: Entropy) -> int:
    while True:
        value = int.from_bytes(draw(SHARE_BYTES)) & PRIME
        if value != PRIME:
            return value
