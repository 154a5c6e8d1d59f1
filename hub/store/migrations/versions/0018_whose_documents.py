"""whose documents: the parties of each, and what lists of refusals, of the audit log and of failures ask."""

import sqlalchemy as sa
from alembic import op

import hub.store.columns
from hub.store.migrations import online

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring it in. The index of words is kept anew from the beginning: the parties are entered with it."""
    op.create_table('party',
    sa.Column('agency', sa.String(length=35), nullable=False),
    sa.Column('received_at', hub.store.columns.Instant(), nullable=False),
    sa.Column('envelope_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.PrimaryKeyConstraint('agency', 'received_at', 'envelope_id', name=op.f('pk_party'))
    )
    online.add_index('ix_delivery_failed', 'delivery', ['created_at', 'id'], where="result = 'fail'")
    op.create_index('ix_refusal_agency_seq', 'refusal', ['agency', 'seq'], unique=False)
    online.add_index('ix_audit_action_seq', 'audit', ['action', 'seq'])
    if op.get_bind().dialect.name == 'postgresql':
        op.execute("TRUNCATE search")
        op.execute("UPDATE search_until SET received_at = '1970-01-01T00:00:00Z'")
    else:
        op.execute("DELETE FROM search")
        op.execute("INSERT INTO search_words (search_words) VALUES ('delete-all')")
        op.execute("UPDATE search_until SET received_at = 0")


def downgrade() -> None:
    """Take it out."""
    op.drop_index('ix_audit_action_seq', table_name='audit')
    op.drop_index('ix_refusal_agency_seq', table_name='refusal')
    op.drop_index('ix_delivery_failed', table_name='delivery')
    op.drop_table('party')
