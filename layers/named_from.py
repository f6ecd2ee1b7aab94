"""The inputs of the stored gazetteer, compared every other second to see whether it is current."""

import sqlalchemy as sa

from layers import catalog, read
from layers.profile import CityProfile
from layers.schema.tables.house import gazetteers

#: raised whenever the form or the reading of addresses changes, so that what an older release stored is made anew
FORM = 2
#: the layers it is made from
_SOURCES = ("areas", "roads", *catalog.flagged("premises"))


def made_from(connection: sa.Connection, profile: CityProfile) -> str:
    """The form, the CRS and the versions of its layers, as they are now."""
    versions = read.versions(connection)
    return " ".join([str(FORM), profile.metric_crs, *(f"{name}:{versions[name][0]}" for name in _SOURCES)])


def is_fresh(connection: sa.Connection, profile: CityProfile) -> bool:
    """Whether the stored one was made from what is stored now."""
    stored = connection.execute(sa.select(gazetteers.c.made_from)).scalar_one_or_none()
    return stored == made_from(connection, profile)
