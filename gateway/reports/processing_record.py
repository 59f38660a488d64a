"""The record of processing: what the policy declares of each purpose, what the log observed of it, and where they differ.

A difference is no judgement: it is what somebody should be able to explain.

Source: GDPR art. 30(1): purposes, categories of data, recipients, time limits; the observed columns are ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from audit import GIVING_OUTCOMES
from consent import LegalBasis, Policy, Purpose
from gateway.reporting.tallies import RangeCounts
from gateway.reports.accountability import deliveries
from gateway.wording.languages import phrase

_PERMITTED = frozenset({"accepted", "personalised", "permitted", "fired"})


def processing_record(
    tally: RangeCounts, policy: Policy, recipients: Mapping[str, str], locale: str
) -> list[dict[str, Any]]:
    """A row for each purpose of the policy.

    Args:
        tally: of the range.
        policy: in force.
        recipients: the destinations that are configured, each with its purpose.
        locale: of the titles.
    """
    observed = _observed(tally)
    return [_row(purpose, observed.get(purpose.code, {}), recipients, locale) for purpose in policy.purposes]


def observed_counts(tally: RangeCounts, code: str) -> dict[str, int]:
    """What the log observed of a purpose."""
    return _counts(_observed(tally).get(code, {}))


def differences(
    tally: RangeCounts,
    policy: Policy,
    recipients: Mapping[str, str],
    digests: Iterable[str],
    *,
    is_whole: bool = True,
) -> list[dict[str, str]]:
    """Where declared and observed differ, each as `about`, `difference` and perhaps the `name` of a recipient.

    Args:
        tally: of the range.
        policy: in force.
        recipients: the destinations that are configured, each with its purpose.
        digests: of the policies that entries of the range name.
        is_whole: whether none of what was asked for was pruned; otherwise nothing that is missing is a difference.
    """
    observed, known = _observed(tally), {entry.code for entry in policy.entries}
    found = [
        _difference(code, phrase("used, and the policy in force does not declare it"))
        for code in sorted(observed.keys() - known)
    ]
    for purpose in policy.purposes if is_whole else ():
        seen = observed.get(purpose.code, {})
        if not seen:
            found.append(_difference(purpose.id, phrase("declared, and not observed in this range")))
        elif purpose.legal_basis is LegalBasis.CONSENT and seen.get("permitted") and not seen.get("consents"):
            found.append(
                _difference(
                    purpose.id, phrase("used on the ground of consent, and none was given in this range")
                )
            )
    found += _of_recipients(tally, policy, recipients)
    if policy.controller is None:
        found.append(_difference("controller", phrase("the policy does not name one")))
    others = sorted(set(digests) - {policy.digest_text})
    found += [
        _difference(digest, phrase("entries were made under this other policy or rule set"))
        for digest in others
    ]
    return found


def _of_recipients(tally: RangeCounts, policy: Policy, recipients: Mapping[str, str]) -> list[dict[str, str]]:
    """Of the recipients that are declared, those that are configured, and those that were given something: where they differ."""
    declared = {(purpose.id, name) for purpose in policy.purposes for name in purpose.destinations}
    configured = {(about, name) for name, about in recipients.items()}
    given = {(each["purpose"], each["recipient"]) for each in deliveries(tally, {}) if each["signals"]}
    found = [
        (configured - declared, phrase("a recipient that is configured and not declared")),
        (declared - configured, phrase("a recipient that is declared and not configured")),
        (given - declared, phrase("a recipient that was given signals and is not declared")),
        (given - configured, phrase("a recipient that was given signals and is not configured any more")),
    ]
    return [_difference(about, words, name) for pairs, words in found for about, name in sorted(pairs)]


def _difference(about: str, words: str, name: str = "") -> dict[str, str]:
    return {"about": about, "difference": words, "name": name}


def _row(
    purpose: Purpose, seen: Mapping[str, int], recipients: Mapping[str, str], locale: str
) -> dict[str, Any]:
    text = purpose.texts.get(locale) or next(iter(purpose.texts.values()))
    fields = sorted({rule.path for rules in purpose.fields.events.values() for rule in rules})
    return {
        "purpose": purpose.id,
        "code": purpose.code,
        "title": text.title,
        "basis": purpose.legal_basis.value,
        "dpv": purpose.dpv,
        "events": sorted(purpose.fields.events),
        "fields": fields,
        "kept_days": purpose.retention_days,
        "consent_days": purpose.max_consent_age_days,
        "recipients": list(purpose.destinations),
        "configured": sorted(name for name, about in recipients.items() if about == purpose.id),
        **_counts(seen),
    }


def _counts(seen: Mapping[str, int]) -> dict[str, int]:
    return {
        "signals": seen.get("event", 0),
        "decisions": seen.get("decision", 0),
        "services": seen.get("permission", 0),
        "permitted": seen.get("permitted", 0),
        "consents": seen.get("consents", 0),
    }


def _observed(tally: RangeCounts) -> dict[str, dict[str, int]]:
    """Per purpose code: entries by kind, how many of them used data, how many consents were given."""
    split = tally.counts.with_columns(purpose=pl.col("purposes").str.split(" ")).explode("purpose")
    found: dict[str, dict[str, int]] = {}
    for purpose, kind, outcome, n in split.select("purpose", "kind", "outcome", "n").iter_rows():
        if not purpose:
            continue
        seen = found.setdefault(purpose, {})
        seen[kind] = seen.get(kind, 0) + n
        if outcome in _PERMITTED:
            seen["permitted"] = seen.get("permitted", 0) + n
        if outcome in GIVING_OUTCOMES:
            seen["consents"] = seen.get("consents", 0) + n
    return found
