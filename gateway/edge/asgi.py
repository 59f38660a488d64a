"""The front of the house: the hot routes as plain ASGI, everything else by the FastAPI application behind it.

`/v1/decide` and the tracking calls need neither routing tables, nor dependency injection, nor a model per body; a
FastAPI endpoint costs more than a whole decision. What both forms share (authentication, limits, problems, CORS) is the
same code.

- A browser's preflight is answered here for every path, and every answer says which page may read it (`gateway.callers.cors`).
- On the hot routes a request from a page that is not on the list is refused before its body is read: a browser sends
  "simple" requests without asking first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from time import monotonic
from typing import Any

import msgspec

from consent import has_gpc
from gateway.authzen import naming
from gateway.callers.cors import Cors, find_origin, is_preflight
from gateway.callers.other_methods import as_read, is_ours, telling_methods
from gateway.callers.principals import Principal, find_authorization
from gateway.decision_path import DecisionPath
from gateway.edge.problem_handlers import OnFault
from gateway.edge.problem_kinds import INTERNAL, METHOD_NOT_ALLOWED
from gateway.edge.problems import ProblemWriter
from gateway.errors import BodyTooLargeError, CredentialsInvalidError, RateLimitedError, UnavailableError
from gateway.event_path import BatchReply, EventPath
from gateway.routes.authzen import evaluate, evaluate_several
from gateway.routes.authzen_bodies import require_json
from gateway.routes.services import Services
from gateway.telemetry.metrics import OTHER_ROUTE, Route
from gateway.wire.json_bodies import decode_body
from gateway.wire.questions import parse_question
from gateway.wire.tracking import SHORT_TYPES, TYPES, TrackedBatch, mark_robot, parse_batch, parse_single

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Hot = Callable[[Scope, Receive], Awaitable[bytes]]

EVALUATIONS = {
    "/access/v1/evaluation": evaluate,
    "/access/v1/evaluations": evaluate_several,
}
"""Whether a service may use somebody's data: once, and many times in one call."""

HOT_ROUTES = ("/v1/decide", "/v1/batch", "/v1/track", *EVALUATIONS)
"""Route templates of the hot routes, as metrics name them; `/v1/track` stands for every single-event call."""

_WITHOUT_TRACKING = frozenset({"/v1/decide", *EVALUATIONS})

_JSON = (b"content-type", b"application/json")
_KEPT_BY_NOBODY = ((b"cache-control", b"private, no-store"),)
"""Of answers that are about somebody. Not of those to events: pages do not read them, and an answer that nobody reads and no
cache may take holds a browser's connection."""

_ALLOW = (b"allow", b"OPTIONS, POST")

_encode = msgspec.json.Encoder().encode


