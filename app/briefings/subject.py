"""The area a sheet is about: the paper that suits it, the ground around it, and the names of who borders on whom."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import shapely

from app.briefings import blocks, lettering, looks, sheet
from app.briefings.ground import Frame, Layer, Shapes, fit
from app.briefings.labels import Label, along, within
from app.briefings.paper import FAINT, Look
from app.core.words import AREA_LEVELS
from app.maps.styles import LIGHT

LARGE = ("city", "county")
ROAD_INK, RIVER_INK = "#7a5a1e", "#2f6c94"
#: A shape is laid on its side when it is wider than this share of its height.
WIDE = 0.95
MAIN_ROADS = ("motorway", "trunk", "primary", "secondary")
#: The level below that is named on the map; elsewhere communities are.
_NAMED: Mapping[str, str] = {"city": "county", "county": "township"}


@dataclass(frozen=True, kw_only=True)
class Subject:
    """An area: its name and level, the names above it with its own, its shape in metres.

    ``undrawn`` communities in it have no boundary yet; ``composed`` is a shape put together from those that have one.
    """

    name: str
    level: str
    path: str
    shape: gpd.GeoSeries
    undrawn: int = 0
    composed: bool = False

    def notes(self) -> Iterator[blocks.Paragraph]:
        """What a reader must know of the shape."""
        parts = ["范围由已绘边界的社区(村)合成。"] if self.composed else []
        parts += [f"有 {self.undrawn} 个社区(村)待绘边界,图上没有。"] if self.undrawn else []
        if parts:
            yield blocks.Paragraph(text="".join(parts))


@dataclass(frozen=True, kw_only=True)
class Land:
    """What lies on the paper under everything else, each frame in metres."""

    areas: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    rivers: gpd.GeoDataFrame


def frame_of(subject: Subject) -> tuple[sheet.Form, Frame]:
    """The paper that suits the subject's shape, and where on it the subject lies."""
    west, south, east, north = subject.shape.total_bounds
    size, margin = ("A3", 0.03) if subject.level in LARGE else ("A4", 0.06)
    form = sheet.Form(size=size, landscape=bool(east - west > WIDE * (north - south)))  # type: ignore[arg-type]
    return form, fit(subject.shape, form.map_box, margin=margin)


def ground(subject: Subject, land: Land, frame: Frame, *, above_land: Iterable[Layer] = ()) -> Iterator[Layer]:
    """Land, waters, roads and borders; what lies outside the subject is veiled."""
    yield Shapes(shapes=land.areas.geometry, look=Look(fill=LIGHT.land, width_pt=0))
    yield from above_land
    yield from looks.rivers(land.rivers)
    main = land.roads["class"].isin(MAIN_ROADS) | (subject.level not in LARGE)
    yield from looks.roads(land.roads[main])
    for level in ("township", "county") if subject.level == "city" else ("community", "township"):
        yield looks.borders(land.areas[land.areas["level"] == level], level, f"{AREA_LEVELS[level]}界")
    others = gpd.GeoSeries([shapely.box(*frame.metres)], crs=frame.crs).difference(subject.shape.union_all())
    yield Shapes(shapes=others, look=Look(fill=LIGHT.outside, opacity=0.55, width_pt=0))
    yield Shapes(shapes=subject.shape, look=Look(line=LIGHT.ink, width_pt=1.8), title=f"{subject.name}范围")


def area_names(subject: Subject, areas: gpd.GeoDataFrame, frame: Frame) -> Iterator[Label]:
    """The names of the areas below the subject, or its own, firmly; and of its neighbours, where there is room."""
    named = areas[(areas["level"] == _NAMED.get(subject.level, "community")) & areas.geometry.notna()]
    inside = named.representative_point().within(subject.shape.union_all())
    for own in (True, False):
        chosen = named[inside == own]
        size = 12 if own and len(chosen) == 1 else 8.5 if own else 8
        for name, shape in zip(chosen["name"], frame.to_paper(chosen.geometry), strict=True):
            colour = LIGHT.ink if own else FAINT
            yield Label(
                text=lettering.clean(name), spots=within(shape), size_pt=size, bold=own, firm=own, colour=colour
            )


def line_names(frame: gpd.GeoDataFrame, on_paper: Frame, *, colour: str, size_pt: float = 6.5) -> Iterator[Label]:
    """Each name once, on its longest part."""
    named = frame[frame["name"].notna()]
    shapes = pd.DataFrame({"name": named["name"].map(lettering.clean), "shape": on_paper.to_paper(named.geometry)})
    for name, parts in shapes.groupby("name", sort=True)["shape"]:
        line = shapely.line_merge(shapely.union_all(parts.to_numpy()))
        length = lettering.width_mm(str(name), size_pt=size_pt) + 2
        if line.length > length:
            yield Label(text=str(name), spots=along(line, length_mm=length), size_pt=size_pt, colour=colour)
