"""What the plain role may no longer do."""

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Nothing yet."""
