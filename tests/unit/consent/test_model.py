"""What people say of consent, as its records and the log name it."""

from __future__ import annotations

from audit import ENDING_OUTCOMES, GIVING_OUTCOMES, Outcome
from consent.model import ENDINGS, GRANTS, Status


def test_every_status_has_an_outcome_and_each_gives_or_ends() -> None:
    assert {each.value for each in Status} == GIVING_OUTCOMES | ENDING_OUTCOMES
    assert not GIVING_OUTCOMES & ENDING_OUTCOMES


def test_the_log_and_the_records_agree_on_what_ends_a_consent() -> None:
    assert {each.value for each in GRANTS} == GIVING_OUTCOMES
    assert {each.value for each in ENDINGS} == ENDING_OUTCOMES - {Outcome.RESTRICTED}
