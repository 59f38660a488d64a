"""The page on the log's format is true: by its tables alone, and without our code, a log is taken apart and checked."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
import zlib
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit import Kind
from gateway.init_directory import initialise
from tests.house.source import ROOT
from tests.journey.in_process import inside
from tests.journey.shop import ITEMS, view
from tests.journey.standing import keep_small

PAGE = (ROOT / "docs" / "audit-format.md").read_text()


def tables(heading: str) -> list[list[dict[str, str]]]:
    """The tables of a section: rows by the names of their columns."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    found: list[list[dict[str, str]]] = []
    columns: list[str] = []
    for line in section.splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            columns = []
        elif not columns:
            columns = cells
            found.append([])
        elif not set(line) <= set("|-"):
            found[-1].append(dict(zip(columns, cells, strict=True)))
    return found


def take_apart(data: bytes, rows: list[dict[str, str]]) -> tuple[dict[str, Any], int]:
    """The fields of a structure by the table that describes it, and where it ends."""
    fields: dict[str, Any] = {}
    end = 0
    for row in rows:
        offset = sum(int(part) if part.isdigit() else fields[part] for part in row["offset"].split(" + "))
        length = int(row["bytes"]) if row["bytes"].isdigit() else fields[row["bytes"]]
        raw = data[offset : offset + length]
        assert len(raw) == length, row
        is_number = length in {2, 4, 8} and row["field"] != "magic" and row["bytes"].isdigit()
        fields[row["field"]] = int.from_bytes(raw, "big") if is_number else raw
        end = offset + length
    return fields, end


def all_of(data: bytes, rows: list[dict[str, str]]) -> list[dict[str, Any]]:
    """One structure after the other, to the end."""
    found = []
    while data:
        fields, end = take_apart(data, rows)
        found.append(fields)
        data = data[end:]
    return found


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def root_of(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, as it stands there."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256().digest()
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return hashlib.sha256(b"\1" + root_of(leaves[:k]) + root_of(leaves[k:])).digest()


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a gateway that has seen something of everything, and was stopped."""
    path = tmp_path_factory.mktemp("format") / "volens"

    async def live() -> None:
        async with inside(path) as served:
            await served.stock()
            await served.adopt_a_model()
            await served.consent("ada", "given")
            await served.batch([view("ada", item) for item in [*ITEMS * 5, ITEMS[0]]])
            await served.batch([view("nobody", ITEMS[0])])
            for who in ("ada", "nobody"):
                await served.decide(who)
            await served.erase("ada")

    initialise(path)
    keep_small(path)
    asyncio.run(live())
    return path


@pytest.fixture(scope="module")
def frames(directory: Path) -> list[dict[str, Any]]:
    header = tables("Frame")[0]
    found = []
    for segment in sorted((directory / "log" / "wal").glob("*.wal")):
        data = segment.read_bytes()
        while data:
            fields, end = take_apart(data, header)
            assert fields["magic"] == b"VWL1"
            assert fields["crc"] == zlib.crc32(data[8:end])
            assert fields["reserved"] == bytes(12)
            found.append({**fields, "header": data[: end - fields["body_bytes"]]})
            data = data[end:]
    return found


@pytest.fixture(scope="module")
def records(frames: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for frame in frames:
        assert frame["first_index"] == len(found)
        inside_it = all_of(frame["body"], tables("Frame")[1])
        assert len(inside_it) == frame["count"]
        found += inside_it
    return found


def test_every_file_is_on_the_list(directory: Path) -> None:
    patterns = [
        re.sub(r"<\w+>", "[0-9x/p.]+", row["path"]) + (".*" if row["path"].endswith("/") else "")
        for row in tables("Files")[0]
    ]
    log = directory / "log"
    for path in log.rglob("*"):
        if path.is_file():
            name = str(path.relative_to(log))
            assert any(re.fullmatch(pattern, name) for pattern in patterns), name


def test_frames_follow_one_another(frames: list[dict[str, Any]]) -> None:
    before = bytes(32)
    for frame in frames:
        assert frame["previous"] == before
        before = hashlib.sha256(frame["header"]).digest()
    assert len({frame["epoch"] for frame in frames}) == 1


def test_bundles_tree_checkpoint_and_head_say_the_same(
    directory: Path, records: list[dict[str, Any]]
) -> None:
    log = directory / "log"
    text, signature = (log / "checkpoint").read_text().split("\n\n")
    origin, size, root = text.split("\n")
    name, key_hash, key = (log / "log.vkey").read_text().strip().split("+", 2)
    public = base64.b64decode(key)
    assert name == origin
    assert public[0] == 1
    assert hashlib.sha256(name.encode() + b"\n" + public).digest()[:4].hex() == key_hash
    dash, signer, value = signature.strip().split(" ")
    assert (dash, signer) == ("\u2014", name)
    assert base64.b64decode(value)[:4].hex() == key_hash
    Ed25519PublicKey.from_public_bytes(public[1:]).verify(base64.b64decode(value)[4:], f"{text}\n".encode())

    entries: list[bytes] = []
    for place in range(-(-int(size) // 256)):
        width = min(256, int(size) - 256 * place)
        bundle = log / "tile" / "entries" / (f"{place:03d}" + ("" if width == 256 else f".p/{width}"))
        found = [each["entry"] for each in all_of(bundle.read_bytes(), tables("Tree")[0])]
        assert len(found) == width
        entries += found
    assert len(entries) > 256
    assert entries == [record["entry"] for record in records]
    assert root_of([hashlib.sha256(b"\0" + entry).digest() for entry in entries]) == base64.b64decode(root)
    head = (directory.with_name("volens.keys") / "head").read_text().split("\n")
    assert head == ["volens-head/v1", size, root, ""]


def test_entries_have_the_members_of_the_table(records: list[dict[str, Any]]) -> None:
    rows = {row["member"]: row for row in tables("Entry")[0]}
    always = {name for name, row in rows.items() if row["always"]}
    kinds = set(re.findall(r"`(\w+)`", next(line for line in PAGE.splitlines() if line.startswith("Kinds:"))))
    assert kinds == {kind.value for kind in Kind}
    for record in records:
        entry = json.loads(record["entry"])
        assert always <= entry.keys() <= rows.keys()
        assert json.dumps(entry, sort_keys=True, separators=(",", ":")).encode() == record["entry"]
        assert entry["k"] in kinds
        for member, length in (("c", 32), ("m", 32), ("pol", 32), ("g", 16)):
            assert member not in entry or len(unpadded(entry[member])) == length


def test_sealed_halves_have_the_forms_of_the_table(records: list[dict[str, Any]]) -> None:
    forms = {int(row["byte"]): row["form"] for row in tables("Sealed half")[0]}
    seen = set()
    for record in records:
        sealed = record["sealed"]
        if not sealed:
            continue
        form = forms[sealed[0]]
        seen.add(form)
        match form:
            case "event":
                rest = sealed[10:]
                for _ in range(sealed[9]):
                    length = int.from_bytes(rest[1:3], "big")
                    assert length > 12 + 16
                    rest = rest[3 + length :]
                assert rest == b""
            case "withheld":
                assert len(sealed) % 8 == 1
            case "consent":
                assert len(sealed) == 5
            case _:
                assert len(sealed) > 1 + 12 + 16
    assert seen == set(forms.values())


def test_only_the_last_segment_ends_in_zeros(directory: Path) -> None:
    for segment in sorted((directory / "log" / "wal").glob("*.wal"))[:-1]:
        assert len(list(takewhile(lambda byte: not byte, reversed(segment.read_bytes())))) < 92
