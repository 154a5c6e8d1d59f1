"""Envelopes that arrive in several requests: how far each has come, and which objects hold its parts."""

from sqlalchemy import BigInteger, Boolean, Column, Index, SmallInteger, String, Table

from hub.store.columns import Instant, Json
from hub.store.tables.base import metadata, uuid_column

upload = Table(
    "upload",
    metadata,
    uuid_column("id", primary_key=True),
    Column("agency", String(35), nullable=False),  # whose it is; nobody else sees it
    Column("size", BigInteger),  # of the whole, once it was announced
    Column("received", BigInteger, nullable=False),  # bytes in parts that are kept: where to go on
    Column("lenient", Boolean, nullable=False),
    Column("key", String(255), nullable=False),  # its Idempotency-Key, "" for none
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("status", SmallInteger),  # of the verdict; none while it is open
    uuid_column("envelope_id", nullable=True),  # what was accepted
    Column("problem", Json),  # what was refused, as it was answered
    Index("ix_upload_agency", "agency"),
    Index("ix_upload_expires_at", "expires_at"),
)

upload_part = Table(
    "upload_part",
    metadata,
    uuid_column("upload_id", primary_key=True),
    Column("start", BigInteger, primary_key=True),  # of its first byte in the whole
    Column("size", BigInteger, nullable=False),
    Column("name", String(64), nullable=False, unique=True),  # of the object
)
