"""the directory in time: changes planned and made, facts by day."""

import sqlalchemy as sa
from alembic import op

import hub.store.columns

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring it in."""
    op.create_table('directory_change',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('agencies', hub.store.columns.Json(), nullable=False),
    sa.Column('what', hub.store.columns.Json(), nullable=False),
    sa.Column('on_day', sa.Date(), nullable=False),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('decree', sa.Text(), server_default='', nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('planned_by', sa.String(length=120), nullable=False),
    sa.Column('planned_at', hub.store.columns.Instant(), nullable=False),
    sa.Column('approved_by', sa.String(length=120), nullable=True),
    sa.Column('approved_at', hub.store.columns.Instant(), nullable=True),
    sa.Column('made_at', hub.store.columns.Instant(), nullable=True),
    sa.Column('withdrawn_by', sa.String(length=120), nullable=True),
    sa.Column('withdrawn_at', hub.store.columns.Instant(), nullable=True),
    sa.Column('before', hub.store.columns.Json(), server_default='{}', nullable=False),
    sa.Column('consequences', hub.store.columns.Json(), server_default='{}', nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_directory_change'))
    )
    op.create_index('ix_directory_change_state_on_day', 'directory_change', ['state', 'on_day'])
    op.create_table('directory_change_agency',
    sa.Column('change', sa.Integer(), nullable=False),
    sa.Column('agency', sa.String(length=35), nullable=False),
    sa.ForeignKeyConstraint(['change'], ['directory_change.id'], name=op.f('fk_directory_change_agency_change_directory_change'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('change', 'agency', name=op.f('pk_directory_change_agency'))
    )
    op.create_index(op.f('ix_directory_change_agency_agency'), 'directory_change_agency', ['agency'])
    op.create_table('agency_fact',
    sa.Column('agency', sa.String(length=35), nullable=False),
    sa.Column('fact', sa.String(length=10), nullable=False),
    sa.Column('since', sa.Date(), nullable=False),
    sa.Column('value', sa.String(length=70), nullable=True),
    sa.Column('at', hub.store.columns.Instant(), nullable=False),
    sa.Column('change', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['agency'], ['agency.code'], name=op.f('fk_agency_fact_agency_agency'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('agency', 'fact', 'since', name=op.f('pk_agency_fact'))
    )
    op.create_index('ix_agency_fact_fact_value', 'agency_fact', ['fact', 'value'])


def downgrade() -> None:
    """Take it back."""
    op.drop_table('agency_fact')
    op.drop_table('directory_change_agency')
    op.drop_table('directory_change')
