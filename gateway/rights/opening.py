"""The desk of rights, from what was opened and recovered."""

from __future__ import annotations

import os
from collections.abc import Sequence
from random import Random

from gateway.consents.desk import ConsentDesk
from gateway.evidence.entries import EntryWriter
from gateway.gathering import Gathering
from gateway.lasting.disputing import Disputing
from gateway.lasting.keeping import CERTIFICATE_KEY_FILE
from gateway.parts import Memory, Opened
from gateway.rights.carrying_out import CarryingOut
from gateway.rights.certificate import Certificates
from gateway.rights.desk import RightsDesk
from gateway.rights.entries import RightsEntries
from gateway.rights.own_records import RecordOpener
from gateway.rights.papers import Papers
from gateway.rights.recipients import find_recipients
from gateway.rights.reporting import Reporting
from gateway.rights.status_links import StatusLinks
from gateway.rights.telling import Telling
from gateway.routing import Destination, SinkMaker
from gateway.signing_keys.retired import read_retired
from gateway.wording.languages import Languages


async def open_rights(
    opened: Opened,
    memory: Memory,
    writer: EntryWriter,
    desk: ConsentDesk,
    destinations: Sequence[Destination],
    disputing: Disputing,
) -> RightsDesk:
    """Put the desk together, with what changes consent, learns of it and takes wishes in, and carry on with what a crash left."""
    kept = opened.rights
    gathering = opened.gathering
    carrying_out = CarryingOut(
        policy=memory.policy,
        desk=desk,
        ledger=opened.ledger,
        gathering=gathering,
        identities=memory.identities,
        disputing=disputing,
        clock=memory.clock,
        on_erased=[],
    )
    rights = RightsDesk(
        kept=kept,
        gathering=gathering,
        entries=RightsEntries(writer, opened.sequencer, memory.clock),
        carrying_out=carrying_out,
        papers=Papers(
            _reporting(opened, memory, gathering), _certificates(opened), StatusLinks(opened.rights.key)
        ),
        telling=_telling(opened, memory, gathering, destinations),
    )
    await rights.resume()
    return rights


def _reporting(opened: Opened, memory: Memory, gathering: Gathering) -> Reporting:
    return Reporting(
        policy=memory.policy,
        notices=memory.notices,
        origin=opened.settings.log.origin,
        ledger=opened.ledger,
        store=opened.rights.store,
        gathering=gathering,
        opener=RecordOpener(opened.sequencer, memory.people, memory.enforcement),
        people=memory.people,
        identities=memory.identities,
        disputed=memory.disputed,
        catalogue=memory.catalogue,
        clock=memory.clock,
        languages=Languages(),
    )


def _certificates(opened: Opened) -> Certificates:
    settings = opened.settings
    seed = opened.rights.certificate_seed
    retired = read_retired(settings.keys_dir).get(CERTIFICATE_KEY_FILE, ())
    return Certificates(seed, settings.log.origin, opened.published, retired)


def _telling(
    opened: Opened, memory: Memory, gathering: Gathering, destinations: Sequence[Destination]
) -> Telling:
    settings = opened.settings
    maker = SinkMaker(settings.log.origin, settings.keys_dir, os.urandom, memory.clock.now)
    recipients = find_recipients(destinations, settings.keys_dir, os.urandom, maker.signer)
    draw = Random().random  # noqa: S311 - jitter, not secrecy
    return Telling(recipients, opened.rights.store, gathering, memory.clock, settings.log.origin, draw)
