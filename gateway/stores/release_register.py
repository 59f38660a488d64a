"""Versions of releases in SQL, beside the budget: `privacy.ReleaseRegister`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select, update

from gateway.stores.budget_database import BudgetDatabase
from gateway.stores.budget_tables import VERSION
from privacy import Deployed, kept_loss


class SqlReleaseRegister:
    """See the port."""

    def __init__(self, database: BudgetDatabase) -> None:
        """Keep versions in `database`."""
        self._database = database

    def propose(self, deployed: Deployed) -> Deployed:
        """See the port."""
        row: dict[str, object] = {
            "release_id": deployed.release,
            "version": deployed.version,
            "plan": deployed.plan,
            "urho": deployed.loss.micro_rho,
            "fdelta": deployed.loss.femto_delta,
            "ueps": deployed.loss.pure_micro_epsilon,
            "proposed_by": deployed.proposed_by,
            "proposed_at": deployed.proposed_at,
        }
        here = (VERSION.c.release_id == deployed.release) & (VERSION.c.version == deployed.version)

        def work(connection: Connection) -> Deployed:
            self._database.put_if_absent(connection, VERSION, row)
            return _deployed(connection.execute(select(VERSION).where(here)).one())

        return self._database.write(work)

    def approve(self, release: str, version: int, by: str, *, now: int) -> bool:
        """See the port."""
        waiting = (
            (VERSION.c.release_id == release)
            & (VERSION.c.version == version)
            & VERSION.c.approved_by.is_(None)
            & (VERSION.c.proposed_by != by)
        )
        approved = update(VERSION).where(waiting).values(approved_by=by, approved_at=now)
        return self._database.write(lambda connection: connection.execute(approved).rowcount == 1)

    def versions(self) -> Sequence[Deployed]:
        """See the port."""
        query = select(VERSION).order_by(VERSION.c.release_id, VERSION.c.version)
        return [
            _deployed(row) for row in self._database.read(lambda connection: connection.execute(query).all())
        ]


def _deployed(row: Row[Any]) -> Deployed:
    return Deployed(
        release=row.release_id,
        version=row.version,
        plan=bytes(row.plan),
        loss=kept_loss(row.urho, row.fdelta, row.ueps),
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        approved_by=row.approved_by,
        approved_at=row.approved_at,
    )
