"""Where the budget of published numbers is kept."""

from __future__ import annotations

from gateway.settings.groups import SettingGroup
from gateway.settings.values import Location


class BudgetSettings(SettingGroup):
    """The books of what published numbers cost people."""

    database_url_file: Location | None = None
    """A file with a PostgreSQL database's address, `postgresql+psycopg://user:password@host/name`. Without it: `budget.db`."""
