"""What becomes of documents: which envelope is about which, what was asked of whom, and lists of recipients by name."""

from sqlalchemy import Boolean, Column, Date, Index, String, Table, Text

from hub.store.columns import Instant
from hub.store.tables.base import metadata, partial_index, uuid_column

relation = Table(  # one envelope is about another; read from either end
    "relation",
    metadata,
    uuid_column("by_id", primary_key=True),
    uuid_column("document_id", primary_key=True),  # the envelope it is about
    Column("kind", String(10), nullable=False),  # recall | update | replace | response
    Index("ix_relation_document_id", "document_id"),
)

change = Table(
    "change",
    metadata,
    uuid_column("by_id", primary_key=True),  # the envelope that asks; for a take-back the report's
    uuid_column("document_id", primary_key=True),  # the envelope of the document
    Column("recipient", String(35), primary_key=True),
    Column("kind", String(10), nullable=False),  # domain.change.Change
    uuid_column("document_delivery_id"),
    uuid_column("delivery_id", nullable=True),  # how the recipient hears of it; none where it need not
    Column("asked_at", Instant, nullable=False),
    Column("due_at", Instant),
    Column("outcome", String(10), nullable=False),
    Column("answered_at", Instant),
    uuid_column("answer_id", nullable=True),  # the report that answered it
    Column("held_until", Instant),  # it waits for the document, no longer than until then
    Column("overtook", Boolean, nullable=False, server_default="0"),  # it went ahead of the document in the end
    Index("ix_change_document_delivery_id", "document_delivery_id"),
    Index("ix_change_delivery_id", "delivery_id"),
    Index("ix_change_document_id", "document_id", "recipient"),
    partial_index("ix_change_held", "held_until IS NOT NULL", "delivery_id"),
)

recipient_group = Table(
    "recipient_group",
    metadata,
    Column("code", String(35), primary_key=True),  # upper case: the key it is matched by
    Column("name", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)

group_member = Table(
    "group_member",
    metadata,
    Column("group_code", String(35), primary_key=True),
    Column("agency", String(35), primary_key=True),
    Column("valid_from", Date, primary_key=True),
    Column("valid_to", Date),  # the first day on which it is no member
)
