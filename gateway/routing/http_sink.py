"""A destination reached over HTTP: one POST per batch, on a connection of its own.

- Below the client, on the bare transport: nothing follows redirects, keeps cookies, or uses proxies and credentials of
  the environment.
- The whole attempt has one time limit; the answer's body is read only so far that the connection can be used again.
- Permission is asked again when the connection stands and each time before bytes of the body leave. If it ended, the
  request is broken off: a receiver that keeps to HTTP has an incomplete message and discards it.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import httpx

from gateway.routing.answers import Again, Answer, Outdated, Refused, Trouble, judge
from gateway.routing.destination import Destination
from gateway.routing.errors import NoLongerPermittedError, UnencodableError
from gateway.routing.formats import CLOUDEVENTS_BATCH, Encoder
from gateway.routing.model import Batch, LetterReason
from gateway.routing.signatures import RequestSigner

_CHUNK_BYTES = 65_536
_MAX_DRAINED_BYTES = 65_536
_HEADERS = {"user-agent": "volens", "accept": "*/*", "accept-encoding": "identity"}

HeaderWriter = Callable[[str, bytes, float], dict[str, str]]
"""(url, body, wall time) -> the header fields that describe and authenticate the body."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What is said to a destination, and how it is authenticated."""

    encode: Encoder
    """Batch to body."""
    headers: HeaderWriter
    """The fields that go with a body."""


def signed_headers(signer: RequestSigner) -> HeaderWriter:
    """Header fields of a signed CloudEvents batch (RFC 9421, RFC 9530)."""

    def write(url: str, body: bytes, now: float) -> dict[str, str]:
        return signer.headers(url, CLOUDEVENTS_BATCH, body, int(now))

    return write


def basic_headers(write_key: str) -> HeaderWriter:
    """Header fields of a Segment-shaped body: the write key as the user of Basic authentication, no password."""
    credentials = base64.b64encode(f"{write_key}:".encode()).decode()

    def write(url: str, body: bytes, now: float) -> dict[str, str]:
        del url, body, now
        return {"content-type": "application/json", "authorization": f"Basic {credentials}"}

    return write


class HttpSink:
    """Posts batches to one URL. Implements the port `Sink`."""

    def __init__(
        self,
        destination: Destination,
        dialect: Dialect,
        clock: Callable[[], float],
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Post to `destination.url`; `transport` replaces the network."""
        self._destination = destination
        self._dialect = dialect
        self._clock = clock
        self._transport = transport or httpx.AsyncHTTPTransport(
            verify=ssl.create_default_context(),
            trust_env=False,
            limits=httpx.Limits(max_connections=2, max_keepalive_connections=1, keepalive_expiry=30.0),
        )
        self._url = _target(destination.url or "")

    async def deliver(self, batch: Batch, permitted: Callable[[], bool]) -> Answer:
        """Offer a batch to the destination; see `Sink`."""
        now = self._clock()
        try:
            body = self._dialect.encode(batch, now)
        except UnencodableError:
            return Refused(LetterReason.UNENCODABLE)
        if len(body) > self._destination.body_bytes:
            return Refused(LetterReason.TOO_LARGE)
        request = self._request(body, self._dialect.headers(str(self._url), body, now), permitted)
        try:
            async with asyncio.timeout(self._destination.timeout_seconds):
                response = await self._transport.handle_async_request(request)
        except NoLongerPermittedError:
            return Outdated()
        except (TimeoutError, httpx.TimeoutException):
            return Again(Trouble.SLOW)
        except (httpx.HTTPError, OSError):
            return Again(Trouble.UNREACHABLE)
        answer = judge(response.status_code, response.headers.get("retry-after"), self._clock())
        await self._drain(response)
        return answer

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    def _request(self, body: bytes, headers: dict[str, str], permitted: Callable[[], bool]) -> httpx.Request:
        seconds = self._destination.timeout_seconds
        return httpx.Request(
            "POST",
            self._url,
            headers=_HEADERS | headers | {"content-length": str(len(body))},
            content=_guarded(body, permitted),
            extensions={"timeout": httpx.Timeout(seconds).as_dict()},
        )

    async def _drain(self, response: httpx.Response) -> None:
        """Read a short rest so that the connection can be used again; whatever happens here, the answer stands."""
        try:
            with contextlib.suppress(TimeoutError, httpx.HTTPError, OSError):
                async with asyncio.timeout(self._destination.timeout_seconds):
                    n = 0
                    async for chunk in response.aiter_raw():
                        n += len(chunk)
                        if n > _MAX_DRAINED_BYTES:
                            break
        finally:
            with contextlib.suppress(httpx.HTTPError, OSError):
                await response.aclose()


def _target(url: str) -> httpx.URL:
    """The target URI as the receiver will reconstruct it: an empty path is `/` (RFC 9421 2.2.2)."""
    parsed = httpx.URL(url)
    return parsed.copy_with(raw_path=parsed.raw_path)


async def _guarded(body: bytes, permitted: Callable[[], bool]) -> AsyncIterator[bytes]:
    """The body in pieces, each given out only while everybody in it still permits it."""
    for start in range(0, len(body), _CHUNK_BYTES):
        if not permitted():
            raise NoLongerPermittedError
        yield body[start : start + _CHUNK_BYTES]
