"""What a person gave, to take along: their signals and their answers, as lines of JSON, alone or in an archive. Pure.

Only what is processed by consent or contract is here, and nothing that was worked out from it (GDPR art. 20(1)). Each line says
what it is by its member `kind`.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

_PORTABLE_BASES = ("consent", "contract")
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""The earliest time an archive can say: an archive tells nothing by its times."""


def portable_lines(report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The lines of a report that may be taken along."""
    for purpose in report["purposes"]:
        if purpose["legal_basis"] in _PORTABLE_BASES:
            for signal in purpose["signals"]:
                yield {"kind": "signal", "purpose": purpose["id"], **signal}
    for consent in report["consents"]:
        yield {"kind": "consent", **consent}


def as_ndjson(report: Mapping[str, Any]) -> bytes:
    """One line for each thing."""
    return b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in portable_lines(report))


def as_archive(report: Mapping[str, Any], page: bytes) -> bytes:
    """A zip file with the lines, the whole report, and the page for reading."""
    files = {
        "data.ndjson": as_ndjson(report),
        "report.json": as_json(report),
        "report.html": page,
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _FIRST_DAY), content, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def as_json(report: Mapping[str, Any]) -> bytes:
    """The whole report."""
    return msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n"
