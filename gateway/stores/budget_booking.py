"""A booking on PostgreSQL in one statement: many processes book on the same few rows, and nobody holds them while a disk works.

    lock the scopes in the order of their names -> is there room on all of them? -> the booking, and what it costs on each

The statement commits at once, before it is on disk, which lets the next one have the rows; then this one waits until the disk
has everything up to here, together with whoever waits beside it. Whoever builds on what is not durable yet is behind it in the
same journal, so no crash can keep the later one and lose the earlier.
"""

from __future__ import annotations

from contextlib import closing
from typing import Any, Final

from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError

_BOOK: Final = """
WITH wanted AS (
  SELECT * FROM unnest(%(names)s::text[], %(most_urho)s::bigint[], %(most_fdelta)s::bigint[]) AS w(name, urho, fdelta)
), room AS (
  SELECT scope FROM budget_scope JOIN wanted ON scope = name
  WHERE NOT burnt
    AND spent_urho + %(urho)s <= least(most_urho, wanted.urho)
    AND spent_fdelta + %(fdelta)s <= least(most_fdelta, wanted.fdelta)
  ORDER BY scope FOR UPDATE OF budget_scope
), booked AS (
  INSERT INTO budget_spend (key, place, urho, fdelta, scopes, plan, state, lease, reserved_at)
  SELECT %(key)s, (SELECT coalesce(max(place), 0) + 1 FROM budget_spend),
         %(urho)s, %(fdelta)s, %(scopes)s, %(plan)s, %(state)s, %(lease)s, %(reserved_at)s
  WHERE (SELECT count(*) FROM room) = cardinality(%(names)s::text[])
  ON CONFLICT DO NOTHING RETURNING key
), paid AS (
  UPDATE budget_scope
  SET spent_urho = spent_urho + %(urho)s, spent_fdelta = spent_fdelta + %(fdelta)s,
      most_urho = least(most_urho, wanted.urho), most_fdelta = least(most_fdelta, wanted.fdelta)
  FROM wanted WHERE scope = name AND EXISTS (SELECT 1 FROM booked)
  RETURNING scope
)
SELECT (SELECT count(*) FROM paid)
"""
_FLUSH: Final = """
SELECT set_config('synchronous_commit', 'on', true), pg_logical_emit_message(true, 'volens', '')
"""
"""A transaction of nothing that is durable when it returns, and everything before it with it."""


class QuickBooking:
    """Bookings in one statement, and in one round trip."""

    def __init__(self, url: str) -> None:
        """Book in the database at `url`."""
        self._engine = create_engine(
            url,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            connect_args={"options": "-c synchronous_commit=off"},
        )

    def book(self, row: dict[str, Any], most: dict[str, tuple[int, int]]) -> bool:
        """Book a spend on all of its scopes. Durable on return.

        Args:
            row: the columns of the booking, but for its place.
            most: scope -> the most that may be booked on it, in micro rho and femto delta.

        Returns:
            False, and nothing happened, where a scope is unknown or has no room, or the key is known.

        Raises:
            SQLAlchemyError: it is not known whether it was booked.
        """
        names = sorted(most)
        wanted = {
            "names": names,
            "most_urho": [most[name][0] for name in names],
            "most_fdelta": [most[name][1] for name in names],
        }
        with closing(self._engine.raw_connection()) as pooled:
            try:
                return _book(pooled.driver_connection, {**row, **wanted})
            except self._engine.dialect.loaded_dbapi.Error:
                pooled.invalidate()
                raise SQLAlchemyError from None

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


def _book(connection: Any, values: dict[str, Any]) -> bool:
    """Send both statements at once (psycopg's pipeline): the second one waits for the disk, and for nobody's rows."""
    with connection.pipeline() as pipeline, connection.cursor() as booking:
        booking.execute(_BOOK, values, prepare=True)
        pipeline.sync()
        connection.execute(_FLUSH, prepare=True)
        booked: int = booking.fetchone()[0]
    return booked > 0
