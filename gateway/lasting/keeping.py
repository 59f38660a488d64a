"""What rights need kept, put together: the store's side, the lists outside the data directory, and the keys."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from consent import (
    ConsentLedger,
    DisputedItems,
    Erasures,
    KeptRefusals,
    Notifications,
    Policy,
    RightsRequests,
)
from gateway.errors import DirectoryError, RightsKeysLostError
from gateway.lasting.denied_list import FILE as DENIED_FILE
from gateway.lasting.denied_list import DeniedList
from gateway.lasting.denying import LastingLedger
from gateway.lasting.erased_list import FILE, ErasedList
from gateway.lasting.erasing import LastingErasures
from gateway.lasting.kept_refusals import RefusalMarks
from privacy import load_or_create_key

KEY_FILE = "rights.key"
"""In the keys directory: for marks of refusals, and for knowing the holder of a request again. Made by `init`."""

CERTIFICATE_KEY_FILE = "certificates.key"
"""In the keys directory: the Ed25519 seed that certificates of erasure are signed with. Made by `init`."""


class RightsStore(RightsRequests, Notifications, KeptRefusals, DisputedItems, Protocol):
    """Everything of rights that a store keeps."""


class RecordsOfPeople(ConsentLedger, Erasures, Protocol):
    """What is needed of the records themselves."""


@dataclass(frozen=True, slots=True)
class KeptForRights:
    """Everything that rights stand on."""

    store: RightsStore
    """Requests, notifications, marks, disputed items."""
    erasures: LastingErasures
    """Erasures that last."""
    ledger: LastingLedger
    """The ledger, whose denials last."""
    denied: DeniedList
    """What people denied, outside the records."""
    marks: RefusalMarks
    """What erased people refused."""
    key: bytes
    """For the holders of requests, 32 bytes."""
    certificate_seed: bytes
    """For the signature of certificates, 32 bytes."""


def keep_for_rights(
    keys_dir: Path, policy: Policy, records: RecordsOfPeople, store: RightsStore
) -> KeptForRights:
    """Open the lists and the keys beside the records.

    A key that is missing is made only in a directory where nobody has exercised a right yet, as an `init` before these keys
    left it: a new one in its place would void the marks of refusals without a word.

    Raises:
        DirectoryError: a list cannot be used.
        RightsKeysLostError: a key is missing, and something was kept with it.
        KeyFileError: a key cannot be used or made.
        StoreUnavailableError: the marks cannot be read.
    """
    erased = _list_of_erased(keys_dir, records)
    paths = [keys_dir / KEY_FILE, keys_dir / CERTIFICATE_KEY_FILE]
    denied = DeniedList(keys_dir / DENIED_FILE)
    if not all(path.exists() for path in paths) and (denied.standing or _in_use(store, erased)):
        raise RightsKeysLostError
    key, seed = (load_or_create_key(path, os.urandom) for path in paths)
    marks = RefusalMarks(key, store, policy, denied)
    erasures = LastingErasures(records, records, erased, marks)
    ledger = LastingLedger(records, denied, marks)
    return KeptForRights(store, erasures, ledger, denied, marks, key, seed)


def _list_of_erased(keys_dir: Path, records: Erasures) -> ErasedList:
    """The list, with what the records know of and a lost or older one lacks: a backup brings them back otherwise."""
    erased = ErasedList(keys_dir / FILE)
    try:
        erased.add(*records.destroyed_keys())
    except OSError as failure:
        raise DirectoryError(f"the list `{FILE}` in the keys directory cannot be written") from failure
    return erased


def _in_use(store: RightsStore, erased: ErasedList) -> bool:
    """Whether there is anything that stands on the keys."""
    return len(erased) > 0 or store.ever_filed() or bool(store.load_marks())
