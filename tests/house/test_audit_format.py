"""The page on the log's format is true: by its tables alone, and without our code, a log is taken apart and checked."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
import zlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit import Disk, Entry, Kind, Outcome, decode_entry, encode_entry
from audit.frames import read_header
from audit.wal_base import BaseHead, write_base
from gateway.clock import Clock
from gateway.evidence.first_numbers import pack_numbers
from gateway.evidence.sealed_records import read_consent, read_event, read_withheld
from gateway.memory.people import People
from gateway.settings.reading import load_settings
from gateway.wiring.recovery import open_log
from privacy import SubjectRef
from tests.house.format_log import Left, live
from tests.house.format_page import Fields, all_of, tables, take_apart, whole
from tests.house.source import modules
from tests.journey.shop import ITEMS

HEADER, RECORD = tables("Frame")
VKEY, SIGNATURE = tables("Checkpoint")
HASH, BUNDLED = tables("Tree")
MEMBERS, KINDS = tables("Entry")
BASE, KEPT, NUMBERS = tables("Base")
FORMS, EVENT_HEAD, SIGNAL, WITHHELD, CONSENT, SEALED = tables("Sealed half")
HEADER_BYTES = sum(int(row["bytes"]) for row in HEADER if row["field"] != "body")


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Left:
    return live(tmp_path_factory.mktemp("format") / "volens")


def frames_in(segment: bytes) -> tuple[list[Fields], bytes]:
    """The frames of a segment, each with the bytes of its header, and what stands behind them."""
    found = []
    while segment and any(segment[:4]):
        fields, end = take_apart(segment, HEADER)
        assert fields["magic"] == b"VWL1"
        assert fields["crc"] == zlib.crc32(segment[8:end])
        assert fields["reserved"] == bytes(12)
        found.append({**fields, "header": segment[:HEADER_BYTES]})
        segment = segment[end:]
    return found, segment


def segments_in(wal: Path) -> list[Path]:
    return sorted(wal.glob("*.wal"))


@pytest.fixture(scope="module")
def frames(left: Left) -> list[Fields]:
    found = []
    for segment in segments_in(left.directory / "log" / "wal"):
        inside_it, behind = frames_in(segment.read_bytes())
        assert behind == b""
        assert int(segment.stem) == inside_it[0]["first_index"]
        assert len(segment.stem) == 16
        found += inside_it
    return found


@pytest.fixture(scope="module")
def records(frames: list[Fields]) -> list[Fields]:
    found: list[Fields] = []
    for frame in frames:
        assert frame["first_index"] == len(found)
        inside_it = all_of(frame["body"], RECORD)
        assert len(inside_it) == frame["count"]
        found += inside_it
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


def tiled(place: int, width: int) -> str:
    return f"{place:03d}" + ("" if width == 256 else f".p/{width}")


def test_every_file_is_on_the_list(left: Left) -> None:
    patterns = [
        re.sub(r"<\w+>", "[0-9x/p.]+", row["path"]) + (".*" if row["path"].endswith("/") else "")
        for row in tables("Files")[0]
    ]
    log = left.directory / "log"
    for path in log.rglob("*"):
        if path.is_file():
            name = str(path.relative_to(log))
            assert any(re.fullmatch(pattern, name) for pattern in patterns), name


def test_frames_follow_one_another_over_segments_and_starts(frames: list[Fields]) -> None:
    before = bytes(32)
    for frame in frames:
        assert frame["previous"] == before
        before = hashlib.sha256(frame["header"]).digest()
    epochs = [frame["epoch"] for frame in frames]
    assert epochs == sorted(epochs)
    assert set(epochs) == {1, 2, 3, 4, 5, 6}


def test_what_stays_of_segments_is_taken_apart(tmp_path: Path) -> None:
    for name in ("wal", "scratch"):
        (tmp_path / name).mkdir()
    people = People()
    people.number[people.add(SubjectRef(bytes(16)), 1, bytes(32))] = 77
    entry = encode_entry(Entry(kind=Kind.CONSENT, outcome=Outcome.GIVEN, at=1_795_000_020))
    pieces = [[(3, entry, b"\5abcd"), (700, entry, b"")]]
    write_base(tmp_path, BaseHead(900, bytes([9]) * 32), pieces, lambda: pack_numbers(people), Disk())
    whole_file = (tmp_path / "wal" / "0000000000000900.base").read_bytes()
    fields, _ = take_apart(whole_file, BASE)
    assert (fields["magic"], fields["first"], fields["previous"]) == (b"VWB1", 900, bytes([9]) * 32)
    kept, _, numbers = fields["records"].partition(b"\xff" * 8)
    found = all_of(kept, KEPT)
    assert [(each["index"], each["entry"], each["sealed"]) for each in found] == pieces[0]
    label = hashlib.blake2b(digest_size=16, key=bytes(32), person=b"volens-label").digest()
    assert all_of(numbers, NUMBERS) == [{"label": label, "number": 77}]


def test_only_the_last_segment_goes_on_with_zeros(left: Left) -> None:
    *before, last = segments_in(left.running)
    assert before
    assert all(frames_in(segment.read_bytes())[1] == b"" for segment in before)
    written, behind = frames_in(last.read_bytes())
    assert len(behind) > HEADER_BYTES
    assert not any(behind)
    assert {frame["segment"] for frame in written} == {last.stat().st_size}


def test_the_reader_of_the_log_sees_the_same(left: Left, frames: list[Fields], records: list[Fields]) -> None:
    for frame in frames:
        header = read_header(frame["header"])
        assert header is not None
        names = ("crc", "body_bytes", "count", "first_index", "generation", "epoch", "previous")
        assert [getattr(header, name) for name in names] == [frame[name] for name in names]
        assert header.segment_bytes == frame["segment"]
    seen: list[tuple[int, bytes, bytes]] = []
    log = open_log(load_settings(left.directory), Clock(), lambda *record: seen.append(record))
    assert log.store_generation == frames[-1]["generation"]
    asyncio.run(log.close())
    assert seen == [(index, each["entry"], each["sealed"]) for index, each in enumerate(records)]


def test_the_checkpoint_is_signed_by_the_key_beside_it(left: Left) -> None:
    log = left.directory / "log"
    text, signed = (log / "checkpoint").read_text().split("\n\n")
    name, key_hash, key = (log / "log.vkey").read_text().strip().split("+", 2)
    assert name == text.split("\n")[0]
    decoded = base64.b64decode(key)
    verifier = whole(decoded, VKEY)
    assert verifier["algorithm"] == 1
    assert hashlib.sha256(name.encode() + b"\n" + decoded).digest()[:4].hex() == key_hash
    dash, signer, value = signed.strip().split(" ")
    assert (dash, signer) == ("\u2014", name)
    signature = whole(base64.b64decode(value), SIGNATURE)
    assert signature["key_hash"].hex() == key_hash
    public = Ed25519PublicKey.from_public_bytes(verifier["public_key"])
    public.verify(signature["signature"], f"{text}\n".encode())


def test_bundles_tiles_checkpoint_and_head_say_the_same(left: Left, records: list[Fields]) -> None:
    log = left.directory / "log"
    _, size, root = (log / "checkpoint").read_text().split("\n")[:3]
    assert int(size) == len(records) > 256
    entries = [record["entry"] for record in records]
    leaves = [hashlib.sha256(b"\0" + entry).digest() for entry in entries]
    assert root_of(leaves) == base64.b64decode(root)
    head = (left.directory.with_name("volens.keys") / "head").read_text().split("\n")
    assert head == ["volens-head/v1", size, root, ""]

    full = len(leaves) // 256
    above = [root_of(leaves[256 * n : 256 * (n + 1)]) for n in range(full)]
    for level, row, field, table in (
        ("entries", entries, "entry", BUNDLED),
        ("0", leaves, "hash", HASH),
        ("1", above, "hash", HASH),
    ):
        for place in range(-(-len(row) // 256)):
            width = min(256, len(row) - 256 * place)
            assert (log / "tile" / level / tiled(place, width)).is_file()
        for path in (log / "tile" / level).rglob("*"):
            found = re.fullmatch(r"(\d{3})(?:\.p/(\d+))?", str(path.relative_to(log / "tile" / level)))
            if path.is_file():
                assert found is not None
                begin, width = 256 * int(found[1]), int(found[2] or 256)
                held = [each[field] for each in all_of(path.read_bytes(), table)]
                assert held == row[begin : begin + width]
                assert len(held) == width
    assert {path.name for path in (log / "tile").iterdir()} == {"entries", "0", "1"}


def test_entries_have_the_members_of_the_tables(records: list[Fields]) -> None:
    known = {row["member"]: row for row in MEMBERS}
    always = {name for name, row in known.items() if row["always"]}
    kinds = {row["kind"]: row for row in KINDS}
    for record in records:
        entry = json.loads(record["entry"])
        row = kinds[entry["k"]]
        members = entry.keys() - always
        assert always <= entry.keys() <= known.keys()
        assert set(row["members"].split()) == members - set(row["and perhaps"].split())
        certain, _, perhaps = row["details"].partition(", perhaps ")
        details = set(entry.get("d", {}))
        assert set(certain.split()) <= details <= {*certain.split(), *perhaps.split()}
        assert json.dumps(entry, sort_keys=True, separators=(",", ":")).encode() == record["entry"]
        lengths = {"c": 32, "m": 32, "pol": 32, "g": 16}
        assert all(len(unpadded(entry[member])) == lengths[member] for member in members & lengths.keys())
        read = decode_entry(record["entry"])
        assert (read.kind, read.outcome, read.at) == (entry["k"], entry["o"], entry["t"])
        assert (read.purposes, read.counts) == (tuple(entry.get("p", ())), entry.get("n", {}))


def test_every_kind_is_on_the_list_and_is_written_unless_it_is_reserved(records: list[Fields]) -> None:
    written = {row["kind"] for row in KINDS if row["members"]}
    assert {row["kind"] for row in KINDS} == {kind.value for kind in Kind}
    assert {json.loads(record["entry"])["k"] for record in records} == written
    reserved = {row["kind"] for row in KINDS if not row["members"]}
    for module in modules():
        if not module.path.startswith("tests/"):
            assert not {f"Kind.{kind.upper()}" for kind in reserved} & set(
                re.findall(r"Kind\.\w+", module.text)
            )


def test_sealed_halves_have_the_forms_of_the_tables(records: list[Fields]) -> None:
    forms = {int(row["byte"]): row for row in FORMS}
    seen = set()
    for record in records:
        if not record["sealed"]:
            continue
        form, sealed = forms[record["sealed"][0]], record["sealed"][1:]
        seen.add(form["form"])
        assert f"`{json.loads(record['entry'])['k']}`" in f"`{form['kinds of entry']}`".split(", ")
        match form["form"]:
            case "event":
                head, end = take_apart(sealed, EVENT_HEAD)
                signals = all_of(sealed[end:], SIGNAL)
                assert len(signals) == head["count"]
                read = read_event(record["sealed"])
                assert read.message_digest == head["message_digest"]
                assert read.signals == tuple((each["purpose_bit"], each["signal"]) for each in signals)
            case "withheld":
                digests = [each["message_digest"] for each in all_of(sealed, WITHHELD)]
                assert list(read_withheld(record["sealed"])) == digests
            case "consent":
                assert read_consent(record["sealed"]) == whole(sealed, CONSENT)["sequence"]
    assert seen == {form["form"] for form in forms.values()}


def test_what_is_sealed_opens_as_the_page_says_and_is_what_the_commitment_binds(
    left: Left, records: list[Fields]
) -> None:
    forms = {int(row["byte"]): row["form"] for row in FORMS}
    operations_key = (left.directory.with_name("volens.keys") / "operations.key").read_bytes()
    number = 0
    opened = []
    for record in records:
        entry = json.loads(record["entry"])
        tag = unpadded(entry.get("g", ""))
        both = hashlib.blake2b(
            number.to_bytes(8, "big"), digest_size=48, key=left.evidence_key, person=b"volens-evidence"
        ).digest()
        is_theirs = both[:16] == tag
        number += is_theirs
        form = forms[record["sealed"][0]] if record["sealed"] else ""
        if form == "operations":
            plain = unsealed(operations_key, record["sealed"][1:], tag)
            r, payload = plain[:32], plain[32:]
        elif form == "decision":
            assert is_theirs
            r, payload = both[16:], unsealed(left.evidence_key, record["sealed"][1:], tag)
        else:
            continue
        assert hashlib.sha256(b"volens/commit/v1\0" + r + payload).digest() == unpadded(entry["c"])
        opened.append((form, entry["k"]))
    kinds = {(f, k) for f in ("operations", "decision") for k in ("decision", "permission")}
    assert set(opened) == kinds
    assert number > len(ITEMS) * 5
    (erasure,) = (json.loads(r["entry"]) for r in records if b'"k":"erasure"' in r["entry"])
    assert erasure["d"]["key"] == hashlib.sha256(b"volens/kf/v1\0" + left.evidence_key).hexdigest()


def test_the_snapshot_has_the_outer_form_of_the_page(left: Left) -> None:
    key = (left.directory.with_name("volens.keys") / "snapshot.key").read_bytes()
    sealed = (left.directory / "snapshot" / "state").read_bytes()
    (rows,) = tables("Snapshot")
    assert sealed.startswith(b"VSB1")
    width, cipher = 4 * 1024 * 1024 + 16, AESGCM(key)
    blocks = [sealed[at : at + width] for at in range(4, len(sealed), width)]
    plain = b"".join(
        cipher.decrypt(n.to_bytes(11, "big") + bytes([n == len(blocks) - 1]), block, None)
        for n, block in enumerate(blocks)
    )
    state = whole(plain, rows)
    assert str(state["version"]) == next(row["what"] for row in rows if row["field"] == "version")
    assert state["state"]


def unsealed(key: bytes, sealed: bytes, associated: bytes | None) -> bytes:
    box = whole(sealed, SEALED)
    return AESGCM(key).decrypt(box["nonce"], box["ciphertext"], associated)
