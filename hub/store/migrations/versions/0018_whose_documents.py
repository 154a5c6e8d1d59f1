"""whose documents: the parties of each, and what lists of refusals, of the audit log and of failures ask."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

import hub.store.columns
from hub.store.migrations import online

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring it in. The parties of what is there are entered afterwards, by the worker that keeps the index of words."""
    # first, for each ends the transaction before it: what comes after is done whole or not at all
    online.add_index('ix_delivery_failed', 'delivery', ['created_at', 'id'], where="result = 'fail'")
    online.add_index('ix_audit_action_seq', 'audit', ['action', 'seq'])
    op.create_table('party',
    sa.Column('agency', sa.String(length=35), nullable=False),
    sa.Column('received_at', hub.store.columns.Instant(), nullable=False),
    sa.Column('envelope_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.PrimaryKeyConstraint('agency', 'received_at', 'envelope_id', name=op.f('pk_party'))
    )
    until = op.create_table('party_until',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('received_at', hub.store.columns.Instant(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_party_until'))
    )
    op.bulk_insert(until, [{'id': 1, 'received_at': datetime(1970, 1, 1, tzinfo=UTC)}])
    op.create_index('ix_refusal_agency_seq', 'refusal', ['agency', 'seq'], unique=False)


def downgrade() -> None:
    """Take it out."""
    op.drop_index('ix_audit_action_seq', table_name='audit')
    op.drop_index('ix_refusal_agency_seq', table_name='refusal')
    op.drop_index('ix_delivery_failed', table_name='delivery')
    op.drop_table('party_until')
    op.drop_table('party')
