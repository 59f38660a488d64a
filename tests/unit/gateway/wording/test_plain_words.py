"""There are plain words for everything that the portal or a report may have to name."""

from __future__ import annotations

from audit import Kind, Outcome
from consent import (
    MINORITY,
    RESTRICTION,
    Evidence,
    LegalBasis,
    Reason,
    Right,
    RightsAct,
    RightsStatus,
    Status,
)
from gateway.rights import report_words
from gateway.wording import log_words, plain_words


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


def test_officers_have_words_for_every_word_of_the_log() -> None:
    assert log_words.KINDS.keys() == {each.value for each in Kind}
    assert log_words.CONSENTS.keys() == {each.value for each in Status}
    assert log_words.EVIDENCE.keys() - {"none"} == {each.value for each in Evidence}
    assert log_words.BASES.keys() == {each.value for each in LegalBasis}
    assert log_words.RIGHTS.keys() == {each.value for each in Right}
    assert log_words.STEPS.keys() == {each.value for each in RightsAct}
    assert log_words.STANDINGS.keys() == {RESTRICTION, MINORITY}
    unsaid = {each.value for each in Outcome} - log_words.OUTCOMES.keys()
    assert {word.partition(".")[0] for word in unsaid} <= {"suppressed", "fault", "failed"}
