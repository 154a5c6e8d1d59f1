"""Reports that are mailed whenever their period is over, until somebody ends it."""

from sqlalchemy import Column, Date, String, Table, Text

from hub.store.columns import Instant, Json
from hub.store.tables.base import metadata, serial_column

report_subscription = Table(  # what became of each mail is in `mail`, whose period begins with this number
    "report_subscription",
    metadata,
    serial_column("id"),
    Column("kind", String(20), nullable=False),  # domain.indicator.KINDS
    Column("every", String(8), nullable=False),  # domain.period.EVERY
    Column("scope", String(36), nullable=False),  # as issued reports name it: "" for all, H53, H53/ for it and below
    Column("forms", String(20), nullable=False),  # pdf, xlsx, or both with a comma between
    Column("addresses", Json, nullable=False),
    Column("made_until", Date, nullable=False),  # the first day that no report sent so far is about
    Column("error", Text),  # why the last try made none
    Column("made_by", String(100), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("ended_by", String(100)),
    Column("ended_at", Instant),
    sqlite_autoincrement=True,
)
