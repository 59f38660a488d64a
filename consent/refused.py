"""What no purpose may see: names of fields that a policy is refused for, or that need a condition of their own.

A list of words finds what is called by its name; it is a reminder to whoever writes a policy in good faith, and no proof. What
keeps everything else out is that a field which no purpose lists does not pass.

Source: AI Act (Regulation (EU) 2024/1689) Art. 5(1)(f) and (g); GDPR Art. 9(1).
"""

from __future__ import annotations

import re

_REFUSED = {
    "fingerprint": "a device's fingerprint",
    "devicefingerprint": "a device's fingerprint",
    "browserfingerprint": "a device's fingerprint",
    "canvasfingerprint": "a device's fingerprint",
    "canvashash": "a device's fingerprint",
    "audiofingerprint": "a device's fingerprint",
    "webglhash": "a device's fingerprint",
    "installedfonts": "a device's fingerprint",
    "emotion": "inferred emotion",
    "emotions": "inferred emotion",
    "emotionalstate": "inferred emotion",
    "mood": "inferred emotion",
    "personality": "inferred personality",
    "personalitytraits": "inferred personality",
    "bigfive": "inferred personality",
    "ocean": "inferred personality",
    "psychographic": "inferred personality",
    "psychographics": "inferred personality",
    "voiceprint": "biometric data",
    "faceprint": "biometric data",
    "faceembedding": "biometric data",
    "gait": "biometric data",
    "biometric": "biometric data",
    "biometrics": "biometric data",
    "bidrequest": "real-time bidding",
    "bidstream": "real-time bidding",
    "openrtb": "real-time bidding",
}

_SPECIAL = frozenset(
    {
        "belief",
        "diagnosis",
        "disability",
        "ethnicity",
        "genetics",
        "health",
        "healthcondition",
        "medication",
        "philosophicalbelief",
        "politicalopinion",
        "politics",
        "pregnancy",
        "race",
        "religion",
        "sexlife",
        "sexualorientation",
        "tradeunion",
        "unionmembership",
    }
)


def refused(path: str) -> str | None:
    """Why a field is refused, if it is one of those that are refused on purpose."""
    found = next((_REFUSED[step] for step in _steps(path) if step in _REFUSED), None)
    return None if found is None else f"would be {found}, which is refused on purpose: docs/refused.md"


def is_special(path: str) -> bool:
    """Whether a field is of a special category by its name."""
    return any(step in _SPECIAL for step in _steps(path))


def _steps(path: str) -> list[str]:
    """The steps of a path as plain words: `deviceFingerprint` and `device_fingerprint` are one."""
    return [re.sub(r"[^a-z]", "", step.lower()) for step in path.split(".")]
