"""A range over several files: the same by one process or by two, whole, and found out when two files change places."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.reporting.encodings import Encoding
from gateway.reporting.faults import Fault
from gateway.reporting.query import Query
from gateway.reporting.verification import verify_export
from tests.unit.audit.logs import SIGNER
from tests.unit.gateway.reporting.small_log import BEGAN, MINUTE, entries, export, write_log

pytestmark = pytest.mark.slow

COUNT = 9_000
RANGE = Query(since=BEGAN + 1_000 * MINUTE, before=BEGAN + 8_900 * MINUTE, kinds=("event", "rule"))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("log")
    write_log(path, entries(COUNT))
    return path


def test_two_processes_write_what_one_writes(root: Path) -> None:
    alone = export(root, Encoding.HTML, RANGE, out="alone")
    together = export(root, Encoding.HTML, RANGE, out="together", processes=2)
    assert together.files == alone.files
    assert (alone.first, alone.until) == (1_001, 8_901)
    assert [file.name for file in alone.files if file.is_rows] == [
        f"rows/{first:016d}.html" for first in (1_001, 4_096, 8_192)
    ]
    for out in ("alone", "together"):
        assert verify_export(root / out, keys=[SIGNER.verifier]).findings == []


def test_files_that_changed_places_are_found(root: Path) -> None:
    export(root, Encoding.HTML, RANGE, out="moved")
    first, second = sorted((root / "moved" / "hidden").iterdir())[:2]
    kept = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(kept)
    found = verify_export(root / "moved", keys=[SIGNER.verifier]).findings
    assert {each.cause for each in found} == {Fault.CHANGED}
