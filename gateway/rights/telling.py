"""Tells recipients of erasures until they confirm, and pays what the log is owed: the background of the desk of rights.

- A recipient with an address for it is sent a signed notification, and sent it again, ever more seldom, for about a month.
  Any 2xx confirms it.
- A recipient that is a directory of ours has the person's rows taken out.
- A recipient without an address must be told by hand, and so must one that never confirmed; the request says so.
- As soon as a recipient has confirmed, the person's name there is gone from the records.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import httpx
from msgspec.structs import replace

from audit import LogUnavailableError
from consent import ConsentError, Notification, Notifications, NotificationState
from gateway.clock import Clock
from gateway.gathering import Gathering
from gateway.recurring import Recurring
from gateway.rights.entries import request_digest
from gateway.rights.recipients import CONTENT_TYPE, Recipient, notification_body
from gateway.routing import RetryPolicy
from gateway.routing.answers import Delivered, judge
from gateway.routing.backoff import wait_seconds
from gateway.routing.part_erasure import erase_from_parts
from privacy import SubjectRef

PATIENCE = RetryPolicy(max_attempts=1000, first_seconds=1.0, cap_seconds=3600.0)
"""A second, growing to an hour, for about a month; then a recipient must be told in another way."""

_TICK_SECONDS = 0.5
_LOOK_SECONDS = 5
_AT_ONCE = 16
_HEADERS = {"user-agent": "volens", "accept": "*/*", "accept-encoding": "identity"}


class Telling:
    """Keeps telling. Lives on the event loop."""

    def __init__(
        self,
        recipients: Sequence[Recipient],
        store: Notifications,
        gathering: Gathering,
        clock: Clock,
        origin: str,
        draw: Callable[[], float],
    ) -> None:
        """Tell `recipients` what waits in `store`; `draw` gives numbers from [0, 1) that spread repetitions."""
        self._recipients = {each.destination.id: each for each in recipients}
        self._store = store
        self._run_call = gathering.run
        self._clock = clock
        self._origin = origin
        self._draw = draw
        self._look_at = 0
        self._looking: Recurring | None = None
        self._transport = httpx.AsyncHTTPTransport(verify=ssl.create_default_context(), trust_env=False)

    def notifications_of(self, request_id: bytes, people: Sequence[SubjectRef]) -> list[Notification]:
        """Whom the erasure of a person must be told, by the names that they have for the person."""
        return [each.notification(request_id, people) for each in self._recipients.values()]

    def wake(self) -> None:
        """There is something new to tell."""
        self._look_at = 0
        if self._looking is not None:
            self._looking.wake()

    def start(self, owes_log: Callable[[], bool], pay: Callable[[], Awaitable[None]]) -> None:
        """Begin; whenever `owes_log`, `pay`."""

        async def look() -> None:
            if owes_log():
                await pay()
            await self._look(self._clock.now())

        passing = (
            LogUnavailableError,
            ConsentError,
        )  # the records or the log are down: everything waits there
        self._looking = Recurring(look, _TICK_SECONDS, passing=passing)
        self._looking.start()

    async def stop(self) -> None:
        """End. What waits is told after the next start."""
        if self._looking is not None:
            await self._looking.stop()
        await self._transport.aclose()

    async def _look(self, now: int) -> None:
        if now < self._look_at:
            return
        self._look_at = now + _LOOK_SECONDS
        due = await self._run_call(partial(self._store.due_notifications, now, _AT_ONCE))
        for told in await asyncio.gather(*(self._tell(each, now) for each in due)):
            await self._run_call(self._store.settle_notification, told)
        if len(due) == _AT_ONCE:
            self.wake()

    async def _tell(self, notification: Notification, now: int) -> Notification:
        """Try once; how the notification stands then."""
        recipient = self._recipients.get(notification.destination)
        attempted = replace(notification, attempts=notification.attempts + 1)
        if recipient is None or (
            recipient.destination.home is None and recipient.signer is None
        ):  # configured otherwise since
            return replace(attempted, state=NotificationState.BY_HAND)
        if recipient.destination.home is not None:
            state, wait = await self._take_out(recipient, attempted)
        else:
            state, wait = await self._post(recipient, attempted, now)
        if state is not NotificationState.WAITING:
            return replace(attempted, state=state, subject_there=None, settled_at=now)
        if attempted.attempts >= PATIENCE.max_attempts:
            return replace(attempted, state=NotificationState.REFUSED)
        seconds = wait_seconds(PATIENCE, attempted.attempts, wait, self._draw())
        return replace(attempted, next_at=now + max(1, round(seconds)))

    async def _take_out(
        self, recipient: Recipient, notification: Notification
    ) -> tuple[NotificationState, float]:
        home, names = recipient.destination.home, (notification.subject_there or "").split()
        try:
            if home is not None:
                await asyncio.to_thread(erase_from_parts, home, names)
        except OSError:
            return NotificationState.WAITING, 0.0
        return NotificationState.CARRIED_OUT, 0.0

    async def _post(
        self, recipient: Recipient, notification: Notification, now: int
    ) -> tuple[NotificationState, float]:
        url, signer = recipient.destination.erasure_url, recipient.signer
        if url is None or signer is None:
            return NotificationState.WAITING, 0.0
        target = str(httpx.URL(url).copy_with(raw_path=httpx.URL(url).raw_path))
        body = notification_body(notification, self._origin, request_digest(notification.request_id))
        headers = {**_HEADERS, **signer.headers(target, CONTENT_TYPE, body, now)}
        request = httpx.Request("POST", target, headers=headers, content=body)
        try:
            async with asyncio.timeout(recipient.destination.timeout_seconds):
                response = await self._transport.handle_async_request(request)
                await response.aclose()
        except (TimeoutError, httpx.HTTPError, OSError):
            return NotificationState.WAITING, 0.0
        answer = judge(response.status_code, response.headers.get("retry-after"), float(now))
        if isinstance(answer, Delivered):
            return NotificationState.ACKNOWLEDGED, 0.0
        return NotificationState.WAITING, getattr(answer, "wait_seconds", 0.0)
