"""The calls to make, as the Python clients want their arguments: one line of JSON each on standard input."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

ARGUMENTS = {
    "userId": "user_id",
    "anonymousId": "anonymous_id",
    "previousId": "previous_id",
    "groupId": "group_id",
    "messageId": "message_id",
}


def calls() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the method and the arguments of each call."""
    for line in sys.stdin:
        call = json.loads(line)
        method = call.pop("type")
        call["timestamp"] = datetime.fromtimestamp(call["timestamp"], UTC)
        yield method, {ARGUMENTS.get(name, name): value for name, value in call.items()}
