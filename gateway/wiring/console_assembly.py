"""Puts the console together from the parts of a gateway."""

from __future__ import annotations

import os
from time import monotonic

from gateway.callers.rate_limits import RateLimits
from gateway.evidence.searching import Searching
from gateway.officer import oidc_pages
from gateway.officer.accounts import Accounts
from gateway.officer.allowance import Allowance
from gateway.officer.arriving import Arrivals
from gateway.officer.cases import Cases
from gateway.officer.console import COOKIE, Console
from gateway.officer.enrolling import OfficerEnrolments
from gateway.officer.looks import Looks
from gateway.officer.pages import console_pages
from gateway.officer.passwords import Passwords
from gateway.officer.seen_entries import load_seen_entries
from gateway.officer.signing_in import SigningIn
from gateway.officer.surroundings import ConsoleParts
from gateway.officer.tallies import Tallies
from gateway.officer.timelines import Timelines
from gateway.pages.forms import keyed
from gateway.pages.own_address import OwnAddress
from gateway.pages.provider_sign_in import open_provider_sign_in
from gateway.pages.sessions import Sessions
from gateway.parts import Memory, Opened
from gateway.rights.own_records import RecordOpener
from gateway.routes.services import Services
from gateway.witness.cosigning import Cosigning
from gateway.wording.languages import Languages

_BURST_SECONDS = 60.0
_AT_ONCE = 5
"""Attempts under one name before they are slowed down."""

_MAX_SESSIONS = 1000


def open_console(opened: Opened, memory: Memory, services: Services, cosigning: Cosigning | None) -> Console:
    """The console of a gateway. What waits for two officers about a person ends with the person.

    Args:
        opened: what was opened.
        memory: what the hot paths ask.
        services: tell of erasures, take people's requests, make exports.
        cosigning: what witnesses have seen of the log, where there are any.
    """
    settings, clock, languages = opened.settings.officer, memory.clock, Languages()
    accounts = Accounts(opened.settings.keys_dir, os.urandom)
    passwords = Passwords()
    around = _surroundings(opened, memory, services, cosigning)
    services.desk.when_erased.append(around.cases.forget)
    address = OwnAddress(opened.settings.server.public_url, COOKIE)
    per_name = settings.account_attempts_per_minute / 60
    return Console(
        settings=settings,
        policy=memory.policy,
        clock=clock,
        address=address,
        languages=languages,
        pages=console_pages(languages, opened.settings.portal.controller_name),
        accounts=accounts,
        sessions=Sessions(
            idle_seconds=settings.session_idle_seconds,
            max_seconds=settings.session_max_seconds,
            max_sessions=_MAX_SESSIONS,
            entropy=os.urandom,
        ),
        signing_in=SigningIn(accounts, passwords, RateLimits(per_name, _AT_ONCE / per_name)),
        enrolments=OfficerEnrolments(accounts, os.urandom),
        elsewhere=open_provider_sign_in(
            settings, address, oidc_pages.RETURN_PATH, os.urandom, settings.oidc_accepted_acr
        ),
        arrivals=Arrivals(os.urandom),
        passwords=passwords,
        attempts=RateLimits(settings.sign_ins_per_minute / 60, _BURST_SECONDS),
        looks=Looks(services.writer, opened.sequencer, clock, monotonic),
        around=around,
        caller_key=keyed(os.urandom),
    )


def _surroundings(
    opened: Opened, memory: Memory, services: Services, cosigning: Cosigning | None
) -> ConsoleParts:
    sequencer = opened.sequencer

    def cosigned() -> tuple[int, int] | None:
        published = sequencer.published_size
        return None if cosigning is None else (min(cosigning.size, published), published)

    return ConsoleParts(
        sequencer=sequencer,
        log_directory=opened.settings.directory / "log",
        published=opened.published,
        origin=opened.settings.log.origin,
        cosigned=cosigned,
        tallies=Tallies(sequencer),
        searching=Searching(sequencer),
        rights=services.rights,
        exports=services.exports,
        timelines=Timelines(
            people=memory.people,
            owners=memory.owners,
            identities=memory.identities,
            opener=RecordOpener(sequencer, memory.people, memory.enforcement),
            ledger=opened.ledger,
            rights=services.rights,
            run=opened.gathering.run,
        ),
        decision_proofs=services.decision_proofs,
        identities=memory.identities,
        seen=load_seen_entries(opened.settings.keys_dir, os.urandom),
        allowance=Allowance(opened.settings.officer.entries_per_day, monotonic),
        cases=Cases(memory.clock.now, os.urandom, lasts=opened.settings.officer.case_seconds),
    )
