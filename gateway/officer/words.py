"""What the console says, plain and short; translated where it is shown. Words of the log are `gateway.wording.log_words`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.wording.languages import phrase

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
        "asked": phrase("Asked for. It opens here as soon as another officer has agreed."),
        "enrolled": phrase("You are enrolled. From now on you come in with name, password and code."),
    }
)
"""What a page says first after something was done."""


CASE_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "request_of_the_person": phrase("The person asks for it"),
        "complaint": phrase("A complaint"),
        "supervisory_authority": phrase("A supervisory authority asks for it"),
        "incident": phrase("An incident"),
        "audit": phrase("An audit"),
    }
)
"""Why an officer wants to see something."""

STATUSES: Mapping[str, str] = MappingProxyType(
    {
        "waiting": phrase("Waits for another officer"),
        "open": phrase("Agreed to"),
        "declined": phrase("Declined"),
        "run_out": phrase("Ran out"),
    }
)
"""How a case stands."""

REPORTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "accountability": (
            phrase("Accountability"),
            phrase(
                "Uses of data by purpose, consent, requests with their days, what was declared beside what was observed."
            ),
        ),
        "officers": (
            phrase("What officers and administrators did"),
            phrase("Every look, approval, change and export, as rows."),
        ),
        "consent": (
            phrase("Consent, entry by entry"),
            phrase("Each change with its time and purpose, as rows."),
        ),
        "requests": (
            phrase("Requests of people, step by step"),
            phrase("What was asked, done, extended and refused, and when, as rows."),
        ),
        "decisions": (
            phrase("Events and decisions, entry by entry"),
            phrase("What was let through, withheld and decided, as rows."),
        ),
        "entries": (
            phrase("Every entry"),
            phrase("The whole log of that time, byte for byte, for other programs."),
        ),
    }
)
"""What can be made: its name, and what is in it."""

RANGES: Mapping[str, str] = MappingProxyType(
    {
        "week": phrase("The last 7 days"),
        "month": phrase("The last 30 days"),
        "quarter": phrase("The last 90 days"),
        "year": phrase("This year"),
        "always": phrase("From the beginning"),
        "own": phrase("Days of your choice:"),
    }
)
"""Over which time."""

STEPS: Mapping[str, str] = MappingProxyType(
    {
        "complexity": phrase("It is complex"),
        "number_of_requests": phrase("There are many requests"),
        "identity_not_confirmed": phrase("The identity was not confirmed"),
        "manifestly_unfounded": phrase("Manifestly unfounded"),
        "excessive": phrase("Excessive"),
        "legal_obligation": phrase("A legal obligation"),
        "compelling_grounds": phrase("Compelling grounds"),
        "rights_of_others": phrase("The rights of others"),
        "not_objectable": phrase("It does not rest on a ground that can be objected to"),
        "set_by_the_person": phrase("The person has set it so"),
        "nothing_such_held": phrase("Nothing such is held"),
    }
)
"""Why a deadline is extended, or a request refused."""

PROGRESS: Mapping[str, str] = MappingProxyType(
    {
        "identity_pending": phrase("The identity is not confirmed yet"),
        "in_progress": phrase("In progress"),
        "completed": phrase("Done"),
        "refused": phrase("Refused"),
        "withdrawn": phrase("Taken back"),
    }
)
"""Where a request stands."""

ABOUT: Mapping[str, str] = MappingProxyType(
    {
        "consent": phrase("Consent"),
        "rights": phrase("Request"),
        "decision": phrase("Decision"),
        "permission": phrase("Answer to a service"),
        "event": phrase("Event let through"),
    }
)
"""What a moment of a timeline is about."""
