"""the ledger of what was accepted and what became of it."""

import sqlalchemy as sa
from alembic import op

import hub.store.columns

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

UNBALANCED = sa.text('accepted <> carried')
OPEN = sa.text('pending > 0 OR dead > 0')


def upgrade() -> None:
    """Bring it in."""
    op.create_table('ledger',
    sa.Column('side', sa.String(length=8), nullable=False),
    sa.Column('agency', sa.String(length=35), nullable=False),
    sa.Column('hour', hub.store.columns.Instant(), nullable=False),
    sa.Column('envelopes', sa.BigInteger(), nullable=False),
    sa.Column('accepted', sa.BigInteger(), nullable=False),
    sa.Column('carried', sa.BigInteger(), nullable=False),
    sa.Column('pending', sa.BigInteger(), nullable=False),
    sa.Column('dead', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('side', 'agency', 'hour', name=op.f('pk_ledger'))
    )
    op.create_index(op.f('ix_ledger_hour'), 'ledger', ['hour'], unique=False)
    op.create_index('ix_ledger_unbalanced', 'ledger', ['hour'], unique=False, postgresql_where=UNBALANCED, sqlite_where=UNBALANCED)
    op.create_index('ix_ledger_open', 'ledger', ['hour'], unique=False, postgresql_where=OPEN, sqlite_where=OPEN)
    op.create_table('ledger_place',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('received_at', hub.store.columns.Instant(), nullable=False),
    sa.Column('envelope_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('recounted', hub.store.columns.Instant(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ledger_place'))
    )


def downgrade() -> None:
    """Take it out."""
    op.drop_table('ledger_place')
    op.drop_index('ix_ledger_open', table_name='ledger')
    op.drop_index('ix_ledger_unbalanced', table_name='ledger')
    op.drop_index(op.f('ix_ledger_hour'), table_name='ledger')
    op.drop_table('ledger')
