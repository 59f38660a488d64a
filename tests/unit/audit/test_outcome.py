"""The closed lists of outcomes and kinds."""

from __future__ import annotations

from audit import Kind, Outcome

FROZEN_OUTCOMES = [
    "accepted",
    "duplicate",
    "invalid",
    "withheld.no_record",
    "withheld.no_consent",
    "withheld.refused",
    "withheld.expired",
    "withheld.superseded",
    "withheld.unprovable",
    "withheld.signal",
    "withheld.unknown_event",
    "withheld.unconfirmed",
    "withheld.bot",
    "withheld.late",
    "withheld.minor",
    "withheld.restricted",
    "personalised",
    "unpersonalised.no_record",
    "unpersonalised.no_consent",
    "unpersonalised.refused",
    "unpersonalised.expired",
    "unpersonalised.superseded",
    "unpersonalised.unprovable",
    "unpersonalised.signal",
    "unpersonalised.no_history",
    "unpersonalised.no_model",
    "unpersonalised.withdrawn_meanwhile",
    "unpersonalised.unavailable",
    "unpersonalised.restricted",
    "unpersonalised.frozen",
    "unpersonalised.minor",
    "permitted",
    "denied.no_record",
    "denied.no_consent",
    "denied.refused",
    "denied.expired",
    "denied.superseded",
    "denied.unprovable",
    "denied.signal",
    "denied.restricted",
    "denied.minor",
    "denied.unknown_purpose",
    "denied.unknown_resource",
    "denied.not_permitted",
    "denied.rule_failed",
    "denied.withdrawn_meanwhile",
    "given",
    "refused",
    "withdrawn",
    "revoked",
    "objected",
    "restricted",
    "invalidated",
    "renewed",
    "expired",
    "fired",
    "suppressed.not_permitted",
    "suppressed.cooldown",
    "suppressed.per_person",
    "suppressed.held",
    "suppressed.quiet_hours",
    "suppressed.cap",
    "suppressed.budget",
    "suppressed.overdue",
    "suppressed.holdout",
    "joined",
    "left",
    "done",
    "failed",
    "fault.log_unavailable",
    "fault.internal",
    "fault.unaccounted",
]
FROZEN_KINDS = (
    "event withheld decision permission rule consent admin boot gap erasure rights policy key export release round"
    " retention model"
)


def test_the_words_of_the_leaf_format_are_frozen() -> None:
    assert [outcome.value for outcome in Outcome] == FROZEN_OUTCOMES
    assert [kind.value for kind in Kind] == FROZEN_KINDS.split()


def test_an_app_is_told_the_part_after_the_dot() -> None:
    assert Outcome.WITHHELD_NO_CONSENT.reason == "no_consent"
    assert Outcome.PERSONALISED.reason == "personalised"


def test_faults_are_for_the_metrics_only() -> None:
    assert {outcome for outcome in Outcome if outcome.is_fault} == {
        Outcome.FAULT_LOG_UNAVAILABLE,
        Outcome.FAULT_INTERNAL,
        Outcome.FAULT_UNACCOUNTED,
    }


def test_every_outcome_says_what_it_means() -> None:
    assert all(outcome.meaning and "\n" not in outcome.meaning for outcome in Outcome)
