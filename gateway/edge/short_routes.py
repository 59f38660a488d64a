"""The routes that have a short way past ASGI: a decision, and the one usual question of AuthZEN."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from gateway.authzen import REQUEST_ID
from gateway.callers.principals import Principal
from gateway.decision_path import DecisionPath
from gateway.edge.shortcut import NOT_ORDINARY, Reply, Shortcut, ShortRoute
from gateway.routes.authzen import take_evaluation
from gateway.routes.services import Services
from gateway.wire.questions import parse_question

DECIDE = "/v1/decide"
EVALUATION = "/access/v1/evaluation"


def open_shortcut(services: Services, decisions: DecisionPath) -> Shortcut:
    """The short way to `decisions` and to the permissions of `services`."""
    limits, metrics = services.settings.limits, services.metrics
    decide = partial(_take_decision, decisions, limits.max_json_depth)
    evaluate = partial(take_evaluation, services)
    return Shortcut(
        {
            DECIDE.encode(): ShortRoute(decide, metrics.route(DECIDE)),
            EVALUATION.encode(): ShortRoute(
                evaluate,
                metrics.route(EVALUATION),
                only_json=True,
                not_ordinary=NOT_ORDINARY | {REQUEST_ID},
            ),
        },
        authenticator=services.door.authenticator,
        rates=services.door.rates,
        clock=services.clock,
        max_body_bytes=limits.max_body_bytes,
    )


def _take_decision(
    decisions: DecisionPath, max_depth: int, caller: Principal, body: bytes, reply: Reply
) -> Callable[[], None]:
    question = parse_question(body, max_depth=max_depth)
    return partial(decisions.take, decisions.read(question, caller, gpc=False, reply=reply))
