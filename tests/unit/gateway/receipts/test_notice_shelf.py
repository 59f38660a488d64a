"""The notices at rest: named by their hashes, never removed, and useless when they are not what their name says."""

from __future__ import annotations

import hashlib
import os
import stat

import pytest

from consent import Reason, resolve
from gateway.errors import DirectoryError
from gateway.receipts.notice_shelf import NOTICES_DIRECTORY, NoticeShelf, keep_earlier
from tests.unit.consent.material import DAY, DEFAULT, NOW, policy_of, purpose_text, record, records

ONE = policy_of(purpose_text("shop", "shp"))
OTHER = policy_of(purpose_text("shop", "shp", version="2"))


def shelf(directory, policy=ONE):
    return NoticeShelf.open(directory, policy.notices.values())


def only(policy):
    (notice,) = policy.notices.values()
    return notice


def test_notices_in_force_are_kept_as_their_bytes_under_their_hash(tmp_path):
    kept = shelf(tmp_path, DEFAULT)
    for notice in DEFAULT.notices.values():
        path = tmp_path / NOTICES_DIRECTORY / notice.digest.hex()
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert notice.digest in kept
        assert kept.content(notice.digest) == notice.content
    assert len(list((tmp_path / NOTICES_DIRECTORY).iterdir())) == len(DEFAULT.notices)


def test_they_stay_when_the_policy_changes(tmp_path):
    shelf(tmp_path, ONE)
    kept = shelf(tmp_path, OTHER)
    assert only(ONE).digest in kept
    assert only(OTHER).digest in kept


def test_a_missing_or_changed_one_that_is_no_longer_in_force_is_gone(tmp_path):
    shelf(tmp_path, ONE)
    path = tmp_path / NOTICES_DIRECTORY / only(ONE).digest.hex()
    path.write_bytes(path.read_bytes().replace(b"Text.", b"Test."))
    assert only(ONE).digest not in shelf(tmp_path, OTHER)
    path.unlink()
    kept = shelf(tmp_path, OTHER)
    assert only(ONE).digest not in kept
    assert kept.content(only(ONE).digest) is None


def test_one_in_force_is_written_anew(tmp_path):
    shelf(tmp_path)
    path = tmp_path / NOTICES_DIRECTORY / only(ONE).digest.hex()
    path.write_bytes(b"something else")
    assert only(ONE).digest in shelf(tmp_path)
    assert path.read_bytes() == only(ONE).content


def test_what_is_no_notice_is_left_alone(tmp_path):
    shelf(tmp_path)
    stray = tmp_path / NOTICES_DIRECTORY / "README"
    stray.write_text("mine")
    assert only(ONE).digest in shelf(tmp_path)
    assert stray.read_text() == "mine"


def test_a_place_that_cannot_be_written_stops_the_start(tmp_path):
    (tmp_path / NOTICES_DIRECTORY).write_text("a file where the directory should be")
    with pytest.raises(DirectoryError):
        shelf(tmp_path)


def test_a_yes_to_a_notice_of_another_legal_basis_is_no_consent(tmp_path):
    interests = policy_of(purpose_text("shop", "shp", legal_basis='"legitimate_interests"'))
    kept = shelf(tmp_path, interests)
    assert kept.content(only(interests).digest) == only(interests).content
    known = records(record("shop", notice=only(interests).digest))
    assert resolve(known, interests, NOW, kept).permits(0)
    kept = shelf(tmp_path, ONE)
    found = resolve(known, ONE, NOW, kept)
    assert (found.permits(0), found.reason(0)) == (False, Reason.UNPROVABLE)
    assert resolve(records(record("shop", notice=only(ONE).digest)), ONE, NOW, kept).permits(0)


def test_a_notice_is_as_old_as_the_day_it_was_first_kept(tmp_path):
    shelf(tmp_path, ONE)
    path = tmp_path / NOTICES_DIRECTORY / only(ONE).digest.hex()
    os.utime(path, (NOW + 5, NOW + 5))
    assert shelf(tmp_path, ONE).first_day(only(ONE).digest) == NOW // DAY * DAY
    assert shelf(tmp_path, ONE).first_day(only(OTHER).digest) == 0
    assert NoticeShelf([only(ONE).content]).first_day(only(ONE).digest) == 0


def test_a_notice_of_before_is_kept_as_shown_since_then(tmp_path):
    began = 1_700_000_000 // DAY * DAY
    shelf(tmp_path, ONE)
    for since in (began + 7, began + 3 * DAY):
        keep_earlier(tmp_path, [only(ONE), only(OTHER)], since)
    kept = shelf(tmp_path, ONE)
    for version, notice in enumerate((only(ONE), only(OTHER)), 1):
        found = kept.about(notice.digest)
        assert (found.digest, found.purpose, found.version, found.asks) == (
            notice.digest,
            "shop",
            version,
            True,
        )
        assert found.since == kept.first_day(notice.digest) == began
    assert kept.about(b"o" * 32) is None
    assert NoticeShelf([b"no notice"]).about(hashlib.sha256(b"no notice").digest()) is None
