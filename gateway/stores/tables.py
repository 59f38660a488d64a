"""The tables of the records and the catalogue. Rows are written and read by the adapters beside, and never leave them.

Personal data stand here only under a pseudonym, and keys only wrapped. Numbers that were given once are never given
again (AUTOINCREMENT).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, text
from sqlmodel import Field, SQLModel

_ROW_NUMBER = BigInteger().with_variant(Integer, "sqlite")


def _row_number() -> Column[Any]:
    return Column(_ROW_NUMBER, primary_key=True, autoincrement=True)


class MetaRow(SQLModel, table=True):
    """What the store knows of itself."""

    __tablename__ = "meta"

    name: str = Field(primary_key=True)
    """`schema` or `generation`."""
    value: int = Field(sa_type=BigInteger)
    """The number kept under the name."""


class PersonRecord(SQLModel, table=True):
    """A person, by pseudonym."""

    __tablename__ = "person"
    __table_args__ = ({"sqlite_autoincrement": True},)

    subject_id: int | None = Field(default=None, sa_column=_row_number())
    """The number of the row."""
    subject: bytes = Field(sa_type=LargeBinary, unique=True)
    """The pseudonym, 16 bytes."""
    evidence_key: bytes = Field(sa_type=LargeBinary)
    """The person's evidence key, wrapped."""
    created_at: int = Field(sa_type=BigInteger)
    """When they became known (unix seconds)."""


