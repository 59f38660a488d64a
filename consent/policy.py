"""The policy: what data are used for, on which ground, and which fields each purpose may see. Values only.

- A purpose and a condition each own one bit, by their order in the file: purposes first, then conditions, at most 16
  in all.
- Grants bind to an exact purpose and version. `last_material_version` says from which version on an older consent
  still counts.
- `broader` names the purposes that a purpose is a part of: a denial of those denies it too; a grant of those grants
  nothing.
- A *condition* never permits anything by itself: it adds fields to a purpose that names it (`... if location`).

Read from `policy.toml` by `policy_file`; docs/policy.md describes the file.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field

from consent.model import LegalBasis
from consent.notices import Notice, closest_locale
from privacy import CompiledFields, FieldPolicy

MAX_BITS = 16


@dataclass(frozen=True, slots=True)
class PlainText:
    """What a person is told, in one language."""

    title: str
    """A few words."""
    text: str
    """A sentence or two, plain."""


@dataclass(frozen=True, slots=True)
class Controller:
    """Who decides why and how; every notice names them."""

    name: str
    """As people know them."""
    address: str
    """Where they are."""
    contact: str
    """How to reach them about data: a mail address or a web page."""
    jurisdiction: str
    """Whose law applies: `EU`, or a country's or region's code (ISO 3166)."""
    storage_location: str
    """Where the data are kept: likewise."""
    withdraw_at: str
    """The web page at which consent is withdrawn."""

    def facts(self) -> dict[str, str]:
        """What a notice says of them."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Mappings:
    """What others call this purpose. All that are named must be allowed for a claim to leave the purpose alone."""

    segment: tuple[str, ...] = ()
    """Segment consent categories."""
    rudder: tuple[str, ...] = ()
    """RudderStack consent ids."""
    tcf: tuple[int, ...] = ()
    """IAB TCF purpose numbers."""
    gpp: tuple[str, ...] = ()
    """IAB GPP opt-out fields."""
    gcm: tuple[str, ...] = ()
    """Google Consent Mode types."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a decision needs to know of one bit."""

    bit: int
    """Its position, from 0."""
    id: str
    """The purpose's or the condition's id."""
    legal_basis: LegalBasis
    """On what ground; conditions are always by consent."""
    version: int
    """The version in force."""
    last_material_version: int
    """Consents to this version or a later one count."""
    max_age_seconds: int
    """How long a consent lasts."""
    minors_allowed: bool
    """Whether a minor's data may be used for it."""
    broader: frozenset[str]
    """Every purpose whose denial denies this one: all ancestors."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Something a person may allow on top of a purpose. Adds fields, permits nothing."""

    bit: int
    """The position of its bit in a mask."""
    id: str
    """Its name in policies and consents."""
    code: str
    """Its three letters in audit entries."""
    version: int
    """The version in force."""
    last_material_version: int
    """Consents to this version or a later one count."""
    max_consent_age_days: int
    """How long a consent lasts."""
    texts: Mapping[str, PlainText]
    """What people are told, by locale."""

    def terms(self) -> dict[str, object]:
        """What its notices say beside the texts."""
        return {"basis": LegalBasis.CONSENT.value}


