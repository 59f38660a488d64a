"""The group `[notifications]` of `volens.toml`."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from gateway.settings.groups import SettingGroup
from scoring import zone_of

Hour = Annotated[int, Field(ge=0, le=23)]


def _check_zone(name: str) -> str:
    if zone_of(name) is None:
        raise PydanticCustomError("zone_unknown", "a zone of the IANA database, such as Europe/Berlin")
    return name


class NotificationSettings(SettingGroup):
    """How often and when rules may notify a person, all of them together."""

    max_per_day: Annotated[int, Field(ge=0, le=100)] = 2
    """Notifications per person in any 24 hours; 0 for none at all."""
    quiet_from_hour: Hour = 22
    """From this hour on nobody is notified."""
    quiet_to_hour: Hour = 8
    """Until this hour; if it equals `quiet_from_hour`, there are no quiet hours."""
    zone: Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_check_zone)] = "UTC"
    """Whose clock counts for people whose own zone (the permitted field `timezone`) is not known."""
