"""An export of one person: their entries and no others, found by their key, and nothing in it says whose they are."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import msgspec
import pytest

from audit import Entry, Kind, Outcome, encode_entry, published_entries
from gateway.evidence.first_numbers import FirstNumbers
from gateway.reporting.disclosure import disclose, hold_to, read_disclosure
from gateway.reporting.encodings import Encoding
from gateway.reporting.errors import ExportError, NotAnExportError
from gateway.reporting.exporting import Order, make_export
from gateway.reporting.manifest import MANIFEST, decode_manifest
from gateway.reporting.query import Query
from gateway.reporting.verification import verify_export
from gateway.reports.own_places import places_of
from privacy import derive_evidence
from tests.unit.audit.logs import SIGNER
from tests.unit.gateway.reporting.small_log import BEGAN, MINUTE, export, write_log

ADA, BOB = bytes([1]) * 32, bytes([2]) * 32
WHOSE = [ADA, BOB, ADA, None, ADA, BOB]


def entries() -> list[bytes]:
    numbers = {ADA: 0, BOB: 0}
    made = []
    for at, key in enumerate(WHOSE):
        tag = None
        if key is not None:
            tag, numbers[key] = derive_evidence(key, numbers[key])[0], numbers[key] + 1
        kind = Kind.DECISION if at % 4 == 0 else Kind.EVENT
        commitment = None if tag is None else bytes([at]) * 32
        outcome = Outcome.PERSONALISED if kind is Kind.DECISION else Outcome.ACCEPTED
        entry = Entry(kind, outcome, BEGAN + at * MINUTE, ("rec",), bytes(32), None, commitment, tag)
        made.append(encode_entry(entry))
    return made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_log(tmp_path, entries())
    return tmp_path


def places(root: Path, *keys: bytes) -> tuple[int, ...]:
    return places_of(keys, published_entries(root / "log"), FirstNumbers(None))


def test_the_rows_are_theirs_and_the_export_holds(root: Path) -> None:
    theirs = places(root, ADA)
    assert theirs == (1, 3, 5)
    manifest = export(root, Encoding.CSV, Query(one_person=True), places=theirs)
    assert (manifest.rows, manifest.hidden) == (3, manifest.until - manifest.first - 3)
    verified = verify_export(root / "out", keys=[SIGNER.verifier])
    assert verified.findings == []
    shown = read_disclosure(
        disclose(root / "log", [2])
    ).disclosed  # somebody else's: rightly not among the rows
    verified = verify_export(root / "out", keys=[SIGNER.verifier], wanted=[2])
    assert (hold_to(verified, shown, [SIGNER.verifier]), verified.findings) == (1, [])


def test_other_conditions_hold_beside_it_and_devices_count_with_them(root: Path) -> None:
    assert places(root, ADA, BOB) == (1, 2, 3, 5, 6)
    query = Query(one_person=True, kinds=("decision",))
    assert export(root, Encoding.JSONL, query, places=places(root, ADA)).rows == 2
    assert verify_export(root / "out", keys=[SIGNER.verifier]).findings == []


def test_it_says_that_one_person_was_asked_for_and_an_export_of_nobody_says_nothing(root: Path) -> None:
    for out, query, theirs in (("one", Query(one_person=True), (1, 3, 5)), ("all", Query(), None)):
        export(root, Encoding.JSONL, query, out=out, places=theirs)
    said = [b'"one_person":true' in (root / out / MANIFEST).read_bytes() for out in ("one", "all")]
    assert said == [True, False]
    for key in (ADA, BOB):
        for file in (root / "one").rglob("*.json"):
            assert key.hex().encode() not in file.read_bytes()


def test_somebody_unknown_has_no_rows_and_everything_is_hidden(root: Path) -> None:
    manifest = export(root, Encoding.CSV, Query(one_person=True), places=places(root, bytes(32)))
    assert manifest.rows == 0
    assert verify_export(root / "out", keys=[SIGNER.verifier]).findings == []


@pytest.mark.parametrize(
    ("query", "theirs"), [(Query(one_person=True), None), (Query(), (1,)), (Query(one_person=False), None)]
)
def test_a_question_and_places_that_do_not_go_together_are_refused(
    root: Path, query: Query, theirs: tuple[int, ...] | None
) -> None:
    with pytest.raises(ExportError):
        export(root, Encoding.CSV, query, places=theirs)


def test_a_manifest_that_says_it_in_another_way_is_none(root: Path) -> None:
    export(root, Encoding.CSV, Query(one_person=True), places=(1,))
    data = (root / "out" / MANIFEST).read_bytes()
    for wrong in (b"false", b"null", b'"ada"'):
        with pytest.raises(NotAnExportError):
            decode_manifest(data.replace(b'"one_person":true', b'"one_person":' + wrong))


def test_an_order_for_another_process_keeps_the_places(root: Path) -> None:
    order = Order(
        root / "log", root / "out", Query(one_person=True), Encoding.CSV, BEGAN, "volens test", places=(1, 3)
    )
    made = make_export(
        dataclasses.replace(order, processes=1),
        lambda detail: write_log(
            root, [encode_entry(Entry(Kind.EXPORT, Outcome.DONE, BEGAN + 9_000 * MINUTE, detail=detail))]
        ),
    )
    assert made.rows == 2
    assert msgspec.json.decode(msgspec.json.encode(Query(one_person=True)), type=Query).is_of_one_person
