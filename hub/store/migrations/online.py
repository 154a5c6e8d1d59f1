"""What a migration does to a table that may have a hundred million rows, without anybody waiting for it."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.sql.elements import TextClause

_INVALID = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(:name) AND NOT indisvalid"


def add_index(
    name: str, table: str, columns: Sequence[str | TextClause], *, where: str = "", unique: bool = False, **more: Any
) -> None:
    """Add an index, on PostgreSQL beside the traffic. What an earlier try left half built is made anew."""
    condition = sa.text(where) if where else None
    if op.get_bind().dialect.name != "postgresql":
        op.create_index(name, table, list(columns), unique=unique, sqlite_where=condition)
        return
    with op.get_context().autocommit_block():
        connection = op.get_bind()
        op.execute("SET lock_timeout = 0")  # it locks nobody out: it may wait for transactions that were there before
        if connection.execute(sa.text(_INVALID), {"name": name}).first():
            op.execute(f"DROP INDEX CONCURRENTLY {name}")
        op.create_index(
            name,
            table,
            list(columns),
            unique=unique,
            postgresql_where=condition,
            postgresql_concurrently=True,
            if_not_exists=True,
            **more,
        )
        op.execute("RESET lock_timeout")


def drop_index(name: str, table: str) -> None:
    """Drop an index; on PostgreSQL nobody waits for it."""
    if op.get_bind().dialect.name != "postgresql":
        op.drop_index(name, table_name=table)
        return
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        op.drop_index(name, table_name=table, postgresql_concurrently=True, if_exists=True)
        op.execute("RESET lock_timeout")
