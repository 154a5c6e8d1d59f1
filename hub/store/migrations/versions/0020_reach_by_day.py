"""how agencies are reached by day: channels with their settings, contacts, signature policies."""

import sqlalchemy as sa
from alembic import op

import hub.store.columns

revision = '0020'
down_revision = '0022'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring it in. Of whom nothing changes the agency's row says it all, so nothing is filled in."""
    op.create_table('agency_reach',
    sa.Column('agency', sa.String(length=35), nullable=False),
    sa.Column('fact', sa.String(length=10), nullable=False),
    sa.Column('since', sa.Date(), nullable=False),
    sa.Column('value', hub.store.columns.Json(), nullable=True),
    sa.Column('change', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['agency'], ['agency.code'], name=op.f('fk_agency_reach_agency_agency'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('agency', 'fact', 'since', name=op.f('pk_agency_reach'))
    )


def downgrade() -> None:
    """Take it out."""
    op.drop_table('agency_reach')
