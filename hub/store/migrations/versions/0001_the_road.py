"""the road."""

import sqlalchemy as sa
from alembic import op

import hub.store.columns

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring it in."""
    op.create_table('agency',
    sa.Column('code', sa.String(length=35), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('name_folded', sa.Text(), nullable=False),
    sa.Column('level', sa.String(length=10), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('parent', sa.String(length=35), nullable=True),
    sa.Column('channel', sa.String(length=30), server_default='inbox', nullable=False),
    sa.Column('channel_config', hub.store.columns.Json(), server_default='{}', nullable=False),
    sa.Column('signature', sa.String(length=20), nullable=True),
    sa.Column('accept_sha1_until', sa.Date(), nullable=True),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('grace_days', sa.Integer(), server_default='0', nullable=False),
    sa.Column('successors', hub.store.columns.Json(), server_default='[]', nullable=False),
    sa.Column('suspended_at', hub.store.columns.Instant(), nullable=True),
    sa.Column('contact', hub.store.columns.Json(), server_default='{}', nullable=False),
    sa.Column('created_at', hub.store.columns.Instant(), nullable=False),
    sa.Column('updated_at', hub.store.columns.Instant(), nullable=False),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_agency'))
    )
    op.create_index('ix_agency_level_code', 'agency', ['level', 'code'], unique=False)
    op.create_index('ix_agency_parent_code', 'agency', ['parent', 'code'], unique=False)
    op.create_table('breaker',
    sa.Column('agency', sa.String(length=35), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('open_until', hub.store.columns.Instant(), nullable=True),
    sa.Column('last_error', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('agency', name=op.f('pk_breaker'))
    )
    op.create_table('directory_version',
    sa.Column('id', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_directory_version'))
    )
    op.create_table('envelope',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('sender', sa.String(length=35), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('document_id', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('priority', sa.SmallInteger(), nullable=False),
    sa.Column('promulgated_on', sa.Date(), nullable=True),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('received_at', hub.store.columns.Instant(), nullable=False),
    sa.Column('judgement', sa.String(length=12), nullable=False),
    sa.Column('reason', sa.String(length=40), nullable=False),
    sa.Column('signer', sa.Text(), nullable=False),
    sa.Column('facts', hub.store.columns.Json(), nullable=False),
    sa.Column('warnings', hub.store.columns.Json(), nullable=False),
    sa.Column('receipt', sa.Text(), nullable=False),
    sa.Column('search', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_envelope'))
    )
    op.create_index('ix_envelope_document_id', 'envelope', ['document_id'], unique=False)
    op.create_index('ix_envelope_received_at', 'envelope', ['received_at', 'id'], unique=False)
    op.create_index('uq_envelope_sender_document_id_kind', 'envelope', ['sender', 'document_id', 'kind'], unique=True, postgresql_where=sa.text("kind <> 'status'"), sqlite_where=sa.text("kind <> 'status'"))
    op.create_index('uq_envelope_status', 'envelope', ['sender', 'sha256'], unique=True, postgresql_where=sa.text("kind = 'status'"), sqlite_where=sa.text("kind = 'status'"))
    op.create_table('event',
    sa.Column('seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), autoincrement=True, nullable=False),
    sa.Column('tx', sa.BigInteger(), nullable=False),
    sa.Column('at', hub.store.columns.Instant(), nullable=False),
    sa.Column('envelope_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('sender', sa.String(length=35), nullable=False),
    sa.Column('recipient', sa.String(length=35), nullable=True),
    sa.Column('what', sa.String(length=12), nullable=False),
    sa.Column('code', sa.String(length=3), nullable=True),
    sa.Column('detail', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_event')),
    sqlite_autoincrement=True,
    )
    op.create_index('ix_event_envelope_id_seq', 'event', ['envelope_id', 'seq'], unique=False)
    op.create_index('ix_event_sender_tx_seq', 'event', ['sender', 'tx', 'seq'], unique=False)
    op.create_table('idempotency',
    sa.Column('agency', sa.String(length=35), nullable=False),
    sa.Column('key', sa.String(length=255), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('envelope_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('at', hub.store.columns.Instant(), nullable=False),
    sa.PrimaryKeyConstraint('agency', 'key', name=op.f('pk_idempotency'))
    )
    op.create_table('outbox',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), autoincrement=True, nullable=False),
    sa.Column('level', sa.String(length=10), nullable=False),
    sa.Column('recipient', sa.String(length=35), nullable=False),
    sa.Column('delivery_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('rank', sa.SmallInteger(), nullable=False),
    sa.Column('claimed_until', hub.store.columns.Instant(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox')),
    sqlite_autoincrement=True,
    )
    op.create_index('ix_outbox_rank_id', 'outbox', ['rank', 'id'], unique=False)
    op.create_table('person',
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('scope', sa.String(length=35), nullable=True),
    sa.Column('token_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=False),
    sa.Column('created_at', hub.store.columns.Instant(), nullable=False),
    sa.Column('revoked_at', hub.store.columns.Instant(), nullable=True),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_person')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_person_token_hash'))
    )
    op.create_table('report',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('envelope_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('delivery_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('sender', sa.String(length=35), nullable=False),
    sa.Column('addressee', sa.String(length=35), nullable=False),
    sa.Column('code', sa.String(length=3), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('staff', hub.store.columns.Json(), nullable=False),
    sa.Column('stated_at', sa.Text(), nullable=False),
    sa.Column('received_at', hub.store.columns.Instant(), nullable=False),
    sa.Column('flags', hub.store.columns.Json(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report'))
    )
    op.create_index('ix_report_delivery_id', 'report', ['delivery_id', 'received_at'], unique=False)
    op.create_table('agency_alias',
    sa.Column('key', sa.String(length=70), nullable=False),
    sa.Column('agency', sa.String(length=35), nullable=False),
    sa.Column('written', sa.String(length=70), nullable=False),
    sa.Column('scheme', sa.String(length=20), nullable=False),
    sa.ForeignKeyConstraint(['agency'], ['agency.code'], name=op.f('fk_agency_alias_agency'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_agency_alias'))
    )
    op.create_index(op.f('ix_agency_alias_agency'), 'agency_alias', ['agency'], unique=False)
    op.create_table('api_key',
    sa.Column('id', sa.String(length=16), nullable=False),
    sa.Column('agency', sa.String(length=35), nullable=False),
    sa.Column('hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('created_at', hub.store.columns.Instant(), nullable=False),
    sa.Column('revoked_at', hub.store.columns.Instant(), nullable=True),
    sa.ForeignKeyConstraint(['agency'], ['agency.code'], name=op.f('fk_api_key_agency'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_key'))
    )
    op.create_index(op.f('ix_api_key_agency'), 'api_key', ['agency'], unique=False)
    op.create_table('certificate',
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('agency', sa.String(length=35), nullable=False),
    sa.Column('der', sa.LargeBinary(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('issuer', sa.Text(), nullable=False),
    sa.Column('serial', sa.Text(), nullable=False),
    sa.Column('not_before', hub.store.columns.Instant(), nullable=False),
    sa.Column('not_after', hub.store.columns.Instant(), nullable=False),
    sa.Column('pinned', sa.Boolean(), nullable=False),
    sa.Column('valid_from', hub.store.columns.Instant(), nullable=True),
    sa.Column('valid_to', hub.store.columns.Instant(), nullable=True),
    sa.Column('revoked_at', hub.store.columns.Instant(), nullable=True),
    sa.Column('created_at', hub.store.columns.Instant(), nullable=False),
    sa.ForeignKeyConstraint(['agency'], ['agency.code'], name=op.f('fk_certificate_agency'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('fingerprint', name=op.f('pk_certificate'))
    )
    op.create_index(op.f('ix_certificate_agency'), 'certificate', ['agency'], unique=False)
    op.create_table('delivery',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('envelope_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('recipient', sa.String(length=35), nullable=False),
    sa.Column('addressed_as', sa.Text(), nullable=False),
    sa.Column('sender', sa.String(length=35), nullable=False),
    sa.Column('level', sa.String(length=10), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('channel', sa.String(length=30), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('rank', sa.SmallInteger(), nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('created_at', hub.store.columns.Instant(), nullable=False),
    sa.Column('next_attempt_at', hub.store.columns.Instant(), nullable=True),
    sa.Column('lease_until', hub.store.columns.Instant(), nullable=True),
    sa.Column('due_at', hub.store.columns.Instant(), nullable=True),
    sa.Column('available_at', hub.store.columns.Instant(), nullable=True),
    sa.Column('collected_at', hub.store.columns.Instant(), nullable=True),
    sa.Column('confirmed_at', hub.store.columns.Instant(), nullable=True),
    sa.Column('result', sa.String(length=10), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('progress', sa.String(length=3), nullable=True),
    sa.Column('report_code', sa.String(length=3), nullable=True),
    sa.Column('report_at', hub.store.columns.Instant(), nullable=True),
    sa.Column('report_description', sa.Text(), nullable=True),
    sa.Column('pending_change', sa.String(length=10), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delivery')),
    sa.UniqueConstraint('envelope_id', 'recipient', name=op.f('uq_delivery_envelope_id_recipient'))
    )
    op.create_index('ix_delivery_dead', 'delivery', ['created_at', 'id'], unique=False, postgresql_where=sa.text("state = 'DEAD'"), sqlite_where=sa.text("state = 'DEAD'"))
    op.create_index('ix_delivery_inbox', 'delivery', ['recipient', 'rank', 'created_at', 'id'], unique=False, postgresql_where=sa.text("state IN ('AVAILABLE', 'DELIVERED', 'COLLECTED')"), sqlite_where=sa.text("state IN ('AVAILABLE', 'DELIVERED', 'COLLECTED')"))
    op.create_index('ix_delivery_lease', 'delivery', ['lease_until'], unique=False, postgresql_where=sa.text("state = 'SENDING'"), sqlite_where=sa.text("state = 'SENDING'"))
    op.create_index('ix_delivery_unreceived', 'delivery', ['created_at', 'id'], unique=False, postgresql_where=sa.text("state IN ('QUEUED', 'SENDING', 'AVAILABLE', 'DELIVERED') AND kind = 'document'"), sqlite_where=sa.text("state IN ('QUEUED', 'SENDING', 'AVAILABLE', 'DELIVERED') AND kind = 'document'"))
    op.create_index('ix_delivery_wake', 'delivery', ['next_attempt_at'], unique=False, postgresql_where=sa.text("state = 'QUEUED'"), sqlite_where=sa.text("state = 'QUEUED'"))
    op.create_table('original',
    sa.Column('envelope_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=True),
    sa.Column('digest', sa.String(length=64), nullable=True),
    sa.PrimaryKeyConstraint('envelope_id', name=op.f('pk_original'))
    )
    op.execute("INSERT INTO directory_version (id, version) VALUES (1, 1)")
    if op.get_bind().dialect.name == "postgresql":
        # base64 does not compress; trying costs more than all other work of an accept
        op.execute("ALTER TABLE original ALTER COLUMN body SET STORAGE EXTERNAL")
        # these two live by being written and forgotten
        op.execute("ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000)")
        op.execute("ALTER TABLE delivery SET (autovacuum_vacuum_scale_factor = 0.02, fillfactor = 85)")


def downgrade() -> None:
    """Take it out."""
    op.drop_table('original')
    op.drop_index('ix_delivery_wake', table_name='delivery', postgresql_where=sa.text("state = 'QUEUED'"), sqlite_where=sa.text("state = 'QUEUED'"))
    op.drop_index('ix_delivery_unreceived', table_name='delivery', postgresql_where=sa.text("state IN ('QUEUED', 'SENDING', 'AVAILABLE', 'DELIVERED') AND kind = 'document'"), sqlite_where=sa.text("state IN ('QUEUED', 'SENDING', 'AVAILABLE', 'DELIVERED') AND kind = 'document'"))
    op.drop_index('ix_delivery_lease', table_name='delivery', postgresql_where=sa.text("state = 'SENDING'"), sqlite_where=sa.text("state = 'SENDING'"))
    op.drop_index('ix_delivery_inbox', table_name='delivery', postgresql_where=sa.text("state IN ('AVAILABLE', 'DELIVERED', 'COLLECTED')"), sqlite_where=sa.text("state IN ('AVAILABLE', 'DELIVERED', 'COLLECTED')"))
    op.drop_index('ix_delivery_dead', table_name='delivery', postgresql_where=sa.text("state = 'DEAD'"), sqlite_where=sa.text("state = 'DEAD'"))
    op.drop_table('delivery')
    op.drop_index(op.f('ix_certificate_agency'), table_name='certificate')
    op.drop_table('certificate')
    op.drop_index(op.f('ix_api_key_agency'), table_name='api_key')
    op.drop_table('api_key')
    op.drop_index(op.f('ix_agency_alias_agency'), table_name='agency_alias')
    op.drop_table('agency_alias')
    op.drop_index('ix_report_delivery_id', table_name='report')
    op.drop_table('report')
    op.drop_table('person')
    op.drop_index('ix_outbox_rank_id', table_name='outbox')
    op.drop_table('outbox')
    op.drop_table('idempotency')
    op.drop_index('ix_event_sender_tx_seq', table_name='event')
    op.drop_index('ix_event_envelope_id_seq', table_name='event')
    op.drop_table('event')
    op.drop_index('uq_envelope_status', table_name='envelope', postgresql_where=sa.text("kind = 'status'"), sqlite_where=sa.text("kind = 'status'"))
    op.drop_index('uq_envelope_sender_document_id_kind', table_name='envelope', postgresql_where=sa.text("kind <> 'status'"), sqlite_where=sa.text("kind <> 'status'"))
    op.drop_index('ix_envelope_received_at', table_name='envelope')
    op.drop_index('ix_envelope_document_id', table_name='envelope')
    op.drop_table('envelope')
    op.drop_table('directory_version')
    op.drop_table('breaker')
    op.drop_index('ix_agency_parent_code', table_name='agency')
    op.drop_index('ix_agency_level_code', table_name='agency')
    op.drop_table('agency')
