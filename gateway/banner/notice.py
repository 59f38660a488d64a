"""The notice: what a banner has to say, in one language, from the policy's own texts. Pure, and the same for everybody.

It names no person and needs no consent to be read; what one person may be asked is said by `POST /v1/prompts`.

Source: GDPR art. 4(11), 7(2) and 13(1): whoever is asked learns who asks, for what, what is used, how long, and who sees it.
"""

from __future__ import annotations

import hashlib
from typing import Any

from consent import Condition, LegalBasis, Policy, Purpose, canonical_json
from gateway.banner.words import FALLBACK, WORDS
from gateway.wording.languages import Language, Languages, phrase
from gateway.wording.purpose_words import what_is_used


def notice_of(
    policy: Policy, asked_locale: str, languages: Languages, program: bytes = b""
) -> dict[str, Any]:
    """The notice in the language nearest to the one asked for.

    Args:
        policy: in force.
        asked_locale: a BCP 47 tag, as browsers say it; anything else gives the policy's default language.
        languages: in which plain words are said.
        program: what shows it.

    Returns:
        `notice_version`, `policy` (digest), `locale` (that of the texts), `words` (the banner's own), `controller` (name and
        contact; None if the policy names none), `purposes`: everything that rests on consent, in the policy's order, and
        `ui_variant`: SHA-256 of all this and of `program`, which names what was on the screen.
    """
    locale = nearest_locale(policy, asked_locale)
    words = WORDS.get(locale.partition("-")[0], WORDS[FALLBACK])
    language = languages.choose(locale.partition("-")[0], None)
    by_consent = [entry for entry in policy.entries if _by_consent(entry)]
    who = policy.controller
    found: dict[str, Any] = {
        "notice_version": policy.notice_version,
        "policy": policy.digest_text,
        "locale": locale,
        "words": dict(words),
        "controller": None if who is None else {"name": who.name, "contact": who.contact},
        "purposes": [_told(entry, policy, locale) | _terms(entry, policy, language) for entry in by_consent],
    }
    return found | {"ui_variant": hashlib.sha256(canonical_json(found) + program).hexdigest()}


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


def _terms(entry: Purpose | Condition, policy: Policy, language: Language) -> dict[str, Any]:
    """What is used, how long it is kept and who else sees it, in plain words; nothing of a condition."""
    if isinstance(entry, Condition):
        return {"used": [], "kept": "", "recipients": []}
    colon = language.say(phrase(": "))
    used = [f"{each.event}{colon}{', '.join(each.fields)}" for each in what_is_used(entry, policy, language)]
    return {"used": used, "kept": language.days(entry.retention_days), "recipients": list(entry.destinations)}


def _by_consent(entry: Purpose | Condition) -> bool:
    return isinstance(entry, Condition) or entry.legal_basis is LegalBasis.CONSENT