@dataclass(frozen=True, slots=True)
class Purpose:
    """One reason to use data, with everything that follows from it."""

    bit: int
    """The position of its bit in a mask."""
    id: str
    """Its name in policies, consents and answers."""
    code: str
    """Its three letters in audit entries."""
    version: int
    """The version in force."""
    last_material_version: int
    """Consents to this version or a later one count."""
    legal_basis: LegalBasis
    """On what ground."""
    dpv: str
    """The purpose's IRI in the Data Privacy Vocabulary."""
    texts: Mapping[str, PlainText]
    """What people are told, by locale."""
    fields: FieldPolicy
    """Which fields of which events it may see."""
    time_granularity_seconds: int
    """Event times are rounded down to this for it."""
    retention_days: int
    """How long its signals are kept."""
    max_consent_age_days: int
    """How long a consent lasts."""
    gpc_sensitive: bool
    """Whether Global Privacy Control denies it."""
    minors_allowed: bool
    """Whether a minor's data may be used for it."""
    destinations: tuple[str, ...]
    """Where its signals may be routed."""
    broader: tuple[str, ...]
    """The purposes it is directly a part of."""
    mappings: Mappings
    """What others call it."""
    condition_mask: int
    """Bits of the conditions that its fields name."""
    variants: Mapping[int, CompiledFields] = field(repr=False)
    """Its compiled fields, for each set of those conditions."""

    @property
    def material(self) -> bool:
        """Whether the version in force differs materially from the one before."""
        return self.last_material_version == self.version

    def terms(self) -> dict[str, object]:
        """What its notices say beside the texts: ground, data, how long, to whom."""
        return {
            "basis": self.legal_basis.value,
            "data": {
                event: sorted({rule.path for rule in rules})
                for event, rules in self.fields.events.items()
                if rules
            },
            "dpv": self.dpv,
            "kept_days": self.retention_days,
            "recipients": list(self.destinations),
        }

    def fields_for(self, mask: int) -> CompiledFields:
        """Its compiled fields for somebody who permits `mask`."""
        return self.variants[mask & self.condition_mask]


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy file that was found good."""

    digest: bytes
    """SHA-256 of the file's bytes."""
    notice_version: str
    """Which notice is in force."""
    default_locale: str
    """The language every text exists in."""
    purposes: tuple[Purpose, ...]
    """In bit order, from bit 0."""
    conditions: tuple[Condition, ...]
    """In bit order, after the purposes."""
    rules: tuple[Rule, ...]
    """One per bit, in order."""
    narrower: Mapping[str, tuple[str, ...]]
    """Purpose -> every purpose that is part of it: all descendants, in bit order."""
    bits: Mapping[str, int]
    """Id of a purpose or condition -> its bit."""
    property_names: frozenset[str]
    """The event attributes that are read at all: only these are ever counted by name."""
    all_mask: int
    """The bits of every purpose and condition."""
    purposes_mask: int
    """Every purpose's bit."""
    controller: Controller | None
    """Who decides; None if the file does not say."""
    notices: Mapping[tuple[str, str], Notice] = field(repr=False)
    """What people are told, by id of a purpose or condition and by language."""
    digest_text: str = field(init=False, repr=False, compare=False)
    """The digest as audit entries carry it: base64url, no padding."""
    gpc_mask: int = field(init=False, compare=False)
    """The bits that Global Privacy Control clears: of what is sensitive to it, and of what is part of that."""
    _codes: dict[int, tuple[str, ...]] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Work out, once for all answers, what follows from the rest."""
        text = base64.urlsafe_b64encode(self.digest).rstrip(b"=").decode("ascii")
        object.__setattr__(self, "digest_text", text)
        sensitive = sum(1 << purpose.bit for purpose in self.purposes if purpose.gpc_sensitive)
        object.__setattr__(self, "gpc_mask", self.with_parts(sensitive))

    def with_parts(self, mask: int) -> int:
        """These bits, and those of every purpose that is part of one of them: a no to a purpose is a no to its parts."""
        for broader, parts in self.narrower.items():
            if mask >> self.bits[broader] & 1:
                for part in parts:
                    mask |= 1 << self.bits[part]
        return mask

    @property
    def conditions_mask(self) -> int:
        """Every condition's bit."""
        return self.all_mask & ~self.purposes_mask

    @property
    def entries(self) -> tuple[Purpose | Condition, ...]:
        """Purposes and conditions, in bit order."""
        return (*self.purposes, *self.conditions)

    def purpose(self, purpose_id: str) -> Purpose | None:
        """The purpose of that id."""
        bit = self.bits.get(purpose_id)
        return self.purposes[bit] if bit is not None and bit < len(self.purposes) else None

    def rule(self, entry_id: str) -> Rule | None:
        """The rule of that purpose or condition."""
        bit = self.bits.get(entry_id)
        return None if bit is None else self.rules[bit]

    def notice(self, entry_id: str, locale: str) -> Notice | None:
        """What somebody of this language is shown of a purpose or condition; None if there is no such entry."""
        bit = self.bits.get(entry_id)
        if bit is None:
            return None
        texts = self.entries[bit].texts
        return self.notices[entry_id, closest_locale(locale, texts, self.default_locale)]

    def mask_of(self, ids: Iterable[str]) -> int:
        """The bits of these purposes and conditions; ids that the policy does not have add nothing."""
        mask = 0
        for each in ids:
            bit = self.bits.get(each)
            if bit is not None:
                mask |= 1 << bit
        return mask

    def codes(self, mask: int) -> tuple[str, ...]:
        """The three-letter codes of a mask, sorted, as audit entries list them."""
        known = self._codes.get(mask)
        if known is None:
            known = tuple(sorted(entry.code for entry in self.entries if mask >> entry.bit & 1))
            self._codes[mask & self.all_mask] = known
        return known


def digest_of(source: bytes) -> bytes:
    """What identifies a policy: SHA-256 of its file's bytes."""
    return hashlib.sha256(source).digest()
