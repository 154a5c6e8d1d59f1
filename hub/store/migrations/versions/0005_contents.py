"""what is inside a document, and quarantine."""

import sqlalchemy as sa
from alembic import op

import hub.store.columns

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring it in."""
    op.create_table('inspection',
    sa.Column('envelope_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('rank', sa.SmallInteger(), nullable=False),
    sa.Column('asked_at', hub.store.columns.Instant(), nullable=False),
    sa.Column('next_at', hub.store.columns.Instant(), nullable=True),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('done_at', hub.store.columns.Instant(), nullable=True),
    sa.Column('files', hub.store.columns.Json(), nullable=False),
    sa.Column('malware', sa.String(length=10), nullable=False),
    sa.Column('threat', sa.Text(), nullable=False),
    sa.Column('quarantine', sa.String(length=10), nullable=False),
    sa.Column('decided_at', hub.store.columns.Instant(), nullable=True),
    sa.Column('decided_by', sa.String(length=120), nullable=True),
    sa.Column('decision', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['envelope_id'], ['envelope.id'], name=op.f('fk_inspection_envelope_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('envelope_id', name=op.f('pk_inspection'))
    )
    op.create_index('ix_inspection_waiting', 'inspection', ['rank', 'next_at'], unique=False,
                    postgresql_where=sa.text('next_at IS NOT NULL'), sqlite_where=sa.text('next_at IS NOT NULL'))
    op.create_index('ix_inspection_held', 'inspection', ['done_at', 'envelope_id'], unique=False,
                    postgresql_where=sa.text("quarantine = 'held'"), sqlite_where=sa.text("quarantine = 'held'"))
    op.create_table('signature_refusal',
    sa.Column('agency', sa.String(length=35), nullable=False),
    sa.Column('day', sa.String(length=10), nullable=False),
    sa.Column('judgement', sa.String(length=12), nullable=False),
    sa.Column('reason', sa.String(length=40), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('agency', 'day', 'judgement', 'reason', name=op.f('pk_signature_refusal'))
    )


def downgrade() -> None:
    """Take it out."""
    op.drop_table('signature_refusal')
    op.drop_index('ix_inspection_held', table_name='inspection')
    op.drop_index('ix_inspection_waiting', table_name='inspection')
    op.drop_table('inspection')
