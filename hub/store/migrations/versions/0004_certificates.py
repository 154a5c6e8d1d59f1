"""fetched evidence, re-checks and rotation of certificates."""

import sqlalchemy as sa
from alembic import op

import hub.store.columns

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring it in."""
    op.create_table('ocsp_answer',
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('certificate', sa.String(length=64), nullable=False),
    sa.Column('der', sa.LargeBinary(), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('this_update', hub.store.columns.Instant(), nullable=False),
    sa.Column('next_update', hub.store.columns.Instant(), nullable=False),
    sa.Column('added_at', hub.store.columns.Instant(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('fingerprint', name=op.f('pk_ocsp_answer'))
    )
    op.create_index(op.f('ix_ocsp_answer_certificate'), 'ocsp_answer', ['certificate'], unique=False)
    op.create_index(op.f('ix_ocsp_answer_added_at'), 'ocsp_answer', ['added_at'], unique=False)
    op.create_table('trust_source',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=4), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('certificate', sa.String(length=64), nullable=False),
    sa.Column('origin', sa.String(length=12), nullable=False),
    sa.Column('added_at', hub.store.columns.Instant(), nullable=False),
    sa.Column('next_at', hub.store.columns.Instant(), nullable=False),
    sa.Column('tried_at', hub.store.columns.Instant(), nullable=True),
    sa.Column('fetched_at', hub.store.columns.Instant(), nullable=True),
    sa.Column('holds_until', hub.store.columns.Instant(), nullable=True),
    sa.Column('failures', sa.Integer(), server_default='0', nullable=False),
    sa.Column('last_error', sa.Text(), server_default='', nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_trust_source'))
    )
    op.create_index(op.f('ix_trust_source_next_at'), 'trust_source', ['next_at'], unique=False)
    op.create_table('recheck',
    sa.Column('envelope_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('sender', sa.String(length=35), nullable=False),
    sa.Column('certificate', sa.String(length=64), nullable=False),
    sa.Column('received_at', hub.store.columns.Instant(), nullable=False),
    sa.Column('outcome', sa.String(length=12), nullable=False),
    sa.Column('detail', sa.Text(), server_default='', nullable=False),
    sa.Column('decided_at', hub.store.columns.Instant(), nullable=True),
    sa.PrimaryKeyConstraint('envelope_id', name=op.f('pk_recheck'))
    )
    op.create_index('ix_recheck_outcome_received_at', 'recheck', ['outcome', 'received_at'], unique=False)
    op.create_table('turn',
    sa.Column('errand', sa.String(length=40), nullable=False),
    sa.Column('holder', sa.String(length=64), nullable=False),
    sa.Column('until', hub.store.columns.Instant(), nullable=False),
    sa.PrimaryKeyConstraint('errand', name=op.f('pk_turn'))
    )
    op.create_table('rotation',
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('agency', sa.String(length=35), nullable=False),
    sa.Column('old', sa.String(length=64), nullable=False),
    sa.Column('new', sa.String(length=64), nullable=False),
    sa.Column('request', sa.Text(), nullable=False),
    sa.Column('received_at', hub.store.columns.Instant(), nullable=False),
    sa.ForeignKeyConstraint(['agency'], ['agency.code'], name=op.f('fk_rotation_agency'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('sha256', name=op.f('pk_rotation'))
    )
    op.create_index(op.f('ix_rotation_agency'), 'rotation', ['agency'], unique=False)
    op.add_column('trust_anchor', sa.Column('valid_from', hub.store.columns.Instant(), nullable=True))
    op.add_column('trust_anchor', sa.Column('valid_to', hub.store.columns.Instant(), nullable=True))
    op.add_column('trust_anchor', sa.Column('source', sa.Text(), server_default='', nullable=False))
    op.add_column('revocation_list', sa.Column('source', sa.Text(), server_default='', nullable=False))
    op.add_column('certificate', sa.Column('bound_by', sa.String(length=16), server_default='certificate', nullable=False))
    op.add_column('certificate', sa.Column('match', sa.String(length=64), server_default='', nullable=False))
    op.create_index(op.f('ix_certificate_match'), 'certificate', ['match'], unique=False)


def downgrade() -> None:
    """Take it out."""
    op.drop_index(op.f('ix_certificate_match'), table_name='certificate')
    op.drop_column('certificate', 'match')
    op.drop_column('certificate', 'bound_by')
    op.drop_column('revocation_list', 'source')
    op.drop_column('trust_anchor', 'source')
    op.drop_column('trust_anchor', 'valid_to')
    op.drop_column('trust_anchor', 'valid_from')
    op.drop_index(op.f('ix_rotation_agency'), table_name='rotation')
    op.drop_table('rotation')
    op.drop_table('turn')
    op.drop_table('recheck')
    op.drop_table('trust_source')
    op.drop_table('ocsp_answer')
