"""Shares some of which are wrong: with two to spare for each wrong one, the secret is found, and which are wrong.

Shares are a Reed-Solomon code word. Source: Gao, A New Algorithm for Decoding Reed-Solomon Codes (2003), over the integers modulo
the prime of `shamir`. Polynomials are lists of coefficients, the constant one first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from federated.secure_sum.shamir import PRIME, secret_of

_Polynomial = list[int]


@dataclass(frozen=True, slots=True)
class Corrected:
    """The one secret that enough shares agree on."""

    secret: bytes
    """What was shared, 32 bytes."""
    wrong: frozenset[int]
    """The points whose shares do not belong to it."""


def correct(shares: Mapping[int, bytes], threshold: int) -> Corrected | None:
    """The secret of these shares (point -> share), of which half of those to spare may be wrong; None if more are.

    Costs some n * n multiplications of 521-bit numbers for n shares: for when the ordinary way has failed.
    """
    values = {point: int.from_bytes(share) % PRIME for point, share in shares.items()}
    found = _decoded(values, threshold)
    secret = None if found is None else secret_of(found[0] if found else 0)
    if found is None or secret is None:
        return None
    wrong = frozenset(point for point, value in values.items() if _value(found, point) != value)
    return Corrected(secret, wrong)


def _decoded(values: Mapping[int, int], threshold: int) -> _Polynomial | None:
    everywhere = [1]
    for point in values:
        everywhere = _times_root(everywhere, point)
    before, now = everywhere, _through(values, everywhere)
    factor_before, factor = list[int](), [1]
    while 2 * (len(now) - 1) >= len(values) + threshold:
        quotient, rest = _divided(before, now)
        before, now = now, rest
        factor_before, factor = factor, _less(factor_before, _times(quotient, factor))
    found, rest = _divided(now, factor)
    return found if not rest and len(found) <= threshold else None


def _through(values: Mapping[int, int], everywhere: _Polynomial) -> _Polynomial:
    """The polynomial of least degree through all points, by Lagrange."""
    total = [0] * len(values)
    for point, value in values.items():
        others = _without_root(everywhere, point)
        weight = value * pow(_value(others, point), -1, PRIME) % PRIME
        total = [(a + weight * b) % PRIME for a, b in zip(total, others, strict=True)]
    return _trimmed(total)


def _value(polynomial: _Polynomial, at: int) -> int:
    value = 0
    for coefficient in reversed(polynomial):
        value = (value * at + coefficient) % PRIME
    return value


def _times_root(polynomial: _Polynomial, root: int) -> _Polynomial:
    shifted, scaled = [0, *polynomial], [*(root * each for each in polynomial), 0]
    return [(a - b) % PRIME for a, b in zip(shifted, scaled, strict=True)]


def _without_root(polynomial: _Polynomial, root: int) -> _Polynomial:
    quotient, carried = list[int](), 0
    for coefficient in reversed(polynomial[1:]):
        carried = (coefficient + carried * root) % PRIME
        quotient.append(carried)
    return quotient[::-1]


def _times(one: _Polynomial, other: _Polynomial) -> _Polynomial:
    product = [0] * (len(one) + len(other) - 1) if one and other else []
    for place, a in enumerate(one):
        for further, b in enumerate(other):
            product[place + further] = (product[place + further] + a * b) % PRIME
    return _trimmed(product)


def _less(one: _Polynomial, other: _Polynomial) -> _Polynomial:
    size = max(len(one), len(other))
    padded = ([*each, *[0] * (size - len(each))] for each in (one, other))
    return _trimmed([(a - b) % PRIME for a, b in zip(*padded, strict=True)])


def _divided(above: _Polynomial, below: _Polynomial) -> tuple[_Polynomial, _Polynomial]:
    """Quotient and rest; `below` is not zero."""
    rest, quotient = list(above), [0] * max(0, len(above) - len(below) + 1)
    inverse = pow(below[-1], -1, PRIME)
    for place in reversed(range(len(quotient))):
        factor = rest[place + len(below) - 1] * inverse % PRIME
        quotient[place] = factor
        for further, coefficient in enumerate(below):
            rest[place + further] = (rest[place + further] - factor * coefficient) % PRIME
    return _trimmed(quotient), _trimmed(rest)


def _trimmed(polynomial: _Polynomial) -> _Polynomial:
    while polynomial and not polynomial[-1]:
        polynomial.pop()
    return polynomial
