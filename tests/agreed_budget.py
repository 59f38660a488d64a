"""Terms of the budget that two people agreed to, for tests whose few devices need rounds with little noise."""

from __future__ import annotations

import hashlib
from pathlib import Path

from gateway.stores.budget_database import BudgetDatabase
from gateway.stores.release_register import SqlReleaseRegister
from privacy import TERMS, Deployed, read_catalogue


def agree_to_spend(directory: Path) -> None:
    """Two people put terms of the budget in force by which rounds may spend a lot, before the gateway first starts."""
    path = directory / "releases.toml"
    path.write_text(path.read_text().replace("[budget]\n", "[budget]\nrho_always = 1000.0\n", 1))
    catalogue = read_catalogue(path.read_bytes())
    plan = hashlib.sha256(catalogue.terms).digest()
    database = BudgetDatabase.open_file(directory)
    register = SqlReleaseRegister(database)
    register.propose(Deployed(TERMS, 1, plan, catalogue.budget.daily, "anna", 0))
    register.approve(TERMS, 1, "bert", now=0)
    database.close()
