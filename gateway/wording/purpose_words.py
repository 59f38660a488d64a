"""What a purpose uses, in plain words: the same for the portal and for the banner. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from consent import Policy, Purpose
from gateway.wording.languages import Language, phrase
from gateway.wording.plain_words import EVENTS, FIELDS, TIMES
from privacy import FieldRule, Transform


@dataclass(frozen=True, slots=True)
class Used:
    """What of one thing that people do is used."""

    event: str
    """In plain words: `When you look at a product`."""
    fields: tuple[str, ...]
    """In plain words: `which product`, ..."""


def what_is_used(purpose: Purpose, policy: Policy, language: Language) -> tuple[Used, ...]:
    """What of each thing that people do is used for a purpose, in the policy's order."""
    titles = {each.id: language.text_of(dict(each.texts), policy)[1].title for each in policy.conditions}
    return tuple(
        Used(
            language.say(EVENTS[event]) if event in EVENTS else event,
            tuple(_field(rule, titles, language) for rule in rules),
        )
        for event, rules in purpose.fields.events.items()
    )


def _field(rule: FieldRule, titles: Mapping[str, str], language: Language) -> str:
    words = language.say(FIELDS[rule.path]) if rule.path in FIELDS else rule.path
    if rule.transform is not Transform.KEEP:
        words = language.say(phrase("%(field)s (roughly)")) % {"field": words}
    if rule.condition is None:
        return words
    title = titles.get(rule.condition, rule.condition)
    return language.say(phrase("%(field)s (only with “%(condition)s”)")) % {
        "field": words,
        "condition": title,
    }


def exactness_of_time(purpose: Purpose, language: Language) -> str:
    """How exactly the time is known; empty if there are no words for it."""
    known = TIMES.get(purpose.time_granularity_seconds)
    return "" if known is None else language.say(known)
