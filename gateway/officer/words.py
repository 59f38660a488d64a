"""What officers read for the words of the log: plain, short, translated where they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.wording.languages import phrase

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
        "personalised": phrase("Personal"),
    }
)
"""Why something was withheld, or was not personal, by the reason that apps are told."""

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

URGENCIES: Mapping[str, str] = MappingProxyType(
    {
        "overdue": phrase("Overdue"),
        "due_soon": phrase("Due within seven days"),
        "open": phrase("Open"),
    }
)
"""How near a deadline is."""

MISSING: Mapping[str, str] = MappingProxyType(
    {
        "too_short": phrase("The password needs at least 12 characters."),
        "not_the_same": phrase("The two passwords are not the same."),
        "wrong_code": phrase(
            "The code does not fit. Wait for the next one, and check the clock of your phone."
        ),
    }
)
"""What is not right yet in an enrolment."""

MESSAGES: Mapping[str, str] = MappingProxyType(
    {
        "enrolled": phrase("You are enrolled. From now on you come in with name, password and code."),
    }
)
"""What a page says first after something was done."""


def kind(name: str) -> str:
    """The words for a kind of entry; the technical one where there are none."""
    return KINDS.get(name, name)


def reason(outcome: str) -> str:
    """The words for an outcome or a reason of the log; the technical one where there are none."""
    short = outcome.partition(".")[2] or outcome
    return REASONS.get(short, short)
