"""the calendar and alerts."""

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring it in."""


def downgrade() -> None:
    """Take it out."""
