"""years at a glance: how agencies receive by month; and reports that are mailed when their period is over."""

import sqlalchemy as sa
from alembic import op

import hub.store.columns

revision = '0022'
down_revision = '0019'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring it in. The months that are over are counted afterwards, by the worker that counts the days."""
    op.create_table('agency_month',
    sa.Column('month', sa.Date(), nullable=False),
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
    sa.PrimaryKeyConstraint('month', 'agency', name=op.f('pk_agency_month'))
    )
    op.create_index('ix_agency_month_agency_month', 'agency_month', ['agency', 'month'], unique=False)
    op.create_table('report_subscription',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), autoincrement=True, nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('every', sa.String(length=8), nullable=False),
    sa.Column('scope', sa.String(length=36), nullable=False),
    sa.Column('forms', sa.String(length=20), nullable=False),
    sa.Column('addresses', hub.store.columns.Json(), nullable=False),
    sa.Column('made_until', sa.Date(), nullable=False),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('made_by', sa.String(length=100), nullable=False),
    sa.Column('made_at', hub.store.columns.Instant(), nullable=False),
    sa.Column('ended_by', sa.String(length=100), nullable=True),
    sa.Column('ended_at', hub.store.columns.Instant(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report_subscription')),
    sqlite_autoincrement=True
    )


def downgrade() -> None:
    """Take it out."""
    op.drop_table('report_subscription')
    op.drop_index('ix_agency_month_agency_month', table_name='agency_month')
    op.drop_table('agency_month')
