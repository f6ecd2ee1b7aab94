"""Make the gazetteer anew where the city has changed."""

import logging

import sqlalchemy as sa

from gis.errors import DomainError
from layers import gazetteer, jobs
from layers.actor import Actor
from layers.database import transaction
from layers.profile import CityProfile

logger = logging.getLogger(__name__)


def renew_places(engine: sa.Engine, actor: Actor, profile: CityProfile) -> bool:
    """Whether a new gazetteer was stored; a database that is away for a while is a line in the log."""
    try:
        return gazetteer.renew(engine, actor, profile)
    except (DomainError, sa.exc.SQLAlchemyError) as error:
        logger.warning("the gazetteer was not renewed: %s", type(error).__name__)
        return False


def renew_without_worker(engine: sa.Engine, actor: Actor, profile: CityProfile) -> None:
    """Make it here where no worker is alive that would."""
    with transaction(engine, actor) as connection:
        alive = jobs.worker_alive(connection)
    if not alive:
        renew_places(engine, actor, profile)
