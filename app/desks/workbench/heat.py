"""Density of tips in events per km²: the picture, and the legend that reads it."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import flask
import geopandas as gpd
import sqlalchemy as sa

from app.core import access, periods, tip_density
from app.core.answers import Answer, render, render_json
from app.core.current import answer, drawing, house
from app.core.parameters import Parameters, number, read_days, within
from app.maps.breaks import breaks
from layers import read

blueprint = flask.Blueprint("heat", __name__)


@dataclass(frozen=True, kw_only=True)
class Heat:
    """Which tips, how widely each is spread, and the density of the last colour (None: the peak of these tips)."""

    cut: read.Cut
    bandwidth_m: int
    peak_per_km2: float | None


@blueprint.get("/api/heat")
@access.needs("map.read", query=("since", "until", "bandwidth_m", "peak_per_km2"))
def describe() -> flask.Response:
    """Where the picture lies, its address, its peak and round densities for the ticks of a legend."""
    heat = _read()
    room = nullcontext if heat.peak_per_km2 else drawing
    return answer(("heat", heat), lambda connection: _description(connection, heat), layers=("tips",), room=room)


@blueprint.get("/api/heat.png")
@access.needs("map.read", query=("since", "until", "bandwidth_m", "peak_per_km2"))
def image() -> flask.Response:
    """The picture, its edges those that ``/api/heat`` gives, its colours even from none to the peak."""
    heat = _read()
    return answer(("heat.png", heat), lambda connection: _image(connection, heat), layers=("tips",), room=drawing)


def _read() -> Heat:
    with Parameters(flask.request.args) as parameters:
        since, until = read_days(parameters)
        bandwidth = parameters.take("bandwidth_m", within(500, 20_000), "要是 500 到 20000 的整数")
        peak = parameters.take("peak_per_km2", number(1e-6, 1e6), "要是大于 0 的数")
    return Heat(
        cut=read.Cut(since=since, until=until), bandwidth_m=bandwidth or tip_density.BANDWIDTH_M, peak_per_km2=peak
    )


def _description(connection: sa.Connection, heat: Heat) -> Answer | Callable[[], Answer]:
    if heat.peak_per_km2:
        return render_json(_description_of(heat, heat.peak_per_km2))
    incidents = _incidents(connection, heat)
    profile = house().settings.profile
    return lambda: render_json(
        _description_of(heat, house().drawer(tip_density.peak_of, incidents, profile, heat.bandwidth_m))
    )


def _image(connection: sa.Connection, heat: Heat) -> Callable[[], Answer]:
    drawn = (_incidents(connection, heat), house().settings.profile, heat.bandwidth_m, heat.peak_per_km2)
    return lambda: render(house().drawer(tip_density.picture_of, *drawn), "image/png")


def _description_of(heat: Heat, peak: float) -> dict[str, object]:
    asked = {"since": heat.cut.since, "until": heat.cut.until, "bandwidth_m": heat.bandwidth_m}
    query: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    return {
        "image": flask.url_for("heat.image", peak_per_km2=heat.peak_per_km2, **query),
        "bounds": house().settings.profile.bounds,
        "bandwidth_m": heat.bandwidth_m,
        "peak_per_km2": peak,
        "breaks": breaks(peak),
    }


def _incidents(connection: sa.Connection, heat: Heat) -> gpd.GeoDataFrame:
    since, until = periods.closed(connection, heat.cut, house().zone)
    return read.incidents(connection, since=since, until=until)
