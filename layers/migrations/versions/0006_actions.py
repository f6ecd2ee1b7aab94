"""Joint actions: targets, teams, routes, departure times."""

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Nothing yet."""
