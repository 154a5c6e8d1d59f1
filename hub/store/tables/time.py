"""The directory in time: what changes about agencies, planned and made, and facts that hold from a day on."""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, String, Table, Text

from hub.store.columns import Instant, Json
from hub.store.tables.base import metadata

directory_change = Table(  # what was asked for stays as it was asked; only its state goes on
    "directory_change",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(10), nullable=False),
    Column("agencies", Json, nullable=False),  # canonical codes of those that change
    Column("what", Json, nullable=False),  # what the kind needs: into, name, code, parent, level …
    Column("on_day", Date, nullable=False),  # the first day on which it holds
    Column("reason", Text, nullable=False, server_default=""),
    Column("decree", Text, nullable=False, server_default=""),
    Column("state", String(10), nullable=False),  # planned | approved | made | withdrawn
    Column("planned_by", String(120), nullable=False),
    Column("planned_at", Instant, nullable=False),
    Column("approved_by", String(120)),
    Column("approved_at", Instant),
    Column("made_at", Instant),
    Column("withdrawn_by", String(120)),
    Column("withdrawn_at", Instant),
    Column("before", Json, nullable=False, server_default="{}"),  # of each agency that is closed: how it stood before
    Column("consequences", Json, nullable=False, server_default="{}"),  # as they were seen when it was planned
    Index("ix_directory_change_state_on_day", "state", "on_day"),
)

directory_change_agency = Table(  # every agency a change names, on either side
    "directory_change_agency",
    metadata,
    Column("change", Integer, ForeignKey("directory_change.id", ondelete="CASCADE"), primary_key=True),
    Column("agency", String(35), primary_key=True, index=True),
)

agency_fact = Table(  # parent, level, system, GSO code …: each until the next of its kind
    "agency_fact",
    metadata,
    Column("agency", String(35), ForeignKey("agency.code", ondelete="CASCADE"), primary_key=True),
    Column("fact", String(10), primary_key=True),
    Column("since", Date, primary_key=True),  # 0001-01-01: from the beginning
    Column("value", String(70)),  # NULL: from then on none
    Column("at", Instant, nullable=False),  # the moment that day begins in Vietnam
    Column("change", Integer),  # that brought it; NULL: it was so before
    Index("ix_agency_fact_fact_value", "fact", "value"),
)

agency_reach = Table(  # channel with its settings, contact, signature policy: each until the next of its kind
    "agency_reach",
    metadata,
    Column("agency", String(35), ForeignKey("agency.code", ondelete="CASCADE"), primary_key=True),
    Column("fact", String(10), primary_key=True),
    Column("since", Date, primary_key=True),  # 0001-01-01: from the beginning
    Column("value", Json),  # a channel's settings hold secrets; NULL: from then on none
    Column("change", Integer),  # that brought it; NULL: nobody planned it, or it was so before
)
