"""the life of a document: changes asked of recipients, relations, groups of recipients."""

import sqlalchemy as sa
from alembic import op

import hub.store.columns

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring it in."""
    op.create_table('relation',
    sa.Column('by_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('document_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.PrimaryKeyConstraint('by_id', 'document_id', name=op.f('pk_relation'))
    )
    op.create_index('ix_relation_document_id', 'relation', ['document_id'])
    op.create_table('change',
    sa.Column('by_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('document_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('recipient', sa.String(length=35), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('document_delivery_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('delivery_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('asked_at', hub.store.columns.Instant(), nullable=False),
    sa.Column('due_at', hub.store.columns.Instant(), nullable=True),
    sa.Column('outcome', sa.String(length=10), nullable=False),
    sa.Column('answered_at', hub.store.columns.Instant(), nullable=True),
    sa.Column('answer_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('held_until', hub.store.columns.Instant(), nullable=True),
    sa.Column('overtook', sa.Boolean(), server_default='0', nullable=False),
    sa.PrimaryKeyConstraint('by_id', 'document_id', 'recipient', name=op.f('pk_change'))
    )
    op.create_index('ix_change_document_delivery_id', 'change', ['document_delivery_id'])
    op.create_index('ix_change_delivery_id', 'change', ['delivery_id'])
    op.create_index('ix_change_document_id', 'change', ['document_id', 'recipient'])
    op.create_index('ix_change_held', 'change', ['delivery_id'], postgresql_where=sa.text('held_until IS NOT NULL'), sqlite_where=sa.text('held_until IS NOT NULL'))
    op.create_table('recipient_group',
    sa.Column('code', sa.String(length=35), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('created_at', hub.store.columns.Instant(), nullable=False),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_recipient_group'))
    )
    op.create_table('group_member',
    sa.Column('group_code', sa.String(length=35), nullable=False),
    sa.Column('agency', sa.String(length=35), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('group_code', 'agency', 'valid_from', name=op.f('pk_group_member'))
    )


def downgrade() -> None:
    """Take it out."""
    for table in ('group_member', 'recipient_group', 'change', 'relation'):
        op.drop_table(table)
