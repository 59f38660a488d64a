"""The tables of rights requests. Nothing in them leads to a person who was erased."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, LargeBinary, Table, text
from sqlmodel import Field, SQLModel


class RightsRequestRecord(SQLModel, table=True):
    """A request as it stands."""

    __tablename__ = "rights_request"

    request_id: bytes = Field(sa_type=LargeBinary, primary_key=True)
    """16 random bytes."""
    subject: bytes | None = Field(default=None, sa_type=LargeBinary, index=True)
    """The pseudonym; none once the person was erased."""
    holder: bytes = Field(sa_type=LargeBinary)
    """Knows the person again, and does not lead to them."""
    right: str
    """What is asked for."""
    status: str
    """Where it stands."""
    identity: str
    """Who confirmed who the person is."""
    source: str
    """Through which source."""
    received_at: int = Field(sa_type=BigInteger)
    """When the clock began to run (unix seconds)."""
    due_at: int = Field(sa_type=BigInteger)
    """When it must be answered (unix seconds)."""
    closed_at: int | None = Field(default=None, sa_type=BigInteger)
    """When it was closed (unix seconds); None while it is open."""
    purpose: str | None = None
    """Which purpose it is about."""
    lifts: bool = False
    """Whether it ends a restriction."""
    erasure_id: int | None = Field(default=None, sa_type=BigInteger)
    """What an erasure came to."""


class RightsStepRecord(SQLModel, table=True):
    """One thing that happened to a request. Without a `log_index` it waits to be sequenced."""

    __tablename__ = "rights_step"
    __table_args__ = (
        Index(
            "rights_step_waiting",
            "request_id",
            sqlite_where=text("log_index IS NULL"),
            postgresql_where=text("log_index IS NULL"),
        ),
    )

    request_id: bytes = Field(sa_type=LargeBinary, primary_key=True, foreign_key="rights_request.request_id")
    """Of which request."""
    number: int = Field(primary_key=True)
    """The step's number, from 1."""
    at: int = Field(sa_type=BigInteger)
    """When it was taken (unix seconds)."""
    act: str
    """What was done."""
    why: str
    """The reason that was given."""
    log_index: int | None = Field(default=None, sa_type=BigInteger)
    """Its entry in the audit log."""


class NotificationRecord(SQLModel, table=True):
    """What a recipient is told of an erasure."""

    __tablename__ = "erasure_notification"

    request_id: bytes = Field(sa_type=LargeBinary, primary_key=True, foreign_key="rights_request.request_id")
    """Of which request."""
    destination: str = Field(primary_key=True)
    """The recipient to be told."""
    purpose: str
    """For which purpose they received signals."""
    state: str
    """Where it stands."""
    subject_there: str | None = None
    """The person's name at that recipient, while it must be told."""
    attempts: int = 0
    """How often it was sent."""
    next_at: int = Field(default=0, sa_type=BigInteger)
    """Not to be tried before (unix seconds)."""
    settled_at: int | None = Field(default=None, sa_type=BigInteger)
    """When it came to its end (unix seconds); None before."""


class KeptRefusalRecord(SQLModel, table=True):
    """A refusal that outlives an erasure: a mark that nobody can be told from."""

    __tablename__ = "kept_refusal"

    mark: bytes = Field(sa_type=LargeBinary, primary_key=True)
    """16 bytes of a keyed digest."""
    kept_at: int = Field(sa_type=BigInteger)
    """When it was kept (unix seconds)."""


class DisputedItemRecord(SQLModel, table=True):
    """What somebody does not want to be used."""

    __tablename__ = "disputed_item"

    sealed: bytes = Field(sa_type=LargeBinary, primary_key=True)
    """The item, under the person's own key."""
    subject_id: int = Field(sa_type=BigInteger, foreign_key="person.subject_id", index=True)
    """The person who disputes it."""


def _table(name: str) -> Table:
    return SQLModel.metadata.tables[name]


REQUEST = _table("rights_request")
STEP = _table("rights_step")
NOTIFICATION = _table("erasure_notification")
MARK = _table("kept_refusal")
DISPUTED = _table("disputed_item")

TABLES: tuple[Table, ...] = (REQUEST, STEP, NOTIFICATION, MARK, DISPUTED)
"""All of them, in an order in which they can be made."""
