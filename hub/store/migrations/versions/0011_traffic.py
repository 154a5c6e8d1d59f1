"""traffic by hour and level."""

import sqlalchemy as sa
from alembic import op

import hub.store.columns

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring it in."""
    op.create_table('traffic',
    sa.Column('hour', hub.store.columns.Instant(), nullable=False),
    sa.Column('sent_from', sa.String(length=10), nullable=False),
    sa.Column('sent_to', sa.String(length=10), nullable=False),
    sa.Column('deliveries', sa.BigInteger(), nullable=False),
    sa.Column('in_time', sa.BigInteger(), nullable=False),
    sa.Column('late', sa.BigInteger(), nullable=False),
    sa.Column('dead', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('hour', 'sent_from', 'sent_to', name=op.f('pk_traffic'))
    )


def downgrade() -> None:
    """Take it out."""
    op.drop_table('traffic')
