"""The keys that rights stand on: made where nothing stands on them yet, and missed loudly where something does."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from consent import Filed, Identity, MemoryRecords, MemoryRights, Right, RightsRequest, RightsStatus, received
from gateway.directory.init_directory import KEY_FILES
from gateway.errors import RightsKeysLostError
from gateway.lasting.erased_list import FILE, ErasedList
from gateway.lasting.keeping import CERTIFICATE_KEY_FILE, KEY_FILE, KeptForRights, keep_for_rights
from privacy import SubjectRef
from tests.unit.consent.material import NOW, policy_of, purpose_text

FILES = (KEY_FILE, CERTIFICATE_KEY_FILE)
POLICY = policy_of(purpose_text("recommendations", "rec"))


def kept(keys: Path, store: MemoryRights, records: MemoryRecords) -> KeptForRights:
    return keep_for_rights(keys, POLICY, records, store)


def test_init_makes_both() -> None:
    assert set(FILES) <= set(KEY_FILES)


def test_where_nobody_exercised_a_right_they_are_made_once(tmp_path: Path) -> None:
    store, records = MemoryRights(), MemoryRecords(os.urandom)
    first = kept(tmp_path, store, records)
    again = kept(tmp_path, store, records)
    assert (first.key, first.certificate_seed) == (again.key, again.certificate_seed)


def a_request(store: MemoryRights, keys: Path) -> None:
    request = RightsRequest(
        request_id=b"r" * 16,
        subject=SubjectRef(b"a" * 16),
        holder=b"h" * 16,
        right=Right.ACCESS,
        status=RightsStatus.IN_PROGRESS,
        identity=Identity.APP,
        source="shop",
        received_at=NOW,
        due_at=NOW,
    )
    opened, step = received(request)
    store.add(Filed(opened, (step,)), reserved=True)


def a_mark(store: MemoryRights, keys: Path) -> None:
    store.keep_marks({b"m" * 16}, (), NOW)


def an_erasure(store: MemoryRights, keys: Path) -> None:
    ErasedList(keys / FILE).add(b"f" * 32)


@pytest.mark.parametrize("lost", FILES)
@pytest.mark.parametrize("happened", [a_request, a_mark, an_erasure])
def test_where_something_stands_on_them_a_missing_one_is_refused_and_none_is_made(
    tmp_path: Path, lost: str, happened: Callable[[MemoryRights, Path], None]
) -> None:
    store, records = MemoryRights(), MemoryRecords(os.urandom)
    before = kept(tmp_path, store, records)
    happened(store, tmp_path)
    saved = (tmp_path / lost).read_bytes()
    (tmp_path / lost).unlink()
    with pytest.raises(RightsKeysLostError):
        kept(tmp_path, store, records)
    assert not (tmp_path / lost).exists()
    (tmp_path / lost).write_bytes(saved)
    (tmp_path / lost).chmod(0o600)
    after = kept(tmp_path, store, records)
    assert (after.key, after.certificate_seed) == (before.key, before.certificate_seed)
