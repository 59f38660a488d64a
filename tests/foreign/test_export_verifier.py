"""The verifier in JavaScript, which shares no line with us, takes our exports apart, and finds what was changed in them."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.reporting.encodings import Encoding
from gateway.reporting.query import Query
from tests.requirement import require
from tests.unit.audit.logs import SIGNER, STRANGER
from tests.unit.gateway.reporting.small_log import BEGAN, MINUTE, entries, export, write_log

pytestmark = pytest.mark.foreign

PROGRAM = Path(__file__).parents[2] / "sdk" / "verify" / "verify.mjs"
QUERIES = {
    "all": Query(),
    "decisions": Query(kinds=("decision",)),
    "times": Query(
        since=BEGAN + 10 * MINUTE, before=BEGAN + 290 * MINUTE, outcomes=("fired", "withheld.bot")
    ),
    "purposes": Query(purposes=("ana",), since=BEGAN + 77 * MINUTE),
    "nothing": Query(sources=("tea",)),
}


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("log")
    write_log(root, entries(300))
    for name, query in QUERIES.items():
        export(root, Encoding.JSONL, query, out=name)
    for encoding in (Encoding.CSV, Encoding.HTML, Encoding.PARQUET):
        export(root, encoding, QUERIES["times"], out=encoding.value)
    export(root, Encoding.CSV, Query(one_person=True), out="one person", places=(2, 6, 10))
    anchor = (root / "log" / "checkpoint").read_bytes()
    write_log(root, entries(5, first=1000))
    export(root, Encoding.CSV, QUERIES["decisions"], out="anchored", anchor=anchor)
    (root / "kept.vkey").write_text(SIGNER.vkey + "\n")
    (root / "other.vkey").write_text(STRANGER.vkey + "\n")
    (root / "both.vkey").write_text(f"{STRANGER.vkey}\n{SIGNER.vkey}\n")
    return root


def check(export: Path, key: str = "kept.vkey") -> subprocess.CompletedProcess[str]:
    command = [require("node"), str(PROGRAM), str(export), str(export.parent / key)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize("name", [*QUERIES, "csv", "html", "one person", "anchored"])
def test_an_export_is_found_whole(exports: Path, name: str) -> None:
    done = check(exports / name)
    assert (done.returncode, done.stderr) == (0, "")
    assert "OK " in done.stdout


def test_entries_beside_the_range_are_judged(exports: Path, tmp_path: Path) -> None:
    (tmp_path / "kept.vkey").write_text(SIGNER.vkey)
    copy = Path(shutil.copytree(exports / "times", tmp_path / "copy"))
    assert check(copy).stdout.count("which was not asked for") == 2
    place = copy / "neighbours.json"
    said = json.loads(place.read_bytes())
    for wrong in ({**said, "before": said["after"]}, {**said, "after": None}, {**said, "format": "other/v1"}):
        place.write_text(json.dumps(wrong))
        assert check(copy).returncode == 1
    place.unlink()
    assert "is not shown by this" in check(copy).stdout


def test_a_file_that_is_cut_off_is_named(exports: Path, tmp_path: Path) -> None:
    (tmp_path / "kept.vkey").write_text(SIGNER.vkey)
    copy = Path(shutil.copytree(exports / "all", tmp_path / "copy"))
    (copy / "population.json").write_bytes((copy / "population.json").read_bytes()[:-3])
    assert check(copy).stderr == "NOT    population.json was changed or cut off\n"


def test_rows_in_parquet_are_not_claimed_to_have_been_read(exports: Path) -> None:
    done = check(exports / "parquet")
    assert done.returncode == 3
    assert "PARTLY" in done.stdout
    assert "OK " not in done.stdout


def test_what_judges_is_read_in_a_hundred_lines() -> None:
    lines = PROGRAM.with_name("verifier.mjs").read_text().splitlines()
    assert len(lines) <= 100
    assert max(map(len, lines)) <= 150


def test_of_several_keys_one_must_have_signed(exports: Path) -> None:
    assert check(exports / "all", "other.vkey").returncode == 1
    assert check(exports / "all", "both.vkey").returncode == 0


def test_a_key_that_is_missing_is_said_to_be(exports: Path, tmp_path: Path) -> None:
    (tmp_path / "kept.vkey").write_text(SIGNER.vkey)
    copy = Path(shutil.copytree(exports / "all", tmp_path / "copy"))
    (copy / "log.vkey").unlink()
    done = check(copy)
    assert (done.returncode, done.stderr) == (1, "NOT    log.vkey is missing\n")


def change(pattern: str, edit: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def tamper(out: Path) -> None:
        (path,) = sorted(out.glob(pattern))[:1]
        before = path.read_bytes()
        path.write_bytes(edit(before))
        assert path.read_bytes() != before

    return tamper


@pytest.mark.parametrize(
    "tamper",
    [
        change("rows/*", lambda data: data.replace(b"personalised", b"personalisee", 1)),
        change("rows/*", lambda data: data[:-10]),
        change("hidden/*", lambda data: data[32:]),
        change("manifest.json", lambda data: data.replace(b'"since":null', b'"since":1', 1)),
        change("manifest.json", lambda data: data[:-5]),
        change("manifest.entry", lambda data: data.replace(b'"o":"done"', b'"o":"given"')),
        change("manifest.tlog-proof", lambda data: data.replace(b"index ", b"index 1", 1)),
        change("manifest.tlog-proof", lambda data: data[:-60]),
        change("manifest.tlog-proof", lambda data: data[:-1]),
        change("manifest.tlog-proof", lambda data: data + b"\n"),
        change("manifest.tlog-proof", lambda data: data.replace(b"index ", b"index 0", 1)),
        change("population.json", lambda data: data.replace(b'"right":["', b'"right":["A', 1)),
        lambda out: (out / "note.txt").write_text("trust me"),
        lambda out: (out / "SHA256SUMS").rename(out / "rows" / "SHA256SUMS"),
        lambda out: (out / "population.json").unlink(),
        lambda out: shutil.copy(out / "rows" / f"{0:016d}.jsonl", out / "hidden" / "copy"),
    ],
)
def test_what_was_changed_is_found(exports: Path, tmp_path: Path, tamper: Callable[[Path], object]) -> None:
    (tmp_path / "kept.vkey").write_text(SIGNER.vkey)
    copy = Path(shutil.copytree(exports / "decisions", tmp_path / "copy"))
    tamper(copy)
    done = check(copy)
    assert done.returncode == 1
    assert done.stderr.startswith("NOT ")


@pytest.mark.parametrize(
    "name", [f"rows/{0:016d}.csv", f"rows/{1:016d}.jsonl", f"rows/{1 << 16:016d}.jsonl", "hidden/more.hashes"]
)
@pytest.mark.parametrize("count", [0, 1])
def test_a_file_that_no_such_export_has_is_refused_though_the_manifest_names_it(
    exports: Path, tmp_path: Path, name: str, count: int
) -> None:
    (tmp_path / "kept.vkey").write_text(SIGNER.vkey)
    copy = Path(shutil.copytree(exports / "decisions", tmp_path / "copy"))
    (copy / name).write_text("forged")
    manifest = json.loads((copy / "manifest.json").read_bytes())
    forged = {"name": name, "size": 6, "sha256": hashlib.sha256(b"forged").hexdigest(), "count": count}
    manifest["files"] = sorted([*manifest["files"], forged], key=lambda file: str(file["name"]))
    (copy / "manifest.json").write_text(json.dumps(manifest))
    done = check(copy)
    assert (done.returncode, "does not know" in done.stderr) == (1, True)


def test_the_question_is_told_with_the_answer(exports: Path) -> None:
    assert "any time; kinds decision" in check(exports / "decisions").stdout.replace("any time to ", "")
