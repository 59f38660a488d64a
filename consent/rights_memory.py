"""What rights requests need kept, in memory: for tests, and to say what the ports mean. As strict as the durable stores."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Sequence

import msgspec

from consent.errors import OvertakenError, StoreUnavailableError
from consent.ports import Erasure
from consent.rights import OPEN, Filed, Right, RightsStatus
from consent.rights_ports import Notification, NotificationState
from consent.store_memory import MemoryRecords
from privacy import SubjectRef


class MemoryRights:
    """`RightsRequests`, `Notifications`, `KeptRefusals` and `DisputedItems`, in memory."""

    def __init__(self, records: MemoryRecords | None = None) -> None:
        """Start empty; hear of every erasure in `records`, within the same call."""
        self._lock = threading.RLock()
        self._filed: dict[bytes, Filed] = {}
        self._notifications: dict[tuple[bytes, str], Notification] = {}
        self._marks: dict[bytes, int] = {}
        self._disputed: list[tuple[int, bytes]] = []
        self._records = records
        if records is not None:
            records.when_erased(self._cut_off)

    def add(self, filed: Filed, notifications: Sequence[Notification] = (), *, reserved: bool) -> None:  # noqa: ARG002
        """See `RightsRequests.add`."""
        with self._lock:
            self._filed[filed.request.request_id] = filed
            self._notifications |= {(each.request_id, each.destination): each for each in notifications}

    def go_on(self, filed: Filed, *, reserved: bool) -> None:  # noqa: ARG002
        """See `RightsRequests.go_on`."""
        with self._lock:
            before = self._filed[filed.request.request_id]
            if len(before.steps) != len(filed.steps) - 1:
                raise OvertakenError("another step came first")
            steps = (*before.steps, filed.steps[-1])
            subject = None if before.request.subject is None else filed.request.subject
            request = msgspec.structs.replace(filed.request, subject=subject)
            self._filed[request.request_id] = Filed(request, steps, before.erasure)

    def get(self, request_id: bytes) -> Filed | None:
        """See `RightsRequests.get`."""
        with self._lock:
            return self._filed.get(request_id)

    def of_subject(self, subject: SubjectRef) -> list[Filed]:
        """See `RightsRequests.of_subject`."""
        with self._lock:
            return [filed for filed in self._filed.values() if filed.request.subject == subject]

    def still_open(self) -> list[Filed]:
        """See `RightsRequests.still_open`."""
        with self._lock:
            return [filed for filed in self._filed.values() if filed.request.status in OPEN]

    def ever_filed(self) -> bool:
        """See `RightsRequests.ever_filed`."""
        with self._lock:
            return bool(self._filed)

    def unsequenced_steps(self) -> list[tuple[bytes, int]]:
        """See `RightsRequests.unsequenced_steps`."""
        with self._lock:
            return [
                (request_id, step.number)
                for request_id, filed in self._filed.items()
                for step in filed.steps
                if step.log_index is None
            ]

    def mark_steps_sequenced(self, placed: Sequence[tuple[bytes, int, int]]) -> None:
        """See `RightsRequests.mark_steps_sequenced`."""
        with self._lock:
            for request_id, number, index in placed:
                filed = self._filed.get(request_id)
                if filed is None:
                    continue
                steps = tuple(
                    msgspec.structs.replace(step, log_index=index)
                    if step.number == number and step.log_index is None
                    else step
                    for step in filed.steps
                )
                self._filed[request_id] = msgspec.structs.replace(filed, steps=steps)

    def notifications_of(self, request_id: bytes) -> list[Notification]:
        """See `Notifications.notifications_of`."""
        with self._lock:
            found = [
                notification
                for notification in self._notifications.values()
                if notification.request_id == request_id
            ]
        return sorted(found, key=lambda notification: notification.destination)

    def due_notifications(self, now: int, limit: int) -> list[Notification]:
        """See `Notifications.due_notifications`."""
        with self._lock:
            due = [
                notification
                for notification in self._notifications.values()
                if notification.state is NotificationState.WAITING
                and notification.next_at <= now
                and self._filed[notification.request_id].request.status is RightsStatus.COMPLETED
            ]
        return sorted(due, key=lambda notification: notification.next_at)[:limit]

    def settle_notification(self, notification: Notification) -> None:
        """See `Notifications.settle_notification`."""
        with self._lock:
            if (notification.request_id, notification.destination) in self._notifications:
                self._notifications[notification.request_id, notification.destination] = notification

    def load_marks(self) -> dict[bytes, int]:
        """See `KeptRefusals.load_marks`."""
        return dict(self._marks)

    def keep_marks(self, kept: Collection[bytes], lifted: Collection[bytes], now: int) -> None:
        """See `KeptRefusals.keep_marks`."""
        for mark in lifted:
            self._marks.pop(mark, None)
        self._marks |= dict.fromkeys(kept, now)

    def dispute(self, subject_id: int, sealed: bytes) -> None:
        """See `DisputedItems.dispute`."""
        with self._lock:
            if self._records is not None and subject_id not in {
                row.subject_id for row in self._records.load_people()
            }:
                raise StoreUnavailableError("nobody has this row")
            self._disputed.append((subject_id, sealed))

    def lift(self, subject_id: int, sealed: Collection[bytes]) -> None:
        """See `DisputedItems.lift`."""
        with self._lock:
            gone = {(subject_id, each) for each in sealed}
            self._disputed = [each for each in self._disputed if each not in gone]

    def load_disputed(self) -> Iterator[tuple[int, bytes]]:
        """See `DisputedItems.load_disputed`."""
        with self._lock:
            return iter(list(self._disputed))

    def _cut_off(self, subject: SubjectRef, erasure: Erasure) -> None:
        with self._lock:
            self._disputed = [each for each in self._disputed if each[0] != erasure.subject_id]
            for filed in self.of_subject(subject):
                request = filed.request
                told = request.right is Right.ERASURE and request.status is RightsStatus.IN_PROGRESS
                self._filed[request.request_id] = Filed(
                    msgspec.structs.replace(request, subject=None), filed.steps, erasure if told else None
                )
