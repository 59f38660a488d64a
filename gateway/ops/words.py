"""What operators read for the words of closed lists. Texts only; they are translated where they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.wording import log_words
from gateway.wording.languages import phrase

OUTCOMES: Mapping[str, str] = MappingProxyType(
    {
        **log_words.REASONS,
        "personalised": log_words.OUTCOMES["personalised"],
        "log_unavailable": phrase("The log took no entry"),
        "internal": phrase("A defect of ours"),
        "unaccounted": phrase("No outcome: a defect of ours"),
    }
)
"""Why something was withheld, or was not personal, by the reason that apps are told."""

SUPPRESSIONS: Mapping[str, str] = MappingProxyType(
    {
        "not_permitted": phrase("not permitted"),
        "cooldown": phrase("too soon after the last time"),
        "per_person": phrase("often enough for the person"),
        "held": phrase("the offer is held already"),
        "quiet_hours": phrase("at night"),
        "cap": phrase("enough notifications for a day"),
        "budget": phrase("the budget is used up"),
        "holdout": phrase("left out to compare"),
        "overdue": phrase("too late"),
    }
)
"""Why a rule that matched did not act."""

UNPUBLISHED: Mapping[str, str] = MappingProxyType(
    {
        "lost": phrase("given up: nothing will be published of it"),
        "not_in_force": phrase("nobody approved this version or the budget's terms, or it is unfit"),
        "not_closed": phrase("it still takes events"),
        "too_early": phrase("it closed before this gateway had begun"),
        "too_old": phrase("what people did then is not kept any more"),
        "over_budget": phrase("it costs more than is left of the budget"),
        "broke_off": phrase("it could not be measured; the next start tries again"),
        "other_plan": phrase("another plan was booked under this version"),
    }
)
"""Why a window was not published though its time had come."""

STAGES: Mapping[str, str] = MappingProxyType(
    {
        "in_use": phrase("in use"),
        "shadow": phrase("in the shadow"),
        "waiting": phrase("waiting"),
        "refused": phrase("refused"),
        "earlier": phrase("earlier"),
    }
)
"""Where a model stands."""

VERDICTS: Mapping[str, str] = MappingProxyType(
    {
        "undecided": phrase("undecided"),
        "withheld": phrase("withheld"),
        "too_few": phrase("too few to tell"),
        "better": phrase("better"),
        "worse": phrase("worse"),
    }
)
"""What may be said of an arm."""

CHECKS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "log": (phrase("Log in order"), phrase("Log not in order")),
        "records": (phrase("Records in order"), phrase("Records not in order")),
        "clock": (phrase("Clock in order"), phrase("Clock not in order")),
    }
)
"""What must hold before requests are welcome, where it does and where it does not."""
