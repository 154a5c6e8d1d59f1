"""how agencies receive, day by day."""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring it in."""
    op.create_table('agency_day',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('agency', sa.String(length=35), nullable=False),
    sa.Column('deliveries', sa.BigInteger(), nullable=False),
    sa.Column('in_time', sa.BigInteger(), nullable=False),
    sa.Column('late', sa.BigInteger(), nullable=False),
    sa.Column('dead', sa.BigInteger(), nullable=False),
    sa.Column('answered', sa.BigInteger(), nullable=False),
    sa.Column('arrived', sa.BigInteger(), nullable=False),
    sa.Column('registered', sa.BigInteger(), nullable=False),
    sa.Column('assigned', sa.BigInteger(), nullable=False),
    sa.Column('finished', sa.BigInteger(), nullable=False),
    sa.Column('refused', sa.BigInteger(), nullable=False),
    sa.Column('received', sa.BigInteger(), nullable=False),
    sa.Column('within_15', sa.BigInteger(), nullable=False),
    sa.Column('within_30', sa.BigInteger(), nullable=False),
    sa.Column('within_60', sa.BigInteger(), nullable=False),
    sa.Column('within_120', sa.BigInteger(), nullable=False),
    sa.Column('within_240', sa.BigInteger(), nullable=False),
    sa.Column('within_480', sa.BigInteger(), nullable=False),
    sa.Column('within_960', sa.BigInteger(), nullable=False),
    sa.Column('within_2400', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('day', 'agency', name=op.f('pk_agency_day'))
    )
    op.create_index('ix_agency_day_agency_day', 'agency_day', ['agency', 'day'], unique=False)


def downgrade() -> None:
    """Take it out."""
    op.drop_index('ix_agency_day_agency_day', table_name='agency_day')
    op.drop_table('agency_day')
