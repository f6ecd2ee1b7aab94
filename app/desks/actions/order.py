"""Print the order of a joint action: gather its plan and the ground under each route, lay out a page for each team."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyproj
import sqlalchemy as sa

from app.briefings import order, paper, sheet
from app.core import files, geojson, periods, words
from gis.errors import Refused
from layers import actions as kept
from layers import audit, read
from layers.actor import Actor
from layers.database import transaction
from layers.profile import CityProfile

MOMENTS = ("notify_at", "leave_at", "arrive_at")


def print_order(engine: sa.Engine, actor: Actor, profile: CityProfile, number_or_name: int | str, path: Path) -> None:
    """Write the order of that action to a PDF, a page for each team.

    Raises:
        NotFound: no such action.
        Refused: it is not planned yet, or the file is no .pdf or cannot be written.
    """
    if paper.kind_of(path) != ".pdf":
        raise Refused("行动单只能写成 .pdf", kind="unknown_format")
    body = printed_order(engine, actor, profile, number_or_name)
    with files.replacing(path) as unfinished:
        unfinished.write_bytes(body)


def printed_order(engine: sa.Engine, actor: Actor, profile: CityProfile, number_or_name: int | str) -> bytes:
    """The order as the bytes of a PDF; raises as ``print_order`` does."""
    with transaction(engine, actor) as connection:
        sheets = _sheets(connection, profile, kept.action(connection, number_or_name))
    return paper.printed(sheet.drawn(sheets), ".pdf", title=sheets[0].subtitle)


def _sheets(connection: sa.Connection, profile: CityProfile, row: dict[str, Any]) -> list[sheet.Sheet]:
    block = audit.last_block(connection)
    seal = f"\n审计封条:第 {block.number} 段 {block.head[:16]}" if block else ""
    action = pd.Series(geojson.in_zone(row, profile.zone) | {"seal": seal})
    targets = kept.targets(connection, action["action_id"]).set_index("number", drop=False)
    legs = kept.legs(connection, action["action_id"])
    if not len(legs):
        raise Refused(f"{words.UNPLANNED},没有行动单可印", kind="not_planned")
    for moment in MOMENTS:
        legs[moment] = pd.to_datetime(legs[moment], utc=True).dt.tz_convert(profile.zone)
    imprint = sheet.imprint_of(profile, until=periods.at_first(connection, profile.zone).until, sources=order.SOURCES)
    ways = gpd.GeoSeries(legs.geometry.to_crs(profile.metric_crs))
    return [
        _sheet(connection, action, leg, targets.loc[leg["number"]], gpd.GeoSeries(ways.iloc[[n]]), imprint)
        for n, (_, leg) in enumerate(legs.iterrows())
    ]


def _sheet(
    connection: sa.Connection, action: "pd.Series[Any]", leg: "pd.Series[Any]", target: "pd.Series[Any]",
    way: gpd.GeoSeries, imprint: sheet.Imprint,
) -> sheet.Sheet:  # fmt: skip
    metric = str(way.crs)
    back = pyproj.Transformer.from_crs(metric, read.SRID, always_xy=True)
    on_paper = read.Cut(bbox=back.transform_bounds(*order.frame_of(way).metres))
    rows = {key: read.layer(connection, key, on_paper).to_crs(metric) for key in ("areas", "roads", "rivers")}
    place = list(action["agencies"]).index(leg["agency"])
    return order.order(action, leg, target, way, place, order.Ground(**rows), imprint)
