"""Hashes of many are those of one at a time, in machine code and by `hashlib`."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import (
    CorruptionError,
    Edge,
    commit,
    commit_each,
    compiled_hashing,
    hash_leaf,
    prepare_hashing,
    root_of,
    rows,
)
from audit.frames import encode_records
from audit.rows import grow, hash_body, hash_bundle, hash_row, root_of_row, split_row
from audit.tiles import encode_bundle

prepare_hashing()

AROUND_BLOCKS = [length for blocks in (1, 2, 4) for length in range(64 * blocks - 12, 64 * blocks + 3)]
lengths = st.sampled_from([1, 2, *AROUND_BLOCKS]) | st.integers(1, 300)
entries = st.lists(lengths.flatmap(lambda length: st.binary(min_size=length, max_size=length)), max_size=20)
leaves = st.integers(0, 300).map(lambda count: [hash_leaf(b"%d" % n) for n in range(count)])


@given(entries, st.binary(max_size=300))
def test_leaf_hashes_are_those_of_each_entry(found: list[bytes], sealed: bytes) -> None:
    plain = b"".join(map(hash_leaf, found))
    assert hash_bundle(encode_bundle(found), found) == plain
    assert hash_body(encode_records(found, [sealed] * len(found)), found) == plain
    assert hash_row(found) == plain


def test_the_longest_entries_are_hashed() -> None:
    found = [b"a" * 65_535, b"b", b"c" * 65_534]
    assert hash_bundle(encode_bundle(found), found) == b"".join(map(hash_leaf, found))


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_commitments_are_those_of_each_payload(payloads: list[bytes]) -> None:
    openings = [bytes([n]) * 32 for n in range(len(payloads))]
    assert commit_each(openings, payloads) == b"".join(map(commit, openings, payloads))


def test_a_commitment_to_something_long_is_that_of_the_log() -> None:
    assert commit_each([bytes(32)], [bytes(70_000)]) == commit(bytes(32), bytes(70_000))


@pytest.mark.parametrize(
    ("openings", "payloads"),
    [
        ([bytes(31)], [b"a"]),
        ([bytes(31), bytes(33)], [b"a", b"b"]),
        ([bytes(32)], [b"a", b"b"]),
        ([], [b"a"]),
    ],
)
def test_openings_of_another_length_or_number_are_refused(
    openings: list[bytes], payloads: list[bytes]
) -> None:
    with pytest.raises(ValueError, match="one opening of 32 bytes"):
        commit_each(openings, payloads)


@given(leaves)
def test_the_root_over_a_row_is_that_of_its_leaves(found: list[bytes]) -> None:
    assert root_of_row(b"".join(found)) == root_of_row(bytearray(b"".join(found))) == root_of(found)


@given(leaves, st.integers(0, 300))
def test_an_edge_grows_by_a_row_as_by_one_leaf_after_another(found: list[bytes], first: int) -> None:
    by_row, one_by_one = Edge(), Edge()
    for edge in (by_row, one_by_one):
        edge.extend(found[:first])
    by_row.extend_row(b"".join(found[first:]))
    one_by_one.extend(found[first:])
    assert (by_row.size, by_row.root()) == (one_by_one.size, one_by_one.root())
    assert by_row.copy().root() == one_by_one.root()


def test_a_row_that_grows_in_two_steps_grows_as_in_one() -> None:
    found = b"".join(hash_leaf(b"%d" % n) for n in range(200))
    once, twice = Edge(), Edge()
    once.extend_row(found)
    twice.extend_row(found[: 32 * 77])
    twice.extend_row(found[32 * 77 :])
    assert once.root() == twice.root() == root_of(split_row(found))


@pytest.mark.skipif(not rows._made, reason="there is no library to call")
class TestMachineCode:
    def test_it_is_used(self) -> None:
        assert grow([], 0, b"x" * 32 * 8) is not None
        assert grow([], 0, b"x" * 32 * 7) is None

    @pytest.mark.parametrize(
        "data", [b"", b"\0", b"\0\2a", b"\0\1ab", b"\0\1a\0", b"\xff\xffa"], ids=lambda data: data.hex()
    )
    def test_entries_that_do_not_lie_there_are_not_looked_for(self, data: bytes) -> None:
        with pytest.raises(CorruptionError):
            hash_bundle(data, [b"a"])

    @pytest.mark.parametrize("data", [b"\0\1a", b"\0\1a\0\0\0", b"\0\1a\0\0\0\1", b"\0\1a\xff\xff\xff\xff"])
    def test_what_lies_behind_them_is_not_looked_for_either(self, data: bytes) -> None:
        with pytest.raises(CorruptionError):
            hash_body(data, [b"a"])

    def test_without_it_the_same_is_hashed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        found = [b"%d" % n for n in range(100)]
        data, row = encode_bundle(found), hash_row(found)
        root, stack = root_of_row(row), grow([], 0, row)
        monkeypatch.setattr(rows, "_made", [])
        assert hash_bundle(data, found) == row
        assert root_of_row(row) == root
        assert grow([], 0, row) is None
        edge = Edge()
        edge.extend_row(row)
        assert stack == edge._stack

    @pytest.mark.parametrize("loop", ["hash_entries", "commit_all", "climb", "grow"])
    def test_it_is_not_used_if_it_has_a_defect(self, monkeypatch: pytest.MonkeyPatch, loop: str) -> None:
        def forget(*_columns: object) -> int:
            """Fills in nothing."""
            return 1

        monkeypatch.setattr(rows, "_made", [])
        monkeypatch.setattr(compiled_hashing, loop, forget)
        with pytest.raises(CorruptionError, match="defect"):
            prepare_hashing.__wrapped__()
        assert rows._made == []


def test_a_hash_library_that_is_part_of_the_interpreter_is_looked_for_there() -> None:
    lines = "import _hashlib; vars(_hashlib).pop('__file__', None); from audit import openssl; print(type(openssl.HASHES).__name__)"
    done = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("bool\n", "")
