"""Watching: the calendar as people changed it, alerts and who was told, what reports were declared and issued.

Nothing of it is on the hot path. Alerts are one row an agency and kind, however many documents stand behind one.
"""

from sqlalchemy import (
    BigInteger,
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
    UniqueConstraint,
)

from hub.store.columns import Instant, Json
from hub.store.tables.base import metadata, partial_index, serial_column, uuid_column

calendar_override = Table(  # days decided otherwise than the library of public holidays says
    "calendar_override",
    metadata,
    Column("day", Date, primary_key=True),
    Column("kind", String(10), nullable=False),  # domain.deadline.Day
    Column("decree", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("set_by", String(100), nullable=False),
    Column("set_at", Instant, nullable=False),
)

working_hours = Table(  # agencies whose hours are not the usual ones
    "working_hours",
    metadata,
    Column("agency", String(35), ForeignKey("agency.code", ondelete="CASCADE"), primary_key=True),
    Column("spans", Text, nullable=False),  # "07:00-11:00,13:30-17:00"
    Column("weekdays", Text, nullable=False),  # "1-5"
    Column("reason", Text, nullable=False),
    Column("set_by", String(100), nullable=False),
    Column("set_at", Instant, nullable=False),
)

watch_mark = Table(  # where the watch stands: the version of the calendar, how far it has read
    "watch_mark",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

alert = Table(
    "alert",
    metadata,
    uuid_column("id", primary_key=True),
    Column("kind", String(24), nullable=False),  # domain.alert.Kind
    Column("agency", String(35), nullable=False),  # whose duty it is; for a dead letter the code as addressed
    Column("level", String(10), nullable=False),
    Column("parent", String(35)),
    Column("state", String(12), nullable=False),  # domain.alert.State
    Column("step", SmallInteger, nullable=False),  # who has been told: 0 the agency … 3 the Government Office
    Column("count", Integer, nullable=False),  # documents behind it, counted up to 10,000
    Column("rank", SmallInteger, nullable=False),  # of the most urgent of them, as in delivery
    Column("oldest_at", Instant, nullable=False),
    Column("raised_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("remind_at", Instant),
    Column("escalate_at", Instant),
    Column("next_at", Instant),  # the earlier of both: what the clock asks for
    Column("reminders", Integer, nullable=False),
    Column("acknowledged_at", Instant),
    Column("acknowledged_by", String(100)),
    Column("acknowledged_count", Integer),
    Column("note", Text),
    Column("cleared_at", Instant),
    Column("detail", Text),
    partial_index("uq_alert_open", "state <> 'CLEARED'", "kind", "agency", unique=True),
    partial_index("ix_alert_next_at", "next_at IS NOT NULL", "next_at"),
    Index("ix_alert_agency_raised_at", "agency", "raised_at", "id"),
    Index("ix_alert_parent_raised_at", "parent", "raised_at", "id"),
    Index("ix_alert_raised_at", "raised_at", "id"),
)

alert_case = Table(  # what happened once and is not a state of a delivery: late sending, refused recall, bad signature
    "alert_case",
    metadata,
    Column("kind", String(24), primary_key=True),
    uuid_column("envelope_id", primary_key=True),
    Column("agency", String(35), nullable=False),
    Column("at", Instant, nullable=False),
    Column("rank", SmallInteger, nullable=False),
    Index("ix_alert_case_kind_agency_at", "kind", "agency", "at", "rank"),
)

answer_due = Table(  # deliveries whose sender set a day for the answer, until it is there
    "answer_due",
    metadata,
    uuid_column("delivery_id", primary_key=True),
    uuid_column("envelope_id"),
    Column("recipient", String(35), nullable=False),
    Column("due_at", Instant, nullable=False),  # the end of that day
    Column("rank", SmallInteger, nullable=False),
    Index("ix_answer_due_recipient_due_at", "recipient", "due_at", "rank"),
)

notice = (
    Table(  # what became of an alert and who was to hear of it: the history, and what digests and calls are made of
        "notice",
        metadata,
        serial_column("seq"),
        uuid_column("alert_id"),
        Column("at", Instant, nullable=False),
        Column("what", String(12), nullable=False),  # raised | reminded | escalated | acknowledged | reopened | cleared
        Column("step", SmallInteger, nullable=False),
        Column("count", Integer, nullable=False),
        Column("rank", SmallInteger, nullable=False),
        Column("by", String(100)),
        Column("note", Text),
        Column("call_at", Instant),  # when the webhook is called (again); NULL: done, given up, or none is set
        Column("call_attempts", Integer, nullable=False, server_default="0"),
        Column("call_error", Text),
        Index("ix_notice_alert_id_seq", "alert_id", "seq"),
        Index("ix_notice_at", "at"),
        partial_index("ix_notice_call_at", "call_at IS NOT NULL", "call_at"),
        sqlite_autoincrement=True,
    )
)

mail = Table(  # a digest is written here before it is sent; its name can be taken once
    "mail",
    metadata,
    uuid_column("id", primary_key=True),
    Column("address", Text, nullable=False),
    Column("digest", String(10), nullable=False),  # hourly | daily
    Column("period", String(20), nullable=False),
    Column("subject", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("body", LargeBinary),  # the whole message; dropped once it is sent
    Column("state", String(10), nullable=False),  # WRITTEN | SENDING | SENT | REFUSED | UNCERTAIN
    Column("attempts", Integer, nullable=False),
    Column("written_at", Instant, nullable=False),
    Column("next_at", Instant),
    Column("sent_at", Instant),
    Column("error", Text),
    UniqueConstraint("address", "digest", "period"),
    partial_index("ix_mail_next_at", "state IN ('WRITTEN', 'SENDING')", "next_at"),
)

agency_seen = Table(  # when an agency last asked for its inbox, to the minute
    "agency_seen",
    metadata,
    Column("agency", String(35), ForeignKey("agency.code", ondelete="CASCADE"), primary_key=True),
    Column("polled_at", Instant, nullable=False),
    Index("ix_agency_seen_polled_at", "polled_at"),
)

declared_figure = Table(  # what the hub cannot count: told by the agency for a period, never mixed with what it counts
    "declared_figure",
    metadata,
    Column("agency", String(35), ForeignKey("agency.code", ondelete="CASCADE"), primary_key=True),
    Column("period", String(10), primary_key=True),
    Column("name", String(30), primary_key=True),
    Column("value", BigInteger, nullable=False),
    Column("source", Text, nullable=False),
    Column("set_by", String(100), nullable=False),
    Column("set_at", Instant, nullable=False),
)

issued_report = Table(  # a report as it was made, so that the same can be printed again
    "issued_report",
    metadata,
    uuid_column("id", primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("period", String(10), nullable=False),
    Column("scope", String(35), nullable=False),  # "" for all
    Column("made_at", Instant, nullable=False),
    Column("made_by", String(100), nullable=False),
    Column("content", Json, nullable=False),
    Index("ix_issued_report_kind_period", "kind", "period", "scope", "made_at"),
)
