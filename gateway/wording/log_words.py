"""What whoever answers for the processing reads for the words of the log: plain, short, translated where they are shown.

A word that is not here (of a later version, say) is shown as it is. Words of the law keep to the law's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from audit import Outcome
from consent import MINORITY, RESTRICTION
from gateway.wording.languages import phrase

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "event": phrase("Event let through"),
        "withheld": phrase("Events withheld"),
        "decision": phrase("Decision"),
        "permission": phrase("Answer to a service"),
        "rule": phrase("Rule or segment"),
        "consent": phrase("Consent"),
        "admin": phrase("Administration"),
        "boot": phrase("Start of the log"),
        "gap": phrase("Gap"),
        "erasure": phrase("Erasure"),
        "rights": phrase("Request of a person"),
        "policy": phrase("Policy"),
        "key": phrase("Key"),
        "export": phrase("Export"),
        "release": phrase("Published number"),
        "round": phrase("Round of learning on devices"),
        "retention": phrase("Retention"),
        "model": phrase("Model"),
    }
)
"""What an entry is about, by its kind."""

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "no_record": phrase("Nobody ever asked the person"),
        "no_consent": phrase("The person has not decided"),
        "refused": phrase("The person said no"),
        "expired": phrase("The consent was too old"),
        "superseded": phrase("The purpose has changed since"),
        "unprovable": phrase("The notice of then is not kept"),
        "signal": phrase("An opt-out signal, or a claim of the event"),
        "unknown_event": phrase("No purpose knows the event"),
        "unconfirmed": phrase("A browser named a person, unconfirmed"),
        "bot": phrase("Sent by a program"),
        "late": phrase("Older than what is kept"),
        "minor": phrase("Not done with the data of minors"),
        "restricted": phrase("The person had the use stopped"),
        "duplicate": phrase("Recorded before"),
        "invalid": phrase("No event of a known shape"),
        "no_history": phrase("Nothing yet to go by"),
        "no_model": phrase("No model yet"),
        "withdrawn_meanwhile": phrase("Withdrawn at that moment"),
        "unavailable": phrase("The consent could not be read"),
        "frozen": phrase("An editor decided for everybody"),
        "unknown_purpose": phrase("The policy has no such purpose"),
        "unknown_resource": phrase("Not a person"),
        "not_permitted": phrase("No rule of the tenant permits it"),
        "rule_failed": phrase("A rule of the tenant could not be evaluated"),
    }
)
"""Why something was withheld, denied, or was not personal, by what stands behind the point of an outcome."""

_ENDS = MappingProxyType(
    {
        "accepted": phrase("Let through"),
        "personalised": phrase("Personal"),
        "permitted": phrase("Permitted"),
        "fired": phrase("A rule acted"),
        "joined": phrase("Joined the segment"),
        "left": phrase("Left the segment"),
        "done": phrase("Done"),
    }
)
CONSENTS: Mapping[str, str] = MappingProxyType(
    {
        "given": phrase("Given"),
        "renewed": phrase("Confirmed again"),
        "refused": phrase("Refused"),
        "withdrawn": phrase("Withdrawn"),
        "revoked": phrase("Revoked"),
        "objected": phrase("Objected"),
        "restricted": phrase("Restricted"),
        "invalidated": phrase("Found not to be valid"),
        "expired": phrase("Expired"),
    }
)
"""What became of a consent, by its status."""

OUTCOMES: Mapping[str, str] = MappingProxyType(
    {
        each.value: words
        for each in Outcome
        for words in (
            CONSENTS.get(each.value)
            or _ENDS.get(each.value)
            or REASONS.get(each.value.partition(".")[2] or each.value),
        )
        if words is not None
    }
)
"""What became of something, by the outcome of its entry. Suppressed effects and faults have no entry, and no words."""

EVIDENCE: Mapping[str, str] = MappingProxyType(
    {
        "user_action": phrase("The person"),
        "app_asserted": phrase("The app says so"),
        "cmp_asserted": phrase("A consent banner says so"),
        "signal": phrase("A signal of the browser"),
        "import": phrase("Taken over from before"),
        "none": phrase("Nobody"),
    }
)
"""Who stands for what a person is said to have decided."""

BASES: Mapping[str, str] = MappingProxyType(
    {
        "consent": phrase("Consent"),
        "contract": phrase("Contract"),
        "legal_obligation": phrase("Legal obligation"),
        "vital_interests": phrase("Vital interests"),
        "public_task": phrase("Public task"),
        "legitimate_interests": phrase("Legitimate interests"),
    }
)
"""On which ground (GDPR art. 6(1)), by the word of the policy."""

RIGHTS: Mapping[str, str] = MappingProxyType(
    {
        "access": phrase("Access"),
        "portability": phrase("Portability"),
        "rectification": phrase("Rectification"),
        "objection": phrase("Objection"),
        "restriction": phrase("Restriction"),
        "erasure": phrase("Erasure"),
    }
)
"""Which right, as the law names it."""

STEPS: Mapping[str, str] = MappingProxyType(
    {
        "received": phrase("Received"),
        "identity_confirmed": phrase("Identity confirmed"),
        "provided": phrase("Handed out"),
        "completed": phrase("Done"),
        "refused": phrase("Refused"),
        "withdrawn": phrase("Taken back"),
        "extended": phrase("Extended"),
    }
)
"""What happened to a request."""

WISHES: Mapping[str, str] = MappingProxyType(
    {
        "less_like_this": phrase("Less like this"),
        "use_again": phrase("Use this again"),
        "reset": phrase("A new beginning"),
    }
)
"""What somebody wished of their slates, where it is no request."""

STANDINGS: Mapping[str, str] = MappingProxyType(
    {RESTRICTION: phrase("Every use of their data"), MINORITY: phrase("Their age")}
)
"""What concerns the whole person rather than a purpose, by its reserved name."""


def kind(name: str) -> str:
    """The words for a kind of entry; the technical one where there are none."""
    return KINDS.get(name, name)


def reason(name: str) -> str:
    """The words for a reason, or for the outcome that has it; the technical one where there are none."""
    return REASONS.get(name) or OUTCOMES.get(name, name)
