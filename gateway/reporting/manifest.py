"""What an export says of itself: the question, the range, and the digest of every file. The log holds its digest.

Canonical JSON with one spelling: what is read is written again and compared, so nobody can hide a second meaning in it.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Annotated

import msgspec

from gateway.reporting.encodings import Encoding
from gateway.reporting.errors import ExportError, NotAnExportError
from gateway.reporting.query import Query

FORMAT = "volens-export/v1"
MANIFEST = "manifest.json"
POPULATION = "population.json"
ENTRY = "manifest.entry"
PROOF = "manifest.tlog-proof"
KEY = "log.vkey"
SUMS = "SHA256SUMS"
REPORT = "report.html"
REPORT_DATA = "report.json"

MAX_MANIFEST_BYTES = 64 * 1024 * 1024
MAX_FILE_BYTES = 1 << 30

ROWS, HIDDEN = "rows", "hidden"
"""The folders of what is shown, and of the hashes of what is not."""

_ROWS = re.compile(rf"{ROWS}/(\d{{16}})\.({'|'.join(Encoding)})\Z")
_HIDDEN = re.compile(rf"{HIDDEN}/(\d{{16}})\.hashes\Z")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]


class ExportedFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One file of an export."""

    name: str
    """Its place in the export."""
    size: _Count
    """Its size in bytes."""
    sha256: str
    """Of its bytes, in hexadecimal."""
    count: _Count
    """How many entries it stands for: rows, or hashes of hidden ones; 0 for a report."""

    @property
    def is_rows(self) -> bool:
        """Whether it holds rows."""
        return _ROWS.match(self.name) is not None

    @property
    def is_hidden(self) -> bool:
        """Whether it holds the hashes of what was not selected."""
        return _HIDDEN.match(self.name) is not None


class Pruned(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What of the log was published no more when the export was made."""

    minimum: _Count
    """The entries below this index."""
    announced: _Count
    """The entry of the log that says so."""


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an export says of itself."""

    log: str
    """The origin of the log."""
    log_size: _Count
    """How many entries were published when it was made."""
    first: _Count
    """The range: its first index."""
    until: _Count
    """The index behind it."""
    query: Query
    """What was selected of it."""
    encoding: Encoding
    """The form of the rows."""
    rows: _Count
    """How many entries were selected."""
    hidden: _Count
    """Entries of the range that were not."""
    files: tuple[ExportedFile, ...]
    """Everything but what proves the manifest itself, by name."""
    made_at: _Count
    """Unix seconds, by the clock of the machine."""
    program: str
    """Name and version of what made it."""
    pruned: Pruned | msgspec.UnsetType = msgspec.UNSET
    """Which older entries of the log were pruned before, if any were."""
    format: str = FORMAT
    """Of which version this is."""
    formulas: str = "neutralised in csv"
    """What was done to cells that a spreadsheet would compute."""
    times: str = "UTC, as rounded in the log"
    """What the times are."""


_decoder = msgspec.json.Decoder(Manifest)
_encoder = msgspec.json.Encoder(order="sorted")


def encode_manifest(manifest: Manifest) -> bytes:
    """Return the manifest's bytes, canonical."""
    return _encoder.encode(manifest)


def rows_name(first: int, encoding: Encoding) -> str:
    """The file of the rows of the part that begins with the index `first`."""
    return f"{ROWS}/{first:016d}.{encoding.value}"


def hidden_name(first: int) -> str:
    """The file of the hashes of what that part does not show."""
    return f"{HIDDEN}/{first:016d}.hashes"


def entry_details(manifest: Manifest, data: bytes) -> dict[str, str | int]:
    """What the log's entry says of an export with this manifest, whose bytes are `data`."""
    return {
        "act": "export",
        "encoding": manifest.encoding.value,
        "first": manifest.first,
        "manifest": digest_of(data),
        "rows": manifest.rows,
        "until": manifest.until,
    }


def is_export(path: Path) -> bool:
    """Whether this is a directory that an export may be in, or what is left of one."""
    return not (path / "tile").exists() and any(
        (path / name).exists() for name in (MANIFEST, POPULATION, PROOF)
    )


def digest_of(data: bytes) -> str:
    """SHA-256 in hexadecimal, as the log's entry has it."""
    return hashlib.sha256(data).hexdigest()


def decode_manifest(data: bytes) -> Manifest:
    """Read a manifest.

    Raises:
        NotAnExportError: it is not a manifest, or it contradicts itself.
    """
    try:
        manifest = _decoder.decode(data)
        manifest.query.check()
    except (msgspec.DecodeError, UnicodeDecodeError, ExportError) as exc:
        raise NotAnExportError("the manifest cannot be read") from exc
    names = [file.name for file in manifest.files]
    if (
        encode_manifest(manifest) != data
        or manifest.format != FORMAT
        or not manifest.first < manifest.until <= manifest.log_size
        or manifest.rows + manifest.hidden != manifest.until - manifest.first
        or not _is_possibly_pruned(manifest)
        or names != sorted(set(names))
        or not all(_is_possible(file, manifest) for file in manifest.files)
        or manifest.rows != sum(file.count for file in manifest.files if file.is_rows)
        or manifest.hidden != sum(file.count for file in manifest.files if file.is_hidden)
    ):
        raise NotAnExportError("the manifest contradicts itself, or is of another version")
    return manifest


def _is_possibly_pruned(manifest: Manifest) -> bool:
    """Whether what it says of pruned entries can be: they are before the range, and an entry behind them says so."""
    said = manifest.pruned
    if said is msgspec.UNSET:
        return True
    return 0 < said.minimum <= min(said.announced, manifest.first) and said.announced < manifest.log_size


def _is_possible(file: ExportedFile, manifest: Manifest) -> bool:
    """Whether an export of this manifest may have the file: of a part of its range, in its encoding, and not without entries."""
    if file.size > MAX_FILE_BYTES or not _DIGEST.match(file.sha256):
        return False
    rows = _ROWS.match(file.name)
    part = rows or _HIDDEN.match(file.name)
    if part is None:
        return file.name in (REPORT, REPORT_DATA) and file.count == 0
    begin, step = int(part[1]), manifest.encoding.indices_in_file
    begins_one = begin == manifest.first or (manifest.first < begin < manifest.until and begin % step == 0)
    return begins_one and 0 < file.count <= step and (rows is None or rows[2] == manifest.encoding.value)
