"""The OpenAPI description of the hot routes, which FastAPI does not serve and so cannot describe itself."""

from __future__ import annotations

from typing import Any

from gateway.wire.tracking import SHORT_TYPES, TYPES

_TEXT = {"type": "string", "minLength": 1, "maxLength": 256}
_COUNTS = {
    "type": "object",
    "required": ["success", "accepted", "withheld", "reasons"],
    "properties": {
        "success": {"const": True},
        "accepted": {"type": "integer", "minimum": 0},
        "withheld": {"type": "integer", "minimum": 0},
        "reasons": {"type": "object", "additionalProperties": {"type": "integer"}},
    },
}
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "instance"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
    },
}
_ANY_PROBLEM = {
    "description": "A problem (RFC 9457); docs/errors.md lists them.",
    "content": {"application/problem+json": {"schema": _PROBLEM}},
}
_EVENT = {
    "type": "object",
    "properties": {
        "type": {"enum": sorted(TYPES)},
        "event": {"type": "string"},
        "messageId": {"type": "string"},
        "userId": {"type": ["string", "null"]},
        "anonymousId": {"type": ["string", "null"]},
        "timestamp": {"type": "string"},
        "properties": {"type": "object"},
        "context": {"type": "object"},
        "writeKey": {"type": "string"},
    },
}
_BATCH = {
    "type": "object",
    "required": ["batch"],
    "properties": {
        "batch": {"type": "array", "items": _EVENT, "maxItems": 2500},
        "sentAt": {"type": "string"},
        "writeKey": {"type": "string"},
        "context": {"type": "object"},
    },
}
_QUESTION = {
    "type": "object",
    "required": ["subject"],
    "additionalProperties": False,
    "properties": {
        "subject": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"id": _TEXT, "anonymous_id": _TEXT},
            "minProperties": 1,
            "maxProperties": 1,
        },
        "placement": {"type": "string"},
        "limit": {"type": "integer", "minimum": 1, "maximum": 100},
        "context": {"type": "object"},
        "signals": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "gpc": {"type": "boolean"},
                "tcf": {"type": "string"},
                "gpp": {"type": "string"},
                "google": {"type": "object"},
            },
        },
        "exclude": {"type": "array", "items": {"type": "string"}},
        "candidates": {"type": "array", "items": {"type": "string"}},
        "item": {"type": "string"},
        "query": {"type": "string", "maxLength": 256},
        "basket": {"type": "array", "items": {"type": "string"}, "maxItems": 100},
        "without": {"type": "array", "items": {"type": "string"}},
        "explain": {"type": "boolean"},
        "offers": {"type": "boolean"},
    },
}
_ANSWER = {
    "type": "object",
    "required": ["decision_id", "personalised", "placement", "purpose", "reason", "items", "model", "audit"],
    "properties": {
        "decision_id": {"type": ["string", "null"]},
        "personalised": {"type": "boolean"},
        "placement": {"type": "string"},
        "purpose": {"type": "string"},
        "reason": {"type": "string"},
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "score", "reasons"],
                "properties": {
                    "id": {"type": "string"},
                    "score": {"type": "integer"},
                    "reasons": {"type": "array", "items": {"type": "object"}},
                },
            },
        },
        "model": {"type": "object"},
        "audit": {"type": ["object", "null"]},
        "withheld": {"type": "array", "items": {"type": "string"}},
        "drawn": {"type": "integer", "minimum": 1},
        "offers": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["offer", "purpose", "valid_until", "reasons"],
                "properties": {
                    "offer": {"type": "string"},
                    "purpose": {"type": "string"},
                    "valid_until": {"type": "integer"},
                    "reasons": {"type": "array", "items": {"type": "object"}},
                },
            },
        },
    },
}


def describe_hot_routes(document: dict[str, Any]) -> None:
    """Add the hot routes to FastAPI's document."""
    paths = document["paths"]
    paths["/v1/decide"] = {
        "post": _operation("decide", "What to show, to whom, where.", _QUESTION, _ANSWER, "decisions")
    }
    for path in ("/v1/batch", "/v1/b"):
        paths[path] = {"post": _operation(f"track{path}", "Events, many at once.", _BATCH, _COUNTS, "events")}
    names = {
        **{f"/v1/{call}": call for call in sorted(TYPES)},
        **{f"/v1/{s}": c for s, c in SHORT_TYPES.items()},
    }
    for path, call in names.items():
        paths[path] = {"post": _operation(f"track{path}", f"One {call} call.", _EVENT, _COUNTS, "events")}


def describe_problems(document: dict[str, Any]) -> None:
    """Say of every operation that whatever is not answered otherwise is a problem."""
    for path in document["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)  # FastAPI's own form, which is never sent
            operation["responses"]["default"] = _ANY_PROBLEM


def _operation(
    name: str, summary: str, body: dict[str, Any], answer: dict[str, Any], tag: str
) -> dict[str, Any]:
    return {
        "tags": [tag],
        "summary": summary,
        "operationId": name.replace("/", "_"),
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {"200": {"description": "Done", "content": {"application/json": {"schema": answer}}}},
    }
