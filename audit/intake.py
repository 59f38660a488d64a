"""How other processes on the machine append: a Unix socket that only its owner can open, in front of the one sequencer.

    request   u32 length | u8 flags (1: reserved) | u32 count | count records as in a frame
    reply     u8 status  | u64 first index

- A request is answered when its entries are durable; one request at a time per connection.
- Entries are parsed before they are taken: a malformed one is refused, and the connection closed.
- The peer must be the same user (or root); the socket's mode is 0600.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Sequence
from pathlib import Path

from audit.entry import check_entry
from audit.errors import AuditError, IntakeError, LogUnavailableError
from audit.frames import MIN_RECORD_BYTES, decode_records, encode_records
from audit.sequencer import Sequencer

_LENGTH = struct.Struct(">I")
_REQUEST = struct.Struct(">BI")
_REPLY = struct.Struct(">BQ")
_CREDENTIALS = struct.Struct("3i")
_RESERVED = 1
_TAKEN, _UNAVAILABLE, _REFUSED, _UNKNOWN = range(4)
MAX_REQUEST_BYTES = 8 * 1024 * 1024
MAX_CONNECTIONS = 64
CLIENT_TIMEOUT_SECONDS = 30.0


class IntakeServer:
    """The socket, on the sequencer's loop."""

    def __init__(self, sequencer: Sequencer, path: Path) -> None:
        """Serve `sequencer` at `path` (`DIR/volens.sock`)."""
        self._sequencer = sequencer
        self._path = path
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Begin to listen; a socket that a dead process left behind is replaced (the log's lock says that it is dead)."""
        self._path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            with _ShortPath(self._path) as name:
                listener.bind(name)
        except OSError:
            listener.close()
            raise
        finally:
            os.umask(before)
        self._server = await asyncio.start_unix_server(self._serve, sock=listener)

    async def close(self) -> None:
        """Stop listening, end what is open, remove the socket."""
        if self._server is None:
            return
        self._server.close()
        for writer in tuple(self._open):
            writer.close()
        self._path.unlink(missing_ok=True)
        self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._open) >= MAX_CONNECTIONS or not _is_own(writer):
            writer.close()
            return
        self._open.add(writer)
        try:
            status = _TAKEN
            while status != _REFUSED:
                (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
                if not _REQUEST.size < length <= MAX_REQUEST_BYTES:
                    status, index = _REFUSED, 0
                else:
                    status, index = await self._take(await reader.readexactly(length))
                writer.write(_REPLY.pack(status, index))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the other side went away; what it appended stays
        finally:
            self._open.discard(writer)
            writer.close()

    async def _take(self, request: bytes) -> tuple[int, int]:
        """Append what a request holds, and wait until it is durable."""
        flags, count = _REQUEST.unpack_from(request)
        if flags not in (0, _RESERVED) or not 0 < count <= len(request) // MIN_RECORD_BYTES:
            return _REFUSED, 0
        try:
            records = decode_records(request[_REQUEST.size :], 0, count)
            for _, entry, _ in records:
                check_entry(entry)
            entries, sealed = [record[1] for record in records], [record[2] for record in records]
            index = self._sequencer.append_many(entries, sealed, reserved=bool(flags))
        except LogUnavailableError:
            return _UNAVAILABLE, 0
        except AuditError:
            return _REFUSED, 0
        try:
            await self._sequencer.wait_durable()
        except AuditError:
            return _UNKNOWN, 0
        return _TAKEN, index


class IntakeClient:
    """Appends from another process; waits for each answer."""

    def __init__(self, path: Path, timeout_seconds: float = CLIENT_TIMEOUT_SECONDS) -> None:
        """Connect to the socket at `path`.

        Raises:
            LogUnavailableError: nobody listens there.
        """
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout_seconds)
        try:
            with _ShortPath(path) as name:
                self._socket.connect(name)
        except OSError as exc:
            self._socket.close()
            raise LogUnavailableError("nobody takes entries at the log's socket") from exc

    def append(self, entry: bytes, sealed: bytes = b"", *, reserved: bool = False) -> int:
        """Append one entry; returns its index once it is durable. Raises as `append_many`."""
        return self.append_many([entry], [sealed], reserved=reserved)

    def append_many(
        self, entries: Sequence[bytes], sealed: Sequence[bytes], *, reserved: bool = False
    ) -> int:
        """Append entries at consecutive places; returns the first index once all are durable.

        Raises:
            LogUnavailableError: the log cannot take them now; nothing was recorded.
            IntakeError: refused as malformed, or broken off, when it is unknown whether they were recorded.
        """
        body = _REQUEST.pack(_RESERVED if reserved else 0, len(entries)) + encode_records(
            list(entries), list(sealed)
        )
        if len(body) > MAX_REQUEST_BYTES:
            raise IntakeError("more than one request may hold")
        try:
            self._socket.sendall(_LENGTH.pack(len(body)) + body)
            status, index = _REPLY.unpack(self._receive(_REPLY.size))
        except OSError as exc:
            raise IntakeError(
                "the connection broke off: whether the entries are recorded is unknown"
            ) from exc
        if status == _UNAVAILABLE:
            raise LogUnavailableError("the log cannot take entries now")
        if status != _TAKEN:
            raise IntakeError(
                "refused as malformed" if status == _REFUSED else "whether they are recorded is unknown"
            )
        return int(index)

    def close(self) -> None:
        """Hang up on the server."""
        self._socket.close()

    def __enter__(self) -> IntakeClient:
        """Use as a context."""
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up on the server."""
        self.close()

    def _receive(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            part = self._socket.recv(length - len(data))
            if not part:
                raise IntakeError("the connection broke off: whether the entries are recorded is unknown")
            data += part
        return data


class _ShortPath:
    """A name for a socket that fits into the 108 bytes the system has for it, however deep the directory lies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def __enter__(self) -> str:
        if len(os.fsencode(self._path)) < 100:
            return str(self._path)
        self._descriptor = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        return f"/proc/self/fd/{self._descriptor}/{self._path.name}"

    def __exit__(self, *_: object) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)


def _is_own(writer: asyncio.StreamWriter) -> bool:
    """Whether the peer is our own user, or root."""
    peer: socket.socket = writer.get_extra_info("socket")
    raw = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return _CREDENTIALS.unpack(raw)[1] in (0, os.geteuid())
