"""The entries beside the range show that nothing of the time asked for lies outside it; what was pruned is told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.reporting.disclosure import disclose, read_disclosure
from gateway.reporting.encodings import Encoding
from gateway.reporting.errors import NoSuchPurposeError, NotAnExportError
from gateway.reporting.faults import Fault
from gateway.reporting.manifest import MANIFEST, Pruned, decode_manifest, encode_manifest
from gateway.reporting.neighbours import NEIGHBOURS
from gateway.reporting.query import Query
from gateway.reporting.verification import verify_export
from gateway.reporting.verified import Verified
from tests.unit.audit.logs import SIGNER
from tests.unit.gateway.reporting.small_log import BEGAN, MINUTE, entries, export, pruned, write_log

SINCE, BEFORE = BEGAN + 50 * MINUTE, BEGAN + 250 * MINUTE
WITHIN = Query(since=SINCE, before=BEFORE, kinds=("decision",))
Change = Callable[[Path, dict[str, Any]], dict[str, Any]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("log")
    write_log(path, entries(300))
    export(path, Encoding.JSONL, WITHIN)
    return path


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "copy"))


def verified(path: Path) -> Verified:
    return verify_export(path, keys=[SIGNER.verifier])


def test_the_entries_beside_the_range_are_of_another_time(root: Path) -> None:
    found = verified(root / "out")
    assert (found.findings, found.is_bounded) == ([], True)
    assert found.beside == [(50, SINCE - MINUTE), (251, BEFORE)]


@pytest.mark.parametrize(
    ("query", "beside"),
    [
        (Query(), []),
        (Query(kinds=("decision",)), []),
        (Query(since=BEGAN + 299 * MINUTE), [299]),
        (Query(since=BEGAN, before=BEGAN + 2 * MINUTE), [0, 3]),
    ],
)
def test_where_the_log_begins_or_ended_no_neighbour_is_needed(
    root: Path, query: Query, beside: list[int]
) -> None:
    write_log(root, entries(1, first=9000))
    manifest = export(root, Encoding.CSV, query, out="more")
    found = verified(root / "more")
    assert (found.findings, found.is_bounded) == ([], True)
    assert [place for place, _ in found.beside] == beside
    assert (root / "more" / NEIGHBOURS).exists() is bool(beside)
    assert manifest.pruned is msgspec.UNSET


def test_an_export_of_one_person_shows_nobody_elses_entries(root: Path) -> None:
    query = Query(since=SINCE, before=BEFORE, one_person=True)
    export(root, Encoding.CSV, query, out="theirs", places=(60,))
    found = verified(root / "theirs")
    assert (found.findings, found.is_bounded, found.beside) == ([], False, [])


def test_an_export_from_before_there_were_neighbours_is_whole_and_shows_less(root: Path) -> None:
    (root / "out" / NEIGHBOURS).unlink()
    found = verified(root / "out")
    assert (found.findings, found.is_bounded) == ([], False)


def _another(place: int) -> Change:
    def change(root: Path, said: dict[str, Any]) -> dict[str, Any]:
        (shown,) = read_disclosure(disclose(root / "log", [place])).disclosed
        return {**said, "before": msgspec.to_builtins(shown)}

    return change


@pytest.mark.parametrize(
    "change",
    [
        _another(49),
        _another(50),  # the right one, under another checkpoint
        lambda _, said: {**said, "before": said["after"]},
        lambda _, said: {**said, "before": None},
        lambda _, said: {**said, "before": {**said["before"], "entry": said["after"]["entry"]}},
        lambda _, said: {**said, "format": "other/v1"},
        lambda _, said: {**said, "more": 1},
    ],
    ids=["further out", "another checkpoint", "twice the same", "one missing", "altered", "version", "more"],
)
def test_what_is_not_the_neighbour_is_found(root: Path, change: Change) -> None:
    place = root / "out" / NEIGHBOURS
    write_log(root, entries(1, first=9000))
    place.write_text(json.dumps(change(root, json.loads(place.read_bytes()))))
    found = verified(root / "out")
    assert {each.cause for each in found.findings} == {Fault.BAD_NEIGHBOUR}
    assert not found.is_bounded


def test_where_the_proof_is_damaged_nothing_else_is_blamed(root: Path) -> None:
    proof = root / "out" / "manifest.tlog-proof"
    proof.write_bytes(proof.read_bytes()[:-1])
    assert [each.cause for each in verified(root / "out").findings] == [Fault.BAD_PROOF]


def test_a_range_that_leaves_out_entries_of_the_time_asked_for_is_found(root: Path) -> None:
    wider = msgspec.structs.replace(WITHIN, since=SINCE - MINUTE)
    place = root / "out" / MANIFEST
    manifest = decode_manifest(place.read_bytes())
    place.write_bytes(encode_manifest(msgspec.structs.replace(manifest, query=wider)))
    assert Fault.RANGE_TOO_SHORT in {each.cause for each in verified(root / "out").findings}


def test_what_was_pruned_stands_in_the_manifest(root: Path) -> None:
    announced = pruned(root, 301)
    query = Query(since=BEGAN + 10 * MINUTE, before=BEGAN + 290 * MINUTE)
    manifest = export(root, Encoding.JSONL, query, out="later")
    assert manifest.pruned == Pruned(minimum=256, announced=announced)
    found = verified(root / "later")
    assert (found.findings, [place for place, _ in found.beside]) == ([], [291])
    for wrong in ({"minimum": 257}, {"minimum": 0}, {"announced": 255}, {"announced": manifest.log_size}):
        said = msgspec.structs.replace(manifest.pruned, **wrong)
        place = root / "later" / MANIFEST
        place.write_bytes(encode_manifest(msgspec.structs.replace(manifest, pruned=said)))
        with pytest.raises(NotAnExportError):
            verified(root / "later")


def test_a_purpose_that_nobody_knows_is_refused_rather_than_answered_with_nothing(root: Path) -> None:
    policy = frozenset({"rec", "adv"})
    with pytest.raises(NoSuchPurposeError):
        export(root, query=Query(purposes=("rec", "zzz")), out="none", known_purposes=policy)
    assert not (root / "none").exists()
    for code in ("adv", "not"):  # of the policy, and of the log alone
        assert export(root, query=Query(purposes=(code,)), out=code, known_purposes=policy).log_size > 0
