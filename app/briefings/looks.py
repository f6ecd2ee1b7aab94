"""The layers of the city as they look on paper, from the styles of the web map; all frames are in metres."""

import itertools
import math
from collections.abc import Iterator, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from app.briefings.ground import Marks, Shapes
from app.briefings.paper import Look
from app.core.words import REVIEWED, SUSPECTED
from app.maps.styles import EXPIRED, FAMILIES, GRADES, LIGHT, ROADS, SYMBOL_FIELDS, SYMBOLS, Symbol

HATCHES = {"cross": "xxx", "diagonal": "///", "dots": "...", "upright": "||", "level": "--", "none": ""}
#: Screen pixels of the styles are half-points here.
HALF = 0.5
SMALL_ROAD = 0.8
#: On paper a zone narrower than this is drawn as a mark, mm.
LEAST_ZONE = 2.4
#: What a zone is called before and after a post has reviewed it; points of the dashes around it before.
STANDING, UNREVIEWED_DASH = {False: SUSPECTED, True: REVIEWED}, (4.0, 2.0)
#: A shape for each grade, so that small zones too are told apart without colour.
ZONE_MARKS = {"red": "diamond", "orange": "triangle", "yellow": "circle"}
#: Rental units of one building: least number, radius of its mark in mm, words.
HOUSES = ((20, 1.5, "出租 20 套以上"), (5, 1.15, "出租 5–19 套"), (1, 0.8, "出租 1–4 套"))


def borders(areas: gpd.GeoDataFrame, level: str, title: str = "", *, fill: str = "none") -> Shapes:
    """The borders of one level."""
    colours = {"city": LIGHT.ink, "county": LIGHT.county, "township": LIGHT.township, "community": LIGHT.community}
    width = {"city": 1.4, "county": 1.1, "township": 0.7, "community": 0.4}[level]
    dash = {"county": (8.0, 2.0, 1.5, 2.0), "township": (5.0, 2.0)}.get(level, ())
    look = Look(fill=fill, line=colours[level], width_pt=width, dash=dash)
    return Shapes(shapes=areas.geometry, look=look, title=title)


def roads(frame: gpd.GeoDataFrame) -> Iterator[Shapes]:
    """The roads, small ones first, each with the casing of the web map; one line in the legend."""
    classes = [name for name in (*ROADS, "") if (_class_of(frame) == name).any()]
    for width_factor, colour in ((1.0, LIGHT.casing), (0.62, LIGHT.road)):
        for name in reversed(classes):
            width = 2 * HALF * ROADS.get(name, SMALL_ROAD) * width_factor
            last = colour == LIGHT.road and name == classes[0]
            line = "#ffffff" if colour == LIGHT.road and not name else colour
            shapes = frame[_class_of(frame) == name].geometry
            yield Shapes(shapes=shapes, look=Look(line=line, width_pt=width), title="道路" if last else "")


def _class_of(frame: gpd.GeoDataFrame) -> "pd.Series[str]":
    return frame["class"].where(frame["class"].isin(ROADS), "")


def choropleth(areas: gpd.GeoDataFrame, measure: str, title: str) -> Iterator[Shapes]:
    """Areas by a count, in the web map's colours and quantiles: no colour without any, the most in the darkest."""
    values = areas[measure]
    positive = np.sort(values[values > 0].to_numpy())
    if not len(positive):
        return
    at = [min(math.ceil(n / len(LIGHT.ramp) * len(positive)), len(positive)) - 1 for n in range(1, len(LIGHT.ramp) + 1)]
    bounds = list(dict.fromkeys(positive[at].tolist()))
    for number, (least, most) in enumerate(itertools.pairwise([0, *bounds]), start=1):
        look = Look(fill=LIGHT.ramp[round(number / len(bounds) * len(LIGHT.ramp)) - 1], width_pt=0)
        told = f"{least + 1:,}–{most:,}" if least + 1 < most else f"{most:,}"
        yield Shapes(shapes=areas.loc[(values > least) & (values <= most)].geometry, look=look, title=f"{title} {told}")


def rivers(frame: gpd.GeoDataFrame) -> Iterator[Shapes]:
    """The rivers, where there are any."""
    if len(frame):
        yield Shapes(shapes=frame.geometry, look=Look(line=LIGHT.river, width_pt=1.6), title="河流")


