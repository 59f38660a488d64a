"""The words of consent: statuses, evidence, actors, and the two shapes that are stored.

- A `ConsentEvent` is one change, never altered. A `ConsentRecord` is where a person stands on one purpose now: the
  fold of the events.
- Statuses are those of the Data Privacy Vocabulary (DPV 2.3): given and renewed permit; refused, withdrawn (by the
  person), revoked (by somebody else), objected, invalidated and expired do not.
- Two *standings* concern the whole person rather than a purpose: a restriction of processing (GDPR art. 18) and being
  a minor. They are kept as records of a reserved name, so that they have the same history, order and evidence.

Times are unix seconds.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from privacy import SubjectRef


class Status(StrEnum):
    """Where a person stands on a purpose."""

    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    OBJECTED = "objected"
    RESTRICTED = "restricted"
    INVALIDATED = "invalidated"
    RENEWED = "renewed"
    EXPIRED = "expired"


GRANTS = frozenset({Status.GIVEN, Status.RENEWED})
"""Statuses that permit."""

DENIALS = frozenset({Status.REFUSED, Status.WITHDRAWN, Status.REVOKED, Status.OBJECTED})
"""Statuses by which somebody said no. They spread to narrower purposes."""

ENDINGS = DENIALS | {Status.INVALIDATED, Status.EXPIRED}
"""Statuses that destroy the purpose's signal key."""

RESTRICTION = "*restriction"
"""Standing: processing is restricted while its status is `restricted`, lifted when `invalidated`."""

MINORITY = "*minority"
"""Standing: the person is a minor while its status is `restricted`, no longer when `invalidated`."""

STANDINGS = frozenset({RESTRICTION, MINORITY})


class Evidence(StrEnum):
    """How good the evidence of a change is, best first."""

    USER_ACTION = "user_action"
    APP_ASSERTED = "app_asserted"
    CMP_ASSERTED = "cmp_asserted"
    SIGNAL = "signal"
    IMPORT = "import"


class LegalBasis(StrEnum):
    """On what ground data are processed (GDPR art. 6(1)(a) to (f))."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    VITAL_INTERESTS = "vital_interests"
    PUBLIC_TASK = "public_task"
    LEGITIMATE_INTERESTS = "legitimate_interests"


OBJECTABLE = frozenset({LegalBasis.PUBLIC_TASK, LegalBasis.LEGITIMATE_INTERESTS})
"""Bases that an objection ends (GDPR art. 21)."""


class ActorKind(StrEnum):
    """Who asks for a change."""

    PERSON = "person"
    APP = "app"
    BROWSER = "browser"
    GUARDIAN = "guardian"


class Assurance(StrEnum):
    """What stands behind the claim that it was this person, weakest first."""

    ASSERTED = "asserted"
    """A program of the controller says so."""
    BOUND = "bound"
    """A token that is bound to the person."""
    VERIFIED = "verified"
    """Somebody checked an identity."""


class Reason(StrEnum):
    """Why a purpose is not permitted."""

    NO_RECORD = "no_record"
    NO_CONSENT = "no_consent"
    REFUSED = "refused"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    RESTRICTED = "restricted"
    MINOR = "minor"
    UNPROVABLE = "unprovable"


def stronger(one: Evidence, other: Evidence) -> Evidence:
    """The better of two."""
    return min(one, other, key=_RANKS.__getitem__)


def weaker(one: Evidence, other: Evidence | None) -> Evidence:
    """The worse of two; the first if there is no other."""
    return one if other is None else max(one, other, key=_RANKS.__getitem__)


_RANKS = {evidence: rank for rank, evidence in enumerate(Evidence)}


class ConsentRecord(msgspec.Struct, frozen=True, gc=False):
    """Where a person stands on one purpose, condition or standing."""

    purpose: str
    """The purpose's id."""
    status: Status
    """As recorded; expiry and supersession are worked out when a decision is made."""
    version: int
    """The purpose's version that was put to the person."""
    epoch: int
    """How many changes there have been of this purpose for this person: from 1, always rising."""
    seq: int
    """The event that made it so."""
    evidence: Evidence
    """How good the evidence is. Of one denial after another, the best: a weaker one never makes it easier to lift."""
    given_at: int
    """When the person acted (unix seconds)."""
    recorded_at: int
    """When it was recorded (unix seconds)."""
    valid_until: int | None
    """When it runs out at the latest."""
    sequenced: bool
    """Whether the event is in the audit log. A grant counts only then; a denial counts at once."""
    notice: bytes | None = None
    """SHA-256 of the notice that was shown. A grant whose notice is not kept cannot be proven, and so does not count."""


class ConsentChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change that was admitted and is to be recorded."""

    purpose: str
    """The id of a purpose, a condition or a standing."""
    status: Status
    """What it becomes. The ledger itself records a grant that continues another as `renewed`."""
    version: int
    """The purpose's version."""
    evidence: Evidence
    """How good the evidence is."""
    actor: ActorKind
    """What kind of party asked for the change."""
    method: str
    """How the person showed their will, in the source's own short word."""
    locale: str
    """The language of the notice."""
    notice_version: str
    """Which notice was shown; empty for a denial of which that is not known."""
    occurred_at: int
    """When the person acted (unix seconds)."""
    valid_until: int | None = None
    """When it runs out at the latest."""
    notice: bytes | None = None
    """SHA-256 of that notice; None for standings, and where it is not known."""
    ui_variant: bytes | None = None
    """SHA-256 of how it was presented (layout, wording of the buttons), if the source says."""
    jurisdiction: str | None = None
    """Whose law the source says applies: `EU`, or a country's or region's code (ISO 3166)."""
    assurance: Assurance = Assurance.ASSERTED
    """What stands behind the claim that it was this person."""
    age_band: str | None = None
    """Of a standing: which ages the person may have (`13-15`); never a birth date."""
    keyed: bool = True
    """Whether signals are sealed for it: true of purposes, false of conditions and standings."""
    anew: bool = False
    """Of a grant: whether what it follows rested on another legal basis, so that it continues nothing."""
    follows: int | None = None
    """The epoch it was judged after (0: no record); overtaken by another change, it is not recorded. None: always."""


class ConsentEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A change as it was recorded."""

    seq: int
    """Its place in the ledger's order: rising, never reused."""
    event_id: bytes
    """16 random bytes: the receipt's id."""
    subject: SubjectRef
    """Whose consent changed."""
    subject_id: int
    """The person's row."""
    purpose: str
    """The id of a purpose, a condition or a standing."""
    status: Status
    """What it became."""
    version: int
    """The purpose's version."""
    epoch: int
    """Rising per person and purpose, from 1."""
    evidence: Evidence
    """How good the evidence is."""
    actor: ActorKind
    """What kind of party asked for the change."""
    method: str
    """How the person showed their will."""
    locale: str
    """The language of the notice."""
    notice_version: str
    """Which notice was shown; empty for a denial of which that is not known."""
    occurred_at: int
    """When the person acted (unix seconds)."""
    recorded_at: int
    """When it was recorded (unix seconds)."""
    valid_until: int | None
    """When it runs out at the latest."""
    source: str
    """Which of the controller's sources wrote it."""
    notice: bytes | None = None
    """SHA-256 of that notice; None for standings, and for what was recorded before notices were kept."""
    ui_variant: bytes | None = None
    """SHA-256 of how it was presented, if the source said."""
    jurisdiction: str | None = None
    """Whose law the source said applies."""
    assurance: Assurance = Assurance.ASSERTED
    """What stands behind the claim that it was this person."""
    age_band: str | None = None
    """Of a standing: which ages the person may have."""
    log_index: int | None = None
    """Its entry in the audit log; None until it is sequenced."""
