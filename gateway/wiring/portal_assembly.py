"""Puts the portal together from the parts of a gateway."""

from __future__ import annotations

import os

from starlette.applications import Starlette

from gateway.callers.rate_limits import PERSON_BURST_SECONDS, PERSON_CHANGES_PER_SECOND, RateLimits
from gateway.pages.forms import keyed
from gateway.pages.own_address import OwnAddress
from gateway.pages.provider_sign_in import open_provider_sign_in
from gateway.pages.sessions import Sessions
from gateway.parts import Memory, Opened
from gateway.portal import oidc_pages
from gateway.portal.application import build_portal
from gateway.portal.choices import Choices
from gateway.portal.decisions import OwnDecisions
from gateway.portal.handover_tokens import Handovers
from gateway.portal.one_time_links import KEY_FILE, OneTimeLinks
from gateway.portal.own_counts import ReleaseCounts
from gateway.portal.own_devices import FleetDevices
from gateway.portal.own_rights import OwnReceipts, OwnRights
from gateway.portal.pages import portal_pages
from gateway.portal.visits import COOKIE, Portal
from gateway.routes.services import Services
from gateway.settings.portal import PortalSettings
from gateway.telemetry.metrics import Refused
from gateway.wording.languages import Languages
from privacy import SubjectRef, load_or_create_key

_BURST_SECONDS = 60.0
_DOWNLOADS_PER_SECOND = 1 / 60
_DOWNLOADS_AT_ONCE_SECONDS = 600.0


def open_portal(opened: Opened, memory: Memory, services: Services) -> Starlette:
    """The portal of a gateway. An erasure, wherever it comes from, ends the person's sessions and links.

    Args:
        opened: what was opened.
        memory: what the hot paths ask.
        services: what writes consent, hands out receipts, takes requests and wishes, and knows hand-over tokens.
    """
    settings = opened.settings.portal
    run = opened.gathering.run
    sessions = _sessions(settings)
    links = _links(opened, memory)
    services.desk.when_erased += [sessions.end_all, links.end_all]
    languages = Languages()
    address = OwnAddress(opened.settings.server.public_url, COOKIE)
    portal = Portal(
        settings=settings,
        policy=memory.policy,
        clock=memory.clock,
        address=address,
        languages=languages,
        pages=portal_pages(languages, settings.controller_name, settings.contact),
        sessions=sessions,
        links=links,
        elsewhere=open_provider_sign_in(settings, address, oidc_pages.RETURN_PATH, os.urandom),
        known=opened.pseudonyms.known,
        handovers=Handovers(services.door.own_tokens),
        attempts=RateLimits(settings.sign_ins_per_minute / 60, _BURST_SECONDS),
        grants=RateLimits(PERSON_CHANGES_PER_SECOND, PERSON_BURST_SECONDS),
        downloads=RateLimits(_DOWNLOADS_PER_SECOND, _DOWNLOADS_AT_ONCE_SECONDS),
        choices=Choices(
            notices=memory.notices,
            policy=memory.policy,
            people=memory.people,
            enforcement=memory.enforcement,
            ledger=opened.ledger,
            desk=services.desk,
            ages=services.ages,
            identities=memory.identities,
            clock=memory.clock,
            run=run,
        ),
        decisions=_own_decisions(opened, memory),
        receipts=OwnReceipts(services.receipts),
        proofs=services.decision_proofs,
        rights=OwnRights(services.rights, services.controls, services.rights.pages),
        counts=ReleaseCounts(services.aggregates, memory.clock),
        devices=FleetDevices(services.fleet),
        caller_key=keyed(os.urandom),
    )
    not_let_in = portal.not_let_in
    services.metrics.watch_refused(Refused.PORTAL, lambda: {why.value: n for why, n in not_let_in.items()})
    return build_portal(portal)


def _links(opened: Opened, memory: Memory) -> OneTimeLinks:
    key = load_or_create_key(opened.settings.keys_dir / KEY_FILE, os.urandom)
    links = OneTimeLinks(opened.settings.directory, key, os.urandom)
    links.tidy(now=memory.clock.now())
    return links


def _own_decisions(opened: Opened, memory: Memory) -> OwnDecisions:
    return OwnDecisions(
        people=memory.people,
        owners=memory.owners,
        sequencer=opened.sequencer,
        catalogue=memory.catalogue,
        history=memory.history,
        disputed=memory.disputed,
    )


def _sessions(settings: PortalSettings) -> Sessions[SubjectRef]:
    return Sessions(
        idle_seconds=settings.session_idle_seconds,
        max_seconds=settings.session_max_seconds,
        max_sessions=settings.max_sessions,
        entropy=os.urandom,
    )
