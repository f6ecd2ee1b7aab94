"""Whether the parts the service stands on are well."""

import flask
import sqlalchemy as sa

from app import vendor
from app.core.access import public
from app.core.current import fetch
from gis.errors import DomainError
from layers import jobs

blueprint = flask.Blueprint("health", __name__)


@blueprint.get("/healthz")
@public(answers=(200, 503))
def show() -> tuple[flask.Response, int]:
    """200 when database, worker and assets are well, else 503; which of them is told by name."""
    database, worker = _database_and_worker()
    well = {"database": database, "worker": worker, "assets": vendor.is_installed()}
    return flask.jsonify(well=all(well.values()), **well), 200 if all(well.values()) else 503


def _database_and_worker() -> tuple[bool, bool]:
    try:
        return True, fetch(jobs.worker_alive)
    except (DomainError, sa.exc.SQLAlchemyError):  # it may also fall while it is asked
        return False, False
