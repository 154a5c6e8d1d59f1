"""systems of the national axis' client."""

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring it in."""


def downgrade() -> None:
    """Take it out."""
