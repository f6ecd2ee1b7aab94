"""Steps of a tip at the desk, reviews of zones."""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Nothing yet."""
