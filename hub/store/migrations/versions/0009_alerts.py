"""the calendar and alerts."""

from datetime import UTC, date, datetime

import sqlalchemy as sa
from alembic import op

import hub.store.columns

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring it in."""
    op.create_table('calendar_override',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('decree', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('set_by', sa.String(length=100), nullable=False),
    sa.Column('set_at', hub.store.columns.Instant(), nullable=False),
    sa.PrimaryKeyConstraint('day', name=op.f('pk_calendar_override'))
    )
    op.create_table('working_hours',
    sa.Column('agency', sa.String(length=35), nullable=False),
    sa.Column('spans', sa.Text(), nullable=False),
    sa.Column('weekdays', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('set_by', sa.String(length=100), nullable=False),
    sa.Column('set_at', hub.store.columns.Instant(), nullable=False),
    sa.ForeignKeyConstraint(['agency'], ['agency.code'], name=op.f('fk_working_hours_agency'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('agency', name=op.f('pk_working_hours'))
    )
    op.create_table('watch_mark',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_watch_mark'))
    )
    op.create_table('alert',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('agency', sa.String(length=35), nullable=False),
    sa.Column('level', sa.String(length=10), nullable=False),
    sa.Column('parent', sa.String(length=35), nullable=True),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('step', sa.SmallInteger(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('rank', sa.SmallInteger(), nullable=False),
    sa.Column('oldest_at', hub.store.columns.Instant(), nullable=False),
    sa.Column('raised_at', hub.store.columns.Instant(), nullable=False),
    sa.Column('changed_at', hub.store.columns.Instant(), nullable=False),
    sa.Column('remind_at', hub.store.columns.Instant(), nullable=True),
    sa.Column('escalate_at', hub.store.columns.Instant(), nullable=True),
    sa.Column('next_at', hub.store.columns.Instant(), nullable=True),
    sa.Column('reminders', sa.Integer(), nullable=False),
    sa.Column('acknowledged_at', hub.store.columns.Instant(), nullable=True),
    sa.Column('acknowledged_by', sa.String(length=100), nullable=True),
    sa.Column('acknowledged_count', sa.Integer(), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('cleared_at', hub.store.columns.Instant(), nullable=True),
    sa.Column('detail', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_alert'))
    )
    op.create_index('ix_alert_agency_raised_at', 'alert', ['agency', 'raised_at', 'id'], unique=False)
    op.create_index('ix_alert_next_at', 'alert', ['next_at'], unique=False, postgresql_where=sa.text('next_at IS NOT NULL'), sqlite_where=sa.text('next_at IS NOT NULL'))
    op.create_index('ix_alert_parent_raised_at', 'alert', ['parent', 'raised_at', 'id'], unique=False)
    op.create_index('ix_alert_raised_at', 'alert', ['raised_at', 'id'], unique=False)
    op.create_index('uq_alert_open', 'alert', ['kind', 'agency'], unique=True, postgresql_where=sa.text("state <> 'CLEARED'"), sqlite_where=sa.text("state <> 'CLEARED'"))
    op.create_table('alert_case',
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('envelope_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('agency', sa.String(length=35), nullable=False),
    sa.Column('at', hub.store.columns.Instant(), nullable=False),
    sa.Column('rank', sa.SmallInteger(), nullable=False),
    sa.PrimaryKeyConstraint('kind', 'envelope_id', name=op.f('pk_alert_case'))
    )
    op.create_index('ix_alert_case_kind_agency_at', 'alert_case', ['kind', 'agency', 'at', 'rank'], unique=False)
    op.create_table('answer_due',
    sa.Column('delivery_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('envelope_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('recipient', sa.String(length=35), nullable=False),
    sa.Column('due_at', hub.store.columns.Instant(), nullable=False),
    sa.Column('rank', sa.SmallInteger(), nullable=False),
    sa.PrimaryKeyConstraint('delivery_id', name=op.f('pk_answer_due'))
    )
    op.create_index('ix_answer_due_recipient_due_at', 'answer_due', ['recipient', 'due_at', 'rank'], unique=False)
    op.create_table('notice',
    sa.Column('seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), autoincrement=True, nullable=False),
    sa.Column('alert_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('at', hub.store.columns.Instant(), nullable=False),
    sa.Column('what', sa.String(length=12), nullable=False),
    sa.Column('step', sa.SmallInteger(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('rank', sa.SmallInteger(), nullable=False),
    sa.Column('by', sa.String(length=100), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('call_at', hub.store.columns.Instant(), nullable=True),
    sa.Column('call_attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('call_error', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_notice')),
    sqlite_autoincrement=True
    )
    op.create_index('ix_notice_alert_id_seq', 'notice', ['alert_id', 'seq'], unique=False)
    op.create_index('ix_notice_at', 'notice', ['at'], unique=False)
    op.create_index('ix_notice_call_at', 'notice', ['call_at'], unique=False, postgresql_where=sa.text('call_at IS NOT NULL'), sqlite_where=sa.text('call_at IS NOT NULL'))
    op.create_table('mail',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('digest', sa.String(length=10), nullable=False),
    sa.Column('period', sa.String(length=20), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('message_id', sa.Text(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('written_at', hub.store.columns.Instant(), nullable=False),
    sa.Column('next_at', hub.store.columns.Instant(), nullable=True),
    sa.Column('sent_at', hub.store.columns.Instant(), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mail')),
    sa.UniqueConstraint('address', 'digest', 'period', name=op.f('uq_mail_address_digest_period'))
    )
    op.create_index('ix_mail_next_at', 'mail', ['next_at'], unique=False, postgresql_where=sa.text("state IN ('WRITTEN', 'SENDING')"), sqlite_where=sa.text("state IN ('WRITTEN', 'SENDING')"))
    op.create_table('agency_seen',
    sa.Column('agency', sa.String(length=35), nullable=False),
    sa.Column('polled_at', hub.store.columns.Instant(), nullable=False),
    sa.ForeignKeyConstraint(['agency'], ['agency.code'], name=op.f('fk_agency_seen_agency'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('agency', name=op.f('pk_agency_seen'))
    )
    op.create_index('ix_agency_seen_polled_at', 'agency_seen', ['polled_at'], unique=False)
    op.create_table('declared_figure',
    sa.Column('agency', sa.String(length=35), nullable=False),
    sa.Column('period', sa.String(length=10), nullable=False),
    sa.Column('name', sa.String(length=30), nullable=False),
    sa.Column('value', sa.BigInteger(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('set_by', sa.String(length=100), nullable=False),
    sa.Column('set_at', hub.store.columns.Instant(), nullable=False),
    sa.ForeignKeyConstraint(['agency'], ['agency.code'], name=op.f('fk_declared_figure_agency'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('agency', 'period', 'name', name=op.f('pk_declared_figure'))
    )
    op.create_table('issued_report',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('period', sa.String(length=10), nullable=False),
    sa.Column('scope', sa.String(length=35), nullable=False),
    sa.Column('made_at', hub.store.columns.Instant(), nullable=False),
    sa.Column('made_by', sa.String(length=100), nullable=False),
    sa.Column('content', hub.store.columns.Json(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_issued_report'))
    )
    op.create_index('ix_issued_report_kind_period', 'issued_report', ['kind', 'period', 'scope', 'made_at'], unique=False)
    op.add_column('delivery', sa.Column('pending_since', hub.store.columns.Instant(), nullable=True))
    op.create_index('ix_delivery_arrived', 'delivery', ['recipient', 'report_at', 'rank'], unique=False, postgresql_where=sa.text("progress = '01'"), sqlite_where=sa.text("progress = '01'"))
    op.create_index('ix_delivery_late', 'delivery', ['recipient', 'created_at', 'rank'], unique=False, postgresql_where=sa.text("state IN ('QUEUED', 'SENDING', 'AVAILABLE', 'DELIVERED') AND kind = 'document'"), sqlite_where=sa.text("state IN ('QUEUED', 'SENDING', 'AVAILABLE', 'DELIVERED') AND kind = 'document'"))
    op.create_index('ix_delivery_pending_change', 'delivery', ['recipient', 'pending_since', 'rank'], unique=False, postgresql_where=sa.text('pending_change IS NOT NULL'), sqlite_where=sa.text('pending_change IS NOT NULL'))
    op.create_index('ix_delivery_unanswered', 'delivery', ['recipient', 'collected_at', 'rank'], unique=False, postgresql_where=sa.text("state IN ('COLLECTED', 'CONFIRMED') AND kind = 'document' AND progress IS NULL AND report_code IS NULL"), sqlite_where=sa.text("state IN ('COLLECTED', 'CONFIRMED') AND kind = 'document' AND progress IS NULL AND report_code IS NULL"))
    op.create_index('ix_delivery_undeliverable', 'delivery', ['recipient', 'created_at', 'rank'], unique=False, postgresql_where=sa.text("state = 'DEAD' AND kind = 'document'"), sqlite_where=sa.text("state = 'DEAD' AND kind = 'document'"))
    op.bulk_insert(
        sa.table(
            'calendar_override',
            sa.column('day', sa.Date()),
            sa.column('kind', sa.String()),
            sa.column('decree', sa.Text()),
            sa.column('reason', sa.Text()),
            sa.column('set_by', sa.String()),
            sa.column('set_at', hub.store.columns.Instant()),
        ),
        [  # the swap that the library of public holidays does not know
            {'day': date(2026, 1, 2), 'kind': 'off', 'decree': '12729/VPCP-KGVX', 'reason': 'Hoán đổi ngày làm việc dịp Tết Dương lịch 2026', 'set_by': 'truc', 'set_at': datetime(2025, 12, 25, tzinfo=UTC)},
            {'day': date(2026, 1, 10), 'kind': 'work', 'decree': '12729/VPCP-KGVX', 'reason': 'Làm bù cho ngày 02/01/2026', 'set_by': 'truc', 'set_at': datetime(2025, 12, 25, tzinfo=UTC)},
        ],
    )


def downgrade() -> None:
    """Take it out."""
    op.drop_index('ix_delivery_undeliverable', table_name='delivery')
    op.drop_index('ix_delivery_unanswered', table_name='delivery')
    op.drop_index('ix_delivery_pending_change', table_name='delivery')
    op.drop_index('ix_delivery_late', table_name='delivery')
    op.drop_index('ix_delivery_arrived', table_name='delivery')
    op.drop_column('delivery', 'pending_since')
    op.drop_table('issued_report')
    op.drop_table('declared_figure')
    op.drop_table('agency_seen')
    op.drop_table('mail')
    op.drop_table('notice')
    op.drop_table('answer_due')
    op.drop_table('alert_case')
    op.drop_table('alert')
    op.drop_table('watch_mark')
    op.drop_table('working_hours')
    op.drop_table('calendar_override')
