"""How agencies receive, counted ahead of those who ask: by day for the last weeks, and summed by month for years.

Four weeks of days are at most 28 rows an agency; a month is one, for as long as the hub lives.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, Date, Index, String, Table

from hub.domain.waited import CLASSES
from hub.store.tables.base import metadata


def _counts() -> list[Column[Any]]:
    """What is counted of the documents accepted on a day, or in a month."""
    return [
        Column("deliveries", BigInteger, nullable=False),  # of documents; those withdrawn are left out
        Column("in_time", BigInteger, nullable=False),  # collected before their deadline
        Column("late", BigInteger, nullable=False),  # collected after it, or not yet and it is past
        Column("dead", BigInteger, nullable=False),
        Column("answered", BigInteger, nullable=False),  # of them: with any report of 01 to 06
        Column("arrived", BigInteger, nullable=False),  # collected, or reported on
        Column("registered", BigInteger, nullable=False),  # 03 or further
        Column("assigned", BigInteger, nullable=False),  # 04 or further
        Column("finished", BigInteger, nullable=False),  # 06
        Column("refused", BigInteger, nullable=False),  # 02
        Column("received", BigInteger, nullable=False),  # collected: the classes below are of these
        *(Column(f"within_{minutes}", BigInteger, nullable=False) for minutes in CLASSES),  # minutes of working time
    ]


agency_day = Table(
    "agency_day",
    metadata,
    Column("day", Date, primary_key=True),  # in Vietnam, on which the documents were accepted
    Column("agency", String(35), primary_key=True),  # the recipient
    *_counts(),
    Index("ix_agency_day_agency_day", "agency", "day"),
)

agency_month = Table(  # the same, summed: what is collected or answered later than four weeks after a day is not in it
    "agency_month",
    metadata,
    Column("month", Date, primary_key=True),  # its first day
    Column("agency", String(35), primary_key=True),
    *_counts(),
    Index("ix_agency_month_agency_month", "agency", "month"),
)

type_day = Table(  # the same by what kind of document it is; the name as its sender wrote it, "" for none
    "type_day",
    metadata,
    Column("day", Date, primary_key=True),
    Column("agency", String(35), primary_key=True),
    Column("type", String(100), primary_key=True),
    *(
        Column(name, BigInteger, nullable=False)
        for name in ("deliveries", "arrived", "registered", "assigned", "finished", "refused")
    ),
)
