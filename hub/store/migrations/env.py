"""Alembic's entry: always runs on the connection `hub.store.migrate` hands over."""

from typing import Any

from alembic import context

from hub.store.tables import metadata


def _half_way(*_where: Any, **_step: Any) -> None:
    """After each step, while it is not committed."""
    context.config.attributes["half_way"]()


_connection = context.config.attributes["connection"]
context.configure(
    connection=_connection,
    target_metadata=metadata,
    transaction_per_migration=_connection.dialect.name == "postgresql",
    on_version_apply=_half_way,
    render_as_batch=False,
)
with context.begin_transaction():
    context.run_migrations()
