"""What a person wants of their next slates: less like this, not to use that, a new beginning, a pause. Each holds for the next
question, is kept for good, and has its entry in the log, which names nobody.

Not to use something and pausing are rights (rectification, restriction), and go by their desk like any other request.
"""

from __future__ import annotations

from enum import StrEnum

from audit import Kind, Outcome, Sequencer
from consent import Identity, Right, RightsStatus
from gateway.clock import Clock
from gateway.errors import NotPermittedError
from gateway.evidence.entries import EntryWriter
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


class Controls:
    """Carries out what people want of their slates."""

    def __init__(
        self,
        rights: RightsDesk,
        disputing: Disputing,
        writer: EntryWriter,
        sequencer: Sequencer,
        clock: Clock,
    ) -> None:
        """Go by `rights` where it is a right, and by `disputing` where it is not."""
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
            ref: by whom.
            item: the app's id of the item, where there is one.
            identity: who confirmed who the person is.
            source: through which source.

        Raises:
            NotPermittedError: what the person wished is not for an app to end.
            StoreUnavailableError: it could not be kept; it holds until the next start, but for the end of a wish.
            LogUnavailableError: it holds and is kept, but not logged.
        """
        match wish:
            case Wish.LESS_LIKE_THIS:
                done = item is not None and await self._disputing.dislike(ref, item)
            case Wish.USE_AGAIN:
                if identity is not Identity.PERSON:
                    raise NotPermittedError
                done = item is not None and await self._disputing.use_again(ref, item)
            case Wish.RESET:
                done = await self._disputing.reset(ref, self._clock.now())
            case _:
                right = Right.RECTIFICATION if wish is Wish.DO_NOT_USE else Right.RESTRICTION
                lifts = wish is Wish.RESUME
                filed = await self._rights.open(
                    RightsAsked(
                        subject=ref, right=right, identity=identity, source=source, item=item, lifts=lifts
                    )
                )
                return filed.request.status is RightsStatus.COMPLETED
        if done:
            entry = self._writer.plain(Kind.RIGHTS, Outcome.DONE, self._clock.now(), {"act": wish.value})
            self._sequencer.append_many([entry], [b""], reserved=True)
            await self._sequencer.wait_durable()
        return done
