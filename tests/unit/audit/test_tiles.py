"""Tiles: paths, bundles, and the tree read back from them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest

from audit import (
    CorruptionError,
    Tile,
    build_consistency,
    hash_leaf,
    parse_tile_path,
    prove_inclusion,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from audit.tiles import TILE_WIDTH, decode_bundle, edge_of, encode_bundle, read_rows, read_tile, subtree_from
from tests.vectors.audit import load

DECIMAL = load("rfc6962")["decimal_leaves"]


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(1, 0, 1), "tile/1/000.p/1"),
        (Tile(0, 1_234_067), "tile/0/x001/x234/067"),
        (Tile(None, 1000, 255), "tile/entries/x001/000.p/255"),
        (Tile(63, 999), "tile/63/999"),
    ],
)
def test_paths_are_those_of_the_specification(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert parse_tile_path(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile",
        "tile/0",
        "tiles/0/000",
        "tile/0/0",
        "tile/0/0000",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/001/000",
        "tile/0/x000/001",
        "tile/0/x001",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p",
        "tile/0/000/1",
        "tile/data/000",
        "tile/0/abc",
        "tile/0/\u0661\u0661\u0661",
        "tile/0/" + "x001/" * 7 + "000",
    ],
)
def test_no_tile_lies_at_another_path(path: str) -> None:
    assert parse_tile_path(path) is None


def tiles_of(size: int) -> Iterator[Tile]:
    """Every hash tile and bundle that a log of `size` entries consists of, the last of each level perhaps partial."""
    for index in range(-(-size // TILE_WIDTH)):
        yield Tile(None, index, min(TILE_WIDTH, size - index * TILE_WIDTH))
    level = 0
    while size:
        for index in range(-(-size // TILE_WIDTH)):
            yield Tile(level, index, min(TILE_WIDTH, size - index * TILE_WIDTH))
        size //= TILE_WIDTH
        level += 1


def test_a_log_of_70000_entries_has_the_tiles_that_other_programs_expect() -> None:
    paths = [tile.path for tile in tiles_of(70_000)]
    assert sum(path.startswith("tile/0/") for path in paths) == 274
    assert [path for path in paths if ".p/" in path] == [
        "tile/entries/273.p/112",
        "tile/0/273.p/112",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
    ]
    assert list(tiles_of(0)) == []


def tree(size: int) -> tuple[list[bytes], dict[str, bytes]]:
    """Leaf hashes and tile files of the log of decimal strings."""
    entries = [str(n).encode() for n in range(size)]
    rows = [[hash_leaf(entry) for entry in entries]]
    while len(rows[-1]) >= 256:
        full = len(rows[-1]) // 256
        rows.append([root_of(rows[-1][i * 256 : (i + 1) * 256]) for i in range(full)])
    files = {}
    for tile in tiles_of(size):
        begin, end = tile.index * 256, tile.index * 256 + tile.width
        parts = rows[tile.level][begin:end] if tile.level is not None else None
        files[tile.path] = b"".join(parts) if parts is not None else encode_bundle(entries[begin:end])
    return rows[0], files


def test_tile_and_bundle_bytes_are_those_that_others_get() -> None:
    _, files = tree(256)
    assert hashlib.sha256(files["tile/0/000"]).hexdigest() == DECIMAL["tile_0_000_sha256"]
    assert hashlib.sha256(files["tile/entries/000"]).hexdigest() == DECIMAL["tile_entries_000_sha256"]


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 511, 65536, 65537, 70000])
def test_the_edge_comes_back_from_the_unfinished_tiles(size: int) -> None:
    leaves, files = tree(size)
    edge = edge_of(read_rows(size, files.get))
    assert (edge.size, edge.root()) == (size, root_of(leaves))


@pytest.mark.parametrize(
    ("index", "size"), [(0, 1), (255, 256), (256, 257), (0, 70000), (65535, 70000), (69999, 70000)]
)
def test_proofs_come_out_of_the_tiles(index: int, size: int) -> None:
    leaves, files = tree(size)
    proof = prove_inclusion(index, size, subtree_from(size, files.get))
    assert verify_inclusion(leaves[index], index, size, proof, root_of(leaves))


def test_of_any_two_sizes_the_larger_is_shown_to_continue_the_smaller() -> None:
    leaves, files = tree(70000)
    for old, new in ((1, 2), (100, 5000), (255, 65537), (65536, 69999), (256, 70000)):
        proof = build_consistency(old, new, 70000, files.get)
        assert verify_consistency(old, new, root_of(leaves[:old]), root_of(leaves[:new]), proof)


def test_the_full_tile_serves_for_a_partial_that_is_gone() -> None:
    _, files = tree(256)
    assert read_tile(Tile(0, 0, 10), files.get) == files["tile/0/000"][:320]


def test_a_missing_or_short_tile_is_corruption() -> None:
    with pytest.raises(CorruptionError, match="missing"):
        read_tile(Tile(0, 0, 10), lambda path: None)
    with pytest.raises(CorruptionError, match="length"):
        read_tile(Tile(0, 0), lambda path: b"short")


@pytest.mark.parametrize("data", [b"\0", b"\0\5ab", b"\0\1ax"])
def test_a_bundle_that_ends_within_an_entry_is_corruption(data: bytes) -> None:
    with pytest.raises(CorruptionError):
        decode_bundle(data)


def test_a_bundle_survives_writing_and_reading() -> None:
    entries = [b"", b"a", b"x" * 65535]
    assert decode_bundle(encode_bundle(entries)) == entries
