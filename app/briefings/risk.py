"""The maps of zones, of the density of tips, and of raids, as sheets: for the wall, and as pictures for slides."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from app.briefings import looks
from app.briefings.blocks import Block, Paragraph, Table
from app.briefings.ground import Frame, Layer, Ramp, View
from app.briefings.labels import Label, around
from app.briefings.sheet import CAUTION, Imprint, Sheet
from app.briefings.subject import Land, Subject, area_names, frame_of, ground
from app.maps import heat_image
from app.maps.heat_image import Surface
from app.maps.styles import GRADES
from layers.catalog import OUTCOMES

TITLES = {"zones": "重点关注区和疑似热点图", "heat": "线索热力图", "raid": "执法行动图"}
SOURCES = {
    "zones": "行政区划、道路、河流、热点分析",
    "heat": "行政区划、道路、河流、举报线索",
    "raid": "行政区划、道路、河流、执法行动",
}
#: Layers under the roads, layers over everything, and what stands beside the map.
Parts = tuple[Iterable[Layer], Iterable[Layer], list[Block]]


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What such a map tells, each frame in metres: areas with their counts, and raids where points may be shown."""

    measured: gpd.GeoDataFrame
    risk_zones: gpd.GeoDataFrame
    density: Surface
    raids: gpd.GeoDataFrame | None
    figures: Mapping[str, int]


def risk_map(name: str, subject: Subject, land: Land, found: Findings, imprint: Imprint) -> Sheet:
    """The sheet of that map: zones, heat or raid."""
    form, frame = frame_of(subject)
    under, above, blocks = {"zones": _zones, "heat": _heat, "raid": _raids}[name](land, found, frame)
    numbers = _zone_names(found.risk_zones, frame) if name == "zones" else ()
    names = [*numbers, *area_names(subject, land.areas, frame)]
    layers = [*ground(subject, land, frame, above_land=under), *above]
    return Sheet(
        title=f"{subject.name}{TITLES[name]}", subtitle=subject.path, imprint=imprint, form=form,
        view=View(frame=frame, layers=layers, labels=names), blocks=blocks,
    )  # fmt: skip


def _zones(land: Land, found: Findings, frame: Frame) -> Parts:
    zones = found.risk_zones
    counted = zones["grade"].value_counts()
    grades = [(look.title, int(counted.get(grade, 0))) for grade, look in GRADES.items()]
    named = land.areas.set_index("code")["name"]
    columns = ("zone_id", "area_code", "grade", "sources", "expires_on")
    listed = [
        (number_of(zone), named.get(code, code), GRADES[grade].title[:1], int(sources), f"{expires:%m-%d}")
        for zone, code, grade, sources, expires in zip(*(zones[name] for name in columns), strict=True)
    ]
    head = ("号", "社区(村)", "级", "来源", "失效")
    blocks: list[Block] = [
        Table(title="级别", head=("级别", "数量"), lines=grades, shares=(3, 1)),
        Paragraph(text=CAUTION, bold=True),
        *([Table(title="清单", head=head, lines=listed, shares=(1.1, 4, 0.8, 1.2, 1.6))] if listed else []),
    ]
    return [], list(looks.zones(zones, scale=frame.scale)), blocks


def number_of(zone_id: str) -> str:
    """The last part of a zone's number, which names it on one day's map."""
    return zone_id.rpartition("-")[2]


def _heat(_: Land, found: Findings, __: Frame) -> Parts:
    surface, peak = found.density, found.density.peak
    rows, columns = surface.density.shape
    x, y = surface.corner
    colours = heat_image.colours()
    share = np.clip(surface.density / peak, 0, 1) if peak else surface.density
    ramp = Ramp(
        picture=colours[np.round(share * (len(colours) - 1)).astype(int)], colours=colours,
        box=(x, y, x + columns * surface.cell_m, y + rows * surface.cell_m),
        ticks=tuple((level / peak, f"{level:g}") for level in heat_image.breaks(peak)), title="线索密度(条/平方公里)",
    )  # fmt: skip
    return [], [ramp], [_figures(found, {"tips": "线索(条)", "verified": "其中已核实(条)"})]


def _raids(_: Land, found: Findings, __: Frame) -> Parts:
    told = _figures(found, {"raids": "行动(次)", "dens": "捣毁窝点(个)", "rescued": "解救(人)"})
    if found.raids is None:
        return looks.choropleth(found.measured, "findings", "发现窝点的行动(次)"), [], [told]
    placed = found.raids[found.raids.geometry.notna()]
    outcomes = found.raids["outcome"].value_counts()
    lines = [(title, int(outcomes.get(outcome, 0))) for outcome, title in OUTCOMES.items()]
    return (
        [],
        looks.marks(placed, "raids"),
        [told, Table(title="结果", head=("结果", "次"), lines=lines, shares=(3, 1))],
    )


def _figures(found: Findings, words: Mapping[str, str]) -> Table:
    lines = [(title, found.figures[name]) for name, title in words.items()]
    return Table(title="本期数字", head=("项目", "数量"), lines=lines, shares=(3, 1))


def _zone_names(zones: gpd.GeoDataFrame, frame: Frame) -> Iterator[Label]:
    for zone, shape in zip(zones["zone_id"], frame.to_paper(zones.geometry), strict=True):
        if not shape.is_empty:
            middle, gap = shape.centroid, max(1.6, float(shapely.minimum_bounding_radius(shape)))
            yield Label(text=number_of(zone), spots=around(middle.x, middle.y, gap=gap), size_pt=8, bold=True)
