"""Opening the far end of every kind of destination."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.routing import Destination, DestinationConfigError, Kind, SinkMaker
from gateway.routing.file_sink import FileSink
from gateway.routing.http_sink import HttpSink
from gateway.routing.signatures import RequestSigner
from privacy import KeyFileError
from tests.unit.gateway.routing.fakes import PURPOSE, a_destination


def a_maker(keys: Path) -> SinkMaker:
    return SinkMaker(origin="o", keys=keys, entropy=lambda n: b"e" * n, clock=lambda: 0.0)


def a_private_file(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    path.chmod(0o600)
    return path


def of_kind(kind: Kind, directory: Path) -> Destination:
    if kind in (Kind.NDJSON, Kind.PARQUET):
        return a_destination(kind=kind, url=None, path=directory / "out")
    secret = a_private_file(directory / "write-key", b"wk_1\n") if kind is Kind.SEGMENT_HTTP else None
    return a_destination(kind=kind, secret_file=secret)


@pytest.mark.parametrize(
    ("kind", "sort"),
    [(Kind.HTTP, HttpSink), (Kind.SEGMENT_HTTP, HttpSink), (Kind.NDJSON, FileSink), (Kind.PARQUET, FileSink)],
)
async def test_every_kind_opens_without_touching_its_far_end(tmp_path: Path, kind: Kind, sort: type) -> None:
    sink = a_maker(tmp_path).open(of_kind(kind, tmp_path))
    assert isinstance(sink, sort)
    assert not (tmp_path / "out").exists()
    assert (tmp_path / "destination-shop.key").exists()
    assert (tmp_path / "destination-shop.signing.key").exists() is (kind is Kind.HTTP)
    await sink.close()


def test_a_seed_of_the_administrator_is_used_and_none_is_made(tmp_path: Path) -> None:
    seed = a_private_file(tmp_path / "seed", b"s" * 32)
    signer = a_maker(tmp_path).signer(a_destination(signing_key_file=seed))
    assert signer.key_id == RequestSigner(b"s" * 32).key_id
    assert not (tmp_path / "destination-shop.signing.key").exists()


def test_a_seed_that_is_missing_is_not_replaced_by_one_of_ours(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError):
        a_maker(tmp_path).signer(a_destination(signing_key_file=tmp_path / "absent"))
    assert not (tmp_path / "absent").exists()


def test_a_write_key_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    broken = a_destination(kind=Kind.SEGMENT_HTTP, secret_file=tmp_path / "absent", purpose=PURPOSE)
    with pytest.raises(DestinationConfigError):
        a_maker(tmp_path).open(broken)
