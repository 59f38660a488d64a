"""The second factor: six digits that an app makes of a shared secret and the time.

A code holds for its half minute and, because clocks differ, for the one before and after. Whoever accepts one keeps its step, and
never accepts that step or an earlier one again.

Source: RFC 6238 (TOTP) over RFC 4226 (HOTP), SHA-1, 30 seconds, 6 digits: what every authenticator app knows.
"""

from __future__ import annotations

import hmac
from base64 import b32encode
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

SECRET_BYTES = 20
"""As long as the digest (RFC 4226 section 4, R6)."""

STEP_SECONDS = 30
DIGITS = 6
NEVER_USED = 0
"""The step of an account whose codes were never accepted."""

_DRIFT = (-1, 0, 1)


def code_at(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """The code of a time step (unix seconds / 30)."""
    hotp = HOTP(secret, digits, SHA1(), enforce_key_length=False)  # noqa: S303 - what RFC 4226 makes codes with
    return hotp.generate(step).decode("ascii")


def accepted_step(secret: bytes, code: str, *, now: int, after: int) -> int | None:
    """The step that a code is of, if it may be accepted.

    Args:
        secret: shared with the app.
        code: as it came.
        now: unix seconds.
        after: the last step that was accepted.

    Returns:
        None for a wrong code, one of another time, and one that was used. Every candidate is compared, whatever comes of it.
    """
    current = now // STEP_SECONDS
    said = code.encode("utf-8", "surrogatepass")
    steps = [max(0, current + drift) for drift in _DRIFT]
    matches = [hmac.compare_digest(code_at(secret, step).encode(), said) for step in steps]
    found = [step for step, same in zip(steps, matches, strict=True) if same and step > after]
    return found[0] if found else None


def as_text(secret: bytes) -> str:
    """The secret as people type it: base32 without padding."""
    return b32encode(secret).rstrip(b"=").decode("ascii")


def as_address(secret: bytes, issuer: str, account: str) -> str:
    """The secret as an `otpauth:` address, which authenticator apps open."""
    label = quote(f"{issuer}:{account}", safe="")
    return f"otpauth://totp/{label}?{urlencode({'secret': as_text(secret), 'issuer': issuer})}"
