"""saved views: lists that a person narrowed and gave a name."""

import sqlalchemy as sa
from alembic import op

import hub.store.columns

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring it in."""
    op.create_table('saved_view',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('person', sa.String(length=100), nullable=False),
    sa.Column('page', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('query', sa.Text(), nullable=False),
    sa.Column('saved_at', hub.store.columns.Instant(), nullable=False),
    sa.ForeignKeyConstraint(['person'], ['person.name'], name=op.f('fk_saved_view_person_person'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_view')),
    sa.UniqueConstraint('person', 'page', 'name', name=op.f('uq_saved_view_person_page_name'))
    )


def downgrade() -> None:
    """Take it out."""
    op.drop_table('saved_view')
