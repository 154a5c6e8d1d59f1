"""the audit log, keys and throttling."""

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring it in."""


def downgrade() -> None:
    """Take it out."""
