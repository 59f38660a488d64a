"""Lists of people: one column of ids, and nothing else."""

from __future__ import annotations

import pytest

from gateway.errors import BodyInvalidError
from gateway.rules.cohorts import MAX_ROWS, read_cohort


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (b"id\nada\nbea\n", ("id", ["ada", "bea"])),
        (b'\xef\xbb\xbfanonymous_id\r\n"a,b"\r\n\r\nc', ("anonymous_id", ["a,b", "c"])),
        (b"id\n", ("id", [])),
    ],
)
def test_a_list_is_read(raw: bytes, read: tuple[str, list[str]]) -> None:
    assert read_cohort(raw) == read


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b"name\nada\n",
        b"id,email\nada,a@b\n",
        b"id\nada,b\n",
        b"\xff\xfe",
        b'id\n"ada',
        b"id\n" * (MAX_ROWS + 2),
    ],
)
def test_anything_else_is_refused(raw: bytes) -> None:
    with pytest.raises(BodyInvalidError):
        read_cohort(raw)
