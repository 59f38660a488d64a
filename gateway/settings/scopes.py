"""What a client may be allowed to do: a closed list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

Scope = Literal[
    "events:write",
    "decide",
    "consent:read",
    "consent:write",
    "rights",
    "audit:read",
    "admin",
    "search",
    "editorial",
]
"""What a token, and a client in the settings, can have."""

SCOPES: tuple[str, ...] = get_args(Scope)
"""All of them."""

MEANINGS: Mapping[Scope, str] = {
    "events:write": "Send events.",
    "decide": "Ask for slates, flags and permissions, and for tokens of browsers and devices.",
    "consent:read": "Read what a person permits.",
    "consent:write": "Record what a person says, as asserted by the app.",
    "rights": "Make rights requests for people, sign them in to the portal, and act for them where `decide` alone does not.",
    "audit:read": "Read entries of the log, and export them.",
    "admin": "Items, rules, flags, models, releases, destinations and open rights requests.",
    "search": "Search in AuthZEN.",
    "editorial": "Propose and approve what takes two people.",
}
"""What each one is for, in a sentence."""
