"""What requests are measured against: a FastAPI endpoint that does nothing, and one that only parses a batch."""

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
    """One event of a batch."""

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


app = FastAPI()


@app.post("/v1/decide")
async def decide(question: Question) -> dict[str, bool]:
    """Answer nothing."""
    return {"success": bool(question.subject)}


@app.post("/v1/batch")
async def batch(body: Batch) -> dict[str, int]:
    """Count the events."""
    return {"accepted": len(body.batch)}
