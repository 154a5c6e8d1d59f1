"""The systems that speak to the hub as clients of the national axis do, and what they registered."""

from sqlalchemy import Column, Date, ForeignKey, LargeBinary, String, Table, Text

from hub.store.columns import Instant
from hub.store.tables.base import metadata

vxp_system = Table(  # a system that signs its calls with a shared secret: legacy, and to be ended one day
    "vxp_system",
    metadata,
    Column("systemid", String(35), primary_key=True),
    Column("agency", String(35), ForeignKey("agency.code", ondelete="CASCADE"), nullable=False, index=True),
    Column("secret", LargeBinary, nullable=False),  # sealed: HMAC needs the secret itself, a hash would not do
    Column("algorithm", String(20), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("ends_on", Date),  # the first day on which its calls are refused
    Column("last_seen_at", Instant),  # to the minute
    Column("last_agent", Text),  # its User-Agent then
)

vxp_unit = Table(  # agencies that a system registered itself, and so may take out again
    "vxp_unit",
    metadata,
    Column("agency", String(35), ForeignKey("agency.code", ondelete="CASCADE"), primary_key=True),
    Column("systemid", String(35), nullable=False),
    Column("registered_at", Instant, nullable=False),
    Column("removed_at", Instant),
)

vxp_narrowing = Table(  # the first document for which a client object named fewer recipients than its envelope does
    "vxp_narrowing",
    metadata,
    Column("systemid", String(35), primary_key=True),
    Column("stamp", String(40), primary_key=True),  # the object's frozen timestamp: its only name
    Column("named", String(64), primary_key=True),  # SHA-256 of the parameter
    Column("sha256", String(64), nullable=False),
    Column("at", Instant, nullable=False),
)
