"""Place the stored rows of a layer that have no point by their addresses, as the city is known now."""

import sqlalchemy as sa

from gis.errors import Refused
from layers import catalog, gazetteer, placing
from layers.actor import Actor
from layers.database import transaction
from layers.profile import CityProfile


def place_rows(engine: sa.Engine, actor: Actor, profile: CityProfile, key: str) -> placing.Placed:
    """How many rows were placed and how many are left, all in one transaction.

    Raises:
        NotFound: no such layer.
        Refused: its rows have no address.
    """
    layer = catalog.layer_named(key)
    if layer.address is None:
        raise Refused(f"“{layer.title}”没有地址,不能按地址定位", kind="no_address")
    with transaction(engine, actor) as connection:
        return placing.place_rows(connection, profile, layer, gazetteer.present(connection, profile))
