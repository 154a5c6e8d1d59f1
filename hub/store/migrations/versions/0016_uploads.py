"""uploads: envelopes that arrive in several requests."""

import sqlalchemy as sa
from alembic import op

import hub.store.columns

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring it in."""
    op.create_table('upload',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('agency', sa.String(length=35), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=True),
    sa.Column('received', sa.BigInteger(), nullable=False),
    sa.Column('lenient', sa.Boolean(), nullable=False),
    sa.Column('key', sa.String(length=255), nullable=False),
    sa.Column('created_at', hub.store.columns.Instant(), nullable=False),
    sa.Column('expires_at', hub.store.columns.Instant(), nullable=False),
    sa.Column('status', sa.SmallInteger(), nullable=True),
    sa.Column('envelope_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('problem', hub.store.columns.Json(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_upload'))
    )
    op.create_index('ix_upload_agency', 'upload', ['agency'])
    op.create_index('ix_upload_expires_at', 'upload', ['expires_at'])
    op.create_table('upload_part',
    sa.Column('upload_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('start', sa.BigInteger(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('upload_id', 'start', name=op.f('pk_upload_part')),
    sa.UniqueConstraint('name', name=op.f('uq_upload_part_name'))
    )


def downgrade() -> None:
    """Take it out."""
    for table in ('upload_part', 'upload'):
        op.drop_table(table)
