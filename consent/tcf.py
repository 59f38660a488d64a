"""TCF consent strings, read and never made: which IAB purposes a person consented to. Pure, and closed.

A string is usable only if it says everything that the framework wants of it: version 2, for this site alone
(`IsServiceSpecific`), from a registered platform, and, from policy version 5 (TCF 2.3) on, with the vendors that were
disclosed. Vendors themselves are not asked about: whoever runs the gateway uses the data, and destinations have purposes of
their own.

Source: IAB Europe TCF v2.3, "Consent string and vendor list format"; policy version 5.
"""

from __future__ import annotations

from dataclasses import dataclass

from consent.bits import BitReader, BitsError

MAX_CHARACTERS = 16_384
"""A longer string is not read; the longest that was ever recorded has a quarter of that."""

PURPOSES = 24
SPECIAL_FEATURES = 12
DISCLOSING_POLICY = 5
"""From this policy version on, a string without the disclosed vendors is invalid."""

FIRST_CMP = 2
"""Lower ids belong to no registered platform."""

_VERSION = 2
_DISCLOSED, _PUBLISHER = 1, 3
_SEGMENTS = 4


class TcfError(ValueError):
    """Not a TCF string, or one that may not be used. Never says what it was."""


@dataclass(frozen=True, slots=True)
class TcfConsent:
    """What a TCF string says."""

    created: int
    """In tenths of a second since 1970."""
    cmp_id: int
    """Which consent management platform made it."""
    vendor_list: int
    """Version of the global vendor list."""
    policy_version: int
    """Of the framework's policy."""
    service_specific: bool
    """Whether it holds for one site alone."""
    special_features: frozenset[int]
    """Agreed to, from 1 to 12."""
    purposes: frozenset[int]
    """Consented to, from 1 to 24."""
    vendors: frozenset[int]
    """The vendors consented to, by number."""
    publisher_purposes: frozenset[int] | None
    """Consented to for the site itself; None if it does not say."""
    discloses_vendors: bool
    """Whether it names the vendors that were shown."""

    @property
    def usable(self) -> bool:
        """Whether the framework's rules let anybody rely on it."""
        disclosed = self.discloses_vendors or self.policy_version < DISCLOSING_POLICY
        return self.service_specific and disclosed and self.cmp_id >= FIRST_CMP

    def allows(self, purpose: int) -> bool:
        """Whether a purpose may be relied on: consented to, and for the site itself too where that is said."""
        own = self.publisher_purposes
        return self.usable and purpose in self.purposes and (own is None or purpose in own)


def read_tcf(text: str) -> TcfConsent:
    """Read a TCF string.

    Raises:
        TcfError: it is not a TC string.
    """
    segments = text.split(".") if len(text) <= MAX_CHARACTERS else []
    if not 0 < len(segments) <= _SEGMENTS:
        raise TcfError("not a TCF string")
    try:
        return _read(segments[0], segments[1:])
    except BitsError:
        raise TcfError("not a TCF string") from None


def _read(core: str, others: list[str]) -> TcfConsent:
    bits = BitReader(core)
    if bits.number(6) != _VERSION:
        raise TcfError("another version")
    created = bits.number(36)
    bits.number(36)  # last updated
    cmp_id = bits.number(12)
    bits.number(12 + 6 + 12)  # CMP version, screen, language
    vendor_list, policy_version = bits.number(12), bits.number(6)
    service_specific = bits.flag()
    bits.flag()  # non-standard texts
    special_features, purposes = bits.flags(SPECIAL_FEATURES), bits.flags(PURPOSES)
    bits.number(PURPOSES + 1 + 12)  # legitimate interests, purpose one treatment, country
    vendors = _vendors(bits)
    _vendors(bits)  # by legitimate interest
    _skip_restrictions(bits)
    seen = set()
    publisher_purposes = None
    for text in others:
        segment = BitReader(text)
        kind = segment.number(3)
        if kind in seen:
            raise TcfError("a segment stands twice")
        seen.add(kind)
        if kind == _PUBLISHER:
            publisher_purposes = segment.flags(PURPOSES)
            segment.number(PURPOSES)  # by legitimate interest
            segment.number(2 * segment.number(6))  # purposes of the site's own, likewise twice
        else:
            _vendors(segment)
    return TcfConsent(
        created=created,
        cmp_id=cmp_id,
        vendor_list=vendor_list,
        policy_version=policy_version,
        service_specific=service_specific,
        special_features=special_features,
        purposes=purposes,
        vendors=vendors,
        publisher_purposes=publisher_purposes,
        discloses_vendors=_DISCLOSED in seen,
    )


def _skip_restrictions(bits: BitReader) -> None:
    """What the site forbids single vendors. It is read so that a string that ends before it is found to be cut off."""
    for _ in range(bits.number(12)):
        bits.number(6 + 2)  # purpose and kind
        for _ in range(bits.number(12)):
            bits.number(32 if bits.flag() else 16)


def _vendors(bits: BitReader) -> frozenset[int]:
    """A set of vendors: a bit for each, or ranges. At most 65,535, however often they are named."""
    highest = bits.number(16)
    if not bits.flag():
        return bits.flags(highest)
    found: set[int] = set()
    last = 0
    for _ in range(bits.number(12)):
        is_range = bits.flag()
        first = bits.number(16)
        end = bits.number(16) if is_range else first
        if not last < first <= end <= highest:
            raise TcfError("ranges that overlap or run backwards")
        found.update(range(first, end + 1))
        last = end
    return frozenset(found)