class EventRecord(SQLModel, table=True):
    """A consent event. Without a `log_index` it waits to be sequenced: the outbox is the same row."""

    __tablename__ = "consent_event"
    __table_args__ = (
        Index(
            "consent_event_waiting",
            "seq",
            sqlite_where=text("log_index IS NULL"),
            postgresql_where=text("log_index IS NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    seq: int | None = Field(default=None, sa_column=_row_number())
    """The ledger's order."""
    event_id: bytes = Field(sa_type=LargeBinary, unique=True)
    """The receipt's id."""
    subject_id: int = Field(sa_type=BigInteger, foreign_key="person.subject_id", index=True)
    """The person whose consent changed."""
    purpose: str
    """Of which purpose, condition or standing."""
    status: str
    """What it became."""
    version: int
    """The purpose's version."""
    epoch: int
    """Rising per person and purpose."""
    evidence: str
    """How good the evidence is."""
    actor: str
    """What kind of party asked for the change."""
    method: str
    """How the person showed their will."""
    locale: str
    """The language of the notice."""
    notice_version: str
    """Which notice was shown."""
    occurred_at: int = Field(sa_type=BigInteger)
    """When the person acted (unix seconds)."""
    recorded_at: int = Field(sa_type=BigInteger)
    """When it was recorded (unix seconds)."""
    valid_until: int | None = Field(default=None, sa_type=BigInteger)
    """When it runs out."""
    source: str
    """Which source wrote it."""
    notice: bytes | None = Field(default=None, sa_type=LargeBinary)
    """SHA-256 of what was shown."""
    ui_variant: bytes | None = Field(default=None, sa_type=LargeBinary)
    """SHA-256 of how it was presented."""
    jurisdiction: str | None = None
    """Whose law applies, as the source said."""
    assurance: str = Field(sa_column_kwargs={"server_default": "asserted"})
    """What stands behind the claim that it was this person."""
    age_band: str | None = None
    """Of a standing: which ages the person may have."""
    log_index: int | None = Field(default=None, sa_type=BigInteger)
    """Its entry in the audit log."""


class StateRecord(SQLModel, table=True):
    """Where a person stands on a purpose: the fold of the events."""

    __tablename__ = "consent_state"
    __table_args__ = ({"sqlite_with_rowid": False},)

    subject_id: int = Field(sa_type=BigInteger, primary_key=True, foreign_key="person.subject_id")
    """The person whose consent it is."""
    purpose: str = Field(primary_key=True)
    """Of which purpose, condition or standing."""
    status: str
    """The status as recorded."""
    version: int
    """The purpose's version."""
    epoch: int
    """How many changes there were."""
    seq: int = Field(sa_type=BigInteger)
    """The event that made it so."""
    evidence: str
    """The best of the present run of denials, or the event's."""
    given_at: int = Field(sa_type=BigInteger)
    """When the person acted (unix seconds)."""
    recorded_at: int = Field(sa_type=BigInteger)
    """When it was recorded (unix seconds)."""
    valid_until: int | None = Field(default=None, sa_type=BigInteger)
    """When it runs out."""
    sequenced: bool
    """Whether the event is in the audit log."""
    notice: bytes | None = Field(default=None, sa_type=LargeBinary)
    """SHA-256 of what was shown."""


class SignalKeyRecord(SQLModel, table=True):
    """A signal key, wrapped: there only while the purpose is given."""

    __tablename__ = "signal_key"
    __table_args__ = ({"sqlite_with_rowid": False},)

    subject_id: int = Field(sa_type=BigInteger, primary_key=True, foreign_key="person.subject_id")
    """The person whose key it is."""
    purpose: str = Field(primary_key=True)
    """For which purpose."""
    first_day: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """The oldest day whose signals it can open (`privacy.day_of`)."""
    wrapped: bytes = Field(sa_type=LargeBinary)
    """The key, wrapped."""


class LinkRecord(SQLModel, table=True):
    """An anonymous person who was confirmed to be a known one."""

    __tablename__ = "link"

    anonymous: bytes = Field(sa_type=LargeBinary, primary_key=True)
    """The device's pseudonym."""
    known: bytes = Field(sa_type=LargeBinary, index=True)
    """The person's pseudonym."""
    confirmed_by: str
    """The source whose credential confirmed it."""
    linked_at: int = Field(sa_type=BigInteger)
    """When they were linked (unix seconds)."""


class ErasureRecord(SQLModel, table=True):
    """All that is left of an erased person. Without a `log_index` it waits to be sequenced."""

    __tablename__ = "erasure"
    __table_args__ = ({"sqlite_autoincrement": True},)

    erasure_id: int | None = Field(default=None, sa_column=_row_number())
    """The number of the erasure, rising."""
    subject_id: int = Field(sa_type=BigInteger)
    """The row that is gone."""
    fingerprint: bytes = Field(sa_type=LargeBinary)
    """Of the evidence key that was destroyed."""
    erased_at: int = Field(sa_type=BigInteger)
    """When they were erased (unix seconds)."""
    log_index: int | None = Field(default=None, sa_type=BigInteger)
    """Its entry in the audit log."""


class ItemRecord(SQLModel, table=True):
    """An item of the catalogue; a deleted one keeps its number and loses its body."""

    __tablename__ = "item"

    idx: int = Field(sa_column=Column(_ROW_NUMBER, primary_key=True, autoincrement=False))
    """The permanent number, from 0."""
    item_id: str = Field(unique=True)
    """The app's id."""
    body: bytes | None = Field(default=None, sa_type=LargeBinary)
    """The item as JSON; none when it was deleted."""


class EditorialRecord(SQLModel, table=True):
    """An editors' decision as it stands."""

    __tablename__ = "editorial_decision"

    decision_id: str = Field(primary_key=True)
    """32 hex digits."""
    proposed_at: int = Field(sa_type=BigInteger)
    """When it was proposed (unix seconds)."""
    body: bytes = Field(sa_type=LargeBinary)
    """The decision as JSON."""


def _table(name: str) -> Table:
    return SQLModel.metadata.tables[name]


META = _table("meta")
PERSON = _table("person")
EVENT = _table("consent_event")
STATE = _table("consent_state")
SIGNAL_KEY = _table("signal_key")
LINK = _table("link")
ERASURE = _table("erasure")
ITEM = _table("item")
EDITORIAL = _table("editorial_decision")

TABLES: tuple[Table, ...] = (META, PERSON, EVENT, STATE, SIGNAL_KEY, LINK, ERASURE, ITEM, EDITORIAL)
"""All of them, in an order in which they can be made."""
