"""A small rule set, and ways to spoil it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec.structs import replace

from gateway.authzen import Evaluation, read_evaluation
from gateway.tenants import RuleSet, parse_rules

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples" / "tenants"

RULES = """
format = 1

[types.user]
stored = { role = "string", level = "integer" }
from_request = { role = "string", device = "string" }

[types.paper]
open = true
from_request = { owner = "string", pages = "integer", tags = "strings", weight = "number", secret = "boolean" }

[actions.burn]
from_request = { soft = "boolean" }

[context]
from_request = { hour = "integer" }

[entities.user]
ada = { role = "editor", level = 3 }
bea = { role = "reader", level = 0 }

[[permits]]
id = "owners"
subject = "user"
actions = ["read", "write", "burn"]
resource = "paper"
when = "resource.properties.owner == subject.id"

[[permits]]
id = "editors"
subject = "user"
actions = ["write"]
resource = "paper"
when = 'subject.properties.role == "editor" && !resource.properties.secret'

[[permits]]
id = "softly"
subject = "user"
actions = ["burn"]
resource = "paper"
when = "action.properties.soft && context.hour < 20"

[[permits]]
id = "share"
subject = "user"
actions = ["share"]
resource = "paper"
when = "100 % subject.properties.level == 1"

[[permits]]
id = "share-too"
subject = "user"
actions = ["share"]
resource = "paper"
when = "true"
"""


def rules(text: str = RULES) -> RuleSet:
    return parse_rules(text.encode())


def question(
    who: str = "ada", action: str = "read", what: str = "p1", **more: dict[str, Any] | None
) -> Evaluation:
    """A question; `subject`, `action_`, `resource` are properties, `context` is the context. A search leaves one name empty."""
    read = read_evaluation(
        {
            "subject": {"type": "user", "id": who or "*", "properties": more.get("subject") or {}},
            "action": {"name": action or "*", "properties": more.get("action_") or {}},
            "resource": {"type": "paper", "id": what or "*", "properties": more.get("resource") or {}},
            "context": more.get("context") or {},
        }
    )
    return replace(
        read,
        subject=replace(read.subject, id=who),
        action=action,
        resource=replace(read.resource, id=what),
    )
