"""The model that devices are given, fetched once for all devices of a process: public, so nothing is told of any of them."""

from __future__ import annotations

import threading
import time

import httpx

from federated.driving import HeldModel
from gateway.errors import BundleError
from gateway.fleet.bundles import GOES_ON_FROM, Statement, read_bundle
from gateway.fleet.values import MODEL_NAME

FRESH_SECONDS = 1.0
"""So long a version that was fetched is not asked for again: less than it takes to begin a round after a publication."""
TIMEOUT_SECONDS = 5.0


class ServedModel:
    """Fetches the version that the gateway serves. For several threads."""

    def __init__(self, gateway: str, transport: httpx.BaseTransport | None = None) -> None:
        """Fetch from the gateway at this URL; nothing is fetched yet."""
        self._client = httpx.Client(
            base_url=gateway, timeout=TIMEOUT_SECONDS, trust_env=False, transport=transport
        )
        self._lock = threading.Lock()
        self._due = 0.0
        self._tag = ""
        self._entry = -1
        self._held: HeldModel | None = None

    def close(self) -> None:
        """Hang up on the gateway."""
        self._client.close()

    def held(self, publisher: bytes) -> HeldModel | None:
        """The newest version there was so far, signed by `publisher`; None before the first.

        What cannot be fetched, is not signed, or was published before the one that is held changes nothing.
        """
        with self._lock:
            if time.monotonic() >= self._due:
                self._look(publisher)
                self._due = time.monotonic() + FRESH_SECONDS
            return self._held

    def _look(self, publisher: bytes) -> None:
        try:
            answer = self._client.get(f"/v1/models/{MODEL_NAME}", headers={"if-none-match": self._tag})
            if answer.status_code != httpx.codes.OK:
                return
            told = read_bundle(answer.content, publisher).statement
        except (httpx.HTTPError, BundleError):
            return
        if told.log.index > self._entry:
            self._entry, self._tag = told.log.index, answer.headers.get("etag", "")
            self._held = held_of(told)


def held_of(told: Statement) -> HeldModel:
    """What a device holds that was given a version with this statement."""
    newest = told.card.get(GOES_ON_FROM, told.artefact)
    return HeldModel(told.version, told.artefact, newest if isinstance(newest, str) else told.artefact)
