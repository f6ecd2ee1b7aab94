"""What people touch: the web application, and the commands beside it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import flask
    import sqlalchemy as sa

    from app.settings import Settings


def create_app(settings: "Settings", engine: "sa.Engine | None" = None) -> "flask.Flask":
    """The web application of these settings, on that engine or one of its own.

    Raises:
        Unavailable: the session key in the data folder cannot be read or made.
    """
    from app import factory  # noqa: PLC0415 - commands answer before the web is loaded

    return factory.create_app(settings, engine)
