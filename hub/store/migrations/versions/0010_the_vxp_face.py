"""systems of the national axis' client."""

import sqlalchemy as sa
from alembic import op

import hub.store.columns

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring it in."""
    op.create_table('vxp_narrowing',
    sa.Column('systemid', sa.String(length=35), nullable=False),
    sa.Column('stamp', sa.String(length=40), nullable=False),
    sa.Column('named', sa.String(length=64), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('at', hub.store.columns.Instant(), nullable=False),
    sa.PrimaryKeyConstraint('systemid', 'stamp', 'named', name=op.f('pk_vxp_narrowing'))
    )
    op.create_table('vxp_system',
    sa.Column('systemid', sa.String(length=35), nullable=False),
    sa.Column('agency', sa.String(length=35), nullable=False),
    sa.Column('secret', sa.LargeBinary(), nullable=False),
    sa.Column('algorithm', sa.String(length=20), nullable=False),
    sa.Column('created_at', hub.store.columns.Instant(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('last_seen_at', hub.store.columns.Instant(), nullable=True),
    sa.Column('last_agent', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['agency'], ['agency.code'], name=op.f('fk_vxp_system_agency'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('systemid', name=op.f('pk_vxp_system'))
    )
    op.create_index(op.f('ix_vxp_system_agency'), 'vxp_system', ['agency'], unique=False)
    op.create_table('vxp_unit',
    sa.Column('agency', sa.String(length=35), nullable=False),
    sa.Column('systemid', sa.String(length=35), nullable=False),
    sa.Column('registered_at', hub.store.columns.Instant(), nullable=False),
    sa.Column('removed_at', hub.store.columns.Instant(), nullable=True),
    sa.ForeignKeyConstraint(['agency'], ['agency.code'], name=op.f('fk_vxp_unit_agency'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('agency', name=op.f('pk_vxp_unit'))
    )


def downgrade() -> None:
    """Take it out."""
    op.drop_table('vxp_unit')
    op.drop_index(op.f('ix_vxp_system_agency'), table_name='vxp_system')
    op.drop_table('vxp_system')
    op.drop_table('vxp_narrowing')
