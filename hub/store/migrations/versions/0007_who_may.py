"""the audit log, keys and throttling."""

import sqlalchemy as sa
from alembic import op

import hub.store.columns

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

_POSTGRES = (
    """CREATE FUNCTION audit_is_final() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'the audit log is appended to, never changed'; END $$""",
    """CREATE TRIGGER audit_is_final BEFORE UPDATE OR DELETE ON audit
       FOR EACH ROW EXECUTE FUNCTION audit_is_final()""",
    """CREATE TRIGGER audit_is_kept BEFORE TRUNCATE ON audit
       FOR EACH STATEMENT EXECUTE FUNCTION audit_is_final()""",
)
_SQLITE = tuple(
    f"""CREATE TRIGGER audit_no_{verb} BEFORE {verb.upper()} ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit log is appended to, never changed'); END"""
    for verb in ("update", "delete")
)


def upgrade() -> None:
    """Bring it in."""
    op.create_table('audit',
    sa.Column('seq', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('at', hub.store.columns.Instant(), nullable=False),
    sa.Column('actor', sa.String(length=120), nullable=False),
    sa.Column('action', sa.String(length=60), nullable=False),
    sa.Column('object', sa.String(length=200), nullable=False),
    sa.Column('details', hub.store.columns.Json(), nullable=False),
    sa.Column('hash', sa.LargeBinary(length=32), nullable=False),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_audit'))
    )
    op.create_index('ix_audit_actor_seq', 'audit', ['actor', 'seq'], unique=False)
    op.create_index('ix_audit_object_seq', 'audit', ['object', 'seq'], unique=False)
    op.create_table('audit_head',
    sa.Column('id', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('hash', sa.LargeBinary(length=32), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_head'))
    )
    op.create_table('login_try',
    sa.Column('key', sa.String(length=400), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('until', hub.store.columns.Instant(), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_login_try'))
    )
    op.create_index(op.f('ix_login_try_until'), 'login_try', ['until'], unique=False)
    op.create_table('request_nonce',
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('nonce', sa.Text(), nullable=False),
    sa.Column('expires_at', hub.store.columns.Instant(), nullable=False),
    sa.PrimaryKeyConstraint('fingerprint', 'nonce', name=op.f('pk_request_nonce'))
    )
    op.create_index(op.f('ix_request_nonce_expires_at'), 'request_nonce', ['expires_at'], unique=False)
    op.create_table('person_identity',
    sa.Column('issuer', sa.String(length=300), nullable=False),
    sa.Column('subject', sa.String(length=255), nullable=False),
    sa.Column('person', sa.String(length=100), nullable=False),
    sa.Column('linked_at', hub.store.columns.Instant(), nullable=False),
    sa.ForeignKeyConstraint(['person'], ['person.name'], name=op.f('fk_person_identity_person'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('issuer', 'subject', name=op.f('pk_person_identity'))
    )
    op.create_index(op.f('ix_person_identity_person'), 'person_identity', ['person'], unique=False)
    op.create_table('session',
    sa.Column('id', sa.LargeBinary(length=32), nullable=False),
    sa.Column('person', sa.String(length=100), nullable=False),
    sa.Column('began_at', hub.store.columns.Instant(), nullable=False),
    sa.Column('expires_at', hub.store.columns.Instant(), nullable=False),
    sa.ForeignKeyConstraint(['person'], ['person.name'], name=op.f('fk_session_person'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_session'))
    )
    op.create_index(op.f('ix_session_expires_at'), 'session', ['expires_at'], unique=False)
    op.create_index(op.f('ix_session_person'), 'session', ['person'], unique=False)
    op.add_column('api_key', sa.Column('expires_at', hub.store.columns.Instant(), nullable=True))
    op.add_column('api_key', sa.Column('last_used_at', hub.store.columns.Instant(), nullable=True))
    op.add_column('person', sa.Column('reach', sa.String(length=10), server_default='agency', nullable=False))
    op.add_column('person', sa.Column('reads', sa.Boolean(), server_default=sa.false(), nullable=False))
    head = sa.table('audit_head', sa.column('id'), sa.column('seq'), sa.column('hash', sa.LargeBinary))
    op.bulk_insert(head, [{'id': 1, 'seq': 0, 'hash': bytes(32)}])
    for statement in _POSTGRES if op.get_bind().dialect.name == 'postgresql' else _SQLITE:
        op.execute(statement)


def downgrade() -> None:
    """Take it out."""
    op.drop_column('person', 'reads')
    op.drop_column('person', 'reach')
    op.drop_column('api_key', 'last_used_at')
    op.drop_column('api_key', 'expires_at')
    for name in ('session', 'person_identity', 'request_nonce', 'login_try', 'audit_head', 'audit'):
        op.drop_table(name)
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('DROP FUNCTION audit_is_final()')
