"""How long a decision takes at an ordinary pace: 200 a second, each counted from the moment at which it was due.

The load does not wait for the server (open loop): an answer that comes late makes none of those behind it look quicker.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np

from bench.decisions import check_answer
from bench.errors import LoadError
from bench.pairs import Contest
from bench.report import Row

RATE = 200
"""Decisions a second."""
GOAL = "<= 25"
_CONNECTIONS = 64
_WARMED_UP = 200

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
"""An open one that is used again."""
Answer = tuple[float, dict[str, Any]]
"""Seconds from when it was due to when it was there, and what it says."""


def measure(contest: Contest, questions: Path, seconds: int) -> list[Row]:
    """Ask for so many seconds.

    Raises:
        OutcomeError: an answer was not a personal slate with evidence.
        LoadError: one was not 200.
    """
    n = RATE * seconds
    with questions.open() as file:
        asked = list(islice(cycle(map(json.loads, list(file))), _WARMED_UP + n))
    contest.plain.pause()
    try:
        answers = asyncio.run(_ask(contest, asked))
    finally:
        contest.plain.resume()
    for question, (_, answer) in zip(asked, answers, strict=True):
        check_answer(question, answer)
    return [describe([taken for taken, _ in answers[_WARMED_UP:]])]


def describe(taken: list[float]) -> Row:
    """The row for what was measured (seconds)."""
    median, most = (float(np.quantile(taken, share)) * 1e3 for share in (0.5, 0.99))
    return {
        "name": f"a decision at {RATE} a second, 99 %",
        "value": round(most, 1),
        "unit": "ms",
        "goal": GOAL,
        "detail": f"half of them within {median:.1f} ms; {len(taken):,} personal slates, consent looked up and the entry durable "
        "before the answer; from when each was due, with what the client itself takes",
        "bound_by": "the client; fdatasync",
    }


async def _ask(contest: Contest, asked: list[dict[str, Any]]) -> list[Answer]:
    host, _, port = contest.ours.url.removeprefix("http://").partition(":")
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(_CONNECTIONS):
        free.put_nowait(await asyncio.open_connection(host, int(port)))
    head = f"POST /v1/decide HTTP/1.1\r\nhost: {host}\r\nauthorization: {contest.token}\r\ncontent-type: application/json\r\n"
    sent = [json.dumps(question).encode() for question in asked]
    bodies = [f"{head}content-length: {len(body)}\r\n\r\n".encode() + body for body in sent]
    began = time.perf_counter()

    async def one(number: int, body: bytes) -> tuple[float, bytes]:
        due = began + number / RATE
        await asyncio.sleep(due - time.perf_counter())
        connection = await free.get()
        answer = await _answer(connection, body)
        free.put_nowait(connection)
        return time.perf_counter() - due, answer

    found = await asyncio.gather(*(one(number, body) for number, body in enumerate(bodies)))
    while not free.empty():
        free.get_nowait()[1].close()
    return [(taken, json.loads(answer)) for taken, answer in found]


async def _answer(connection: Connection, request: bytes) -> bytes:
    """The body of what is answered.

    Raises:
        LoadError: it is not 200.
    """
    reader, writer = connection
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    if not head.startswith(b"HTTP/1.1 200") or length is None:
        raise LoadError("an answer was not 200")
    return await reader.readexactly(int(length[1]))
