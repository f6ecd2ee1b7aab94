"""The order of a joint action: one page for each team, with its way on a map and the grounds of its target."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from app.briefings import lettering, looks, sheet
from app.briefings.blocks import Block, Paragraph
from app.briefings.ground import Frame, Layer, Marks, Shapes, View, fit
from app.briefings.labels import Label, around, within
from app.briefings.paper import FAINT, Look
from app.briefings.subject import RIVER_INK, ROAD_INK, line_names
from app.core.words import CAUTION_OF_ACTIONS
from app.maps.styles import LIGHT, ROUTES, Symbol

SOURCES = "道路、点位、行动登记"
_FORM = sheet.Form()
TARGET = Symbol(title="目标", shape="star", colour="#a3122a")
STATION = Symbol(title="出发地", shape="square", colour="#1c3f6e")
PAPERS = (
    ("evidence", "证据依据"), ("legal_basis", "法律依据"), ("authority", "批准机关"), ("document_no", "文号"),
    ("police_document_no", "公安文号"),
)  # fmt: skip
_MISSING = "待补"
#: A road is taken where it runs this near to the way, for at least so long.
BESIDE_M, SHORTEST_M = 3, 40
#: Of the names of station and target on the map, mm.
LONGEST_NAME = 70


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What lies on the paper, each frame in metres."""

    areas: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    rivers: gpd.GeoDataFrame


def frame_of(way: gpd.GeoSeries) -> Frame:
    """Where on the paper that way lies, in metres."""
    return fit(way, _FORM.map_box, margin=0.1)


def order(
    action: "pd.Series[Any]", leg: "pd.Series[Any]", target: "pd.Series[Any]", way: gpd.GeoSeries,
    agency: int, here: Ground, imprint: sheet.Imprint,
) -> sheet.Sheet:  # fmt: skip
    """The page of one team: ``leg`` and ``target`` are its rows, ``way`` its route in metres, moments in city time."""
    layers = [*_ground(here), *_route(way, agency)]
    unapproved = "" if action["status"] == "approved" else "(未批准,不得行动)"
    state = "(待核,未批准不得行动)" if target["pending"] else unapproved
    whose = f" › {leg['agency']} › 第 {leg['number']} 个目标{state}"
    return sheet.Sheet(
        title=f"行动单 {leg['team']}",
        subtitle=f"{action['name']}{whose}",
        subtitle_ending=whose,
        imprint=imprint,
        form=_FORM,
        view=View(frame=frame_of(way), layers=layers, labels=list(_labels(leg, target, way, here))),
        blocks=list(_paragraphs(action, leg, target, _streets(here.roads, way))),
        text_first=True,
    )


def _ground(here: Ground) -> Iterator[Layer]:
    yield looks.borders(here.areas[here.areas["level"] == "community"], "community", "社区(村)界", fill=LIGHT.land)
    yield from looks.rivers(here.rivers)
    yield from looks.roads(here.roads)


def _route(way: gpd.GeoSeries, agency: int) -> Iterator[Layer]:
    colour, dash = ROUTES[agency % len(ROUTES)]
    yield Shapes(shapes=way, look=Look(line="#ffffff", width_pt=5))
    yield Shapes(shapes=way, look=Look(line=colour, width_pt=0.9))
    pattern = tuple(float(length) for length in dash.split())
    yield Shapes(shapes=way, look=Look(line=colour, width_pt=2.6, dash=pattern), title="行车路线")
    for symbol, place in ((STATION, 0), (TARGET, -1)):
        end = gpd.GeoSeries(shapely.get_point(way.to_numpy(), place), crs=way.crs)
        yield Marks(points=end, symbol=symbol, radius_mm=2.2, title=symbol.title)


def _labels(leg: "pd.Series[Any]", target: "pd.Series[Any]", way: gpd.GeoSeries, here: Ground) -> Iterator[Label]:
    frame = frame_of(way)
    ends = gpd.GeoSeries(shapely.get_point(way.to_numpy()[[0, 0]], [-1, 0]), crs=way.crs)
    # of a premises its name; its address stands below
    for name, shape in zip((target["address"].split(" ")[0], leg["station"]), frame.to_paper(ends), strict=True):
        text = lettering.shortened(lettering.clean(name), width=LONGEST_NAME, size_pt=9, bold=True)
        yield Label(text=text, spots=around(shape.x, shape.y, gap=2.4), size_pt=9, bold=True, firm=True)
    near = here.roads.intersects(way.iloc[0].buffer(BESIDE_M))
    yield from line_names(here.roads[near], frame, colour=ROAD_INK, size_pt=8)
    named = here.areas[(here.areas["level"] == "community") & here.areas.geometry.notna()]
    for name, shape in zip(named["name"], frame.to_paper(named.geometry), strict=True):
        yield Label(text=lettering.clean(name), spots=within(shape), size_pt=8, colour=FAINT)
    yield from line_names(here.roads[~near], frame, colour=ROAD_INK)
    yield from line_names(here.rivers, frame, colour=RIVER_INK)


def _paragraphs(
    action: "pd.Series[Any]", leg: "pd.Series[Any]", target: "pd.Series[Any]", streets: list[str]
) -> Iterator[Block]:
    arrive, wait = f"{leg['arrive_at']:%H:%M}", f"{action['buffer_minutes']:g} 分钟"
    yield Paragraph(
        title=f"{action['date']:%Y-%m-%d} 出发时间",
        text=f"{leg['leave_at']:%H:%M}",
        bold=True,
        size_pt=22,
        with_next=True,
    )
    yield Paragraph(
        text=f"{leg['notify_at']:%H:%M} 接通知,准备 {leg['ready_minutes']:g} 分钟\n{arrive} 到达,等候 {wait}(缓冲)\n"
        f"{action['h_hour']:%H:%M} 统一行动时间,各队同时行动"
    )
    approved = action["approved_by"] if action["status"] == "approved" else "未批准,本单只供审核"
    yield Paragraph(text=f"排定:{action['planned_by'] or '未记'};批准:{approved}{action.get('seal', '')}", size_pt=7)
    caution = f"{CAUTION_OF_ACTIONS}只凭本目标自己的证据、依据和文号行动;现场情况不符时先请示。"
    yield Paragraph(title="注意", text=caution, bold=True)
    yield Paragraph(title="目标", text=target["address"], bold=True, size_pt=10)
    papers = [(name, title) for name, title in PAPERS if target["dwelling"] or name != "police_document_no"]
    lines = [f"{title}:{target[name] or _MISSING}" for name, title in papers]
    yield Paragraph(title="依据", text="\n".join(lines), size_pt=7)
    through = f",经{'、'.join(streets)}" if streets else ""
    start = f"{leg['officers']} 人从{leg['station']}出发{through}"
    drive = f"{leg['km']:.1f} 公里,约 {math.ceil(leg['travel_minutes'])} 分钟(按道路限速)"
    yield Paragraph(title="路线", text=f"{start},{drive}")


def _streets(roads: gpd.GeoDataFrame, way: gpd.GeoSeries) -> list[str]:
    """The names of the roads that the way takes, in its order, each once."""
    line = way.iloc[0]
    named = roads[roads["name"].notna() & roads.intersects(line.buffer(BESIDE_M))]
    shared = shapely.intersection(named.geometry.to_numpy(), line.buffer(BESIDE_M))
    taken = shapely.length(shared) > SHORTEST_M
    middles = shapely.point_on_surface(shared[taken])
    ranked = pd.Series(shapely.line_locate_point(np.full(len(middles), line), middles), index=named["name"][taken])
    return list(dict.fromkeys(ranked.sort_values(kind="stable").index))