def zones(frame: gpd.GeoDataFrame, *, scale: float) -> Iterator[Shapes | Marks]:
    """The graded zones, yellow first; those too small for their pattern as marks.

    What no post has reviewed is called so, and its outline is broken or its mark hollow. What has ``expired`` lies
    below them in grey.
    """
    yield from _expired(frame[frame["expired"]])
    standing = frame[~frame["expired"]]
    for grade, look in reversed(list(GRADES.items())):
        for reviewed in (False, True):
            some = standing[(standing["grade"] == grade) & (standing["reviewed_on"].notna() == reviewed)]
            title = f"{look.title}:{STANDING[reviewed]}"
            small = some.geometry.minimum_bounding_radius() * 2000 / scale < LEAST_ZONE
            if not small.all():
                paint = Look(
                    fill=look.fill, line=look.line, width_pt=HALF * look.width * (1.5 if reviewed else 1),
                    hatch=HATCHES[look.pattern], opacity=0.3, dash=() if reviewed else UNREVIEWED_DASH,
                )  # fmt: skip
                yield Shapes(shapes=some[~small].geometry, look=paint, title=title)
            if small.any():
                symbol = Symbol(title=title, shape=ZONE_MARKS[grade], colour=look.line, hollow=not reviewed)
                yield Marks(points=some[small].representative_point(), symbol=symbol, radius_mm=1.5, title=title)


def _expired(frame: gpd.GeoDataFrame) -> Iterator[Shapes]:
    if len(frame):
        look = Look(fill=EXPIRED.fill, line=EXPIRED.line, width_pt=HALF * EXPIRED.width, opacity=0.3)
        yield Shapes(shapes=frame.geometry, look=look, title=EXPIRED.title)


def drawings(frame: gpd.GeoDataFrame) -> Iterator[Shapes | Marks]:
    """What was drawn by hand, in its families; a circle is its centre and radius."""
    radius_m = frame["radius_m"].astype("float64")  # of objects where no row has one
    shapes = frame.geometry.where(radius_m.isna(), frame.geometry.buffer(radius_m.fillna(0)))
    is_point = shapely.get_dimensions(shapes) == 0
    for key, family in FAMILIES.items():
        mine = frame["family"] == key
        if (mine & ~is_point).any():
            dash = tuple(float(part) for part in family.dash.split())
            look = Look(line=family.colour, fill=family.colour if key != "note" else "none", opacity=0.1, width_pt=1.3,
                        hatch=HATCHES[family.pattern], dash=dash)  # fmt: skip
            yield Shapes(shapes=shapes[mine & ~is_point], look=look, title=family.title)
        if (mine & is_point).any():
            symbol = Symbol(title=family.title, shape=family.shape, colour=family.colour, hollow=True)
            yield Marks(points=shapes[mine & is_point].centroid, symbol=symbol, radius_mm=1.9, title=family.title)


def houses(buildings: gpd.GeoDataFrame) -> Iterator[Marks]:
    """Buildings by how many rental units are in them, the fewest first."""
    most = float("inf")
    marks = []
    for least, radius, title in HOUSES:
        some = buildings[(buildings["units"] >= least) & (buildings["units"] < most)]
        most = least
        if len(some):
            marks.append(Marks(points=some.geometry, symbol=SYMBOLS["rental_units"][""], radius_mm=radius, title=title))
    return reversed(marks)


def marks(frame: gpd.GeoDataFrame, layer: str, *, radius_mm: float = 1.1) -> Iterator[Marks]:
    """The points of a layer by its symbols, those that occur, the most important of the styles last."""
    symbols: Mapping[str, Symbol] = SYMBOLS[layer]
    value = frame[SYMBOL_FIELDS[layer]].map(_key)
    value = value.where(value.isin(symbols), list(symbols)[-1])
    for key, symbol in reversed(list(symbols.items())):
        if (value == key).any():
            yield Marks(points=frame[value == key].geometry, symbol=symbol, radius_mm=radius_mm, title=symbol.title)


def _key(value: object) -> str:
    """A flag as the styles spell it."""
    return "" if value is pd.NA or value is False else "true" if value is True else str(value)
