"""The records of people in one object: the ledger, the keys, the links and the erasures, over one database."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from consent import CallResult
from gateway.stores.database import Database
from gateway.stores.erasures import SqlErasures
from gateway.stores.ledger import SqlLedger
from gateway.stores.links import SqlLinks
from gateway.stores.subject_keys import SqlSubjectKeys
from gateway.stores.wrapping import Wrapping
from privacy import Entropy, KeyRing


class SqlRecords(SqlLedger, SqlSubjectKeys, SqlLinks, SqlErasures):
    """`consent.ConsentLedger`, `SubjectKeys`, `Links`, `Erasures` and `CallGroups`."""

    def __init__(self, database: Database, ring: KeyRing, *, entropy: Entropy = os.urandom) -> None:
        """Keep records in `database`.

        Args:
            database: open.
            ring: the key-encryption keys.
            entropy: gives random bytes.
        """
        super().__init__(database, Wrapping(ring, entropy))

    def together(self, calls: Sequence[Callable[[], object]]) -> list[CallResult]:
        """See `consent.CallGroups`."""
        return self._database.together(calls)
