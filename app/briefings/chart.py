"""The community distribution chart 社区区域分布图: neighbours, every business premises, rental units by building."""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from app.briefings import lettering, looks, sheet
from app.briefings.blocks import Block, Paragraph, Table, paired
from app.briefings.ground import Frame, Layer, View
from app.briefings.labels import Label, around
from app.briefings.subject import (
    LARGE,
    RIVER_INK,
    ROAD_INK,
    Land,
    Subject,
    area_names,
    frame_of,
    ground,
    line_names,
)  # fmt: skip
from app.core.words import CAUTION, MAP_TITLES
from app.maps.styles import ROADS
from layers.catalog import REGISTERS, VENUE_KINDS

SOURCES = "行政区划、道路、河流、出租屋、场所、四项登记、手绘区域、热点分析"
VENUE_MM = 1.35
#: Where single buildings would lie on one another, communities are shaded instead.
SHADED = (*LARGE, "township")
#: Roads with names on the map of an area that large.
NAMED_ROADS = {"city": ("motorway", "trunk"), "county": ("motorway", "trunk", "primary", "secondary")}
MOST_LETTERS = 14
_NUMBERS = re.compile("([0-9]+)")
#: How the title ends, whatever the name before it.
ENDING = MAP_TITLES["community"]
_FINER = ("group", "building", "unit")


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What lies on the paper, each frame in metres; ``counts`` are the newest month's.

    ``measured`` are the areas of a level of ``SHADED`` with their counts.
    """

    land: Land
    measured: gpd.GeoDataFrame | None
    rental_units: gpd.GeoDataFrame
    venues: gpd.GeoDataFrame
    drawn_zones: gpd.GeoDataFrame
    risk_zones: gpd.GeoDataFrame
    counts: pd.DataFrame
    month: dt.date | None


def chart(subject: Subject, around_it: Surroundings, imprint: sheet.Imprint) -> sheet.Sheet:
    """The chart, and after it the lists of what its map names: premises, and registers by group and building."""
    form, frame = frame_of(subject)
    buildings = _buildings(around_it.rental_units)
    title = subject.name.removesuffix("社区") + ENDING
    view = View(
        frame=frame,
        layers=list(_layers(subject, around_it, buildings, frame)),
        labels=list(_labels(subject, around_it, buildings, frame)),
    )
    figures = [_totals(around_it, buildings), *_registers(around_it)]
    return sheet.Sheet(
        title=title, title_ending=ENDING, subtitle=subject.path, imprint=imprint, form=form, view=view,
        blocks=[*_remarks(subject, around_it), *figures],
        more=list(_lists(subject, around_it)) if subject.level not in LARGE else (),
        more_ending=":名册",
    )  # fmt: skip


def _layers(subject: Subject, here: Surroundings, buildings: gpd.GeoDataFrame, frame: Frame) -> Iterator[Layer]:
    shades = looks.choropleth(here.measured, "rental_units", "出租屋(套)") if here.measured is not None else ()
    yield from ground(subject, here.land, frame, above_land=shades)
    yield from looks.zones(here.risk_zones, scale=frame.scale)
    yield from looks.drawings(here.drawn_zones)
    if here.measured is None:
        yield from looks.houses(buildings)
        yield from looks.marks(here.venues, "venues", radius_mm=VENUE_MM)


def _labels(subject: Subject, here: Surroundings, buildings: gpd.GeoDataFrame, frame: Frame) -> Iterator[Label]:
    roads, inside = here.land.roads, subject.shape.union_all()
    if subject.level in LARGE:
        known = roads["class"].isin(NAMED_ROADS[subject.level]) & roads.intersects(inside)
    else:
        yield from _drawn_names(here.drawn_zones, frame)
        known = roads["class"].isin(ROADS) | roads.intersects(inside)
    yield from area_names(subject, here.land.areas, frame)
    yield from line_names(roads[known], frame, colour=ROAD_INK)
    if subject.level != "city":
        yield from line_names(here.land.rivers, frame, colour=RIVER_INK)
    if subject.level == "community":
        yield from _venue_names(here.venues, frame)
        yield from _house_numbers(buildings, frame)


def _drawn_names(drawn: gpd.GeoDataFrame, frame: Frame) -> Iterator[Label]:
    for name, shape in zip(drawn["name"], frame.to_paper(drawn.geometry), strict=True):
        if not shape.is_empty:
            middle = shape.representative_point()
            yield Label(
                text=lettering.clean(name), spots=around(middle.x, middle.y, gap=2), size_pt=8, bold=True, firm=True
            )


def _venue_names(venues: gpd.GeoDataFrame, frame: Frame) -> Iterator[Label]:
    """Hotels first, as the styles list the kinds."""
    order = {kind: n for n, kind in enumerate(VENUE_KINDS)}
    ranked = venues.iloc[np.argsort(venues["kind"].map(order).fillna(len(order)).to_numpy(), kind="stable")]
    for name, shape in zip(ranked["name"], frame.to_paper(ranked.geometry), strict=True):
        if shape is not None and not shape.is_empty:
            yield Label(text=lettering.clean(name)[:MOST_LETTERS], spots=around(shape.x, shape.y, gap=1.4), size_pt=6)


def _house_numbers(buildings: gpd.GeoDataFrame, frame: Frame) -> Iterator[Label]:
    """How many rental units are in a building, the fullest first."""
    ranked = buildings.sort_values("units", ascending=False, kind="stable")
    for units, shape in zip(ranked["units"], frame.to_paper(ranked.geometry), strict=True):
        if not shape.is_empty:
            yield Label(text=str(units), spots=around(shape.x, shape.y, gap=1.3), size_pt=5.5, colour="#35506b")


def _buildings(units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Rental units that stand at one point, to the metre, as one building: units, geometry."""
    placed = units[units.geometry.notna()]
    place = shapely.get_coordinates(placed.geometry.to_numpy()).round()
    at, number = np.unique(place, axis=0, return_counts=True)
    return gpd.GeoDataFrame({"units": number}, geometry=shapely.points(at.reshape(-1, 2)), crs=units.crs)


