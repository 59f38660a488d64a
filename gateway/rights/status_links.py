"""Names of pages on which somebody who was erased still sees what came of it, without an account: unguessable, kept nowhere.

A request's id is a name and no capability: apps and officers hold it. What opens the page is a keyed digest of it, so only whom
we hand the link has it, and it holds as long as the key of the directory (`rights.key`) does.

Source: HMAC (RFC 2104) with SHA-256, cut to 128 bits.
"""

from __future__ import annotations

import hashlib
import hmac

_LABEL = b"volens/rights-status/v1\0"
_ID_BYTES = 16
_MARK_BYTES = 16


class StatusLinks:
    """Makes such names, and knows them again."""

    def __init__(self, key: bytes) -> None:
        """Sign with `key`, 32 bytes."""
        self._keyed = hmac.new(key, _LABEL, hashlib.sha256)

    def name_of(self, request_id: bytes) -> str:
        """The name of a request's page: 64 hexadecimal digits, nothing of which leads to anybody."""
        return (request_id + self._mark(request_id)).hex()

    def request_of(self, name: str) -> bytes | None:
        """The id of the request that a name was made for; None if it was made for none."""
        try:
            raw = bytes.fromhex(name) if len(name) == 2 * (_ID_BYTES + _MARK_BYTES) else b""
        except ValueError:
            return None
        request_id, mark = raw[:_ID_BYTES], raw[_ID_BYTES:]
        return request_id if hmac.compare_digest(mark, self._mark(request_id)) else None

    def _mark(self, request_id: bytes) -> bytes:
        keyed = self._keyed.copy()
        keyed.update(request_id)
        return keyed.digest()[:_MARK_BYTES]
