"""Which column of a table says what.

A role is what a column is for (`user`, `item`, `time`, ...). The usual names are found without help;
`--map item=sku` names the others. Rules: a table needs an item, and a user or a session; what the rows
*are* is told by an event column or by the operator, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from gateway.replay.errors import ColumnsError

USUAL_NAMES: dict[str, tuple[str, ...]] = {
    "user": ("user_id", "userid", "user", "customer_id"),
    "session": ("session_id", "sessionid", "session", "anonymous_id", "anonymousid"),
    "item": ("item_id", "itemid", "item", "product_id", "productid", "aid", "stock_code"),
    "event": ("event", "event_type", "event_name"),
    "time": ("ts", "ts_ms", "timestamp", "time", "event_time", "invoice_ts"),
    "sequence": ("seq", "sequence"),
    "order": ("order_id", "orderid", "invoice_no"),
    "quantity": ("quantity", "qty"),
    "price": ("unit_price", "price", "unit_price_gbp", "median_price_gbp"),
    "title": ("title", "name", "description"),
    "category": ("category",),
}
"""Every role and the column names (in lower case) that are taken for it, the first found first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The column of each role; None when the table has none."""

    item: str
    """The item's id."""
    user: str | None = None
    """The id of a signed-in person."""
    session: str | None = None
    """The id of an anonymous browser or session; used where there is no user."""
    event: str | None = None
    """The event's name."""
    time: str | None = None
    """When it happened: ISO 8601, unix seconds or milliseconds."""
    sequence: str | None = None
    """The position in the person's history; used where there is no time."""
    order: str | None = None
    """The order's id."""
    quantity: str | None = None
    """The column that says how many."""
    price: str | None = None
    """Price of one."""
    title: str | None = None
    """The item's title."""
    category: str | None = None
    """The item's category."""

    def used(self) -> list[str]:
        """The names of the columns that are read, each once, in the table's spelling."""
        names = (getattr(self, field.name) for field in fields(self))
        return list(dict.fromkeys(name for name in names if name is not None))


def parse_mapping(text: str) -> dict[str, str]:
    """Read `role=column,role=column`.

    Raises:
        ColumnsError: not of that form, or a role that does not exist.
    """
    mapping: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        role, equals, column = part.partition("=")
        if not equals or not column.strip() or role.strip() not in USUAL_NAMES:
            raise ColumnsError(
                f"a column map is a list of role=column; the roles are {', '.join(USUAL_NAMES)}"
            )
        mapping[role.strip()] = column.strip()
    return mapping


def find_columns(header: Sequence[str], mapping: Mapping[str, str]) -> Columns:
    """Give every role its column.

    Args:
        header: the table's column names.
        mapping: role -> column name, as the operator said; wins over the usual names.

    Raises:
        ColumnsError: a named column does not exist or stands twice, or there is no item or nobody to whom a row belongs.
    """
    found = {role: _usual_column(header, names) for role, names in USUAL_NAMES.items()}
    for role, column in mapping.items():
        if column not in header:
            raise ColumnsError(f"the table has no column by the name that --map gives for {role}")
        found[role] = column
    item = found.pop("item")
    if item is None:
        raise ColumnsError("no column names an item; say which: --map item=COLUMN")
    if found["user"] is None and found["session"] is None:
        raise ColumnsError("no column names a person; say which: --map user=COLUMN or --map session=COLUMN")
    columns = Columns(item=item, **found)
    if any(header.count(name) > 1 for name in columns.used()):
        raise ColumnsError("a column that is needed stands twice in the header: give them different names")
    return columns


def _usual_column(header: Sequence[str], names: tuple[str, ...]) -> str | None:
    by_name = {column.strip().casefold(): column for column in reversed(header)}
    return next((by_name[name] for name in names if name in by_name), None)