def _totals(here: Surroundings, buildings: gpd.GeoDataFrame) -> Table:
    lines: list[tuple[str, int]] = [("出租屋(套)", len(here.rental_units)), ("出租楼(栋)", len(buildings))]
    kinds = here.venues["kind"].value_counts()
    lines += [(f"{title}(处)", int(kinds[kind])) for kind, title in VENUE_KINDS.items() if kind in kinds]
    unplaced = int(here.rental_units.geometry.isna().sum() + here.venues.geometry.isna().sum())
    lines += [("未定位,图上没有", unplaced)] if unplaced else []
    return paired("点位统计", ("类别", "数量"), lines)


def _registers(here: Surroundings) -> Iterator[Block]:
    whole = here.counts[here.counts[[*_FINER, "venue_no"]].isna().all(axis=1)]
    sums = whole.groupby("register")["count"].sum()
    lines = [(title, int(sums[register])) for register, title in REGISTERS.items() if register in sums]
    if lines and here.month:
        yield paired(f"四项登记({here.month:%Y-%m})", ("登记", "数量"), lines)


def _remarks(subject: Subject, here: Surroundings) -> Iterator[Block]:
    yield from subject.notes()
    if len(here.risk_zones):
        yield Paragraph(text=f"{CAUTION}。", bold=True)
    if subject.level not in SHADED:
        yield Paragraph(text="楼旁的数字是出租屋套数。")
    elif subject.level not in LARGE:
        yield Paragraph(text="场所逐一列在名册里;图上按社区(村)的出租屋套数着色。")


def _lists(subject: Subject, here: Surroundings) -> Iterator[Block]:
    for finer, title in zip(_FINER, ("组", "楼栋", "单元"), strict=True):
        rows = here.counts[here.counts[finer].notna()]
        if len(rows):
            yield _by_place(rows, finer, f"四项登记:按{title}({here.month:%Y-%m})", title)
    order = {kind: n for n, kind in enumerate(VENUE_KINDS)}
    rank = here.venues["kind"].map(order).fillna(len(order))
    venues = here.venues.assign(rank=rank).sort_values(["rank", "name"], kind="stable")
    lines = [
        # all addresses begin with the names of the areas above
        (number, VENUE_KINDS.get(kind, "其他"), name, str(address).partition(subject.name)[2] or address)
        for number, (kind, name, address) in enumerate(
            zip(venues["kind"], venues["name"], venues["address"], strict=True), start=1
        )
    ]
    if lines:
        yield Table(title="场所", head=("序", "类别", "名称", "地址"), lines=lines, shares=(1, 2, 4, 5))


def _by_place(rows: pd.DataFrame, finer: str, title: str, word: str) -> Table:
    wide = rows.pivot_table(index=finer, columns="register", values="count", aggfunc="sum")
    registers: Sequence[str] = [register for register in REGISTERS if register in wide]
    lines = [
        (place, *(None if pd.isna(n) else int(n) for n in numbers))
        for place, numbers in zip(wide.index, wide[registers].to_numpy(), strict=True)
    ]
    lines.sort(key=lambda line: [int(part) if n % 2 else part for n, part in enumerate(_NUMBERS.split(line[0]))])
    return Table(title=title, head=(word, *(REGISTERS[r] for r in registers)), lines=lines,
                 shares=(2, *(1.4 for _ in registers)))  # fmt: skip
