"""Conditions of the partial indexes, word for word.

SQLite uses a partial index only where a question says the very words of its condition, in literals: a state given as a
parameter reads the whole table. PostgreSQL would see through it.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, and_, literal_column
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.delivery import UNCOLLECTED, State
from hub.domain.quarantine import Quarantine
from hub.store.sql import among
from hub.store.tables import IN_INBOX, PENDING, delivery, inspection

IS_DEAD: Final[ColumnElement[bool]] = literal_column("delivery.state = 'DEAD'", type_=delivery.c.state.type)
IS_FAILED: Final[ColumnElement[bool]] = literal_column("delivery.result = 'fail'", type_=delivery.c.result.type)
IS_HELD: Final[ColumnElement[bool]] = literal_column(
    f"inspection.quarantine = '{Quarantine.HELD}'", type_=inspection.c.quarantine.type
)


def is_open(table: FromClause = delivery, name: str = "delivery") -> ColumnElement[bool]:
    """Documents on their way. `name`: what the table is called in the question."""
    states = PENDING.replace("state IN", f"{name}.state IN")
    return and_(literal_column(states, type_=table.c.state.type), literal_column(f"{name}.kind = 'document'"))


def is_of(conn: AsyncConnection, column: ColumnElement[Any], codes: Sequence[str]) -> ColumnElement[bool]:
    """Whether an agency's code is one of these, all of one body: nearly always one, and then as an index gives it in order."""
    return column == codes[0] if len(codes) == 1 else among(conn, column, codes)


def is_in_inbox() -> ColumnElement[bool]:
    """What an agency has before it and has not said `done` or `fail` of."""
    return literal_column(IN_INBOX.replace("state IN", "delivery.state IN"), type_=delivery.c.state.type)


def is_in_state(state: str) -> ColumnElement[bool]:
    """One state, with the condition of the index that has it."""
    found: ColumnElement[bool] = literal_column(f"delivery.state = '{State(state)}'", type_=delivery.c.state.type)
    return and_(found, is_open()) if state in UNCOLLECTED else found
