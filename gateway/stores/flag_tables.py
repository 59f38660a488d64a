"""The tables of flags and experiments. No row is about anybody."""

from __future__ import annotations

from sqlalchemy import BigInteger, LargeBinary, Table
from sqlmodel import Field, SQLModel


class FlagRecord(SQLModel, table=True):
    """A flag as it is kept."""

    __tablename__ = "flag"

    key: str = Field(primary_key=True, max_length=128)
    """The name of the flag."""
    body: bytes = Field(sa_type=LargeBinary)
    """The flag as JSON."""


class EndedSplitRecord(SQLModel, table=True):
    """A split of a flag as it was when it ended."""

    __tablename__ = "ended_split"

    flag: str = Field(primary_key=True, max_length=128)
    """The name of the flag, which need not be there any more."""
    salt: str = Field(primary_key=True, max_length=128)
    """The salt of the split."""
    body: bytes = Field(sa_type=LargeBinary)
    """The split as JSON."""


class ArmWithdrawalRecord(SQLModel, table=True):
    """How many people withdrew who had used an arm of an experiment."""

    __tablename__ = "arm_withdrawal"

    experiment: str = Field(primary_key=True, max_length=128)
    """The id of the experiment."""
    arm: str = Field(primary_key=True, max_length=128)
    """The name of the arm."""
    people: int = Field(sa_type=BigInteger)
    """How many people withdrew."""


TABLES: tuple[Table, ...] = (
    SQLModel.metadata.tables["flag"],
    SQLModel.metadata.tables["ended_split"],
    SQLModel.metadata.tables["arm_withdrawal"],
)
"""All of them, to create."""

FLAG, ENDED_SPLIT, ARM_WITHDRAWAL = TABLES
