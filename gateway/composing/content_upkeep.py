"""Keeps the index of texts in step with the catalogue: in a thread, and only when a text that is read has changed."""

from __future__ import annotations

import asyncio

from scoring import Catalogue, Composer, ContentIndex, Text, text_of


class ContentUpkeep:
    """Renews the composer's index."""

    def __init__(self, composer: Composer, catalogue: Catalogue, *, is_read: bool) -> None:
        """Keep `composer` in step with `catalogue`; if no placement reads texts, nothing is ever done."""
        self._composer = composer
        self._catalogue = catalogue
        self._is_read = is_read
        self._texts: list[Text] = []
        self._lock = asyncio.Lock()

    async def refresh(self) -> None:
        """On return the index knows every text that the catalogue had when this was called."""
        if not self._is_read:
            return
        async with self._lock:
            texts = [text_of(item) for item in self._catalogue.items]
            if texts != self._texts:
                self._composer.content = await asyncio.to_thread(ContentIndex, texts)
                self._texts = texts
