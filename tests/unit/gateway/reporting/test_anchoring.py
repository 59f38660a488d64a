"""An export is held to a checkpoint that was kept from earlier: what was cut off or written anew since shows there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from audit import CorruptionError, sign_checkpoint
from audit.checkpoint import Checkpoint
from gateway.reporting.anchoring import CONSISTENCY
from gateway.reporting.encodings import Encoding
from gateway.reporting.errors import ExportError, NotAnExportError
from gateway.reporting.faults import Fault
from gateway.reporting.query import Query
from gateway.reporting.verification import verify_export
from tests.unit.audit.logs import SIGNER, STRANGER
from tests.unit.gateway.reporting.small_log import BEGAN, MINUTE, entries, export, write_log

OLD, ALL = 71, 301
LATE = Query(since=BEGAN + 200 * MINUTE)
"""A range that begins behind the anchor."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("anchored")
    write_log(root, entries(OLD - 1))
    (root / "kept").write_bytes((root / "log" / "checkpoint").read_bytes())
    write_log(root, entries(ALL - OLD, first=OLD))
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "copy"))


def faults(root: Path, anchor: bytes) -> list[Fault | str]:
    return [
        each.cause for each in verify_export(root / "out", keys=[SIGNER.verifier], anchor=anchor).findings
    ]


def another_history(size: int) -> bytes:
    return sign_checkpoint(Checkpoint(SIGNER.verifier.name, size, bytes([5]) * 32), SIGNER)


@pytest.mark.parametrize("encoding", list(Encoding))
def test_an_anchor_within_the_range_needs_nothing_more(root: Path, encoding: Encoding) -> None:
    export(root, encoding)
    kept = (root / "kept").read_bytes()
    assert faults(root, kept) == []
    assert faults(root, (root / "log" / "checkpoint").read_bytes()) == []
    assert not (root / "out" / CONSISTENCY).exists()
    for size in (1, 64, OLD, ALL):
        assert faults(root, another_history(size)) == [Fault.FORKED]


def test_any_other_anchor_needs_the_proof_that_is_made_for_it(root: Path) -> None:
    kept = (root / "kept").read_bytes()
    export(root, Encoding.JSONL, LATE)
    assert faults(root, kept) == [Fault.NOT_ANCHORED]
    shutil.rmtree(root / "out")
    export(root, Encoding.JSONL, LATE, anchor=kept)
    assert faults(root, kept) == []
    assert faults(root, another_history(71)) != []
    assert faults(root, another_history(10)) == [Fault.NOT_ANCHORED]
    newer = another_history(100_000)
    assert faults(root, newer) == [Fault.NOT_ANCHORED]


def test_the_proof_cannot_be_changed(root: Path) -> None:
    kept = (root / "kept").read_bytes()
    export(root, Encoding.JSONL, LATE, anchor=kept)
    place = root / "out" / CONSISTENCY
    said = json.loads(place.read_text())
    place.write_text(json.dumps({**said, "hashes": said["hashes"][::-1]}))
    assert faults(root, kept) == [Fault.FORKED]
    place.write_text(json.dumps({**said, "hashes": ["!" * 44]}))
    with pytest.raises(NotAnExportError):
        faults(root, kept)


def test_what_is_no_checkpoint_of_this_log_is_no_anchor(root: Path) -> None:
    foreign = sign_checkpoint(Checkpoint(SIGNER.verifier.name, 5, bytes(32)), STRANGER)
    export(root)
    for wrong in (foreign, b"", b"a note\n\nof nobody\n"):
        assert faults(root, wrong) == [Fault.BAD_ANCHOR]
        with pytest.raises(ExportError):
            export(root, out="second", anchor=wrong)


def test_a_log_that_does_not_continue_the_anchor_is_not_exported(root: Path) -> None:
    for wrong in (another_history(OLD), another_history(ALL + 50)):
        with pytest.raises(CorruptionError):
            export(root, anchor=wrong)
    assert not (root / "out").exists()
