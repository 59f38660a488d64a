"""Who received signals, and so must be told of an erasure (GDPR art. 17(2), 19): every destination that is configured.

Each is told under the name that it alone has for the person. Whoever was never known is announced in the same way: from who is
told, and how, nobody can tell whether somebody was here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from consent import Notification, NotificationState
from gateway.routing import Destination
from gateway.routing.formats import CLOUDEVENTS_BATCH
from gateway.routing.key_files import pseudonym_key_path
from gateway.routing.pseudonyms import DestinationPseudonyms
from gateway.routing.signatures import RequestSigner
from privacy import SubjectRef, load_or_create_key

EVENT_TYPE = "dev.volens.person.erased"
"""The CloudEvents type of a notification."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One destination, as far as erasures concern it."""

    destination: Destination
    """How it is configured."""
    names: DestinationPseudonyms
    """What it calls people."""
    signer: RequestSigner | None
    """Signs what it is sent."""

    def notification(self, request_id: bytes, people: Sequence[SubjectRef]) -> Notification:
        """What it must be told."""
        reachable = self.destination.home is not None or self.destination.erasure_url is not None
        return Notification(
            request_id=request_id,
            destination=self.destination.id,
            purpose=self.destination.purpose,
            state=NotificationState.WAITING if reachable else NotificationState.BY_HAND,
            subject_there=" ".join(self.names.of(ref) for ref in people),
        )


def find_recipients(
    destinations: Iterable[Destination],
    keys_dir: Path,
    entropy: Callable[[int], bytes],
    signer_of: Callable[[Destination], RequestSigner],
) -> list[Recipient]:
    """Every recipient, with its keys.

    Raises:
        KeyFileError: a key cannot be used or made.
    """
    return [
        Recipient(
            each,
            DestinationPseudonyms(
                load_or_create_key(pseudonym_key_path(keys_dir, each.id), entropy), each.purpose
            ),
            signer_of(each) if each.erasure_url is not None else None,
        )
        for each in destinations
    ]


def notification_body(notification: Notification, origin: str, digest: str) -> bytes:
    """What is posted: a CloudEvents batch, an event for each name that the person had at this recipient.

    Args:
        notification: which.
        origin: the log's name.
        digest: how the request stands in the log; the same in every repetition.
    """
    events = [
        {
            "specversion": "1.0",
            "id": f"{origin}/erasure/{digest}/{position}",
            "source": origin,
            "type": EVENT_TYPE,
            "subject": name,
            "purpose": notification.purpose,
        }
        for position, name in enumerate((notification.subject_there or "").split())
    ]
    return json.dumps(events, separators=(",", ":")).encode()


CONTENT_TYPE = CLOUDEVENTS_BATCH
"""Of what is posted."""
