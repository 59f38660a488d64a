"""Every table of the records, in an order in which they can be made."""

from __future__ import annotations

from sqlalchemy import Table

from gateway.stores import definitions, flag_tables, fleet_tables, rights_tables, routing, tables

EVERY_TABLE: tuple[Table, ...] = (
    *tables.TABLES,
    *routing.TABLES,
    *rights_tables.TABLES,
    *flag_tables.TABLES,
    *definitions.TABLES,
    *fleet_tables.TABLES,
)
"""What `Database` makes where it is not there."""
