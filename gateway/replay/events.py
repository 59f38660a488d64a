"""Events as the Segment tracking API spells them, made from recorded ones.

- A `messageId` is a hash of the event's own content: a second replay of the same recording is all duplicates.
- A time is kept as it was recorded, however old; one without a zone is read as UTC.
- Nothing is invented: a value that the recording does not hold is absent from the event.
"""

from __future__ import annotations

import hashlib
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

MAX_EVENT_BYTES = 32 * 1024
"""What the tracking API takes for one event."""

EVENT_NAMES = {
    "click": "Product Viewed",
    "clicks": "Product Viewed",
    "view": "Product Viewed",
    "views": "Product Viewed",
    "cart": "Product Added",
    "carts": "Product Added",
    "add": "Product Added",
    "remove": "Product Removed",
    "order": "Order Completed",
    "orders": "Order Completed",
    "buy": "Order Completed",
    "purchase": "Order Completed",
    "order_cancelled": "Order Cancelled",
}
"""Recorded names and what the Segment e-commerce specification calls them. Other names stay as they are."""

_MILLISECONDS_FROM = 100_000_000_000
"""A number at least this large counts milliseconds: as seconds it would lie beyond the year 5000."""

_SEQUENCE_START = datetime(2000, 1, 1, tzinfo=UTC)

_encode_sorted = msgspec.json.Encoder(order="sorted").encode


def event_name(recorded: str) -> str:
    """The tracking API's name for a recorded event name."""
    return EVENT_NAMES.get(recorded.casefold(), recorded)


def track(
    name: str, subject: dict[str, str], properties: dict[str, Any], timestamp: str | None = None
) -> dict[str, Any]:
    """A `track` call with its content's hash as `messageId`.

    Args:
        name: the event's name, e.g. `Product Viewed`.
        subject: `{"userId": ...}` or `{"anonymousId": ...}`.
        properties: as the specification names them (`product_id`, `quantity`, ...).
        timestamp: ISO 8601; None if the recording has no times.
    """
    event: dict[str, Any] = {"type": "track", "event": name, **subject, "properties": properties}
    if timestamp is not None:
        event["timestamp"] = timestamp
    event["messageId"] = message_id(event)
    return event


def message_id(event: dict[str, Any]) -> str:
    """A name that follows from an event's content: 32 hexadecimal digits (BLAKE2b-128 of its sorted JSON)."""
    return hashlib.blake2b(_encode_sorted(event), digest_size=16, person=b"volens-replay").hexdigest()


def item_properties(name: str, item: dict[str, Any], order: str | None) -> dict[str, Any]:
    """Properties of an event about one item, which `product_id` names; an order's item also stands in
    `products`.

    Args:
        name: the event's name.
        item: `product_id` and what else is known of it (`name`, `category`, `price`, `quantity`).
        order: the order's id, if there is one.
    """
    placed = {"order_id": order} if order is not None else {}
    if name.startswith("Order "):
        return {**placed, "product_id": item["product_id"], "products": [item]}
    return {**placed, **item}


def iso_time(text: str) -> str | None:
    """ISO 8601 in UTC from ISO text, unix seconds or unix milliseconds, to the millisecond; None if it is neither."""
    try:
        instant = _instant(text)
        return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        return None


def sequence_time(position: str) -> str | None:
    """A stand-in where only the order was recorded: 2000-01-01 plus `position` seconds; None if no number."""
    try:
        instant = _SEQUENCE_START + timedelta(seconds=int(position))
    except (ValueError, OverflowError):
        return None
    return iso_time(instant.isoformat())


def _instant(text: str) -> datetime:
    try:
        number = float(text)
    except ValueError:
        when = datetime.fromisoformat(text)
        return when if when.tzinfo else when.replace(tzinfo=UTC)
    if not math.isfinite(number):
        raise ValueError
    return datetime.fromtimestamp(number / 1000 if number >= _MILLISECONDS_FROM else number, UTC)
