"""The catalogue in SQL: `gateway.catalogue.ports.CatalogueStore`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from sqlalchemy import Connection, bindparam, func, insert, select, update

from consent import StoreCorruptError
from gateway.stores.database import Database
from gateway.stores.tables import ITEM
from scoring import MAX_CATALOGUE_ITEMS, CatalogueFullError, Item, ScoringError

_ID_CHUNK = 500

_pack = msgspec.json.Encoder().encode
_unpack = msgspec.json.Decoder(Item).decode


class SqlCatalogue:
    """Items as JSON under permanent numbers."""

    def __init__(self, database: Database, *, max_items: int = MAX_CATALOGUE_ITEMS) -> None:
        """Keep at most `max_items` items, deleted ones included, in `database`."""
        self._database = database
        self._max_items = max_items

    def upsert(self, items: Sequence[Item]) -> list[int]:
        """See the port."""
        bodies = {item.id: _pack(item) for item in items}
        if not bodies:
            return []

        def work(connection: Connection) -> list[int]:
            numbers = _numbers_of(connection, list(bodies))
            first: int = connection.execute(select(func.count()).select_from(ITEM)).scalar_one()
            new = [item_id for item_id in bodies if item_id not in numbers]
            if first + len(new) > self._max_items:
                raise CatalogueFullError("no index is left")
            known = [{"at": number, "content": bodies[item_id]} for item_id, number in numbers.items()]
            if known:
                here = ITEM.c.idx == bindparam("at")
                connection.execute(update(ITEM).where(here).values(body=bindparam("content")), known)
            if new:
                numbers |= {item_id: first + offset for offset, item_id in enumerate(new)}
                rows = [
                    {"idx": numbers[item_id], "item_id": item_id, "body": bodies[item_id]} for item_id in new
                ]
                connection.execute(insert(ITEM), rows)
            return [numbers[item.id] for item in items]

        return self._database.write(work)

    def delete(self, item_id: str) -> bool:
        """See the port."""
        gone = update(ITEM).where(ITEM.c.item_id == item_id, ITEM.c.body.is_not(None)).values(body=None)
        return self._database.write(lambda connection: connection.execute(gone).rowcount > 0)

    def load_all(self) -> Iterator[tuple[str, Item | None]]:
        """See the port."""
        query = select(ITEM.c.idx, ITEM.c.item_id, ITEM.c.body).order_by(ITEM.c.idx)
        rows = self._database.read(lambda connection: connection.execute(query).all())
        for position, (number, item_id, body) in enumerate(rows):
            if number != position:
                raise StoreCorruptError("a number of the catalogue is missing")
            yield item_id, None if body is None else _item_from(body)


def _item_from(body: bytes) -> Item:
    try:
        return _unpack(body)
    except (msgspec.DecodeError, ScoringError):
        raise StoreCorruptError("an item of the catalogue cannot be read") from None


def _numbers_of(connection: Connection, item_ids: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(item_ids), _ID_CHUNK):
        chunk = item_ids[start : start + _ID_CHUNK]
        rows = connection.execute(select(ITEM.c.item_id, ITEM.c.idx).where(ITEM.c.item_id.in_(chunk)))
        found.update((row.item_id, row.idx) for row in rows)
    return found
