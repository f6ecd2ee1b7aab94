"""Areas with what a choropleth shows of them, and the days there are records for."""

import datetime as dt
from dataclasses import replace

import geopandas as gpd
import pandas as pd
import sqlalchemy as sa

from gis.exposure import rate_per_100
from layers import catalog, read, sql

#: What is counted of an area, each the name of a column.
MEASURES = frozenset(catalog.CATALOG[key].measured for key in catalog.flagged("measured"))


def areas_measured(connection: sa.Connection, cut: read.Cut, *, is_open: bool = False) -> gpd.GeoDataFrame:
    """The areas of ``cut.level`` in the actor's own, in the order of their codes, with ``MEASURES`` and rate_per_100.

    Tips and findings are those of the cut's period, both ends given. Tips count by the status that they had at its end,
    or where the period ``is_open`` by that of now, as in ``read.figures``. The rate is tips and findings per 100 rental
    units and venues, missing where these are fewer than twenty. Levels below a community have no measures.
    """
    narrowed = replace(cut, since=None, until=None, prefix=max(cut.prefix, read.own_prefix(connection), key=len))
    areas = read.layer(connection, "areas", narrowed)
    digits = read.DIGITS.get(cut.level or "")
    if digits is None:
        return areas
    asked = {"digits": digits, "since": cut.since, "until": cut.until, "known": None if is_open else cut.until}
    result = connection.execute(sql.statement("measures"), asked)
    counted = pd.DataFrame(result.all(), columns=list(result.keys())).astype(dict.fromkeys(MEASURES, "int64"))
    counted = counted.set_index(counted.pop("scope").astype("str")).reindex(areas["code"].str[:digits], fill_value=0)
    measured = areas.assign(**{str(name): counted[name].to_numpy() for name in counted})
    premises = measured[list(catalog.flagged("premises"))].sum(axis=1)
    rate = rate_per_100(measured["tips"] + measured["findings"], premises)
    return measured.assign(rate_per_100=rate.round(2))


def first_incident(connection: sa.Connection) -> dt.date | None:
    """The day of the oldest tip or raid of those that can have happened then, or None when there is none."""
    query = (
        "SELECT least((SELECT CAST(min(received_at) AS date) FROM tips WHERE received_at >= CAST(:first AS date)),"
        " (SELECT min(date) FROM raids WHERE date >= :first))"
    )
    day: dt.date | None = connection.execute(sa.text(query), {"first": catalog.EARLIEST_DAY}).scalar_one()
    return day