class Front:
    """The ASGI application that the server runs."""

    def __init__(  # noqa: PLR0913  # everything in front
        self,
        *,
        admin: App,
        decisions: DecisionPath,
        events: EventPath,
        services: Services,
        cors: Cors,
        problems: ProblemWriter,
        on_fault: OnFault,
    ) -> None:
        """Serve the hot routes here and everything else by `admin`; `on_fault` learns of what is not a known problem."""
        self._admin = admin
        self._decisions = decisions
        self._events = events
        self._authenticator = services.door.authenticator
        self._rates = services.door.rates
        self._log_rates = services.door.log_rates
        self._limits = services.settings.limits
        self._now = services.clock.now
        self._cors = cors
        self._problems = problems
        self._on_fault = on_fault
        self._services = services
        decide, batch, track, *evaluations = (services.metrics.route(template) for template in HOT_ROUTES)
        self._elsewhere = services.metrics.route(OTHER_ROUTE)
        self._hot: dict[str, tuple[Route, Hot]] = {"/v1/decide": (decide, self._decide)}
        for (path, answer), route in zip(EVALUATIONS.items(), evaluations, strict=True):
            self._hot[path] = (route, self._evaluating(answer))
        for call in TYPES:
            self._hot[f"/v1/{call}"] = (track, self._tracking(call))
        for letter, call in SHORT_TYPES.items():
            self._hot[f"/v1/{letter}"] = (track, self._tracking(call))
        self._hot["/v1/batch"] = self._hot["/v1/b"] = (batch, self._batch)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._admin(scope, receive, send)
            return
        send = naming(scope, send)
        hot = self._hot.get(scope["path"])
        if hot is not None and scope["method"] == "POST":
            await self._answer(hot, scope, receive, send)
        elif scope["method"] == "OPTIONS" and is_preflight(scope["headers"]) and is_ours(scope):
            status, headers = self._cors.preflight(scope["headers"])
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
        else:
            await self._answer_elsewhere(scope, receive, send, is_hot=hot is not None)

    async def _answer_elsewhere(self, scope: Scope, receive: Receive, send: Send, *, is_hot: bool) -> None:
        """Whatever is not a POST to a hot route, with the headers that tell a browser who may read the answer."""
        origin = self._cors.headers_for(find_origin(scope["headers"]))

        began = monotonic()

        async def send_for_origin(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                self._elsewhere.observe(monotonic() - began, message["status"])
                message["headers"] = [*message.get("headers", ()), *origin]
            await send(message)

        tell = telling_methods(scope, send_for_origin)
        if is_hot:
            await self._problems.write(METHOD_NOT_ALLOWED, more_headers=[_ALLOW]).send(tell)
        else:
            await self._admin(as_read(scope), receive, tell)

    async def _answer(self, hot: tuple[Route, Hot], scope: Scope, receive: Receive, send: Send) -> None:
        route, handler = hot
        began = monotonic()
        page = find_origin(scope["headers"])
        origin = self._cors.headers_for(page)
        try:
            self._cors.require(page)
            body = await handler(scope, receive)
            kept = _KEPT_BY_NOBODY if scope["path"] in _WITHOUT_TRACKING else ()
            status, headers = 200, [_JSON, *kept, *origin, (b"content-length", b"%d" % len(body))]
        except Exception as error:  # noqa: BLE001 - the boundary: every failure becomes a problem, and none of them echoes
            answer = self._problems.respond(
                error, tracking=scope["path"] not in _WITHOUT_TRACKING, more_headers=origin
            )
            if answer.problem is INTERNAL:
                self._on_fault(type(error).__name__, answer.instance)
            status, headers, body = answer.status, answer.headers, answer.body
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        route.observe(monotonic() - began, status)

    async def _decide(self, scope: Scope, receive: Receive) -> bytes:
        """Answer `POST /v1/decide`."""
        headers: Headers = scope["headers"]
        principal = self._admit(await self._caller(headers), "decide")
        body = await self._body(scope, receive, self._limits.max_body_bytes)
        question = parse_question(body, max_depth=self._limits.max_json_depth)
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        def reply(body: bytes) -> None:
            if not answer.done():
                answer.set_result(body)

        self._decisions.ask(question, principal, gpc=has_gpc(headers), reply=reply)
        return await answer

    def _evaluating(self, answer: Callable[..., Awaitable[bytes]]) -> Hot:
        """A question of AuthZEN."""

        async def handle(scope: Scope, receive: Receive) -> bytes:
            principal = self._admit(await self._caller(scope["headers"]), "decide")
            require_json(scope["headers"])
            body = await self._body(scope, receive, self._limits.max_body_bytes)
            return await answer(principal, body, self._services, gpc=has_gpc(scope["headers"]))

        return handle

    async def _batch(self, scope: Scope, receive: Receive) -> bytes:
        """Answer `POST /v1/batch`."""
        limits = self._limits
        body = await self._body(scope, receive, limits.max_batch_bytes)
        now = self._now()
        batch = parse_batch(
            body,
            received_at=now,
            max_events=limits.max_batch_events,
            max_event_bytes=limits.max_event_bytes,
            max_depth=limits.max_json_depth,
        )
        source = await self._source(scope["headers"], batch.write_key)
        return await self._accept(batch, source, scope["headers"], now)

    def _tracking(self, call: str) -> Hot:
        """The single-event call of one type."""

        async def handle(scope: Scope, receive: Receive) -> bytes:
            limits = self._limits
            body = await self._body(scope, receive, limits.max_batch_bytes)
            return await self.track(body, call, scope["headers"])

        return handle

    async def track(self, body: bytes, call: str, headers: Headers) -> bytes:
        """Take one event; the pixel route shares it."""
        now = self._now()
        batch = parse_single(
            body,
            call,
            received_at=now,
            max_event_bytes=self._limits.max_event_bytes,
            max_depth=self._limits.max_json_depth,
        )
        source = await self._source(headers, batch.write_key)
        return await self._accept(batch, source, headers, now)

    async def _accept(self, batch: TrackedBatch, source: Principal, headers: Headers, now: int) -> bytes:
        """Let a request's events take their path, and charge their source what the log took in for them.

        Raises:
            RateLimitedError: the source still owes the log for what it sent before.
        """
        wait = self._log_rates.wait_seconds(source.source_id, monotonic(), cost=0.0)
        if wait:
            raise RateLimitedError(wait)
        if source.kind == "browser":
            mark_robot(batch, headers)
        reply = await self._events.accept(batch, source, gpc=has_gpc(headers), now=now)
        self._log_rates.charge(source.source_id, monotonic(), reply.log_bytes)
        return _encode_reply(reply)

    async def _caller(self, headers: Headers) -> Principal:
        """Who calls, by the `Authorization` header."""
        authorization = find_authorization(headers)
        known = self._authenticator.recognise(authorization, now=self._now())
        return known or await self._authenticator.authenticate(authorization, now=self._now())

    async def _source(self, headers: Headers, write_key: str | None) -> Principal:
        """Who sends events: by the header, or by the key in the body."""
        if write_key is not None and find_authorization(headers) is None:
            principal = self._authenticator.authenticate_key(write_key)
            if principal is None:
                raise CredentialsInvalidError
            return self._admit(principal, "events:write")
        return self._admit(await self._caller(headers), "events:write")

    def _admit(self, principal: Principal, scope: str) -> Principal:
        principal.require(scope)
        wait = self._rates.wait_seconds(principal.source_id, monotonic())
        if wait:
            raise RateLimitedError(wait)
        return principal

    async def _body(self, scope: Scope, receive: Receive, max_bytes: int) -> bytes:
        """The whole body, decompressed, within a bound.

        Raises:
            BodyTooLargeError: it is longer, as sent or decompressed.
        """
        parts = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise UnavailableError  # nobody is there to read it
            part = message.get("body", b"")
            size += len(part)
            if size > max_bytes:
                raise BodyTooLargeError
            parts.append(part)
            if not message.get("more_body"):
                break
        body = parts[0] if len(parts) == 1 else b"".join(parts)
        for name, value in scope["headers"]:
            if name == b"content-encoding":
                return decode_body(body, value, max_bytes=max_bytes)
        return body


def _encode_reply(reply: BatchReply) -> bytes:
    """What the app is told: always with status 200, because withheld consent is no error."""
    return _encode(
        {
            "success": True,
            "accepted": reply.accepted,
            "withheld": reply.withheld,
            "reasons": reply.reasons,
        }
    )
