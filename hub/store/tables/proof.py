"""The hub's word and its proof: refusals, receipts of deliveries, changes of the registry, and the append-only log."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, SmallInteger, String, Table, Text

from hub.store.columns import Instant, Json
from hub.store.tables.base import metadata, serial_column, uuid_column

refusal = Table(  # what a known caller was told no to, with the receipt it got
    "refusal",
    metadata,
    serial_column("seq"),
    uuid_column("id"),
    Column("at", Instant, nullable=False),
    Column("agency", String(35), nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("codes", Json, nullable=False),
    Column("sha256", String(64)),  # of the bytes; NULL: they were not read to their end, or must not be kept
    Column("receipt", Text),  # compact JWS; NULL where nothing of the document may be kept
    Column("receipt_sha256", String(64), nullable=False),
    Index("ix_refusal_id", "id", unique=True),
    Index("ix_refusal_agency_seq", "agency", "seq"),
    sqlite_autoincrement=True,
)

delivery_receipt = Table(  # signed once for an event, and from then on the same bytes for ever
    "delivery_receipt",
    metadata,
    Column("event", BigInteger, primary_key=True, autoincrement=False),  # seq of the event it attests
    uuid_column("delivery_id"),
    Column("what", String(12), nullable=False),
    Column("receipt", Text, nullable=False),  # compact JWS
    Index("ix_delivery_receipt_delivery_id", "delivery_id", "event"),
)

registry_change = Table(  # every row of the registry as it became, written in the transaction that changed it
    "registry_change",
    metadata,
    serial_column("seq"),
    Column("at", Instant, nullable=False),
    Column("version", BigInteger, nullable=False),  # of the directory, with this change in it
    Column("subject", String(30), nullable=False),  # the table
    Column("key", Text, nullable=False),  # its primary key, a canonical JSON list
    Column("record", Text),  # canonical JSON, secrets and certificates by their digest; NULL: the row went
    Index("ix_registry_change_subject_key", "subject", "key", "seq"),
    sqlite_autoincrement=True,
)

hub_key = Table(  # public halves of the hub's keys, retired ones too: what was signed stays checkable
    "hub_key",
    metadata,
    Column("kid", String(64), primary_key=True),  # RFC 7638 thumbprint
    Column("jwk", Json, nullable=False),
    Column("since", Instant, nullable=False),
)

log_leaf = Table(
    "log_leaf",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),  # from 0, without gaps
    Column("kind", String(20), nullable=False),
    Column("id", String(40), nullable=False),  # of the record, within its kind
    Column("sha256", String(64), nullable=False),  # of the record's canonical JSON
    Index("ix_log_leaf_id_kind", "id", "kind", unique=True),
)

log_tile = Table(  # hashes of the tree, up to 256 a tile (domain.tiles)
    "log_tile",
    metadata,
    Column("tier", SmallInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)

log_head = Table(  # signed heads; some carry a time-stamp of somebody else's
    "log_head",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("at", Instant, nullable=False),
    Column("head", Text, nullable=False),  # compact JWS
    Column("token", LargeBinary),  # RFC 3161 response over the head's JWS
    Column("stamped_at", Instant),  # the time in the token
)

log_state = Table(  # one row: how far the log is, and which sequencer writes it
    "log_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("places", Json, nullable=False),  # of each source: the seq up to which everything is in the log
    Column("holder", String(40), nullable=False),
    Column("lease_until", Instant, nullable=False),
)
