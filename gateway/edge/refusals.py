"""The last answer of a connection whose requests cannot be read any further: a problem, and that it is the last."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from uvicorn.protocols.http.flow_control import CLOSE_HEADER

from gateway.edge.last_answers import App, Send
from gateway.edge.problem_kinds import Problem
from gateway.edge.problems import ProblemResponse


class HeadRefusedError(Exception):
    """A request is not going to be answered as it asks, because of its head; what comes behind it is not read."""

    def __init__(self, problem: Problem) -> None:
        """Say with which problem it is answered."""
        super().__init__()
        self.problem = problem


def as_bytes(
    answer: ProblemResponse, server_headers: Iterable[tuple[bytes, bytes]], *, without_body: bool
) -> bytes:
    """What is written if it is the turn of this answer.

    Args:
        answer: the problem.
        server_headers: what the server says in every answer.
        without_body: whether a `HEAD` asked.
    """
    lines = [b"HTTP/1.1 %d %b\r\n" % (answer.status, HTTPStatus(answer.status).phrase.encode())]
    lines += (
        b"%b: %b\r\n" % each for each in dict.fromkeys((*server_headers, *answer.headers, CLOSE_HEADER))
    )
    return b"".join((*lines, b"\r\n", b"" if without_body else answer.body))


def as_application(answer: ProblemResponse) -> App:
    """What answers in its turn if others are to be answered before."""
    last = [*answer.headers, CLOSE_HEADER]

    async def tell(_scope: object, _receive: object, send: Send) -> None:
        await send({"type": "http.response.start", "status": answer.status, "headers": last})
        await send({"type": "http.response.body", "body": answer.body})

    return tell
