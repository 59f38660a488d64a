"""What a client may be allowed to do: a closed list."""

from __future__ import annotations

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
