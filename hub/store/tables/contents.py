"""What was found inside documents after they were accepted, and what is done about it."""

from sqlalchemy import Column, ForeignKey, Integer, SmallInteger, String, Table, Text

from hub.store.columns import Instant, Json
from hub.store.tables.base import metadata, partial_index, uuid_column

inspection = Table(  # one for each document whose files are to be looked into; asked for before it is delivered
    "inspection",
    metadata,
    uuid_column("envelope_id", ForeignKey("envelope.id", ondelete="CASCADE"), primary_key=True),
    Column("rank", SmallInteger, nullable=False),  # 0 hỏa tốc, 1 thượng khẩn, 2 khẩn, 3 thường
    Column("asked_at", Instant, nullable=False),
    Column("next_at", Instant),  # when it is taken up, or taken up again; NULL: done
    Column("tries", Integer, nullable=False),
    Column("done_at", Instant),
    Column("files", Json, nullable=False),  # for each file what it is, its signatures, what the scanner said
    Column("malware", String(10), nullable=False),  # "" not asked | clean | infected | unscanned
    Column("threat", Text, nullable=False),  # its name; which file has it is in `files`
    Column("quarantine", String(10), nullable=False),  # "" | held | released | rejected
    Column("decided_at", Instant),
    Column("decided_by", String(120)),
    Column("decision", Text),  # the reason given for it
    partial_index("ix_inspection_waiting", "next_at IS NOT NULL", "rank", "next_at"),
    partial_index("ix_inspection_held", "quarantine = 'held'", "done_at", "envelope_id"),
)

signature_refusal = Table(  # how often an agency's envelopes were refused for their signature; nothing of them is kept
    "signature_refusal",
    metadata,
    Column("agency", String(35), primary_key=True),
    Column("day", String(10), primary_key=True),  # in Vietnam
    Column("judgement", String(12), primary_key=True),
    Column("reason", String(40), primary_key=True),
    Column("count", Integer, nullable=False),
)
