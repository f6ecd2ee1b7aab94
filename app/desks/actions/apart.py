"""Draw an order in a child process of the web, which alone loads what draws."""

from app.core.apart import engine_at
from layers.actor import Actor
from layers.profile import CityProfile


def order_of(url: str, profile: CityProfile, actor: Actor, action_id: int) -> bytes:
    """The order of that action as a PDF, from the database at ``url``; raises as ``printed_order``."""
    from app.desks.actions.order import printed_order  # noqa: PLC0415

    return printed_order(engine_at(url, profile.timezone), actor, profile, action_id)
