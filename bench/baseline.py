"""What requests are measured against: FastAPI endpoints that do nothing but parse their bodies."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel


class Question(BaseModel):
    """The body of `POST /v1/decide`."""

    subject: dict[str, str]
    placement: str = "home"
    limit: int = 10
    exclude: list[str] = []


class Event(BaseModel):
    """The body of `POST /v1/track`, and one event of a batch."""

    type: str
    event: str
    userId: str  # noqa: N815 - the wire's name
    messageId: str  # noqa: N815 - the wire's name
    timestamp: str
    properties: dict[str, Any]
    context: dict[str, Any]


class Batch(BaseModel):
    """The body of `POST /v1/batch`."""

    batch: list[Event]


class Entity(BaseModel):
    """A subject or resource of AuthZEN."""

    type: str
    id: str


class Action(BaseModel):
    """An action of AuthZEN."""

    name: str


class Evaluation(BaseModel):
    """The body of `POST /access/v1/evaluation`."""

    subject: Entity
    action: Action
    resource: Entity


class Part(BaseModel):
    """One of several evaluations: only what differs."""

    resource: Entity


class Evaluations(Evaluation):
    """The body of `POST /access/v1/evaluations`."""

    evaluations: list[Part]


app = FastAPI()


@app.post("/v1/decide")
async def decide(question: Question) -> dict[str, bool]:
    """Answer without deciding anything."""
    return {"success": bool(question.subject)}


@app.post("/v1/batch")
async def batch(body: Batch) -> dict[str, int]:
    """Count the events."""
    return {"accepted": len(body.batch)}


@app.post("/v1/track")
async def track(event: Event) -> dict[str, bool]:
    """Take an event."""
    return {"success": bool(event.userId)}


@app.post("/access/v1/evaluation")
async def evaluate(body: Evaluation) -> dict[str, bool]:
    """Deny whoever is named."""
    return {"decision": not body.subject.id}


@app.post("/access/v1/evaluations")
async def evaluate_several(body: Evaluations) -> dict[str, list[dict[str, bool]]]:
    """Deny them all."""
    return {"evaluations": [{"decision": False} for _ in body.evaluations]}
