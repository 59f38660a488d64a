"""FastAPI answers with problems only, and repeats nothing; beyond the boundary nothing is raised."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import FastAPI, HTTPException, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from gateway.edge.problem_handlers import ProblemBoundary, install_problem_handlers
from gateway.edge.problems import ProblemWriter
from gateway.errors import NotFoundError, RateLimitedError

CANARY = "canary-e6c3"


class Subject(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: Annotated[str, Field(max_length=5)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")
    subject: Subject
    limit: int = 1
    context: dict[str, int] = {}


class Desk:
    """An app with every kind of failure, and what was reported of it."""

    def __init__(self) -> None:
        self.faults: list[tuple[str, str]] = []
        app = FastAPI()

        @app.post("/body")
        async def body(body: Body) -> None: ...

        @app.get("/query")
        async def query(limit: Annotated[int, Query(le=5)]) -> None: ...

        @app.get("/raise/{kind}")
        async def fail(kind: str) -> None:
            kinds: dict[str, Exception] = {
                "gone": NotFoundError(CANARY),
                "fast": RateLimitedError(7),
                "bug": RuntimeError(CANARY),
                "http": HTTPException(403, detail=CANARY, headers={"X-Odd": CANARY, "Retry-After": "5"}),
            }
            raise kinds[kind]

        @app.get("/stream")
        async def stream() -> StreamingResponse:
            async def parts() -> AsyncIterator[bytes]:
                yield b"begun"
                raise RuntimeError(CANARY)

            return StreamingResponse(parts())

        writer = ProblemWriter()
        install_problem_handlers(app, writer, self.report)
        self.boundary = ProblemBoundary(app, writer, self.report)

    def report(self, kind: str, instance: str) -> None:
        self.faults.append((kind, instance))

    async def ask(self, method: str, path: str, **more: Any) -> tuple[httpx.Response, dict[str, Any]]:
        transport = httpx.ASGITransport(self.boundary, raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            response = await client.request(method, path, **more)
        assert CANARY not in response.text + repr(response.headers)
        assert response.headers["content-type"] == "application/problem+json"
        return response, json.loads(response.content)


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_an_invalid_body_is_answered_with_pointers_and_codes_only(desk: Desk) -> None:
    sent = {
        "subject": {"id": CANARY, CANARY: CANARY},
        "limit": CANARY,
        "context": {CANARY: CANARY},
        CANARY: 1,
    }
    response, content = await desk.ask("POST", "/body", json=sent)
    assert response.status_code == 422
    assert sorted((each["pointer"], each["code"]) for each in content["errors"]) == [
        ("#/*", "extra_forbidden"),
        ("#/context/*", "int_parsing"),
        ("#/limit", "int_parsing"),
        ("#/subject/*", "extra_forbidden"),
        ("#/subject/id", "string_too_long"),
    ]
    assert {key for each in content["errors"] for key in each} == {"pointer", "code"}


async def test_many_errors_are_not_all_listed(desk: Desk) -> None:
    sent = {"subject": {"id": "x"}, "context": {f"{CANARY}{n}": "x" for n in range(500)}}
    _, content = await desk.ask("POST", "/body", json=sent)
    assert len(content["errors"]) == 20


async def test_a_query_parameter_is_named(desk: Desk) -> None:
    response, content = await desk.ask("GET", f"/query?limit={CANARY}")
    assert response.status_code == 422
    assert content["errors"] == [{"parameter": "limit", "code": "int_parsing"}]


async def test_what_is_no_json_is_a_bad_body(desk: Desk) -> None:
    response, content = await desk.ask(
        "POST", "/body", content=f'{{"{CANARY}": '.encode(), headers={"content-type": "application/json"}
    )
    assert response.status_code == 400
    assert content["type"].endswith("/body-invalid")


@pytest.mark.parametrize(
    ("path", "status", "slug"),
    [("/raise/gone", 404, "not-found"), ("/raise/fast", 429, "rate-limited"), ("/raise/bug", 500, "internal"),
     ("/raise/http", 403, "insufficient-scope"), (f"/{CANARY}", 404, "not-found")],
)  # fmt: skip
async def test_every_failure_is_a_problem(desk: Desk, path: str, status: int, slug: str) -> None:
    response, content = await desk.ask("GET", path)
    assert (response.status_code, content["status"]) == (status, status)
    assert content["type"].endswith("/" + slug)
    assert response.headers.get("x-odd") is None


async def test_only_headers_that_http_needs_survive(desk: Desk) -> None:
    response, _ = await desk.ask("DELETE", "/body")
    assert response.status_code == 405
    assert response.headers["allow"] == "OPTIONS, POST"
    response, _ = await desk.ask("GET", "/raise/fast")
    assert response.headers["retry-after"] == "7"


async def test_a_fault_is_reported_once_with_the_instance_that_was_answered(desk: Desk) -> None:
    _, content = await desk.ask("GET", "/raise/bug")
    assert desk.faults == [("RuntimeError", content["instance"])]
    await desk.ask("GET", "/raise/gone")
    assert len(desk.faults) == 1


async def test_an_answer_that_breaks_off_is_reported_and_raises_nothing(desk: Desk) -> None:
    with pytest.raises(AssertionError):  # httpx's transport notices that the answer has no end
        await desk.ask("GET", "/stream")
    assert [kind for kind, _ in desk.faults] == ["RuntimeError"]


async def test_a_failure_before_the_app_is_answered_too(desk: Desk) -> None:
    async def broken(*_: object) -> None:
        raise KeyError(CANARY)

    desk.boundary = ProblemBoundary(broken, ProblemWriter(), desk.report)
    response, _ = await desk.ask("GET", "/")
    assert response.status_code == 500
    assert desk.faults[0][0] == "KeyError"


async def test_what_is_not_http_passes_through() -> None:
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    await ProblemBoundary(app, ProblemWriter(), lambda *_: None)({"type": "lifespan"}, None, None)  # type: ignore[arg-type]
    assert seen == ["lifespan"]
