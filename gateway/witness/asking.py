"""Asking a witness over HTTP. What it answers is bounded, verified by whoever merges it, and never quoted."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import httpx

from audit import KnownWitness, NoteError, parse_signature_line
from gateway.witness.seen import origin_hash

MAX_ANSWER_BYTES = 65_536


class Unheard(StrEnum):
    """Why there is no cosignature."""

    UNREACHABLE = "unreachable"
    """No answer in time, or none that is one."""
    REFUSED = "refused"
    """It does not know the log, or not its key."""
    AHEAD = "ahead"
    """It has cosigned a longer log of this name than this one: we are an older copy, or there is another."""
    INCONSISTENT = "inconsistent"
    """The tree is not a continuation of what it has cosigned."""

    @property
    def is_alarming(self) -> bool:
        """Whether it means that there are two histories of one log."""
        return self in (Unheard.AHEAD, Unheard.INCONSISTENT)


@dataclass(frozen=True, slots=True)
class Behind:
    """The witness has cosigned another size last; ask again from there."""

    size: int
    """The size it cosigned last."""


Heard = bytes | Behind | Unheard
"""Signature lines, or why not."""


class WitnessCaller:
    """Asks one witness over HTTP."""

    def __init__(self, witness: KnownWitness, client: httpx.AsyncClient) -> None:
        """Ask `witness`, whose address the policy has, through `client`."""
        self.witness = witness
        """Whom."""
        self._client = client
        self._prefix = (witness.url or "").rstrip("/")

    async def add(self, body: bytes) -> Heard:
        """Submit a checkpoint (`Submission.text`)."""
        answer = await self._call("POST", f"{self._prefix}/add-checkpoint", body)
        if answer is None:
            return Unheard.UNREACHABLE
        status, content = answer
        match status:
            case 200:
                return content if _are_lines(content) else Unheard.UNREACHABLE
            case 409:
                number = content.decode("ascii", "replace").removesuffix("\n")
                is_size = number.isascii() and number.isdecimal() and len(number) < 20
                return Behind(int(number)) if is_size else Unheard.UNREACHABLE
            case 422:
                return Unheard.INCONSISTENT
            case 400 | 403 | 404 | 413:
                return Unheard.REFUSED
        return Unheard.UNREACHABLE

    async def latest(self, origin: str) -> bytes | None:
        """The last checkpoint of a log that it cosigned; None if it says nothing."""
        answer = await self._call("GET", f"{self._prefix}/{origin_hash(origin)}/checkpoint")
        return answer[1] if answer is not None and answer[0] == 200 else None

    async def _call(self, method: str, url: str, body: bytes | None = None) -> tuple[int, bytes] | None:
        content = bytearray()
        try:
            async with self._client.stream(method, url, content=body) as response:
                async for chunk in response.aiter_bytes():
                    content += chunk
                    if len(content) > MAX_ANSWER_BYTES:
                        return None
                return response.status_code, bytes(content)
        except (httpx.HTTPError, httpx.InvalidURL):
            return None


def open_client(timeout_seconds: float) -> httpx.AsyncClient:
    """A client for witnesses: no redirects, no proxies of the environment, and a time limit on everything."""
    return httpx.AsyncClient(timeout=timeout_seconds, follow_redirects=False, trust_env=False)


def _are_lines(content: bytes) -> bool:
    try:
        lines = content.decode().split("\n")
        return lines[-1] == "" and len(lines) > 1 and all(map(parse_signature_line, lines[:-1]))
    except (UnicodeDecodeError, NoteError):
        return False
