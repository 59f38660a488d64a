"""Puts the consent desk together from the parts of a gateway."""

from __future__ import annotations

from gateway.consents.desk import ConsentDesk
from gateway.consents.ending_links import EndingLinks
from gateway.consents.entries import ConsentEntries
from gateway.consents.sequencing import ConsentSequencing
from gateway.consents.taking_effect import TakingEffect
from gateway.evidence.entries import EntryWriter
from gateway.lasting.disputing import Disputing
from gateway.parts import Memory, Opened, personal_entries


def open_consent_desk(
    opened: Opened, memory: Memory, writer: EntryWriter, disputing: Disputing
) -> ConsentDesk:
    """The only code that changes what a person permits, over this ledger and this log; links carry wishes by `disputing`."""
    effect = TakingEffect(
        policy=memory.policy,
        notices=memory.notices,
        people=memory.people,
        sealing_keys=memory.sealing_keys,
        consumers=memory.consumers,
        clock=memory.clock,
        forget_wishes=memory.disputed.forget,
    )
    sequencing = ConsentSequencing(
        ledger=opened.ledger,
        erasures=opened.rights.erasures,
        gathering=opened.gathering,
        entries=ConsentEntries(
            policy=memory.policy,
            people=memory.people,
            writer=writer,
            sequencer=opened.sequencer,
            entries=personal_entries(opened, memory),
            clock=memory.clock,
        ),
        people=memory.people,
        effect=effect,
    )
    return ConsentDesk(
        policy=memory.policy,
        notices=memory.notices,
        ledger=opened.ledger,
        erasures=opened.rights.erasures,
        people=memory.people,
        identities=memory.identities,
        effect=effect,
        sequencing=sequencing,
        clock=memory.clock,
        gathering=opened.gathering,
        marks=opened.rights.marks,
        ending_links=EndingLinks(memory.identities, memory.people, opened.links, opened.gathering),
        disputing=disputing,
    )
