"""From a destination's configuration to its far end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gateway.routing.destination import Destination, Kind
from gateway.routing.errors import DestinationConfigError
from gateway.routing.file_sink import FileSink
from gateway.routing.formats import Formats
from gateway.routing.http_sink import Dialect, HttpSink, basic_headers, signed_headers
from gateway.routing.key_files import load_secret, pseudonym_key_path, signing_key_path
from gateway.routing.part_files import NDJSON, PARQUET
from gateway.routing.ports import Sink
from gateway.routing.pseudonyms import DestinationPseudonyms
from gateway.routing.signatures import RequestSigner
from privacy import load_key_file, load_or_create_key


@dataclass(frozen=True, slots=True)
class SinkMaker:
    """Opens sinks. Reads and makes key files; touches no network."""

    origin: str
    """The audit log's origin: the source of every event."""
    keys: Path
    """The keys directory."""
    entropy: Callable[[int], bytes]
    """Random bytes from the operating system, by length."""
    clock: Callable[[], float]
    """Wall time (unix seconds)."""

    def open(self, destination: Destination) -> Sink:
        """The far end of a destination.

        Raises:
            DestinationConfigError: a secret cannot be used.
            KeyFileError: a key cannot be used or made.
        """
        key = load_or_create_key(pseudonym_key_path(self.keys, destination.id), self.entropy)
        formats = Formats(destination, DestinationPseudonyms(key, destination.purpose), self.origin)
        match destination.kind:
            case Kind.HTTP:
                dialect = Dialect(formats.cloudevents, signed_headers(self.signer(destination)))
                return HttpSink(destination, dialect, self.clock)
            case Kind.SEGMENT_HTTP:
                dialect = Dialect(
                    formats.segment,
                    basic_headers(load_secret(_given(destination.secret_file, "secret_file"))),
                )
                return HttpSink(destination, dialect, self.clock)
            case Kind.NDJSON:
                return FileSink(_given(destination.path, "path"), destination.purpose, NDJSON, formats)
            case Kind.PARQUET:
                return FileSink(_given(destination.path, "path"), destination.purpose, PARQUET, formats)

    def signer(self, destination: Destination) -> RequestSigner:
        """The signing key of an `http` destination; its public half is what the receiver needs.

        Raises:
            KeyFileError: the key cannot be used or made.
        """
        if destination.signing_key_file is not None:
            return RequestSigner(load_key_file(destination.signing_key_file))
        return RequestSigner(load_or_create_key(signing_key_path(self.keys, destination.id), self.entropy))


def _given(path: Path | None, field: str) -> Path:
    if path is None:
        raise DestinationConfigError(field, "must be given for this kind")
    return path
