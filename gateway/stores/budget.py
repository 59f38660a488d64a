"""The budget in SQL: `privacy.BudgetLedger` on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, case, func, insert, select, tuple_, update

from gateway.stores.budget_database import BudgetDatabase
from gateway.stores.budget_tables import MARK, PUBLICATION, SCOPE, SPEND, TOLD
from privacy import (
    Balance,
    Claim,
    Granted,
    Loss,
    OtherPlan,
    OverBudget,
    Publication,
    Quota,
    Settled,
    Spend,
    SpendState,
    kept_loss,
)

_NEXT = select(func.coalesce(func.max(SPEND.c.place), 0) + 1).scalar_subquery()

Answer = Granted | OverBudget | Settled | OtherPlan


class _NotCoveredError(Exception):
    """Ends a transaction that would book more than a scope has."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope


class SqlBudget:
    """See the port."""

    def __init__(self, database: BudgetDatabase) -> None:
        """Keep the books in `database`."""
        self._database = database

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def reserve(self, claim: Claim, lease: bytes, *, now: int) -> Answer:
        """See the port."""
        row: dict[str, Any] = {
            "key": claim.key,
            "urho": claim.loss.micro_rho,
            "fdelta": claim.loss.femto_delta,
            "ueps": claim.loss.pure_micro_epsilon,
            "scopes": " ".join(quota.scope for quota in claim.quotas),
            "plan": claim.plan,
            "state": SpendState.RESERVED.value,
            "lease": lease,
            "reserved_at": now,
        }

        def work(connection: Connection) -> Answer:
            if not self._database.put_if_absent(connection, SPEND, {**row, "place": _NEXT}):
                return _again(connection, claim, lease)
            for quota in sorted(claim.quotas, key=lambda each: each.scope):
                self._book(connection, quota, claim.loss)
            return Granted(lease, taken_over=False)

        most = {each.scope: (each.most.micro_rho, each.most.femto_delta) for each in claim.quotas}
        if self._database.book_at_once(row, most):
            return Granted(lease, taken_over=False)
        try:
            return self._database.write(work)
        except _NotCoveredError as refused:
            return OverBudget(refused.scope)

    def publish(self, key: str, lease: bytes, body: bytes, *, now: int) -> bool:
        """See the port."""

        def work(connection: Connection) -> bool:
            if not _settle(connection, key, lease, SpendState.PUBLISHED):
                return False
            connection.execute(insert(PUBLICATION).values(key=key, published_at=now, body=body))
            return True

        return self._database.write(work)

    def give_up(self, key: str, lease: bytes) -> bool:
        """See the port."""
        return self._database.write(lambda connection: _settle(connection, key, lease, SpendState.LOST))

    def burn(self, scopes: Sequence[str]) -> None:
        """See the port."""
        self._database.write(lambda connection: self._burn(connection, scopes))

    def take_in(self, spend: Spend) -> None:
        """See the port."""
        row = {
            "key": spend.key,
            "place": _NEXT,
            "urho": spend.loss.micro_rho,
            "fdelta": spend.loss.femto_delta,
            "ueps": spend.loss.pure_micro_epsilon,
            "scopes": " ".join(spend.scopes),
            "plan": spend.plan,
            "state": SpendState.LOST.value,
            "lease": b"",
            "reserved_at": spend.reserved_at,
            "log_index": spend.log_index,
        }

        def work(connection: Connection) -> None:
            if not self._database.put_if_absent(connection, SPEND, row):
                return
            self._burn(connection, spend.scopes)
            connection.execute(update(SCOPE).where(SCOPE.c.scope.in_(spend.scopes)).values(_more(spend.loss)))

        self._database.write(work)

    def write_off(self, key: str) -> bool:
        """See the port."""
        mine = (SPEND.c.key == key) & (SPEND.c.state == SpendState.RESERVED.value)

        def work(connection: Connection) -> bool:
            if (
                connection.execute(update(SPEND).where(mine).values(state=SpendState.LOST.value)).rowcount
                != 1
            ):
                return False
            scopes = connection.execute(select(SPEND.c.scopes).where(SPEND.c.key == key)).scalar_one()
            self._burn(connection, scopes.split())
            return True

        return self._database.write(work)

    def spends(self, *, waiting_only: bool = False, since: int = 0) -> Sequence[Spend]:
        """See the port."""
        query = select(SPEND).where(SPEND.c.reserved_at >= since).order_by(SPEND.c.place, SPEND.c.key)
        if waiting_only:
            query = query.where(SPEND.c.log_index.is_(None))
        return [
            _spend(row) for row in self._database.read(lambda connection: connection.execute(query).all())
        ]

    def last_spends(self, *, most: int, before: tuple[int, str] | None = None) -> Sequence[tuple[int, Spend]]:
        """See the port."""
        query = select(SPEND).order_by(SPEND.c.place.desc(), SPEND.c.key.desc()).limit(most)
        if before is not None:
            query = query.where(tuple_(SPEND.c.place, SPEND.c.key) < tuple_(*before))
        rows = self._database.read(lambda connection: connection.execute(query).all())
        return [(row.place, _spend(row)) for row in rows]

    def mark_sequenced(self, indexes: Mapping[str, int]) -> None:
        """See the port."""

        def work(connection: Connection) -> None:
            for key, index in sorted(indexes.items()):
                waiting = (SPEND.c.key == key) & SPEND.c.log_index.is_(None)
                connection.execute(update(SPEND).where(waiting).values(log_index=index))

        self._database.write(work)

    def balances(self) -> Sequence[Balance]:
        """See the port."""
        query = select(SCOPE).order_by(SCOPE.c.scope)
        rows = self._database.read(lambda connection: connection.execute(query).all())
        return [
            Balance(
                row.scope,
                Loss(row.most_urho, row.most_fdelta),
                Loss(row.spent_urho, row.spent_fdelta, row.pure_urho, row.pure_ueps),
                burnt=row.burnt,
            )
            for row in rows
        ]

    def publication(self, key: str) -> bytes | None:
        """See the port."""
        query = select(PUBLICATION.c.body).where(PUBLICATION.c.key == key)
        found = self._database.read(lambda connection: connection.execute(query).scalar_one_or_none())
        return None if found is None else bytes(found)

    def published(self, release: str, *, most: int, before: int | None = None) -> Sequence[Publication]:
        """See the port."""
        mine = self._database.is_between(SPEND.c.key, f"{release}@", f"{release}A")  # A comes after @
        mine &= SPEND.c.state == SpendState.PUBLISHED.value
        if before is not None:
            mine &= SPEND.c.place < before
        last = select(SPEND.c.key, SPEND.c.place).where(mine).order_by(SPEND.c.place.desc()).limit(most)
        keys = last.subquery()
        query = select(keys.c.place, PUBLICATION).join(PUBLICATION, PUBLICATION.c.key == keys.c.key)
        rows = self._database.read(
            lambda connection: connection.execute(query.order_by(keys.c.place.desc())).all()
        )
        return [Publication(row.place, row.key, bytes(row.body)) for row in rows]

    def untold(self) -> Mapping[str, bytes]:
        """See the port."""
        told = select(TOLD.c.key).where(TOLD.c.key == PUBLICATION.c.key).exists()
        query = select(PUBLICATION.c.key, PUBLICATION.c.body).where(~told).order_by(PUBLICATION.c.key)
        rows = self._database.read(lambda connection: connection.execute(query).all())
        return {row.key: bytes(row.body) for row in rows}

    def mark_told(self, key: str) -> None:
        """See the port."""
        self._database.write(lambda connection: self._database.put_if_absent(connection, TOLD, {"key": key}))

    def seen_until(self) -> int:
        """See the port."""
        query = select(MARK.c.value).where(MARK.c.name == "seen_until")
        return self._database.read(lambda connection: connection.execute(query).scalar_one_or_none()) or 0

    def has_seen(self, index: int) -> None:
        """See the port."""

        def work(connection: Connection) -> None:
            self._database.put_if_absent(connection, MARK, {"name": "seen_until", "value": 0})
            behind = (MARK.c.name == "seen_until") & (MARK.c.value < index)
            connection.execute(update(MARK).where(behind).values(value=index))

        self._database.write(work)

    def _book(self, connection: Connection, quota: Quota, loss: Loss) -> None:
        """Book a loss on one scope.

        Raises:
            _NotCoveredError: it is more than the scope has left.
        """
        most = quota.most
        fresh = {
            "scope": quota.scope,
            "most_urho": most.micro_rho,
            "most_fdelta": most.femto_delta,
            "spent_urho": 0,
            "spent_fdelta": 0,
            "burnt": False,
        }
        self._database.put_if_absent(connection, SCOPE, fresh)
        room = (SCOPE.c.scope == quota.scope) & SCOPE.c.burnt.is_(False)
        values = _more(loss)
        for cap, spent, wanted, cost in (
            (SCOPE.c.most_urho, SCOPE.c.spent_urho, most.micro_rho, loss.micro_rho),
            (SCOPE.c.most_fdelta, SCOPE.c.spent_fdelta, most.femto_delta, loss.femto_delta),
        ):
            room = room & (spent + cost <= cap) & (spent + cost <= wanted)
            values[cap] = case((cap > wanted, wanted), else_=cap)
        if connection.execute(update(SCOPE).where(room).values(values)).rowcount != 1:
            raise _NotCoveredError(quota.scope)

    def _burn(self, connection: Connection, scopes: Sequence[str]) -> None:
        for scope in sorted(scopes):
            empty = dict.fromkeys(("most_urho", "most_fdelta", "spent_urho", "spent_fdelta"), 0)
            self._database.put_if_absent(connection, SCOPE, {"scope": scope, "burnt": True, **empty})
        connection.execute(update(SCOPE).where(SCOPE.c.scope.in_(scopes)).values(burnt=True))


