"""Draw a sheet in a child process of the web, which alone loads what draws."""

from app.core.apart import engine_at
from layers.actor import Actor
from layers.database import transaction
from layers.profile import CityProfile


def printed(url: str, profile: CityProfile, actor: Actor, name: str, area: str | None, kind: str) -> bytes:
    """The map of that name as a file of that kind, from the database at ``url``; raises as ``desk.gather``."""
    from app.desks.prints.desk import gather, print_sheets  # noqa: PLC0415

    with transaction(engine_at(url, profile.timezone), actor) as connection:
        sheets = gather(connection, profile, name, area)
    return print_sheets(sheets, kind)


def load() -> None:
    """Load what ``printed`` needs."""
    import app.desks.prints.desk  # noqa: F401, PLC0415
