"""Google Consent Mode v2, read as a claim: which of its types somebody granted. Pure, and closed.

Three forms are understood, and may stand together; then all of them must allow a type:

- the types themselves, as pages say them to gtag and servers to the Measurement Protocol: `granted` or `denied`, in small
  or in capital letters. A type that is not named is not allowed.
- `gcs`, as Google's tags send it: `G1`, then `ad_storage` and `analytics_storage`, each `0`, `1` or `-` (not said). It is
  older than the other types of advertising, so it allows none of them.
- `gcd`, as Google's tags send it: digits, and between them a letter for `ad_storage`, `analytics_storage`, `ad_user_data` and
  `ad_personalization`. The letter tells default and update; the later of the two counts. `l` (not said) is no grant.

`gcs` and `gcd` have no place for the types of function, personalisation and security: about those they say nothing.

A type that is denied in *advanced* mode is as denied as in basic mode, although Google's tags still send pings then.

Source: Google tag documentation, consent mode (types and values); Measurement Protocol, `consent`. The forms of `gcs` and
`gcd` are published nowhere by Google; they are read as tags have been observed to write them, and anything else is not
understood.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

ADVERTISING: Final = ("ad_storage", "ad_user_data", "ad_personalization")
ANALYTICS: Final = "analytics_storage"
GOOGLE_TYPES: Final = (
    *ADVERTISING,
    ANALYTICS,
    "functionality_storage",
    "personalization_storage",
    "security_storage",
)
"""Every type there is."""

_STATES: Final = {"granted": True, "GRANTED": True, "denied": False, "DENIED": False}
_GCS: Final = re.compile(r"G1([01-])([01-])", re.ASCII)
_GCD: Final = re.compile(
    r"1[0-9]([a-z])[0-9]([a-z])[0-9]([a-z])[0-9]([a-z])[0-9](?:[a-z][0-9]){0,4}", re.ASCII
)
_GCD_TYPES: Final = ("ad_storage", ANALYTICS, "ad_user_data", "ad_personalization")
_GRANTED, _NOT_GRANTED = frozenset("tnrv"), frozenset("lpqmu")
_MOST_MEMBERS = len(GOOGLE_TYPES) + 2

Allows = Callable[[str], bool]
"""Whether a type is allowed."""


class GoogleConsentError(ValueError):
    """Not a consent state. Never says what it was."""


def read_google(value: object) -> Allows:
    """Read a consent state: an object of types, `gcs`, `gcd`, or several of them.

    Raises:
        GoogleConsentError: it is not of this form, or a member of it is not understood.
    """
    if not isinstance(value, dict) or not 0 < len(value) <= _MOST_MEMBERS:
        raise GoogleConsentError("not a consent state")
    types: dict[str, bool] = {}
    readings: list[Allows] = []
    for name, said in value.items():
        if name == "gcs":
            readings.append(_read_gcs(said))
        elif name == "gcd":
            readings.append(_read_gcd(said))
        elif name in GOOGLE_TYPES and isinstance(said, str) and said in _STATES:
            types[name] = _STATES[said]
        else:
            raise GoogleConsentError("not a consent state")
    if types:
        readings.append(lambda name: types.get(name, False))
    return lambda name: all(allows(name) for allows in readings)


def _read_gcs(said: object) -> Allows:
    found = _GCS.fullmatch(said) if isinstance(said, str) else None
    if found is None:
        raise GoogleConsentError("not a consent state")
    granted = {"ad_storage": found[1] == "1", ANALYTICS: found[2] == "1"}
    return lambda name: granted.get(name, name not in ADVERTISING)


def _read_gcd(said: object) -> Allows:
    found = _GCD.fullmatch(said) if isinstance(said, str) else None
    if found is None or not set(found.groups()) <= _GRANTED | _NOT_GRANTED:
        raise GoogleConsentError("not a consent state")
    granted = {name: letter in _GRANTED for name, letter in zip(_GCD_TYPES, found.groups(), strict=True)}
    return lambda name: granted.get(name, True)
