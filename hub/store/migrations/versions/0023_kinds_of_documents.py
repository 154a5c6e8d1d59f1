"""kinds of documents: how far those of each name have come, by day and recipient."""

import sqlalchemy as sa
from alembic import op

revision = '0023'
down_revision = '0020'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring it in. The days of the last weeks are counted afterwards, by the worker that counts them."""
    op.create_table('type_day',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('agency', sa.String(length=35), nullable=False),
    sa.Column('type', sa.String(length=100), nullable=False),
    sa.Column('deliveries', sa.BigInteger(), nullable=False),
    sa.Column('arrived', sa.BigInteger(), nullable=False),
    sa.Column('registered', sa.BigInteger(), nullable=False),
    sa.Column('assigned', sa.BigInteger(), nullable=False),
    sa.Column('finished', sa.BigInteger(), nullable=False),
    sa.Column('refused', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('day', 'agency', 'type', name=op.f('pk_type_day'))
    )


def downgrade() -> None:
    """Take it out."""
    op.drop_table('type_day')
