"""Items and people of a recording, for those who replay into an empty gateway.

Both are off by default: a catalogue is the shop's to fill, and a consent is a person's to give.
`--consent` exists for demonstrations with recorded data whose people are not asked any more; it writes
what an app would assert.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.replay.client import GatewayClient
from gateway.replay.columns import USUAL_NAMES
from gateway.replay.csv_table import CsvTable
from gateway.replay.errors import ColumnsError
from gateway.replay.model import BadLine, Fault, Recorded

ITEMS_IN_A_REQUEST = 500

CONSENTS_AT_ONCE = 16
"""Requests under way: consents that are written at the same time share a commit."""

_ITEM_FIELDS = {"name": "title", "category": "category", "price": "price"}

_ITEM_ROLES = ("item", "title", "category", "price")


@dataclass(frozen=True, slots=True)
class Saying:
    """What somebody said about a purpose."""

    subject: dict[str, str]
    """`{"id": ...}` or `{"anonymous_id": ...}`."""
    purpose: str
    """A purpose of the policy."""
    status: str
    """`given`, `refused` or `withdrawn`."""


def items_of(entries: Iterable[Recorded | BadLine]) -> dict[str, dict[str, Any]]:
    """The items that a recording names, by id, in order of first appearance; the first description counts."""
    items: dict[str, dict[str, Any]] = {}
    for entry in entries:
        if isinstance(entry, Recorded):
            for product in products_of(entry.event):
                found = items.setdefault(product["product_id"], {"id": product["product_id"]})
                for name, member in _ITEM_FIELDS.items():
                    if name in product:
                        found.setdefault(member, product[name])
    return items


def subjects_of(entries: Iterable[Recorded | BadLine]) -> list[dict[str, str]]:
    """The people a recording names, as the consent interface spells them, each once, in order."""
    found: dict[tuple[str, str], None] = {}
    for entry in entries:
        if isinstance(entry, Recorded):
            found.update(dict.fromkeys(subject_of(entry.event).items()))
    return [{kind: value} for kind, value in found]


def subject_of(event: dict[str, Any]) -> dict[str, str]:
    """Whom an event is about, as the consent and decision interfaces spell it."""
    known = event.get("userId")
    return {"id": known} if known else {"anonymous_id": event["anonymousId"]}


def read_items(path: Path) -> list[dict[str, Any]]:
    """Items from a CSV table with an item column and, if it has them, title, category and price.

    Raises:
        RecordingError: the file cannot be read.
        ColumnsError: no item column.
    """
    table = CsvTable(path)
    at: dict[str, int] = {}
    for role in _ITEM_ROLES:
        names = [name.casefold() for name in table.header]
        usual = next((name for name in USUAL_NAMES[role] if name in names), None)
        if usual is not None:
            at[role] = names.index(usual)
    if "item" not in at:
        raise ColumnsError("no column of the item table names an item (item_id)")
    return [
        _item_of_row(row, at) for _, row in table.rows() if not isinstance(row, Fault) and row[at["item"]]
    ]


def register_items(
    items: Sequence[dict[str, Any]],
    client: GatewayClient,
    on_progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Put items into the catalogue; returns how many.

    Raises:
        SendingError: not taken.
    """
    for chunk in _portions(items):
        client.put_items(chunk)
        on_progress(len(chunk))
    return len(items)


def register_missing_items(
    items: dict[str, dict[str, Any]],
    client: GatewayClient,
    on_progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Put those items into the catalogue that it does not hold; what it holds stays as it is. Returns how
    many.

    Raises:
        SendingError: not taken.
    """
    return register_items([items[item] for item in client.missing_items(items)], client, on_progress)


def put_consents(
    sayings: Sequence[Saying],
    client: GatewayClient,
    *,
    method: str,
    on_progress: Callable[[int], None] = lambda _: None,
) -> None:
    """Record what people said, several at a time and in no particular order: about one purpose a person says one thing.

    Args:
        sayings: who said what.
        client: where to.
        method: how it was said.
        on_progress: told how many are recorded.

    Raises:
        SendingError: one was not taken; those that had not begun are not sent.
    """

    def put(saying: Saying) -> None:
        client.put_consent(saying.subject, saying.purpose, saying.status, method=method)

    with ThreadPoolExecutor(CONSENTS_AT_ONCE, thread_name_prefix="consents") as pool:
        for done, _ in enumerate(pool.map(put, sayings), 1):
            on_progress(done)


def _portions(items: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The items in portions of at most `ITEMS_IN_A_REQUEST`."""
    for start in range(0, len(items), ITEMS_IN_A_REQUEST):
        yield list(items[start : start + ITEMS_IN_A_REQUEST])


def products_of(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The products an event names, at the top or in its list of products, as they stand there."""
    properties = event.get("properties")
    if not isinstance(properties, dict):
        return
    listed = properties.get("products")
    for product in [properties, *(listed if isinstance(listed, list) else [])]:
        if isinstance(product, dict) and isinstance(product.get("product_id"), str) and product["product_id"]:
            yield product


def _item_of_row(row: Sequence[str], at: dict[str, int]) -> dict[str, Any]:
    item: dict[str, Any] = {"id": row[at["item"]]}
    for role in ("title", "category"):
        if role in at and row[at[role]]:
            item[role] = row[at[role]]
    if "price" in at:
        with suppress(ValueError):
            item["price"] = float(row[at["price"]])
    return item
