"""The tables of the budget, in a database of their own: numbers and names of releases, nothing of anybody."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, LargeBinary, Table
from sqlmodel import Field, SQLModel


class ScopeRow(SQLModel, table=True):
    """What may be booked on a scope, and what is."""

    __tablename__ = "budget_scope"
    __table_args__ = (
        CheckConstraint("spent_urho >= 0 AND spent_fdelta >= 0", name="budget_scope_counts_up"),
        CheckConstraint(
            "burnt OR (spent_urho <= most_urho AND spent_fdelta <= most_fdelta)", name="budget_scope_is_kept"
        ),
    )

    scope: str = Field(primary_key=True)
    """The name of the scope: `global/2026-11-21`, say."""
    most_urho: int = Field(sa_type=BigInteger)
    """The most that may be booked: millionths of rho."""
    most_fdelta: int = Field(sa_type=BigInteger)
    """And 10^-15 of delta."""
    spent_urho: int = Field(sa_type=BigInteger)
    """What is booked."""
    spent_fdelta: int = Field(sa_type=BigInteger)
    """And of delta."""
    pure_urho: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    """As much of `spent_urho` as is pure."""
    pure_ueps: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    """And what that comes to: millionths of epsilon."""
    burnt: bool
    """Whether nothing more may be booked."""


class SpendRow(SQLModel, table=True):
    """A booking. Without a `log_index` it waits for its entry: the outbox is the same row."""

    __tablename__ = "budget_spend"

    key: str = Field(primary_key=True)
    """Which release of which window."""
    place: int = Field(sa_type=BigInteger, index=True)
    """The order of the bookings; those made at the same moment may share one."""
    urho: int = Field(sa_type=BigInteger)
    """What it cost: millionths of rho."""
    fdelta: int = Field(sa_type=BigInteger)
    """And 10^-15 of delta."""
    ueps: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    """If it is pure, millionths of epsilon; else 0."""
    scopes: str
    """What it was booked on, separated by spaces."""
    plan: bytes = Field(sa_type=LargeBinary)
    """SHA-256 of what was to be computed."""
    state: str
    """`reserved`, `published` or `lost`."""
    lease: bytes = Field(sa_type=LargeBinary)
    """Who may publish."""
    reserved_at: int = Field(sa_type=BigInteger)
    """When (unix seconds)."""
    log_index: int | None = Field(default=None, sa_type=BigInteger)
    """Its entry in the audit log."""


class PublicationRow(SQLModel, table=True):
    """What was published, byte for byte."""

    __tablename__ = "budget_publication"

    key: str = Field(primary_key=True, foreign_key="budget_spend.key")
    """Which release of which window."""
    published_at: int = Field(sa_type=BigInteger)
    """When (unix seconds)."""
    body: bytes = Field(sa_type=LargeBinary)
    """The published numbers."""


class ToldRow(SQLModel, table=True):
    """A publication of which the log says."""

    __tablename__ = "budget_told"

    key: str = Field(primary_key=True, foreign_key="budget_publication.key")
    """Which release of which window."""


class VersionRow(SQLModel, table=True):
    """A version of a release."""

    __tablename__ = "budget_release"

    release_id: str = Field(primary_key=True)
    """The id of the release."""
    version: int = Field(primary_key=True)
    """The number of the version."""
    plan: bytes = Field(sa_type=LargeBinary)
    """SHA-256 of everything that says what is computed."""
    urho: int = Field(sa_type=BigInteger)
    """What a window costs: millionths of rho."""
    fdelta: int = Field(sa_type=BigInteger)
    """And 10^-15 of delta."""
    ueps: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    """If it is pure, millionths of epsilon; else 0."""
    proposed_by: str
    """Who proposed it."""
    proposed_at: int = Field(sa_type=BigInteger)
    """When (unix seconds)."""
    approved_by: str | None = None
    """By whom else."""
    approved_at: int | None = Field(default=None, sa_type=BigInteger)
    """When (unix seconds)."""


class MarkRow(SQLModel, table=True):
    """What the books know of themselves."""

    __tablename__ = "budget_mark"

    name: str = Field(primary_key=True)
    """`schema`, `seen_until` or `owner`."""
    value: int = Field(sa_type=BigInteger)
    """The number kept under the name."""


def _table(name: str) -> Table:
    return SQLModel.metadata.tables[name]


SCOPE: Final = _table("budget_scope")
SPEND: Final = _table("budget_spend")
PUBLICATION: Final = _table("budget_publication")
MARK: Final = _table("budget_mark")
TOLD: Final = _table("budget_told")
VERSION: Final = _table("budget_release")
TABLES: Final = (SCOPE, SPEND, PUBLICATION, TOLD, VERSION, MARK)
"""All of them, in an order in which they can be made."""
ADDED: Final = ((SCOPE, "pure_urho"), (SCOPE, "pure_ueps"), (SPEND, "ueps"), (VERSION, "ueps"))
"""What books of schema 1 had not: what they booked counts as rho alone, which bounds it, too."""
