"""The notice: what a banner has to say, in one language, from the policy's own texts. Pure, and the same for everybody.

It names no person and needs no consent to be read; what one person may be asked is said by `POST /v1/prompts`.
"""

from __future__ import annotations

from typing import Any

from consent import Condition, LegalBasis, Policy, Purpose
from gateway.banner.words import FALLBACK, WORDS


def notice_of(policy: Policy, asked_locale: str) -> dict[str, Any]:
    """The notice in the language nearest to the one asked for.

    Args:
        policy: in force.
        asked_locale: a BCP 47 tag, as browsers say it; anything else gives the policy's default language.

    Returns:
        `notice_version`, `policy` (digest), `locale` (that of the texts), `words` (the banner's own), and `purposes`: everything
        that rests on consent, in the policy's order.
    """
    locale = nearest_locale(policy, asked_locale)
    words = WORDS.get(locale.partition("-")[0], WORDS[FALLBACK])
    return {
        "notice_version": policy.notice_version,
        "policy": policy.digest_text,
        "locale": locale,
        "words": dict(words),
        "purposes": [_told(entry, policy, locale) for entry in policy.entries if _by_consent(entry)],
    }


def nearest_locale(policy: Policy, asked: str) -> str:
    """The language asked for, or the same without its region, if every text exists in it; else the default language."""
    tag = asked.strip()
    language = tag.partition("-")[0].lower()
    for each in (tag, language):
        if each and all(each in entry.texts for entry in policy.entries):
            return each
    return policy.default_locale


def _told(entry: Purpose | Condition, policy: Policy, locale: str) -> dict[str, Any]:
    text = entry.texts.get(locale) or entry.texts[policy.default_locale]
    purpose = isinstance(entry, Purpose)
    return {
        "id": entry.id,
        "kind": "purpose" if purpose else "condition",
        "version": entry.version,
        "title": text.title,
        "text": text.text,
        "gpc_sensitive": bool(policy.gpc_mask >> policy.bits[entry.id] & 1),
        "categories": list(entry.mappings.segment) if isinstance(entry, Purpose) else [],
    }


def _by_consent(entry: Purpose | Condition) -> bool:
    return isinstance(entry, Condition) or entry.legal_basis is LegalBasis.CONSENT
