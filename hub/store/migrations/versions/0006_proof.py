"""the append-only log and its heads."""

import sqlalchemy as sa
from alembic import op

import hub.store.columns

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    """Bring it in."""
    op.create_table('refusal',
    sa.Column('seq', _SERIAL, sa.Identity(), autoincrement=True, nullable=False),
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('at', hub.store.columns.Instant(), nullable=False),
    sa.Column('agency', sa.String(length=35), nullable=False),
    sa.Column('status', sa.SmallInteger(), nullable=False),
    sa.Column('codes', hub.store.columns.Json(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=True),
    sa.Column('receipt', sa.Text(), nullable=True),
    sa.Column('receipt_sha256', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_refusal')),
    sqlite_autoincrement=True
    )
    op.create_index('ix_refusal_id', 'refusal', ['id'], unique=True)
    op.create_table('delivery_receipt',
    sa.Column('event', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('delivery_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('what', sa.String(length=12), nullable=False),
    sa.Column('receipt', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('event', name=op.f('pk_delivery_receipt'))
    )
    op.create_index('ix_delivery_receipt_delivery_id', 'delivery_receipt', ['delivery_id', 'event'], unique=False)
    op.create_table('registry_change',
    sa.Column('seq', _SERIAL, sa.Identity(), autoincrement=True, nullable=False),
    sa.Column('at', hub.store.columns.Instant(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('subject', sa.String(length=30), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('record', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_registry_change')),
    sqlite_autoincrement=True
    )
    op.create_index('ix_registry_change_subject_key', 'registry_change', ['subject', 'key', 'seq'], unique=False)
    op.create_table('hub_key',
    sa.Column('kid', sa.String(length=64), nullable=False),
    sa.Column('jwk', hub.store.columns.Json(), nullable=False),
    sa.Column('since', hub.store.columns.Instant(), nullable=False),
    sa.PrimaryKeyConstraint('kid', name=op.f('pk_hub_key'))
    )
    op.create_table('log_leaf',
    sa.Column('number', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_log_leaf'))
    )
    op.create_index('ix_log_leaf_id_kind', 'log_leaf', ['id', 'kind'], unique=True)
    op.create_table('log_tile',
    sa.Column('tier', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('number', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('hashes', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('tier', 'number', name=op.f('pk_log_tile'))
    )
    op.create_table('log_head',
    sa.Column('size', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('root', sa.LargeBinary(length=32), nullable=False),
    sa.Column('at', hub.store.columns.Instant(), nullable=False),
    sa.Column('head', sa.Text(), nullable=False),
    sa.Column('token', sa.LargeBinary(), nullable=True),
    sa.Column('stamped_at', hub.store.columns.Instant(), nullable=True),
    sa.PrimaryKeyConstraint('size', name=op.f('pk_log_head'))
    )
    state = op.create_table('log_state',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('places', hub.store.columns.Json(), nullable=False),
    sa.Column('holder', sa.String(length=40), nullable=False),
    sa.Column('lease_until', hub.store.columns.Instant(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_log_state'))
    )
    beginning = hub.store.columns.from_micros(0)
    op.bulk_insert(state, [{'id': 1, 'size': 0, 'places': {}, 'holder': '', 'lease_until': beginning}])


def downgrade() -> None:
    """Take it out."""
    for name in ('log_state', 'log_head', 'log_tile', 'log_leaf', 'hub_key', 'registry_change', 'delivery_receipt', 'refusal'):
        op.drop_table(name)
