"""the trust store."""

import sqlalchemy as sa
from alembic import op

import hub.store.columns

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring it in."""
    op.create_table('revocation_list',
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('series', sa.String(length=64), nullable=False),
    sa.Column('issuer', sa.Text(), nullable=False),
    sa.Column('der', sa.LargeBinary(), nullable=False),
    sa.Column('number', sa.Text(), nullable=False),
    sa.Column('this_update', hub.store.columns.Instant(), nullable=False),
    sa.Column('next_update', hub.store.columns.Instant(), nullable=False),
    sa.Column('added_at', hub.store.columns.Instant(), nullable=False),
    sa.PrimaryKeyConstraint('fingerprint', name=op.f('pk_revocation_list'))
    )
    op.create_index(op.f('ix_revocation_list_series'), 'revocation_list', ['series'], unique=False)
    op.create_table('trust_anchor',
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('der', sa.LargeBinary(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('not_before', hub.store.columns.Instant(), nullable=False),
    sa.Column('not_after', hub.store.columns.Instant(), nullable=False),
    sa.Column('added_at', hub.store.columns.Instant(), nullable=False),
    sa.Column('removed_at', hub.store.columns.Instant(), nullable=True),
    sa.PrimaryKeyConstraint('fingerprint', name=op.f('pk_trust_anchor'))
    )


def downgrade() -> None:
    """Take it out."""
    op.drop_table('trust_anchor')
    op.drop_index(op.f('ix_revocation_list_series'), table_name='revocation_list')
    op.drop_table('revocation_list')
