"""The ledger: what was accepted in each hour, for and from each agency, and what has become of it."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Uuid

from hub.store.columns import Instant
from hub.store.tables.base import metadata, partial_index

ledger = Table(
    "ledger",
    metadata,
    Column("side", String(8), primary_key=True),  # sent: by this agency | received: for this agency
    Column("agency", String(35), primary_key=True),
    Column("hour", Instant, primary_key=True),  # its beginning, by the time the envelope was received
    Column("envelopes", BigInteger, nullable=False),
    Column("accepted", BigInteger, nullable=False),  # deliveries the receipts promise
    Column("carried", BigInteger, nullable=False),  # deliveries there are
    Column("pending", BigInteger, nullable=False),  # of them: not yet with the recipient
    Column("dead", BigInteger, nullable=False),  # of them: given up, until somebody requeues them
    Index("ix_ledger_hour", "hour"),
    partial_index("ix_ledger_unbalanced", "accepted <> carried", "hour"),
    partial_index("ix_ledger_open", "pending > 0 OR dead > 0", "hour"),
)

ledger_place = Table(  # how far the ledger is kept: everything received up to here is in it
    "ledger_place",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # one row: whoever locks it keeps the ledger
    Column("received_at", Instant, nullable=False),
    Column("envelope_id", Uuid(as_uuid=False), nullable=False),
    Column("recounted", Instant, nullable=False),  # the hours before this one were counted a second time
)
