"""What signatures are judged by: bound certificates, certification authorities, revocation lists."""

from sqlalchemy import Boolean, Column, ForeignKey, LargeBinary, String, Table, Text

from hub.store.columns import Instant
from hub.store.tables.base import metadata

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
