"""Who may: the audit log, sessions, identities elsewhere, failed logins, and the nonces of signed requests."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, SmallInteger, String, Table, Text

from hub.store.columns import Instant, Json
from hub.store.tables.base import metadata

audit = Table(  # appended to, never changed: triggers of the migration see to it, the chain shows it
    "audit",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),  # from 1, without a gap
    Column("at", Instant, nullable=False),
    Column("actor", String(120), nullable=False),  # person:…, agency:…, os:…, system
    Column("action", String(60), nullable=False),
    Column("object", String(200), nullable=False),
    Column("details", Json, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),  # domain.audit.link of the hash before and this row
    Index("ix_audit_object_seq", "object", "seq"),
    Index("ix_audit_actor_seq", "actor", "seq"),
    Index("ix_audit_action_seq", "action", "seq"),
)

audit_head = Table(  # one row: who appends takes it first, so that entries come one after the other
    "audit_head",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("id", LargeBinary(32), primary_key=True),  # SHA-256 of what the cookie says
    Column("person", String(100), ForeignKey("person.name", ondelete="CASCADE"), nullable=False, index=True),
    Column("began_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)

person_identity = Table(  # who somebody is to an OpenID provider
    "person_identity",
    metadata,
    Column("issuer", String(300), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("person", String(100), ForeignKey("person.name", ondelete="CASCADE"), nullable=False, index=True),
    Column("linked_at", Instant, nullable=False),
)

login_try = Table(  # failed logins by name and address; forgiven by a success, swept when long past
    "login_try",
    metadata,
    Column("key", String(400), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("until", Instant, nullable=False, index=True),  # nobody is let try before
)

request_nonce = Table(  # of signed requests, until their time window is over
    "request_nonce",
    metadata,
    Column("fingerprint", String(64), primary_key=True),  # of the signing certificate
    Column("nonce", Text, primary_key=True),
    Column("expires_at", Instant, nullable=False, index=True),
)
