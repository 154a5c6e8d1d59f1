"""names by day."""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring it in."""
    op.create_table('agency_name',
    sa.Column('agency', sa.String(length=35), nullable=False),
    sa.Column('since', sa.Date(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('name_folded', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['agency'], ['agency.code'], name=op.f('fk_agency_name_agency'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('agency', 'since', name=op.f('pk_agency_name'))
    )


def downgrade() -> None:
    """Take it out."""
    op.drop_table('agency_name')
