"""Editors' decisions in SQL: `gateway.editorial.ports.EditorialStore`."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, insert, select, update

from consent import StoreCorruptError
from gateway.editorial.decisions import EditorialDecision
from gateway.stores.database import Database
from gateway.stores.tables import EDITORIAL

_pack = msgspec.json.Encoder().encode
_unpack = msgspec.json.Decoder(EditorialDecision).decode


class SqlEditorial:
    """Decisions as JSON under their ids."""

    def __init__(self, database: Database) -> None:
        """Keep them in `database`."""
        self._database = database

    def put(self, decision: EditorialDecision) -> None:
        """See the port."""
        body = _pack(decision)

        def work(connection: Connection) -> None:
            here = EDITORIAL.c.decision_id == decision.decision_id
            if not connection.execute(update(EDITORIAL).where(here).values(body=body)).rowcount:
                row = {"decision_id": decision.decision_id, "proposed_at": decision.proposed_at, "body": body}
                connection.execute(insert(EDITORIAL).values(row))

        self._database.write(work)

    def load_all(self) -> Sequence[EditorialDecision]:
        """See the port."""
        query = select(EDITORIAL.c.body).order_by(EDITORIAL.c.proposed_at, EDITORIAL.c.decision_id)
        rows = self._database.read(lambda connection: connection.execute(query).all())
        return [_decision(row.body) for row in rows]


def _decision(body: bytes) -> EditorialDecision:
    try:
        return _unpack(body)
    except msgspec.DecodeError:
        raise StoreCorruptError("an editors' decision cannot be read") from None