def _more(loss: Loss) -> dict[Any, Any]:
    """What a scope has spent, and this."""
    costs = {
        SCOPE.c.spent_urho: loss.micro_rho,
        SCOPE.c.spent_fdelta: loss.femto_delta,
        SCOPE.c.pure_urho: loss.pure_micro_rho,
        SCOPE.c.pure_ueps: loss.pure_micro_epsilon,
    }
    return {column: column + cost for column, cost in costs.items()}


def _again(connection: Connection, claim: Claim, lease: bytes) -> Answer:
    """What there is to say of a key that is booked already."""
    found = connection.execute(select(SPEND).where(SPEND.c.key == claim.key)).one()
    if (bytes(found.plan), found.urho, found.fdelta) != (
        claim.plan,
        claim.loss.micro_rho,
        claim.loss.femto_delta,
    ):
        return OtherPlan()
    taken = (SPEND.c.key == claim.key) & (SPEND.c.state == SpendState.RESERVED.value)
    if connection.execute(update(SPEND).where(taken).values(lease=lease)).rowcount != 1:
        return Settled(SpendState(found.state))
    return Granted(lease, taken_over=True)


def _settle(connection: Connection, key: str, lease: bytes, state: SpendState) -> bool:
    mine = (SPEND.c.key == key) & (SPEND.c.lease == lease) & (SPEND.c.state == SpendState.RESERVED.value)
    return connection.execute(update(SPEND).where(mine).values(state=state.value)).rowcount == 1


def _spend(row: Row[Any]) -> Spend:
    return Spend(
        key=row.key,
        loss=kept_loss(row.urho, row.fdelta, row.ueps),
        scopes=tuple(row.scopes.split()),
        plan=bytes(row.plan),
        state=SpendState(row.state),
        reserved_at=row.reserved_at,
        log_index=row.log_index,
    )
