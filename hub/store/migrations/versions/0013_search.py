"""the words of documents, for search."""

import sqlalchemy as sa
from alembic import op

import hub.store.columns

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring it in."""
    op.create_table('search',
    sa.Column('place', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('envelope_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('written', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('place', name=op.f('pk_search'))
    )
    op.create_index('uq_search_envelope_id', 'search', ['envelope_id'], unique=True)
    until = op.create_table('search_until',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('received_at', hub.store.columns.Instant(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_search_until'))
    )
    if op.get_bind().dialect.name == 'postgresql':
        op.execute("CREATE INDEX ix_search_words ON search USING gin (array_to_tsvector(string_to_array(words, ' ')))")
        op.execute("INSERT INTO search_until VALUES (1, '1970-01-01T00:00:00Z')")
    else:
        op.execute("CREATE VIRTUAL TABLE search_words USING fts5 (words, content = '', detail = 'none', tokenize = 'ascii')")
        op.execute("INSERT INTO search_until VALUES (1, 0)")


def downgrade() -> None:
    """Take it out."""
    if op.get_bind().dialect.name != 'postgresql':
        op.execute("DROP TABLE search_words")
    op.drop_table('search_until')
    op.drop_table('search')
