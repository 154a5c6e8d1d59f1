"""${message}."""

import sqlalchemy as sa
from alembic import op

import hub.store.columns

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring it in."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Take it out."""
    ${downgrades if downgrades else "pass"}
