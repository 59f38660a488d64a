"""How long a decision takes at an ordinary pace: 200 a second, each counted from the moment at which it was due.

The load does not wait for the server (open loop): an answer that comes late makes none of those behind it look quicker. No answer leaves
before its entry is durable, so the disk by itself is watched meanwhile, and the row says what its stops came to.
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
from bench.disk_probe import STOPPED, Span, stops, touched, watching
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
Answer = tuple[Span, dict[str, Any]]
"""From when it was due to when it was there, and what it says."""


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
        with watching(questions.parent) as writes:
            answers = asyncio.run(_ask(contest, asked))
    finally:
        contest.plain.resume()
    for question, (_, answer) in zip(asked, answers, strict=True):
        check_answer(question, answer)
    return [describe([span for span, _ in answers[_WARMED_UP:]], writes)]


def describe(spans: list[Span], writes: list[Span]) -> Row:
    """The row for decisions from when each was due to when it was there, and for the writes to the disk meanwhile."""
    stopped = stops(writes)
    taken = [ended - began for began, ended in spans]
    moving = [ended - began for began, ended in spans if not touched((began, ended), stopped)]
    median, most = (float(np.quantile(taken, share)) * 1e3 for share in (0.5, 0.99))
    longest = max((ended - began for began, ended in stopped), default=0.0) * 1e3
    undisturbed = f"{float(np.quantile(moving, 0.99)) * 1e3:.1f} ms" if moving else "none"
    return {
        "name": f"a decision at {RATE} a second, 99 %",
        "value": round(most, 1),
        "unit": "ms",
        "goal": GOAL,
        "detail": f"half of them within {median:.1f} ms; {len(taken):,} personal slates, consent looked up and the entry durable "
        "before the answer; from when each was due, with what the client itself takes. A bare write to the same disk took more than "
        f"{STOPPED * 1e3:.0f} ms {len(stopped)} times meanwhile, at most {longest:.0f} ms; 99 % of the {len(moving):,} decisions outside of "
        f"that: {undisturbed}",
        "bound_by": "fdatasync; the client",
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

    async def one(number: int, body: bytes) -> tuple[Span, bytes]:
        due = began + number / RATE
        await asyncio.sleep(due - time.perf_counter())
        connection = await free.get()
        answer = await _answer(connection, body)
        free.put_nowait(connection)
        return (due, time.perf_counter()), answer

    found = await asyncio.gather(*(one(number, body) for number, body in enumerate(bodies)))
    while not free.empty():
        free.get_nowait()[1].close()
    return [(span, json.loads(answer)) for span, answer in found]


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
