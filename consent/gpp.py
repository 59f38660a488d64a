"""GPP strings, read and never made: what somebody in the United States said no to, and the TCF string in it. Pure, and closed.

    header ~ section ~ section ...        the header lists the sections that follow, by their registered ids

Of the sections of the states only the beginning is read: the notices and the choices that everybody has. A choice is 0 (does not
apply, or nobody was told), 1 (opted out) or 2 (did not opt out): only 2 lets anything pass. A section that is not known here
makes the whole string useless.

Source: IAB Tech Lab, Global Privacy Platform: "Consent string specification" and the sections' technical specifications.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from consent.bits import BitReader, BitsError
from consent.tcf import TcfConsent, TcfError, read_tcf

MAX_CHARACTERS = 16_384
MAX_SECTIONS = 32

DID_NOT_OPT_OUT = 2
"""The only value of a choice that permits."""

_TYPE, _VERSION = 3, 1
_TCF_EU, _US_PRIVACY = 2, 6
_GPC_SEGMENT = 1
_MOST_GAP_BITS = 16

_SALE_AND_ADVERTISING = "SaleOptOut TargetedAdvertisingOptOut"
_NOTICES = "SaleOptOutNotice TargetedAdvertisingOptOutNotice"
_SHARING = f"SharingNotice {_NOTICES} {_SALE_AND_ADVERTISING}"
_PROCESSING = f"ProcessingNotice {_NOTICES} {_SALE_AND_ADVERTISING}"
_MSPA_FIRST = f"MspaCoveredTransaction MspaMode {_PROCESSING}"

_BEGINNINGS: Mapping[int, tuple[str, ...]] = {
    number: tuple(fields.split())
    for numbers, fields in (
        (
            (7,),
            (
                "SharingNotice SaleOptOutNotice SharingOptOutNotice TargetedAdvertisingOptOutNotice "
                "SensitiveDataProcessingOptOutNotice SensitiveDataLimitUseNotice "
                "SaleOptOut SharingOptOut TargetedAdvertisingOptOut"
            ),
        ),
        ((8,), "SaleOptOutNotice SharingOptOutNotice SensitiveDataLimitUseNotice SaleOptOut SharingOptOut"),
        ((9, 10, 12, 14), _SHARING),
        ((11,), f"SharingNotice {_NOTICES} SensitiveDataProcessingOptOutNotice {_SALE_AND_ADVERTISING}"),
        ((13, 15, 16, 17, 19, 20, 21, 22, 23), _PROCESSING),
        ((18,), f"ProcessingNotice {_NOTICES} SensitiveDataOptOutNotice {_SALE_AND_ADVERTISING}"),
        ((24, 25, 26, 27), _MSPA_FIRST),
    )
    for number in numbers
}
"""Section id -> its fields of two bits after the version (six bits), as far as they are the same in every version of it."""


class GppError(ValueError):
    """Not a GPP string, or one with a section that is not known. Never says what it was."""


@dataclass(frozen=True, slots=True)
class GppConsent:
    """What a GPP string says."""

    sections: tuple[int, ...]
    """The ids of its sections."""
    fields: tuple[Mapping[str, int], ...]
    """Notices and choices of each section of the United States."""
    gpc: bool
    """Whether a section says that the browser sent Global Privacy Control."""
    tcf: TcfConsent | None
    """What the TCF section says, if there is one."""

    def allows(self, choices: Sequence[str]) -> bool:
        """Whether each section has at least one of these choices, and none of them was opted out of or never put."""
        return bool(self.fields) and all(_allow(section, choices) for section in self.fields)


def _allow(section: Mapping[str, int], choices: Sequence[str]) -> bool:
    said = [section[choice] for choice in choices if choice in section]
    return bool(said) and all(value == DID_NOT_OPT_OUT for value in said)


def read_gpp(text: str) -> GppConsent:
    """Read a GPP string.

    Raises:
        GppError: it is not a GPP string, or has a section that is not known.
    """
    parts = text.split("~") if len(text) <= MAX_CHARACTERS else []
    if not 1 < len(parts) <= MAX_SECTIONS + 1:
        raise GppError("not a GPP string")
    try:
        numbers = _read_header(parts[0])
        if len(numbers) != len(parts) - 1:
            raise GppError("the header does not list the sections that follow")
        return _read_sections(dict(zip(numbers, parts[1:], strict=True)))
    except (BitsError, TcfError):
        raise GppError("not a GPP string") from None


def _read_sections(sections: Mapping[int, str]) -> GppConsent:
    fields, tcf, gpc = [], None, False
    for number, text in sections.items():
        if number == _TCF_EU:
            tcf = read_tcf(text)
        elif number == _US_PRIVACY:
            fields.append(_read_us_privacy(text))
        elif number in _BEGINNINGS:
            said, signalled = _read_state(text, _BEGINNINGS[number])
            fields.append(said)
            gpc |= signalled
        else:
            raise GppError("a section that is not known")
    return GppConsent(tuple(sections), tuple(fields), gpc, tcf)


def _read_header(text: str) -> list[int]:
    """The ids of the sections, ascending."""
    bits = BitReader(text)
    if (bits.number(6), bits.number(6)) != (_TYPE, _VERSION):
        raise GppError("another type or version")
    found: list[int] = []
    last = 0
    for _ in range(bits.number(12)):
        is_range = bits.flag()
        first = last + _fibonacci(bits)
        last = first + _fibonacci(bits) if is_range else first
        if last - first >= MAX_SECTIONS or len(found) >= MAX_SECTIONS:
            raise GppError("too many sections")
        found += range(first, last + 1)
    return found


def _fibonacci(bits: BitReader) -> int:
    """A positive number in Fibonacci coding: a sum of Fibonacci numbers, ended by two ones."""
    total, number, following, before = 0, 1, 2, False
    for _ in range(_MOST_GAP_BITS):
        bit = bits.flag()
        if bit and before:
            return total
        total += number if bit else 0
        number, following, before = following, number + following, bit
    raise GppError("not a GPP string")


def _read_state(text: str, beginning: tuple[str, ...]) -> tuple[Mapping[str, int], bool]:
    """The choices of a state's section, and whether it says that Global Privacy Control was sent."""
    core, *others = text.split(".")
    bits = BitReader(core)
    if not bits.number(6):
        raise GppError("a section without a version")
    said = {field: bits.number(2) for field in beginning}
    gpc = False
    for other in others:
        segment = BitReader(other)
        gpc |= segment.number(2) == _GPC_SEGMENT and segment.flag()
    return said, gpc


def _read_us_privacy(text: str) -> Mapping[str, int]:
    """The older string of four characters: version, notice, opted out of sale, covered by the agreement."""
    if len(text) != 4 or text[0] != "1" or any(letter not in "YN-" for letter in text[1:]):
        raise GppError("not a US Privacy string")
    value = {"Y": 1, "N": DID_NOT_OPT_OUT, "-": 0}
    return {"SaleOptOutNotice": 1 if text[1] == "Y" else 0, "SaleOptOut": value[text[2]]}
