"""What people keep for themselves at the console."""

from sqlalchemy import Column, ForeignKey, String, Table, Text, UniqueConstraint

from hub.store.columns import Instant
from hub.store.tables.base import metadata, uuid_column

saved_view = Table(  # a list as somebody narrowed it, under a name of theirs
    "saved_view",
    metadata,
    uuid_column("id", primary_key=True),
    Column("person", String(100), ForeignKey("person.name", ondelete="CASCADE"), nullable=False),
    Column("page", String(40), nullable=False),  # the list's path
    Column("name", String(60), nullable=False),
    Column("query", Text, nullable=False),  # as it stands in the address
    Column("saved_at", Instant, nullable=False),
    UniqueConstraint("person", "page", "name"),
)
