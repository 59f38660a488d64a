"""HTTP/1.1 spoken by hand: what is said byte for byte, and answers read by the letter of RFC 9112, section 6.3.

Whoever speaks says at once that nothing more will come (half-closes), and reads until the other side closes: so no test waits for
what does not happen, and nothing that was sent is overlooked.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from contextlib import suppress
from itertools import chain, repeat
from typing import NamedTuple

from tests.gateway_process import Gateway


class Answer(NamedTuple):
    """One answer."""

    status: int
    headers: dict[str, str]
    body: bytes


def connect(gateway: Gateway) -> socket.socket:
    """A connection; a hang ends after a while."""
    return socket.create_connection(("127.0.0.1", gateway.port), timeout=90)


def say(gateway: Gateway, said: bytes, *, methods: Iterable[str] = ()) -> list[Answer]:
    """Everything that is answered to these bytes on one connection.

    Args:
        gateway: to whom they are said.
        said: the bytes.
        methods: of the requests in them, as far as they are not all alike in having answers with bodies.
    """
    with connect(gateway) as peer:
        with suppress(ConnectionError):
            peer.sendall(said)
            peer.shutdown(socket.SHUT_WR)
        return read_answers(everything(peer), methods)


def everything(peer: socket.socket) -> bytes:
    """What comes until the other side closes, or breaks off because it had not read what was sent."""
    found = b""
    with suppress(ConnectionResetError):
        while part := peer.recv(65_536):
            found += part
    return found


def read_answers(data: bytes, methods: Iterable[str] = ()) -> list[Answer]:
    """The answers in what came; every byte belongs to one of them.

    Raises:
        AssertionError: it is not what HTTP/1.1 allows.
    """
    found = []
    asked = chain(methods, repeat("GET"))
    while data:
        head, end, rest = data.partition(b"\r\n\r\n")
        assert end, "a head without its end"
        first, *lines = head.decode("ascii").split("\r\n")
        version, code, _ = first.split(" ", 2)
        assert version == "HTTP/1.1"
        pairs = [line.split(": ", 1) for line in lines]
        headers = {name.lower(): value for name, value in pairs}
        assert len(headers) == len(pairs) or "content-length" not in headers, "a header twice"
        status = int(code)
        if status < 200:
            assert not headers
            found.append(Answer(status, headers, b""))
            data = rest
            continue
        assert "date" in headers, "RFC 9110, section 6.6.1"
        has_body = next(asked) != "HEAD" and status not in (204, 304)
        body, data = _body_of(status, headers, rest) if has_body else (b"", rest)
        found.append(Answer(status, headers, body))
    return found


def _body_of(status: int, headers: dict[str, str], rest: bytes) -> tuple[bytes, bytes]:
    if "transfer-encoding" in headers:
        assert headers["transfer-encoding"] == "chunked"
        assert "content-length" not in headers
        return _chunks(rest)
    if "content-length" in headers:
        length = int(headers["content-length"])
        assert len(rest) >= length, f"an answer ({status}) was cut"
        return rest[:length], rest[length:]
    return rest, b""


def _chunks(rest: bytes) -> tuple[bytes, bytes]:
    body = b""
    while True:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size, 16)
        body += rest[:length]
        assert rest[length : length + 2] == b"\r\n"
        rest = rest[length + 2 :]
        if not length:
            return body, rest
