"""A hidden entry can be asked for, and what is shown is held to what was handed out."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gateway.reporting.disclosure import Disclosed, disclose, hold_to, read_disclosure
from gateway.reporting.encodings import Encoding
from gateway.reporting.errors import NoSuchRangeError, NotAnExportError
from gateway.reporting.faults import Fault
from gateway.reporting.query import Query
from gateway.reporting.verification import Verified, verify_export
from tests.unit.audit.logs import SIGNER
from tests.unit.gateway.reporting.small_log import BEGAN, MINUTE, entries, export, write_log


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("log")
    write_log(path, entries(40))
    export(path, Encoding.CSV, Query(kinds=("decision",), before=BEGAN + 20 * MINUTE))
    return path


def held(root: Path, shown: tuple[Disclosed, ...]) -> tuple[int, Verified]:
    verified = verify_export(root / "out", keys=[SIGNER.verifier], wanted=[each.index for each in shown])
    return hold_to(verified, shown, [SIGNER.verifier]), verified


def test_what_is_hidden_and_shown_later_is_what_was_handed_out(root: Path) -> None:
    shown = read_disclosure(disclose(root / "log", [8, 3, 3])).disclosed
    assert [each.index for each in shown] == [3, 8]
    count, verified = held(root, shown)
    assert (count, verified.findings) == (2, [])


def test_another_entry_in_its_place_is_found(root: Path) -> None:
    first, second = read_disclosure(disclose(root / "log", [3, 8])).disclosed
    _, verified = held(root, (msgspec.structs.replace(first, entry=second.entry),))
    assert [each.cause for each in verified.findings] == [Fault.BAD_DISCLOSURE]
    _, verified = held(root, (msgspec.structs.replace(second, index=4),))
    assert [each.cause for each in verified.findings] == [Fault.BAD_DISCLOSURE]


def test_an_entry_that_should_have_been_a_row_is_found(root: Path) -> None:
    verified = verify_export(root / "out", keys=[SIGNER.verifier], wanted=[26])
    wider = msgspec.structs.replace(verified.manifest, query=Query(kinds=("decision",)))
    verified = Verified(wider, hidden=verified.hidden)
    assert hold_to(verified, read_disclosure(disclose(root / "log", [26])).disclosed, [SIGNER.verifier]) == 0
    assert [each.cause for each in verified.findings] == [Fault.WITHHELD_FROM_IT]


@pytest.mark.parametrize("indices", [[], [-1], [10_000]])
def test_entries_that_do_not_exist_cannot_be_shown(root: Path, indices: list[int]) -> None:
    with pytest.raises(NoSuchRangeError):
        disclose(root / "log", indices)


@pytest.mark.parametrize("data", [b"", b"{}", b'{"disclosed":[],"format":"other/v1"}', b"\xff"])
def test_what_is_no_disclosure_is_refused(data: bytes) -> None:
    with pytest.raises(NotAnExportError):
        read_disclosure(data)
