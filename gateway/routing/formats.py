"""How signals are written for others: CloudEvents, the Segment tracking API, flat rows.

- Every form carries the signal's place in the log as its id, so that a receiver can drop what it got twice.
- The person appears only under the destination's own pseudonym, and never in a URL.
- The attributes are passed as they are: minimised already.

Source: CloudEvents 1.0.2 JSON Event Format 4 (batch) and Primer on extension attributes; Segment HTTP Tracking API.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from gateway.routing.destination import Destination
from gateway.routing.errors import UnencodableError
from gateway.routing.model import Batch, RoutedSignal
from gateway.routing.pseudonyms import DestinationPseudonyms

CLOUDEVENTS_BATCH = "application/cloudevents-batch+json"
"""Content type of a CloudEvents batch."""
TYPE_PREFIX = "dev.volens.signal."
"""Reverse-DNS prefix of our event types."""

_NOT_PLAIN = re.compile(r"[^a-z0-9]+")
_to_json = msgspec.json.Encoder().encode

Encoder = Callable[[Batch, float], bytes]
"""(batch, wall time) -> body. Raises UnencodableError."""


@dataclass(frozen=True, slots=True)
class Row:
    """A signal, flat: what a file holds of it."""

    id: str
    """The record's id: `<log origin>/<index>/<position>`."""
    subject: str
    """The person's name at this destination."""
    event: str
    """The event's name."""
    at: datetime
    """When it happened (UTC)."""
    attributes: bytes
    """The permitted fields, as one JSON object."""
    purpose_version: int
    """The purpose's version in force."""


class Formats:
    """Writes the signals of one destination."""

    def __init__(self, destination: Destination, pseudonyms: DestinationPseudonyms, origin: str) -> None:
        """Write for `destination`; `origin` is the audit log's."""
        self._destination = destination
        self._pseudonyms = pseudonyms
        self._origin = origin

    def cloudevents(self, batch: Batch, now: float) -> bytes:
        """A CloudEvents 1.0 batch: a JSON array of events.

        Raises:
            UnencodableError: a signal has no JSON representation.
        """
        del now
        return _encoded([self._cloudevent(signal) for signal in batch.signals])

    def segment(self, batch: Batch, now: float) -> bytes:
        """A body of `POST /v1/batch` of the Segment tracking API.

        Raises:
            UnencodableError: a signal has no JSON representation.
        """
        return _encoded({"batch": [self._segment_event(s) for s in batch.signals], "sentAt": _rfc3339(now)})

    def row(self, signal: RoutedSignal) -> Row:
        """A signal as a row of a file.

        Raises:
            UnencodableError: it has no JSON representation.
        """
        return Row(
            id=self._id(signal),
            subject=self._pseudonyms.of(signal.subject),
            event=signal.event,
            at=_moment(signal.at),
            attributes=_encoded(signal.attributes),
            purpose_version=self._destination.purpose_version,
        )

    def _cloudevent(self, signal: RoutedSignal) -> dict[str, object]:
        return {
            "specversion": "1.0",
            "id": self._id(signal),
            "source": self._origin,
            "type": TYPE_PREFIX + plain_name(signal.event),
            "subject": self._pseudonyms.of(signal.subject),
            "time": _rfc3339(signal.at),
            "datacontenttype": "application/json",
            "purpose": signal.purpose,
            "consentversion": self._destination.purpose_version,
            "data": {"event": signal.event, "properties": signal.attributes},
        }

    def _segment_event(self, signal: RoutedSignal) -> dict[str, object]:
        event: dict[str, object] = {
            "messageId": self._id(signal),
            "anonymousId": self._pseudonyms.of(signal.subject),
            "timestamp": _rfc3339(signal.at),
            "context": {
                "library": {"name": "volens"},
                "purpose": signal.purpose,
                "consentVersion": self._destination.purpose_version,
            },
        }
        match signal.event:
            case "Page" | "Screen":
                return {"type": signal.event.lower(), "properties": signal.attributes, **event}
            case "Identify":
                return {"type": "identify", "traits": signal.attributes, **event}
            case _:
                return {"type": "track", "event": signal.event, "properties": signal.attributes, **event}

    def _id(self, signal: RoutedSignal) -> str:
        return f"{self._origin}/{signal.index}/{signal.position}"


def plain_name(event: str) -> str:
    """An event's name in lower-case letters, digits and underscores: `Product Viewed` is `product_viewed`."""
    return _NOT_PLAIN.sub("_", event.lower()).strip("_") or "unnamed"


def row_json(row: Row) -> bytes:
    """A row as one JSON line, without the line feed."""
    return _to_json({**_named(row), "at": row.at, "attributes": msgspec.Raw(row.attributes)})


def _named(row: Row) -> dict[str, object]:
    return {"id": row.id, "subject": row.subject, "event": row.event, "purpose_version": row.purpose_version}


def _encoded(value: object) -> bytes:
    try:
        return _to_json(value)
    except (TypeError, ValueError, OverflowError, RecursionError) as exc:
        raise UnencodableError from exc


def _moment(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as exc:
        raise UnencodableError from exc


def _rfc3339(seconds: float) -> str:
    return (
        _moment(seconds)
        .isoformat(timespec="milliseconds" if seconds % 1 else "seconds")
        .replace("+00:00", "Z")
    )
