"""The tables of the fleet. A person stands in them only under a pseudonym, and an erasure takes those rows along."""

from __future__ import annotations

from sqlalchemy import BigInteger, LargeBinary, Table
from sqlmodel import Field, SQLModel


class DeviceRow(SQLModel, table=True):
    """A device that a person enrolled."""

    __tablename__ = "fleet_device"

    device: bytes = Field(sa_type=LargeBinary, primary_key=True)
    """The device's public name."""
    subject: bytes = Field(sa_type=LargeBinary, index=True)
    """Whose: the pseudonym."""
    node_key: str = Field(max_length=512)
    """By which the fleet's door knows it."""
    signing_key: bytes = Field(sa_type=LargeBinary)
    """By which other devices know its messages."""
    enrolled_at: int = Field(sa_type=BigInteger)
    """When it was enrolled (unix seconds)."""
    enrolled_index: int = Field(sa_type=BigInteger)
    """The place in the log at which."""
    receipt: bytes = Field(sa_type=LargeBinary)
    """SHA-256 of that entry."""
    ended_at: int | None = Field(default=None, sa_type=BigInteger)
    """When it left (unix seconds); None while it takes part."""


class RoundRow(SQLModel, table=True):
    """A round as it stands; nobody is in it."""

    __tablename__ = "fleet_round"

    round_id: int = Field(sa_type=BigInteger, primary_key=True)
    """The number of the round."""
    state: str = Field(max_length=16)
    """How far it is."""
    opened_at: int = Field(sa_type=BigInteger)
    """When it was opened (unix seconds)."""
    manifest: bytes = Field(sa_type=LargeBinary)
    """What the devices were shown."""
    opened_index: int = Field(sa_type=BigInteger)
    """Of its entry."""
    sampled_index: int | None = Field(default=None, sa_type=BigInteger)
    """Where consent was looked at first."""
    rechecked_index: int | None = Field(default=None, sa_type=BigInteger)
    """Where it was looked at again."""
    spent_micro_rho: int = Field(sa_type=BigInteger)
    """Of the budget."""
    record: bytes | None = Field(default=None, sa_type=LargeBinary)
    """How it ended."""
    leaves: bytes = Field(sa_type=LargeBinary)
    """Hashes of leaves."""
    closed_index: int | None = Field(default=None, sa_type=BigInteger)
    """Of that entry."""


class PartRow(SQLModel, table=True):
    """What became of one device in one round."""

    __tablename__ = "fleet_part"

    round_id: int = Field(sa_type=BigInteger, primary_key=True)
    """The number of the round."""
    device: bytes = Field(sa_type=LargeBinary, primary_key=True)
    """The device's public name."""
    subject: bytes = Field(sa_type=LargeBinary, index=True)
    """The pseudonym of the person whose device it is."""
    status: str = Field(max_length=16)
    """What became of it."""
    salt: bytes = Field(sa_type=LargeBinary)
    """Of its leaf."""
    place: int
    """Of its leaf."""


class ModelRow(SQLModel, table=True):
    """A version of a model."""

    __tablename__ = "fleet_model"

    name: str = Field(primary_key=True, max_length=63)
    """Of the model."""
    version: int = Field(primary_key=True)
    """The number of the version."""
    state: str = Field(max_length=16)
    """What it is for."""
    round_id: int = Field(sa_type=BigInteger)
    """The round it came of."""
    bundle: bytes = Field(sa_type=LargeBinary)
    """What devices are given."""
    log_index: int = Field(sa_type=BigInteger)
    """Of its entry."""
    published_at: int = Field(sa_type=BigInteger)
    """When it was published (unix seconds)."""


DEVICE, ROUND, PART, MODEL = (
    SQLModel.metadata.tables[name] for name in ("fleet_device", "fleet_round", "fleet_part", "fleet_model")
)

TABLES: tuple[Table, ...] = (DEVICE, ROUND, PART, MODEL)
"""All of them, to create."""
