"""There are plain words for everything that the portal or a report may have to name."""

from __future__ import annotations

from audit import Outcome
from consent import MINORITY, RESTRICTION, Evidence, LegalBasis, Reason, Right, RightsStatus, Status
from gateway.rights import report_words
from gateway.wording import plain_words


def test_every_status_evidence_ground_and_standing_has_words() -> None:
    assert plain_words.STATUSES.keys() == {each.value for each in Status}
    assert plain_words.EVIDENCE.keys() == {each.value for each in Evidence}
    assert plain_words.BASES.keys() == report_words.BASES.keys() == {each.value for each in LegalBasis}
    assert plain_words.STANDINGS.keys() == {RESTRICTION, MINORITY}


def test_every_reason_and_every_way_a_slate_is_decided_has_words() -> None:
    assert plain_words.REASONS.keys() == {each.value for each in Reason}
    slates = {
        each.value for each in Outcome if each.value.partition(".")[0] in ("personalised", "unpersonalised")
    }
    reserved = {each.value for each in Outcome if each.meaning.startswith("(reserved)")}
    assert plain_words.OUTCOMES.keys() == slates - reserved


def test_every_right_and_every_stage_of_a_request_has_words() -> None:
    rights = {each.value for each in Right}
    assert plain_words.RIGHTS.keys() == report_words.RIGHTS.keys() == rights
    assert plain_words.PROGRESS.keys() >= {each.value for each in RightsStatus}
