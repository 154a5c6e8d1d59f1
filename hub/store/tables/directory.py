"""Who is who: agencies, the codes and names they are known by, their keys, and people."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    false,
)

from hub.store.columns import Instant, Json
from hub.store.tables.base import metadata

agency = Table(
    "agency",
    metadata,
    Column("code", String(35), primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_folded", Text, nullable=False),  # lower case, no accents, đ as d: what search compares
    Column("level", String(10), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("parent", String(35)),
    Column("channel", String(30), nullable=False, server_default="inbox"),
    Column("channel_config", Json, nullable=False, server_default="{}"),
    Column("signature", String(20)),  # policy; NULL: required once a certificate is bound
    Column("accept_sha1_until", Date),
    Column("valid_from", Date),
    Column("valid_to", Date),  # the first day on which it is closed
    Column("grace_days", Integer, nullable=False, server_default="0"),
    Column("successors", Json, nullable=False, server_default="[]"),
    Column("suspended_at", Instant),
    Column("contact", Json, nullable=False, server_default="{}"),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Index("ix_agency_level_code", "level", "code"),
    Index("ix_agency_parent_code", "parent", "code"),
)

agency_alias = Table(  # every code an agency is known by, its canonical one included: one key, one agency
    "agency_alias",
    metadata,
    Column("key", String(70), primary_key=True),  # domain.agency.code_key of the code
    Column("agency", String(35), ForeignKey("agency.code", ondelete="CASCADE"), nullable=False, index=True),
    Column("written", String(70), nullable=False),
    Column("scheme", String(20), nullable=False),
)

agency_name = Table(  # names by day, once an agency was renamed: each holds from `since` until the next one
    "agency_name",
    metadata,
    Column("agency", String(35), ForeignKey("agency.code", ondelete="CASCADE"), primary_key=True),
    Column("since", Date, primary_key=True),  # 0001-01-01: from the beginning
    Column("name", Text, nullable=False),
    Column("name_folded", Text, nullable=False),
)

api_key = Table(
    "api_key",
    metadata,
    Column("id", String(16), primary_key=True),  # the public part of the key
    Column("agency", String(35), ForeignKey("agency.code", ondelete="CASCADE"), nullable=False, index=True),
    Column("hash", LargeBinary(32), nullable=False),  # SHA-256 of the secret part (256 random bits need no salt)
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("expires_at", Instant),  # of a key that another one has replaced
    Column("last_used_at", Instant),  # to the minute or so: written in batches
)

directory_version = Table(  # one row; each change of the directory adds one, and every process forgets what it cached
    "directory_version",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("version", BigInteger, nullable=False),
)

person = Table(
    "person",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("role", String(20), nullable=False),
    Column("scope", String(35)),
    Column("reach", String(10), nullable=False, server_default="agency"),
    Column("reads", Boolean, nullable=False, server_default=false()),  # granted: what documents say
    Column("token_hash", LargeBinary(32), nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)
