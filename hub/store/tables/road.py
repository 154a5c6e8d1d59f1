"""The road: what was accepted, for whom, where it is, and what happened.

What the hot path touches (envelope, original, delivery, outbox, event) carries few indexes, each for one question; the
partial ones cover only what is pending, so they stay small however long the hub lives. No foreign keys here: all rows
of an envelope are written by one statement, and the check would cost a recipient as much as its row.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from hub.store.columns import Instant, Json
from hub.store.tables.base import metadata, partial_index, serial_column, uuid_column

envelope = Table(
    "envelope",
    metadata,
    uuid_column("id", primary_key=True),
    Column("sender", String(35), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("document_id", Text, nullable=False),
    Column("code", Text, nullable=False),  # số/ký hiệu; for a status message the status code
    Column("subject", Text, nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("promulgated_on", Date),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("judgement", String(12), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("signer", Text, nullable=False),
    Column("facts", Json, nullable=False),  # what else the header said, for people: staff, places, attachments …
    Column("warnings", Json, nullable=False),
    Column("receipt", Text, nullable=False),  # compact JWS
    Column("search", Text, nullable=False),  # folded code, subject and document id
    partial_index(
        "uq_envelope_sender_document_id_kind", "kind <> 'status'", "sender", "document_id", "kind", unique=True
    ),
    partial_index("uq_envelope_status", "kind = 'status'", "sender", "sha256", unique=True),
    Index("ix_envelope_document_id", "document_id"),
    Index("ix_envelope_received_at", "received_at", "id"),
)

original = Table(  # the bytes as they came: here when small, else `digest` names the object
    "original",
    metadata,
    uuid_column("envelope_id", primary_key=True),
    Column("body", LargeBinary),
    Column("digest", String(64)),
)

PENDING: Final = "state IN ('QUEUED', 'SENDING', 'AVAILABLE', 'DELIVERED')"
IN_INBOX: Final = "state IN ('AVAILABLE', 'DELIVERED', 'COLLECTED')"
UNANSWERED: Final = (
    "state IN ('COLLECTED', 'CONFIRMED') AND kind = 'document' AND progress IS NULL AND report_code IS NULL"
)

delivery = Table(
    "delivery",
    metadata,
    uuid_column("id", primary_key=True),  # derived from envelope and recipient (domain.ids): cannot double
    uuid_column("envelope_id"),
    Column("recipient", String(35), nullable=False),
    Column("addressed_as", Text, nullable=False),
    Column("sender", String(35), nullable=False),  # the envelope's, for questions about deliveries alone
    Column("level", String(10), nullable=False),
    Column("kind", String(10), nullable=False),  # document | status
    Column("channel", String(30), nullable=False),
    Column("state", String(10), nullable=False),
    Column("version", Integer, nullable=False),
    Column("rank", SmallInteger, nullable=False),  # 0 hỏa tốc, 1 thượng khẩn, 2 khẩn, 3 thường
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("created_at", Instant, nullable=False),
    Column("next_attempt_at", Instant),  # QUEUED: when it is taken up even without a note
    Column("lease_until", Instant),
    Column("due_at", Instant),  # documents: when "not received" becomes an alert
    Column("available_at", Instant),
    Column("collected_at", Instant),
    Column("confirmed_at", Instant),
    Column("result", String(10)),
    Column("reason", Text),
    Column("progress", String(3)),  # how far the agency has come (domain.report): never moves back
    Column("report_code", String(3)),  # its latest report, whatever it was
    Column("report_at", Instant),
    Column("report_description", Text),
    Column("pending_change", String(10)),  # recall | update | take-back, until answered 15 or 16
    Column("pending_since", Instant),
    UniqueConstraint("envelope_id", "recipient"),
    partial_index("ix_delivery_inbox", IN_INBOX, "recipient", "rank", "created_at", "id"),
    partial_index("ix_delivery_wake", "state = 'QUEUED'", "next_attempt_at"),
    partial_index("ix_delivery_lease", "state = 'SENDING'", "lease_until"),
    partial_index("ix_delivery_unreceived", PENDING + " AND kind = 'document'", "created_at", "id"),
    partial_index("ix_delivery_dead", "state = 'DEAD'", "created_at", "id"),
    # what alerts ask, an agency at a time (hub.store.watching.late): each holds only what is open
    partial_index("ix_delivery_late", PENDING + " AND kind = 'document'", "recipient", "created_at", "rank"),
    partial_index("ix_delivery_unanswered", UNANSWERED, "recipient", "collected_at", "rank"),
    partial_index("ix_delivery_arrived", "progress = '01'", "recipient", "report_at", "rank"),
    partial_index("ix_delivery_pending_change", "pending_change IS NOT NULL", "recipient", "pending_since", "rank"),
    partial_index("ix_delivery_failed", "result = 'fail'", "created_at", "id"),
    partial_index(
        "ix_delivery_undeliverable", "state = 'DEAD' AND kind = 'document'", "recipient", "created_at", "rank"
    ),
)

outbox = Table(
    "outbox",
    metadata,
    serial_column("id"),
    Column("level", String(10), nullable=False),
    Column("recipient", String(35), nullable=False),
    uuid_column("delivery_id"),
    Column("rank", SmallInteger, nullable=False),
    Column("claimed_until", Instant),
    Index("ix_outbox_rank_id", "rank", "id"),
    sqlite_autoincrement=True,  # an id that is forgotten is never another note's
)

event = Table(  # what happened, in order; both the timeline and the sender's feed read it
    "event",
    metadata,
    serial_column("seq"),
    Column(
        "tx", BigInteger, nullable=False
    ),  # the transaction's number on PostgreSQL: a reader never skips a slow commit
    Column("at", Instant, nullable=False),
    uuid_column("envelope_id"),
    Column("sender", String(35), nullable=False),  # whose feed
    Column("recipient", String(35)),
    Column("what", String(12), nullable=False),
    Column("code", String(3)),
    Column("detail", Text),
    Index("ix_event_sender_tx_seq", "sender", "tx", "seq"),
    Index("ix_event_envelope_id_seq", "envelope_id", "seq"),
    sqlite_autoincrement=True,  # a place in a feed stays where it was
)

report = Table(
    "report",
    metadata,
    uuid_column("id", primary_key=True),  # the envelope that carried it
    uuid_column("envelope_id"),  # the document it is about
    uuid_column("delivery_id"),
    Column("sender", String(35), nullable=False),
    Column("addressee", String(35), nullable=False),
    Column("code", String(3), nullable=False),
    Column("description", Text, nullable=False),
    Column("staff", Json, nullable=False),
    Column("stated_at", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("flags", Json, nullable=False),
    Index("ix_report_delivery_id", "delivery_id", "received_at"),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("agency", String(35), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("sha256", String(64), nullable=False),
    uuid_column("envelope_id"),
    Column("at", Instant, nullable=False),
)

breaker = Table(  # push endpoints that fail are left alone for a while
    "breaker",
    metadata,
    Column("agency", String(35), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("open_until", Instant),
    Column("last_error", Text, nullable=False),
)
