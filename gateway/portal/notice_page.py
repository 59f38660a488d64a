"""The whole notice: what is asked for, by whom and on which terms. It is about nobody, so it needs no sign-in."""

from __future__ import annotations

from starlette.responses import Response

from gateway.portal import purposes
from gateway.portal.visits import Portal, Visit, show

PATH = "/portal/notice"


async def notice(portal: Portal, visit: Visit) -> Response:
    """Every purpose and condition of the policy, as somebody reads it who has decided nothing."""
    policy = portal.policy
    entries = [
        purposes.show(
            entry,
            None,
            policy=policy,
            language=visit.language,
            is_on=False,
            reason="no_record",
            gpc=False,
        )
        for entry in policy.entries
    ]
    return show(
        portal,
        visit,
        "notice.html",
        entries=entries,
        notice=policy.notice_version,
        responsible=policy.controller,
    )
