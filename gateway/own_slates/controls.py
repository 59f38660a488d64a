"""What a person wants of their next slates: less like this, not to use that, a new beginning, a pause. Each holds for the next
question, is kept for good, and has its entry in the log, which names nobody.

Not to use something and pausing are rights (rectification, restriction), and go by their desk like any other request.

A wish is a person's, and not a device's: it holds in every browser that counts as them, also for what was known there before they
signed in, and stays there when the link ends.
"""

from __future__ import annotations

from enum import StrEnum

from audit import Kind, Outcome, Sequencer
from consent import Identity, Right, RightsStatus
from gateway.clock import Clock
from gateway.errors import NotPermittedError
from gateway.evidence.entries import EntryWriter
from gateway.identities import Identities
from gateway.lasting.disputing import Disputing
from gateway.rights.desk import RightsAsked, RightsDesk
from privacy import SubjectRef


class Wish(StrEnum):
    """What a person wants."""

    LESS_LIKE_THIS = "less_like_this"
    """An item and its like are shown less."""
    DO_NOT_USE = "do_not_use"
    """An item of the history does not count."""
    USE_AGAIN = "use_again"
    """The end of either; only the person themselves."""
    RESET = "reset"
    """Nothing counts that happened until now."""
    PAUSE = "pause"
    """Nothing is used until it is resumed."""
    RESUME = "resume"
    """The end of a pause."""


ABOUT_AN_ITEM = frozenset({Wish.LESS_LIKE_THIS, Wish.DO_NOT_USE, Wish.USE_AGAIN})
"""What names an item."""
LIFTING = frozenset({Wish.USE_AGAIN, Wish.RESUME})
"""What ends something that a person may have wished themselves."""
_RIGHTS = {
    Wish.DO_NOT_USE: Right.RECTIFICATION,
    Wish.PAUSE: Right.RESTRICTION,
    Wish.RESUME: Right.RESTRICTION,
}


class Controls:
    """Carries out what people want of their slates."""

    def __init__(
        self,
        identities: Identities,
        rights: RightsDesk,
        disputing: Disputing,
        writer: EntryWriter,
        sequencer: Sequencer,
        clock: Clock,
    ) -> None:
        """Go by `rights` where it is a right, and by `disputing` where it is not."""
        self._identities = identities
        self._rights = rights
        self._disputing = disputing
        self._writer = writer
        self._sequencer = sequencer
        self._clock = clock

    async def carry_out(
        self, wish: Wish, ref: SubjectRef, item: str | None, *, identity: Identity, source: str
    ) -> bool:
        """Carry a wish out. False if there is nothing that it could be about.

        Args:
            wish: what is wanted.
            ref: by whom; a browser that counts as somebody wishes for them.
            item: the app's id of the item, where there is one.
            identity: who confirmed who the person is.
            source: through which source.

        Raises:
            NotPermittedError: what the person wished is not for an app to end.
            StoreUnavailableError: it could not be kept; it holds until the next start, but for the end of a wish.
            LogUnavailableError: it holds and is kept, but not logged.
        """
        if wish is Wish.USE_AGAIN and identity is not Identity.PERSON:
            raise NotPermittedError
        if wish in _RIGHTS:
            filed = await self._rights.open(
                RightsAsked(
                    subject=self._identities.linked_or_own(ref),
                    right=_RIGHTS[wish],
                    identity=identity,
                    source=source,
                    item=item,
                    lifts=wish is Wish.RESUME,
                )
            )
            return filed.request.status is RightsStatus.COMPLETED
        done = False
        try:
            for each in self._identities.everybody(ref):
                done = await self._done(wish, each, item) or done
        finally:
            if done:
                await self._log(wish)
        return done

    async def _log(self, wish: Wish) -> None:
        """What was carried out has its entry, also if it failed for another pseudonym of the same person.

        Raises:
            LogUnavailableError: it is not logged.
        """
        entry = self._writer.plain(Kind.RIGHTS, Outcome.DONE, self._clock.now(), {"act": wish.value})
        self._sequencer.append_many([entry], [b""], reserved=True)
        await self._sequencer.wait_durable()

    async def _done(self, wish: Wish, ref: SubjectRef, item: str | None) -> bool:
        """Carry out for one pseudonym what is no right."""
        if wish is Wish.RESET:
            return await self._disputing.reset(ref, self._clock.now())
        if item is None:
            return False
        if wish is Wish.LESS_LIKE_THIS:
            return await self._disputing.dislike(ref, item)
        return await self._disputing.use_again(ref, item)
