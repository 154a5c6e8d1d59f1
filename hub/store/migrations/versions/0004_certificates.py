"""fetched evidence, re-checks and rotation of certificates."""

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring it in."""


def downgrade() -> None:
    """Take it out."""
