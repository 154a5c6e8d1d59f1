"""Every table. Ids are UUIDs, times are UTC, agency columns hold canonical codes.

What only the hot path touches (envelope, original, delivery, outbox, event) carries few indexes, each for one question;
the partial ones cover only what is pending, so they stay small however long the hub lives.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from hub.store.columns import Instant, Json

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id(name: str, *args: ForeignKey, primary_key: bool = False, nullable: bool = False) -> Column[str]:
    return Column(name, Uuid(as_uuid=False), *args, primary_key=primary_key, nullable=nullable)


def _serial(name: str) -> Column[int]:
    kind = BigInteger().with_variant(Integer(), "sqlite")
    return Column(name, kind, Identity(), primary_key=True, autoincrement=True)


def _partial(name: str, condition: str, *columns: str, unique: bool = False) -> Index:
    return Index(name, *columns, unique=unique, postgresql_where=text(condition), sqlite_where=text(condition))


# -- who is who ------------------------------------------------------------------------------------------------

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
)

certificate = Table(
    "certificate",
    metadata,
    Column("fingerprint", String(64), primary_key=True),  # SHA-256 of the DER
    Column("agency", String(35), ForeignKey("agency.code", ondelete="CASCADE"), nullable=False, index=True),
    Column("der", LargeBinary, nullable=False),
    Column("subject", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("serial", Text, nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("not_after", Instant, nullable=False),
    Column("pinned", Boolean, nullable=False),
    Column("valid_from", Instant),
    Column("valid_to", Instant),
    Column("revoked_at", Instant),
    Column("created_at", Instant, nullable=False),
)

trust_anchor = Table(  # CAs: roots are believed, intermediates only lead to one; removed ones stay as evidence
    "trust_anchor",
    metadata,
    Column("fingerprint", String(64), primary_key=True),  # SHA-256 of the DER
    Column("der", LargeBinary, nullable=False),
    Column("kind", String(12), nullable=False),  # root | intermediate
    Column("subject", Text, nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("not_after", Instant, nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("removed_at", Instant),
)

revocation_list = Table(  # every CRL that was ever judged by: the latest of each series counts, the others are evidence
    "revocation_list",
    metadata,
    Column("fingerprint", String(64), primary_key=True),  # SHA-256 of the DER
    Column("series", String(64), nullable=False, index=True),  # SHA-256 of the CA's name and key, and of the scope
    Column("issuer", Text, nullable=False),
    Column("der", LargeBinary, nullable=False),
    Column("number", Text, nullable=False),  # decimal (up to 20 octets), "" when the CA gives none
    Column("this_update", Instant, nullable=False),
    Column("next_update", Instant, nullable=False),
    Column("added_at", Instant, nullable=False),
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
    Column("token_hash", LargeBinary(32), nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)

# -- the road --------------------------------------------------------------------------------------------------

envelope = Table(
    "envelope",
    metadata,
    _id("id", primary_key=True),
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
    _partial("uq_envelope_sender_document_id_kind", "kind <> 'status'", "sender", "document_id", "kind", unique=True),
    _partial("uq_envelope_status", "kind = 'status'", "sender", "sha256", unique=True),
    Index("ix_envelope_document_id", "document_id"),
    Index("ix_envelope_received_at", "received_at", "id"),
)

original = Table(  # the bytes as they came: here when small, else `digest` names the object
    "original",
    metadata,
    _id("envelope_id", ForeignKey("envelope.id", ondelete="CASCADE"), primary_key=True),
    Column("body", LargeBinary),
    Column("digest", String(64)),
)

PENDING: Final = "state IN ('QUEUED', 'SENDING', 'AVAILABLE', 'DELIVERED')"

delivery = Table(
    "delivery",
    metadata,
    _id("id", primary_key=True),  # uuid5(envelope, recipient): cannot double
    _id("envelope_id", ForeignKey("envelope.id", ondelete="CASCADE")),
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
    UniqueConstraint("envelope_id", "recipient"),
    _partial(
        "ix_delivery_inbox", "state IN ('AVAILABLE', 'DELIVERED', 'COLLECTED')", "recipient", "rank", "created_at", "id"
    ),
    _partial("ix_delivery_wake", "state = 'QUEUED'", "next_attempt_at"),
    _partial("ix_delivery_lease", "state = 'SENDING'", "lease_until"),
    _partial("ix_delivery_unreceived", PENDING + " AND kind = 'document'", "created_at", "id"),
    _partial("ix_delivery_dead", "state = 'DEAD'", "created_at", "id"),
)

outbox = Table(
    "outbox",
    metadata,
    _serial("id"),
    Column("level", String(10), nullable=False),
    Column("recipient", String(35), nullable=False),
    _id("delivery_id"),
    Column("rank", SmallInteger, nullable=False),
    Column("claimed_until", Instant),
    Index("ix_outbox_rank_id", "rank", "id"),
    sqlite_autoincrement=True,  # an id that is forgotten is never another note's
)

event = Table(  # what happened, in order; both the timeline and the sender's feed read it
    "event",
    metadata,
    _serial("seq"),
    Column(
        "tx", BigInteger, nullable=False
    ),  # the transaction's number on PostgreSQL: a reader never skips a slow commit
    Column("at", Instant, nullable=False),
    _id("envelope_id"),
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
    _id("id", primary_key=True),  # the envelope that carried it
    _id("envelope_id"),  # the document it is about
    _id("delivery_id"),
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
    _id("envelope_id"),
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
