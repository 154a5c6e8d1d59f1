"""What search looks at: the words of each document, beside the road so that no accept waits for an index."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, Uuid

from hub.store.columns import Instant
from hub.store.tables.base import metadata, uuid_column

# What looks words up is in the migration alone: a GIN index on PostgreSQL, on SQLite search_words (FTS5, rowid = place).
search = Table(
    "search",
    metadata,
    Column("place", BigInteger, primary_key=True, autoincrement=False),  # grows with the time of receipt (store.search)
    uuid_column("envelope_id"),
    Column("words", Text, nullable=False),  # folded, of letters and digits, one space between
    Column("written", Text, nullable=False),  # the same words with their accents
    Index("uq_search_envelope_id", "envelope_id", unique=True),
)

party = Table(  # the documents of each agency, sent or received (store.parties)
    "party",
    metadata,
    Column("agency", String(35), primary_key=True),
    Column("received_at", Instant, primary_key=True),  # the envelope's
    Column("envelope_id", Uuid(as_uuid=False), primary_key=True),
)

party_until = Table(  # everything received up to here is in `party`
    "party_until",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # one row: whoever locks it enters what is missing
    Column("received_at", Instant, nullable=False),
)

search_until = Table(  # everything received up to here is in `search`
    "search_until",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # one row: whoever locks it keeps the index
    Column("received_at", Instant, nullable=False),
)
