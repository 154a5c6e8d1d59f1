"""Traffic by hour and level, counted ahead of those who ask: four weeks of it are a few thousand rows."""

from sqlalchemy import BigInteger, Column, String, Table

from hub.store.columns import Instant
from hub.store.tables.base import metadata

traffic = Table(
    "traffic",
    metadata,
    Column("hour", Instant, primary_key=True),  # its beginning, by the time the document was received
    Column("sent_from", String(10), primary_key=True),  # the sender's level when it sent, "" where unknown
    Column("sent_to", String(10), primary_key=True),  # the recipient's, as it was then
    Column("deliveries", BigInteger, nullable=False),
    Column("in_time", BigInteger, nullable=False),  # of them: collected before their deadline
    Column("late", BigInteger, nullable=False),  # collected after it, or not yet and it is past
    Column("dead", BigInteger, nullable=False),  # given up
)
