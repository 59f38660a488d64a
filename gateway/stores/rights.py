"""Rights requests in SQL: `consent.RightsRequests`, `Notifications`, `KeptRefusals` and `DisputedItems`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, case, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from consent import (
    Erasure,
    Filed,
    Identity,
    Notification,
    NotificationState,
    OvertakenError,
    Right,
    RightsAct,
    RightsRequest,
    RightsStatus,
    RightsStep,
    Why,
)
from gateway.stores.database import Database
from gateway.stores.rights_tables import DISPUTED, MARK, NOTIFICATION, REQUEST, STEP
from gateway.stores.tables import ERASURE
from privacy import SubjectRef

_OPEN = (RightsStatus.IDENTITY_PENDING.value, RightsStatus.IN_PROGRESS.value)


class SqlRights:
    """Requests, their steps, and what outlives an erasure."""

    def __init__(self, database: Database) -> None:
        """Keep them in `database`."""
        self._database = database

    def add(self, filed: Filed, notifications: Sequence[Notification] = (), *, reserved: bool) -> None:
        """See the port."""

        def work(connection: Connection) -> None:
            connection.execute(insert(REQUEST).values(_request_values(filed.request)))
            connection.execute(
                insert(STEP), [_step_values(filed.request.request_id, step) for step in filed.steps]
            )
            if notifications:
                connection.execute(
                    insert(NOTIFICATION), [_notification_values(each) for each in notifications]
                )

        self._database.write(work, reserved=reserved)

    def go_on(self, filed: Filed, *, reserved: bool) -> None:
        """See the port."""
        request = filed.request
        values = _request_values(request)
        kept = ("request_id", "subject", "holder", "received_at", "right", "source", "purpose", "lifts")
        changed = {name: value for name, value in values.items() if name not in kept}

        def work(connection: Connection) -> None:
            try:
                connection.execute(insert(STEP).values(_step_values(request.request_id, filed.steps[-1])))
            except IntegrityError:
                raise OvertakenError("another step came first") from None
            connection.execute(update(REQUEST).where(_of(request.request_id)).values(changed))

        self._database.write(work, reserved=reserved)

    def get(self, request_id: bytes) -> Filed | None:
        """See the port."""
        found = self._filed(_of(request_id))
        return found[0] if found else None

    def of_subject(self, subject: SubjectRef) -> list[Filed]:
        """See the port."""
        return self._filed(REQUEST.c.subject == subject)

    def still_open(self) -> list[Filed]:
        """See the port."""
        return self._filed(REQUEST.c.status.in_(_OPEN))

    def ever_filed(self) -> bool:
        """See the port."""
        query = select(REQUEST.c.request_id).limit(1)
        return self._database.read(lambda connection: connection.execute(query).first() is not None)

    def unsequenced_steps(self) -> list[tuple[bytes, int]]:
        """See the port."""
        query = select(STEP.c.request_id, STEP.c.number).where(STEP.c.log_index.is_(None))
        query = query.order_by(STEP.c.at, STEP.c.request_id, STEP.c.number)
        return self._database.read(lambda connection: [(row[0], row[1]) for row in connection.execute(query)])

    def mark_steps_sequenced(self, placed: Sequence[tuple[bytes, int, int]]) -> None:
        """See the port."""
        if not placed:
            return
        here = (STEP.c.request_id == bindparam("of_request"), STEP.c.number == bindparam("of_number"))
        marked = update(STEP).where(*here, STEP.c.log_index.is_(None)).values(log_index=bindparam("at_index"))
        rows = [
            {"of_request": request_id, "of_number": number, "at_index": index}
            for request_id, number, index in placed
        ]
        self._database.write(lambda connection: connection.execute(marked, rows), reserved=True)

    def notifications_of(self, request_id: bytes) -> list[Notification]:
        """See the port."""
        query = (
            select(NOTIFICATION)
            .where(NOTIFICATION.c.request_id == request_id)
            .order_by(NOTIFICATION.c.destination)
        )
        return self._database.read(
            lambda connection: [_notification(row) for row in connection.execute(query)]
        )

    def due_notifications(self, now: int, limit: int) -> list[Notification]:
        """See the port."""
        query = (
            select(NOTIFICATION)
            .join(REQUEST, REQUEST.c.request_id == NOTIFICATION.c.request_id)
            .where(NOTIFICATION.c.state == NotificationState.WAITING.value, NOTIFICATION.c.next_at <= now)
            .where(REQUEST.c.status == RightsStatus.COMPLETED.value)
            .order_by(NOTIFICATION.c.next_at)
            .limit(limit)
        )
        return self._database.read(
            lambda connection: [_notification(row) for row in connection.execute(query)]
        )

    def settle_notification(self, notification: Notification) -> None:
        """See the port."""
        here = (
            NOTIFICATION.c.request_id == notification.request_id,
            NOTIFICATION.c.destination == notification.destination,
        )
        values = {
            name: value
            for name, value in _notification_values(notification).items()
            if name not in ("request_id", "destination")
        }
        self._database.write(
            lambda connection: connection.execute(update(NOTIFICATION).where(*here).values(values)),
            reserved=True,
        )

    def load_marks(self) -> dict[bytes, int]:
        """See the port."""
        query = select(MARK.c.mark, MARK.c.kept_at)
        return self._database.read(lambda connection: {row[0]: row[1] for row in connection.execute(query)})

    def keep_marks(self, kept: Collection[bytes], lifted: Collection[bytes], now: int) -> None:
        """See the port."""

        def work(connection: Connection) -> None:
            for mark in {*kept, *lifted}:
                connection.execute(delete(MARK).where(MARK.c.mark == mark))
            if kept:
                connection.execute(insert(MARK), [{"mark": mark, "kept_at": now} for mark in set(kept)])

        self._database.write(work, reserved=True)

    def dispute(self, subject_id: int, sealed: bytes) -> None:
        """See the port."""
        values = {"subject_id": subject_id, "sealed": sealed}
        self._database.write(
            lambda connection: connection.execute(insert(DISPUTED).values(values)), reserved=True
        )

    def lift(self, subject_id: int, sealed: Collection[bytes]) -> None:
        """See the port."""
        of_them = (DISPUTED.c.subject_id == subject_id) & DISPUTED.c.sealed.in_(list(sealed))
        self._database.write(lambda connection: connection.execute(delete(DISPUTED).where(of_them)))

    def load_disputed(self) -> Iterator[tuple[int, bytes]]:
        """See the port."""
        query = select(DISPUTED.c.subject_id, DISPUTED.c.sealed)
        rows = self._database.read(lambda connection: connection.execute(query).all())
        return ((row[0], row[1]) for row in rows)

    def _filed(self, where: ColumnElement[bool]) -> list[Filed]:
        def work(connection: Connection) -> list[Filed]:
            query = (
                select(REQUEST, ERASURE)
                .join(ERASURE, ERASURE.c.erasure_id == REQUEST.c.erasure_id, isouter=True)
                .where(where)
                .order_by(REQUEST.c.received_at, REQUEST.c.request_id)
            )
            found = []
            for row in connection.execute(query).mappings():
                of_request = STEP.c.request_id == row[REQUEST.c.request_id]
                steps = connection.execute(select(STEP).where(of_request).order_by(STEP.c.number))
                found.append(_filed_from(row, [_step(step) for step in steps]))
            return found

        return self._database.read(work)


def detach_requests(connection: Connection, subject: SubjectRef, erasure_id: int) -> None:
    """Cut requests off from a person who was erased, in a transaction that goes on."""
    told = (REQUEST.c.right == Right.ERASURE.value) & (REQUEST.c.status == RightsStatus.IN_PROGRESS.value)
    values = {"subject": None, "erasure_id": case((told, erasure_id), else_=None)}
    connection.execute(update(REQUEST).where(REQUEST.c.subject == subject).values(values))


def _of(request_id: bytes) -> ColumnElement[bool]:
    return REQUEST.c.request_id == request_id


def _filed_from(row: Any, steps: Sequence[RightsStep]) -> Filed:
    subject = row[REQUEST.c.subject]
    request = RightsRequest(
        request_id=row[REQUEST.c.request_id],
        subject=None if subject is None else SubjectRef(subject),
        holder=row[REQUEST.c.holder],
        right=Right(row[REQUEST.c.right]),
        status=RightsStatus(row[REQUEST.c.status]),
        identity=Identity(row[REQUEST.c.identity]),
        source=row[REQUEST.c.source],
        received_at=row[REQUEST.c.received_at],
        due_at=row[REQUEST.c.due_at],
        closed_at=row[REQUEST.c.closed_at],
        purpose=row[REQUEST.c.purpose],
        lifts=row[REQUEST.c.lifts],
    )
    erasure = None
    if row[ERASURE.c.erasure_id] is not None:
        erasure = Erasure(*(row[column] for column in ERASURE.c))
    return Filed(request, tuple(steps), erasure)


def _request_values(request: RightsRequest) -> dict[str, Any]:
    return {
        "request_id": request.request_id,
        "subject": request.subject,
        "holder": request.holder,
        "right": request.right.value,
        "status": request.status.value,
        "identity": request.identity.value,
        "source": request.source,
        "received_at": request.received_at,
        "due_at": request.due_at,
        "closed_at": request.closed_at,
        "purpose": request.purpose,
        "lifts": request.lifts,
    }


def _step_values(request_id: bytes, step: RightsStep) -> dict[str, Any]:
    return {
        "request_id": request_id,
        "number": step.number,
        "at": step.at,
        "act": step.act.value,
        "why": step.why.value,
        "log_index": step.log_index,
    }


def _step(row: Row[Any]) -> RightsStep:
    return RightsStep(
        number=row.number, at=row.at, act=RightsAct(row.act), why=Why(row.why), log_index=row.log_index
    )


def _notification_values(notification: Notification) -> dict[str, Any]:
    return {
        "request_id": notification.request_id,
        "destination": notification.destination,
        "purpose": notification.purpose,
        "state": notification.state.value,
        "subject_there": notification.subject_there,
        "attempts": notification.attempts,
        "next_at": notification.next_at,
        "settled_at": notification.settled_at,
    }


def _notification(row: Row[Any]) -> Notification:
    return Notification(
        request_id=row.request_id,
        destination=row.destination,
        purpose=row.purpose,
        state=NotificationState(row.state),
        subject_there=row.subject_there,
        attempts=row.attempts,
        next_at=row.next_at,
        settled_at=row.settled_at,
    )
