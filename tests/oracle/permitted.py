"""An oracle for the event path: which purposes may receive a call, and with which fields.

Written from docs/policy.md and docs/clients.md alone, over `policy.toml` as text and the grants that a test has given. It shares no
code with the product (`test_permitted.py` sees to that), knows nothing of time (nothing expires during a test), and does not
know links: tests that use it grant `linking` to nobody.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

NAMES = {"page": "Page", "screen": "Screen", "identify": "Identify", "group": "Group", "alias": "Alias"}
Grants = Mapping[tuple[str, str], AbstractSet[str]]
"""(`id` or `anonymous_id`, the raw id) -> the purposes and conditions given."""


class Oracle:
    """Says what must happen to a call."""

    def __init__(self, policy_file: Path, grants: Grants) -> None:
        """Judge by a policy and by what was granted."""
        self._purposes = tomllib.loads(policy_file.read_text())["purposes"]
        self._grants = grants

    def purposes(self, call: Mapping[str, Any], *, confirmed: bool, gpc: bool = False) -> set[str]:
        """The purposes whose destinations must hold this call.

        Args:
            call: as sent.
            confirmed: whether a server's key sent it, so that its `userId` counts.
            gpc: whether the request said `Sec-GPC: 1`.
        """
        context = call.get("context") or {}
        if "bot" in context.get("userAgent", ""):
            return set()
        given = self._grants.get(person(call, confirmed=confirmed), frozenset())
        return {
            purpose["id"]
            for purpose in self._purposes
            if purpose["id"] in given
            and event_name(call) in purpose["fields"]
            and not (gpc and purpose["gpc_sensitive"])
            and claims_leave(purpose.get("mappings", {}), context)
        }

    def fields(self, purpose_id: str, event: str, given: AbstractSet[str]) -> set[str]:
        """The fields that a purpose may hold of an event, while `given` is given."""
        (purpose,) = (each for each in self._purposes if each["id"] == purpose_id)
        rules = purpose["fields"][event].items()
        return {name for name, rule in rules if " if " not in rule or rule.rpartition(" if ")[2] in given}

    def given(self, call: Mapping[str, Any], *, confirmed: bool) -> AbstractSet[str]:
        """What the person of a call has given."""
        return self._grants.get(person(call, confirmed=confirmed), frozenset())


def event_name(call: Mapping[str, Any]) -> str:
    """What the policy calls it."""
    return str(NAMES.get(call["type"]) or call["event"])


def person(call: Mapping[str, Any], *, confirmed: bool) -> tuple[str, str]:
    """Whom a call is about; an id that only a browser asserts is nobody's."""
    if confirmed and call.get("userId"):
        return "id", call["userId"]
    return "anonymous_id", call.get("anonymousId") or ""


def claims_leave(mappings: Mapping[str, Any], context: Mapping[str, Any]) -> bool:
    """Whether what a call itself says about consent leaves a purpose with these mappings alone."""
    if "consent" in context:
        said = context["consent"].get("categoryPreferences")
        if not isinstance(said, dict) or not {type(each) for each in said.values()} <= {bool}:
            return False
        if not all(said.get(name, False) for name in mappings.get("segment", ())):
            return False
    if "consentManagement" in context:
        management = context["consentManagement"]
        allowed, denied = set(management["allowedConsentIds"]), set(management["deniedConsentIds"])
        if not set(mappings.get("rudder", ())) <= allowed - denied:
            return False
    return True
