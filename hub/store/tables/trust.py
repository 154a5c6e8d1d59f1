"""What signatures are judged by: bound certificates, certification authorities, revocation lists."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from hub.store.columns import Instant
from hub.store.tables.base import metadata, uuid_column

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
    Column("bound_by", String(16), nullable=False, server_default="certificate"),  # certificate | key | issuer-serial
    Column("match", String(64), nullable=False, server_default="", index=True),  # SHA-256 of what else it is known by
)

rotation = Table(  # requests by which agencies replaced their own certificates, as they were signed
    "rotation",
    metadata,
    Column("sha256", String(64), primary_key=True),  # of the request: the same one again changes nothing
    Column("agency", String(35), ForeignKey("agency.code", ondelete="CASCADE"), nullable=False, index=True),
    Column("old", String(64), nullable=False),  # fingerprints
    Column("new", String(64), nullable=False),
    Column("request", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
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
    Column("valid_from", Instant),  # of the hub's trust in it, within its own validity
    Column("valid_to", Instant),
    Column("source", Text, nullable=False, server_default=""),  # where it was fetched from; "" when handed in
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
    Column("source", Text, nullable=False, server_default=""),  # where it was fetched from; "" when handed in
)

ocsp_answer = Table(  # as the lists: of each certificate the latest answer counts, the others are evidence
    "ocsp_answer",
    metadata,
    Column("fingerprint", String(64), primary_key=True),  # SHA-256 of the DER
    Column("certificate", String(64), nullable=False, index=True),  # fingerprint of the certificate it is about
    Column("der", LargeBinary, nullable=False),
    Column("status", String(10), nullable=False),  # good | revoked | unknown
    Column("this_update", Instant, nullable=False),
    Column("next_update", Instant, nullable=False),
    Column("added_at", Instant, nullable=False, index=True),  # what a process has not heard of yet
    Column("source", Text, nullable=False),
)

trust_source = Table(  # where fresh word is fetched from, and how that went
    "trust_source",
    metadata,
    Column("id", String(64), primary_key=True),  # SHA-256 of kind, URL and certificate
    Column("kind", String(4), nullable=False),  # crl | ocsp | ca
    Column("url", Text, nullable=False),
    Column("certificate", String(64), nullable=False),  # whom an OCSP responder is asked about; else ""
    Column("origin", String(12), nullable=False),  # registrar | certificate
    Column("added_at", Instant, nullable=False),
    Column("next_at", Instant, nullable=False, index=True),
    Column("tried_at", Instant),
    Column("fetched_at", Instant),
    Column("holds_until", Instant),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("last_error", Text, nullable=False, server_default=""),
)

recheck = Table(  # accepted while nobody could say whether the signer's certificate was revoked
    "recheck",
    metadata,
    uuid_column("envelope_id", primary_key=True),
    Column("sender", String(35), nullable=False),
    Column("certificate", String(64), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("outcome", String(12), nullable=False),  # waiting, then a judgement: valid | revoked | expired | untrusted
    Column("detail", Text, nullable=False, server_default=""),
    Column("decided_at", Instant),
    Index("ix_recheck_outcome_received_at", "outcome", "received_at"),
)

turn = Table(  # errands that one of several workers runs at a time
    "turn",
    metadata,
    Column("errand", String(40), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("until", Instant, nullable=False),
)
