"""what is inside a document, and quarantine."""

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring it in."""


def downgrade() -> None:
    """Take it out."""
