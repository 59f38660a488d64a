"""What every access report says in plain words. Each text is translated where it is shown.

Source: GDPR art. 13(2), 15(1)(a) to (h), 15(2), 22; the explanation of the logic follows from how the slate is computed
(docs/scoring.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.wording.languages import phrase

LOGIC = (
    phrase(
        "Items are ranked for you from your own recent history: the last 20 different items that you looked at or bought."
        " For each item in it, a model knows how often other people who agreed to help improve it were interested in both."
        " These numbers are added up, newer items count more, and the items with the highest sums are shown. Beside each"
        " item it is kept what you did with it last, and how often and when you came back to it (20 earlier times at most):"
        " both can count, so that you may be shown something again. Nothing else"
        " about you goes into it: no age, no gender, no income, no location, unless a purpose above lists it."
    ),
    phrase(
        "Each item shown names the item of your history that counted most. You can have any of them left out: that is"
        " what the right to rectification does here."
    ),
    phrase(
        "No decision is made about you that has legal or similarly significant effects: only what is shown to you, and"
        " in which order, depends on it. Without your consent you see what is popular."
    ),
)
"""The logic involved (art. 15(1)(h)), a paragraph each."""

IDENTIFIERS = phrase(
    "Your name at the shop, your e-mail address and your device's identifier are not stored here. They are turned into a"
    " keyed pseudonym at the door, which is what your data are kept under, and nobody can be told from it without the key."
)

RIGHTS = {
    "access": phrase("See what is held about you, as you do here."),
    "portability": phrase("Take along what you gave, in a machine-readable form."),
    "rectification": phrase("Have an item left out that does not say anything about you."),
    "objection": phrase(
        "Object to what is done with your data, or withdraw your consent, as easily as you gave it."
    ),
    "restriction": phrase("Have everything frozen, for as long as you like."),
    "erasure": phrase("Have everything about you erased."),
}

COMPLAINT = phrase("You can complain to the data protection authority of the country where you live or work.")

SOURCES = phrase(
    "The data come from the apps and pages on which you used the shop; nothing was bought or looked up elsewhere."
)

BASES: Mapping[str, str] = MappingProxyType(
    {
        "consent": phrase("your consent (GDPR art. 6(1)(a))"),
        "contract": phrase("a contract with you (GDPR art. 6(1)(b))"),
        "legal_obligation": phrase("a legal obligation (GDPR art. 6(1)(c))"),
        "vital_interests": phrase("vital interests (GDPR art. 6(1)(d))"),
        "public_task": phrase("a public task (GDPR art. 6(1)(e))"),
        "legitimate_interests": phrase("legitimate interests (GDPR art. 6(1)(f))"),
    }
)
"""Legal bases, by the word of the policy."""
