"""What is exported can be checked by whoever is handed it, and nothing of it can be changed unseen."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import polars as pl
import pytest

from audit import CorruptionError, NoteSigner, published_entries
from gateway.reporting.encodings import Encoding
from gateway.reporting.errors import ExportError, NoSuchRangeError, NotAnExportError, OutputExistsError
from gateway.reporting.faults import Fault
from gateway.reporting.manifest import MANIFEST, decode_manifest, encode_manifest
from gateway.reporting.parts import described
from gateway.reporting.query import Query
from gateway.reporting.verification import verify_export
from tests.unit.audit.logs import SIGNER, STRANGER
from tests.unit.gateway.reporting.small_log import BEGAN, MINUTE, entries, export, write_log

COUNT = 300
DECISIONS = Query(kinds=("decision",))
HALF = Query(since=BEGAN + 10 * MINUTE, before=BEGAN + 290 * MINUTE, outcomes=("fired", "withheld.bot"))


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("log")
    write_log(root, entries(COUNT))
    return root


@pytest.fixture
def root(log: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(log, tmp_path / "copy"))


def faults(path: Path) -> set[Fault]:
    return {each.cause for each in verify_export(path, keys=[SIGNER.verifier]).findings}


@pytest.mark.parametrize("query", [Query(), DECISIONS, HALF], ids=["all", "decisions", "times"])
@pytest.mark.parametrize("encoding", list(Encoding))
def test_an_export_is_whole_and_in_the_log(root: Path, encoding: Encoding, query: Query) -> None:
    manifest = export(root, encoding, query)
    verified = verify_export(root / "out", keys=[SIGNER.verifier])
    assert verified.findings == []
    assert verified.index is not None
    assert verified.index >= manifest.log_size == COUNT + 1
    assert verified.manifest == manifest
    assert manifest.rows + manifest.hidden == manifest.until - manifest.first
    assert not list(root.glob(".out*"))


def test_the_rows_are_those_that_were_asked_for_byte_for_byte(root: Path) -> None:
    manifest = export(root, Encoding.JSONL, HALF)
    (rows,) = (root / "out" / "rows").iterdir()
    found = {
        int(line.split(",", 1)[0].removeprefix('{"index":')): line.split('"entry":', 1)[1].removesuffix("}")
        for line in rows.read_text().splitlines()
    }
    expected = {
        index: body.decode()
        for index, body in published_entries(root / "log")
        if 11 <= index < 291 and (b'"k":"rule"' in body or b'"bot":' in body)
    }
    assert found == expected
    assert (manifest.first, manifest.until) == (11, 291)


def test_cells_say_what_the_entry_says(root: Path) -> None:
    export(root, Encoding.PARQUET)
    (path,) = (root / "out" / "rows").iterdir()
    for row in pl.read_parquet(path).iter_rows(named=True):
        entry = json.loads(row["entry"])
        assert (row["kind"], row["outcome"]) == (entry["k"], entry["o"])
        assert row["time"].timestamp() == entry["t"]
        assert row["purposes"] == " ".join(entry.get("p", []))
        assert json.loads(row["details"] or "{}") == entry.get("d", {})
        assert json.loads(row["withheld"] or "{}") == entry.get("n", {})
        assert (row["policy"], row["model"]) == (entry.get("pol", ""), entry.get("m", ""))


@pytest.mark.parametrize("encoding", list(Encoding))
def test_the_same_range_has_the_same_files_although_the_log_has_grown(root: Path, encoding: Encoding) -> None:
    first = export(root, encoding, HALF, out="first")
    write_log(root, entries(70, first=1000))
    second = export(root, encoding, HALF, out="second")
    assert first.files == second.files
    assert first.log_size < second.log_size


def test_ordinary_links_and_markup_stay_text_in_a_page(root: Path) -> None:
    export(root, Encoding.HTML)
    page = (root / "out" / "rows" / f"{0:016d}.html").read_text()
    assert page.count("</td>, =1+1") == 0
    assert "&lt;/td&gt;, =1+1" in page
    assert "<script" not in page


def _replace(pattern: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def tamper(out: Path) -> None:
        (path,) = sorted(out.glob(pattern))[:1]
        path.write_bytes(change(path.read_bytes()))

    return tamper


def _redone(out: Path, change: Callable[[Path], None]) -> None:
    """Change something, and make the manifest name the new digests: what a forger would do."""
    change(out)
    manifest = decode_manifest((out / MANIFEST).read_bytes())
    files = tuple(described(out / file.name, out, file.count) for file in manifest.files)
    (out / MANIFEST).write_bytes(encode_manifest(msgspec.structs.replace(manifest, files=files)))


TAMPERED: dict[str, tuple[Callable[[Path], None], Fault]] = {
    "rows cut off": (_replace("rows/*", lambda data: data[:-40]), Fault.CHANGED),
    "a row changed": (
        _replace("rows/*", lambda data: data.replace(b"personalised", b"personalisee", 1)),
        Fault.CHANGED,
    ),
    "hashes cut off": (_replace("hidden/*", lambda data: data[:-32]), Fault.CHANGED),
    "rows gone": (lambda out: next((out / "rows").iterdir()).unlink(), Fault.MISSING),
    "proof gone": (lambda out: (out / "manifest.tlog-proof").unlink(), Fault.MISSING),
    "key gone": (lambda out: (out / "log.vkey").unlink(), Fault.MISSING),
    "no key": (lambda out: (out / "log.vkey").write_text("a+b+c\n"), Fault.BAD_KEY),
    "something added": (lambda out: (out / "note.txt").write_text("trust me"), Fault.UNKNOWN_FILE),
    "a link": (lambda out: (out / "note.txt").symlink_to("/etc/hostname"), Fault.NOT_A_FILE),
    "another key": (lambda out: (out / "log.vkey").write_text(STRANGER.vkey + "\n"), Fault.BAD_KEY),
    "an unknown signature": (
        _replace(
            "manifest.tlog-proof",
            lambda data: data[: data.rindex(b"\xe2\x80\x94")] + b"\xe2\x80\x94 x.example/y AAAAAAAA\n",
        ),
        Fault.BAD_PROOF,
    ),
    "another entry": (
        _replace("manifest.entry", lambda data: data.replace(b'"rows":', b'"rowz":')),
        Fault.BAD_ENTRY,
    ),
    "a proof without its last byte": (
        _replace("manifest.tlog-proof", lambda data: data[:-1]),
        Fault.BAD_PROOF,
    ),
    "other surroundings": (
        _replace("population.json", lambda data: data.replace(b'"first":0', b'"first":1')),
        Fault.BAD_POPULATION,
    ),
    "surroundings cut off": (_replace("population.json", lambda data: data[:-5]), Fault.BAD_POPULATION),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_what_was_changed_is_found_by_its_cause(root: Path, name: str) -> None:
    export(root, Encoding.JSONL, DECISIONS)
    tamper, fault = TAMPERED[name]
    tamper(root / "out")
    assert faults(root / "out") == {fault}


def test_one_of_the_keys_that_are_given_must_have_signed(root: Path) -> None:
    export(root)
    for given in ([STRANGER], [NoteSigner("another.example/log", bytes(32))]):
        found = verify_export(root / "out", keys=[each.verifier for each in given]).findings
        assert [each.cause for each in found] == [Fault.OTHER_KEY]
    assert verify_export(root / "out", keys=[STRANGER.verifier, SIGNER.verifier]).findings == []


@pytest.mark.parametrize(
    ("pattern", "change", "fault"),
    [
        ("rows/*", lambda data: data.replace(b'"o":"personalised"', b'"o":"accepted"', 1), Fault.NOT_WHOLE),
        ("rows/*", lambda data: data.replace(b'"k":"decision"', b'"k":"event"', 1), Fault.NOT_SELECTED),
        ("hidden/*", lambda data: data[32:64] + data[:32] + data[64:], Fault.NOT_WHOLE),
        ("rows/*", lambda data: data[data.index(b"\n") + 1 :], Fault.BAD_ROWS),
        ("rows/*", lambda data: data.replace(b'"index":', b'"index":0', 1), Fault.CELLS),
    ],
    ids=["an entry changed", "another kind", "hashes swapped", "a row left out", "another spelling"],
)
def test_a_new_manifest_over_changed_files_is_found_twice(
    root: Path, pattern: str, change: Callable[[bytes], bytes], fault: Fault
) -> None:
    export(root, Encoding.JSONL, DECISIONS)
    _redone(root / "out", _replace(pattern, change))
    assert {Fault.NOT_IN_THE_LOG, fault} <= faults(root / "out")


@pytest.mark.parametrize(
    "name",
    [f"rows/{0:016d}.csv", f"rows/{1:016d}.jsonl", f"rows/{1 << 16:016d}.jsonl", f"hidden/{5:016d}.hashes"],
)
@pytest.mark.parametrize("count", [0, 1])
def test_a_file_that_no_such_export_has_makes_it_none_though_the_manifest_names_it(
    root: Path, name: str, count: int
) -> None:
    export(root, Encoding.JSONL, DECISIONS)
    out = root / "out"
    (out / name).write_text("forged")
    manifest = decode_manifest((out / MANIFEST).read_bytes())
    files = sorted([*manifest.files, described(out / name, out, count)], key=lambda file: file.name)
    changed = msgspec.structs.replace(manifest, files=tuple(files), rows=manifest.rows)
    (out / MANIFEST).write_bytes(encode_manifest(changed))
    with pytest.raises(NotAnExportError):
        verify_export(out)


def test_an_export_in_a_folder_with_the_signs_of_a_pattern_is_read(root: Path) -> None:
    export(root, Encoding.CSV, DECISIONS)
    folder = (root / "out").rename(root / "g[1]*")
    assert verify_export(folder).findings == []


def test_cells_of_a_table_that_contradict_the_entry_are_found(root: Path) -> None:
    export(root, Encoding.CSV, DECISIONS)
    change = _replace("rows/*", lambda data: data.replace(b'"decision"', b'"=cmd()"', 1))
    _redone(root / "out", change)
    assert Fault.CELLS in faults(root / "out")


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[:-2],
        lambda data: data.replace(b'"rows":', b' "rows":'),
        lambda data: data.replace(b"rows/", b"../r/", 1),
        lambda data: data.replace(b'"hidden":226', b'"hidden":225'),
        lambda data: b"[" * 100_000,
        lambda data: data.replace(b"volens-export/v1", b"volens-export/v2"),
        lambda data: b"\xff\xf0\x9f\x92\xa9",
    ],
    ids=["truncated", "respelled", "outside", "miscounted", "deep", "version", "bytes"],
)
def test_a_manifest_that_cannot_be_one_is_no_export(root: Path, change: Callable[[bytes], bytes]) -> None:
    export(root, Encoding.JSONL, DECISIONS)
    _replace(MANIFEST, change)(root / "out")
    with pytest.raises(NotAnExportError):
        verify_export(root / "out")


@pytest.mark.parametrize(
    ("query", "error"),
    [
        (Query(since=BEGAN + 100_000 * MINUTE), NoSuchRangeError),
        (Query(before=BEGAN - 1000 * MINUTE), NoSuchRangeError),
        (Query(since=BEGAN + 5, before=BEGAN + 7), NoSuchRangeError),
        (Query(since=BEGAN, before=BEGAN), ExportError),
        (Query(since=-1), ExportError),
        (Query(kinds=("gossip",)), ExportError),
        (Query(outcomes=("=1+1",)), ExportError),
        (Query(purposes=("\U0001f4a9",)), ExportError),
        (Query(sources=("\ud800",)), ExportError),
        (Query(sources=("\U0001f4a9",)), ExportError),
    ],
)
def test_what_makes_no_sense_or_is_not_there_is_said_and_nothing_is_left(
    root: Path, query: Query, error: type[Exception]
) -> None:
    before = sorted(root.iterdir())
    with pytest.raises(error):
        export(root, Encoding.CSV, query)
    assert sorted(root.iterdir()) == before


def test_a_log_without_a_checkpoint_is_told_as_that(root: Path) -> None:
    (root / "log" / "checkpoint").unlink()
    with pytest.raises(ExportError, match="no checkpoint yet"):
        export(root)
    assert not (root / "out").exists()


def test_what_is_there_already_is_not_written_over(root: Path) -> None:
    (root / "out").mkdir()
    with pytest.raises(OutputExistsError):
        export(root)
    assert list((root / "out").iterdir()) == []


def test_a_log_that_was_changed_is_not_exported(root: Path) -> None:
    bundle = root / "log" / "tile" / "entries" / "000"
    bundle.write_bytes(bundle.read_bytes().replace(b"personalised", b"personalisee", 1))
    with pytest.raises(CorruptionError):
        export(root)
    assert not (root / "out").exists()
