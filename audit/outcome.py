"""How everything admitted can end, and what kinds of entries there are: two closed lists.

- Every event, decision and act ends in exactly one outcome.
- The words are part of the frozen leaf format: a word is never given another meaning.
- `fault.*` outcomes are counted in the metrics only: no entry ever carries one.
"""

from __future__ import annotations

from enum import StrEnum, unique
from typing import final


@unique
@final
class Outcome(StrEnum):
    """The one end of something admitted."""

    reason: str
    """What apps are told: the part after the dot, or the whole word."""
    meaning: str
    """One line for the documentation."""

    def __new__(cls, value: str, meaning: str) -> Outcome:
        """Make a member out of its word and its meaning."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.reason = value.partition(".")[2] or value
        member.meaning = meaning
        return member

    ACCEPTED = "accepted", "at least one purpose in force allows the event; each got its minimised signal"
    DUPLICATE = "duplicate", "the message id was already recorded"
    INVALID = "invalid", "not an event of a known shape, or beyond a limit"

    WITHHELD_NO_RECORD = "withheld.no_record", "nothing is known of the person's will"
    WITHHELD_NO_CONSENT = "withheld.no_consent", "no purpose in force allows the event"
    WITHHELD_REFUSED = "withheld.refused", "the person refused, withdrew or objected"
    WITHHELD_EXPIRED = "withheld.expired", "the consent is older than the purpose allows"
    WITHHELD_SUPERSEDED = "withheld.superseded", "the consent was given for an earlier version of the purpose"
    WITHHELD_UNPROVABLE = "withheld.unprovable", "the notice of the consent is not kept, so nothing proves it"
    WITHHELD_SIGNAL = "withheld.signal", "the event's own claims or an opt-out signal narrow it to nothing"
    WITHHELD_UNKNOWN_EVENT = "withheld.unknown_event", "no purpose knows an event of this name"
    WITHHELD_UNCONFIRMED = "withheld.unconfirmed", "a browser named a person and nothing confirms it"
    WITHHELD_BOT = "withheld.bot", "sent by a program that says it is one"
    WITHHELD_LATE = "withheld.late", "(reserved) older than the purpose keeps such events"
    WITHHELD_MINOR = "withheld.minor", "the purpose does not admit minors"
    WITHHELD_RESTRICTED = "withheld.restricted", "the person had the processing restricted"

    PERSONALISED = "personalised", "the slate used the person's permitted history"
    UNPERSONALISED_NO_RECORD = "unpersonalised.no_record", "nothing is known of the person's will"
    UNPERSONALISED_NO_CONSENT = "unpersonalised.no_consent", "the placement's purpose is not allowed"
    UNPERSONALISED_REFUSED = "unpersonalised.refused", "the person refused, withdrew or objected"
    UNPERSONALISED_EXPIRED = "unpersonalised.expired", "the consent is older than the purpose allows"
    UNPERSONALISED_SUPERSEDED = (
        "unpersonalised.superseded",
        "the consent was given for an earlier version of the purpose",
    )
    UNPERSONALISED_UNPROVABLE = (
        "unpersonalised.unprovable",
        "the notice of the consent is not kept, so nothing proves it",
    )
    UNPERSONALISED_SIGNAL = "unpersonalised.signal", "a claim of the request or an opt-out signal forbids it"
    UNPERSONALISED_NO_HISTORY = "unpersonalised.no_history", "allowed, but there is nothing yet to go by"
    UNPERSONALISED_NO_MODEL = "unpersonalised.no_model", "allowed, but no model has been trained yet"
    UNPERSONALISED_WITHDRAWN_MEANWHILE = (
        "unpersonalised.withdrawn_meanwhile",
        "the consent ended between ranking and answer",
    )
    UNPERSONALISED_UNAVAILABLE = (
        "unpersonalised.unavailable",
        "(reserved) the consent could not be read, so nothing is allowed",
    )
    UNPERSONALISED_RESTRICTED = "unpersonalised.restricted", "the person had the processing restricted"
    UNPERSONALISED_FROZEN = (
        "unpersonalised.frozen",
        "editors froze the placement: everybody is shown the same",
    )
    UNPERSONALISED_MINOR = "unpersonalised.minor", "the purpose does not admit minors"

    PERMITTED = "permitted", "the service may use the person's data for the purpose"
    DENIED_NO_RECORD = "denied.no_record", "nothing is known of the person's will"
    DENIED_NO_CONSENT = "denied.no_consent", "the person has not allowed the purpose"
    DENIED_REFUSED = "denied.refused", "the person refused, withdrew or objected"
    DENIED_EXPIRED = "denied.expired", "the consent is older than the purpose allows"
    DENIED_SUPERSEDED = "denied.superseded", "the consent was given for an earlier version of the purpose"
    DENIED_UNPROVABLE = "denied.unprovable", "the notice of the consent is not kept, so nothing proves it"
    DENIED_SIGNAL = "denied.signal", "an opt-out signal of the request forbids it"
    DENIED_RESTRICTED = "denied.restricted", "the person had the processing restricted"
    DENIED_MINOR = "denied.minor", "the purpose does not admit minors"
    DENIED_UNKNOWN_PURPOSE = "denied.unknown_purpose", "the policy has no such purpose"
    DENIED_UNKNOWN_RESOURCE = "denied.unknown_resource", "not a person: nothing is known of it"
    DENIED_NOT_PERMITTED = "denied.not_permitted", "no rule of the tenant permits it"
    DENIED_RULE_FAILED = "denied.rule_failed", "a rule of the tenant could not be evaluated"
    DENIED_WITHDRAWN_MEANWHILE = "denied.withdrawn_meanwhile", "the consent ended between judging and answer"

    GIVEN = "given", "consent was given"
    REFUSED = "refused", "consent was refused"
    WITHDRAWN = "withdrawn", "consent was withdrawn by the person"
    REVOKED = "revoked", "consent was ended by somebody else"
    OBJECTED = "objected", "the person objected to a processing that rests on another legal basis"
    RESTRICTED = "restricted", "the person had the processing restricted"
    INVALIDATED = "invalidated", "the consent was found not to be valid"
    RENEWED = "renewed", "consent was confirmed again"
    EXPIRED = "expired", "the consent ran out"

    FIRED = "fired", "a rule matched and acted"
    SUPPRESSED_NOT_PERMITTED = (
        "suppressed.not_permitted",
        "a rule matched, and its purpose is not permitted now",
    )
    SUPPRESSED_COOLDOWN = (
        "suppressed.cooldown",
        "a rule matched again too soon after it acted (counted, no entry)",
    )
    SUPPRESSED_PER_PERSON = (
        "suppressed.per_person",
        "a rule has acted for the person as often as it may (counted, no entry)",
    )
    SUPPRESSED_HELD = "suppressed.held", "the person holds the rule's offer already (counted, no entry)"
    SUPPRESSED_QUIET_HOURS = "suppressed.quiet_hours", "a notification would come at night"
    SUPPRESSED_CAP = "suppressed.cap", "the person was notified often enough within a day"
    SUPPRESSED_BUDGET = "suppressed.budget", "the offer's budget is spent"
    SUPPRESSED_OVERDUE = "suppressed.overdue", "a timer could not be looked at for too long after its time"
    SUPPRESSED_HOLDOUT = (
        "suppressed.holdout",
        "the person is one of those for whom the rule does not act, to compare with",
    )
    JOINED = "joined", "the person is a member of a segment from now on"
    LEFT = "left", "the person is no member of a segment any more"

    DONE = "done", "an act of administration was carried out"
    FAILED = (
        "failed",
        "an act of administration, or what nobody may do for a person, was tried and did not succeed",
    )

    FAULT_LOG_UNAVAILABLE = "fault.log_unavailable", "the log could not take the entry"
    FAULT_INTERNAL = "fault.internal", "an error of ours"
    FAULT_UNACCOUNTED = "fault.unaccounted", "left without an outcome: a defect, caught by the guard"

    @property
    def is_fault(self) -> bool:
        """Whether it is for the metrics only."""
        return self.value.startswith("fault.")


GIVING_OUTCOMES = frozenset({Outcome.GIVEN, Outcome.RENEWED})
"""By which a consent begins, or goes on."""

ENDING_OUTCOMES = frozenset(
    {
        Outcome.REFUSED,
        Outcome.WITHDRAWN,
        Outcome.REVOKED,
        Outcome.OBJECTED,
        Outcome.RESTRICTED,
        Outcome.INVALIDATED,
        Outcome.EXPIRED,
    }
)
"""By which a consent does not begin, or rests, or ends."""


@unique
class Kind(StrEnum):
    """What an entry is about."""

    EVENT = "event"
    WITHHELD = "withheld"
    DECISION = "decision"
    PERMISSION = "permission"
    RULE = "rule"
    CONSENT = "consent"
    ADMIN = "admin"
    BOOT = "boot"
    GAP = "gap"
    ERASURE = "erasure"
    RIGHTS = "rights"
    POLICY = "policy"
    KEY = "key"
    EXPORT = "export"
    RELEASE = "release"
    ROUND = "round"
    RETENTION = "retention"
    MODEL = "model"
