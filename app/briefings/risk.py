"""The maps of zones and of raids as sheets: for the wall, and as pictures for slides."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import geopandas as gpd
import pandas as pd
import shapely

from app.briefings import looks, sheet
from app.briefings.blocks import Block, Paragraph, Table
from app.briefings.ground import Frame, Layer, View
from app.briefings.labels import Label, around
from app.briefings.subject import Land, Subject, area_names, frame_of, ground
from app.core import words
from app.maps.styles import GRADES
from layers.catalog import OUTCOMES

WITHOUT_POINTS = f"本图按区划汇总,{words.POINTS_INSIDE}"


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Layers under the roads, layers over everything, their names, and what stands beside the map."""

    under: Sequence[Layer] = ()
    above: Sequence[Layer] = ()
    labels: Sequence[Label] = ()
    blocks: Sequence[Block] = ()


class Content(Protocol):
    """What such a map tells, all frames in metres."""

    @property
    def title(self) -> str:
        """What stands after the area's name."""

    @property
    def sources(self) -> str:
        """The layers it was made from."""

    def parts(self, land: Land, frame: Frame) -> Parts:
        """Its layers, names and blocks on that paper."""


def risk_map(subject: Subject, land: Land, content: Content, imprint: sheet.Imprint) -> sheet.Sheet:
    """The sheet of that content."""
    form, frame = frame_of(subject)
    parts = content.parts(land, frame)
    return sheet.Sheet(
        title=f"{subject.name}{content.title}", title_ending=content.title, subtitle=subject.path, imprint=imprint,
        form=form,
        blocks=[*subject.notes(), *parts.blocks],
        view=View(
            frame=frame,
            layers=[*ground(subject, land, frame, above_land=parts.under), *parts.above],
            labels=[*parts.labels, *area_names(subject, land.areas, frame)],
        ),
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Zones:
    """The graded zones."""

    title: ClassVar = words.MAP_TITLES["zones"]
    sources: ClassVar = "行政区划、道路、河流、热点分析"
    zones: gpd.GeoDataFrame

    def parts(self, land: Land, frame: Frame) -> Parts:
        """The zones with their numbers, how many there are, and the list of them."""
        standing = self.zones[~self.zones["expired"]]
        reviewed = standing["reviewed_on"].notna()
        lines = [
            (look.title, *(int(((standing["grade"] == grade) & (reviewed == held)).sum()) for held in (True, False)))
            for grade, look in GRADES.items()
        ]
        gone = int(self.zones["expired"].sum())
        note = [Paragraph(text=f"另有 {gone} 处已过期(灰色),不计在内。")] if gone else []
        counts = Table(title="各级数量", head=("级别", "已核定", "未核定"), lines=lines, shares=(2, 1, 1))
        blocks: list[Block] = [Paragraph(text=f"{words.CAUTION}。", bold=True), counts, *note, *self._list(land)]
        layers = list(looks.zones(self.zones, scale=frame.scale))
        return Parts(above=layers, labels=list(_zone_names(self.zones, frame)), blocks=blocks)

    def _list(self, land: Land) -> Iterator[Block]:
        named = land.areas.set_index("code")["name"]
        columns = ("zone_id", "area_code", "grade", "reviewed_on", "sources", "expires_on", "expired")
        rows = zip(*(self.zones[c] for c in columns), strict=True)
        listed = [
            (number_of(zone), named.get(code, code), f"{GRADES[grade].title[:1]}{'' if pd.isna(reviewed) else '/核'}",
             int(sources), "已过期" if expired else f"{expires:%Y-%m-%d}")
            for zone, code, grade, reviewed, sources, expires, expired in rows
        ]  # fmt: skip
        head = ("号", "社区(村)", "级", "来源", "失效日期")
        if listed:
            yield Table(title="清单", head=head, lines=listed, shares=(1.4, 3.2, 1.8, 1.5, 2.9))
            yield Paragraph(text="“来源”是互相独立的线索来源数;“/核”是已核定。")


@dataclass(frozen=True, kw_only=True)
class Raids:
    """Areas with their counts, and single raids where points may be shown."""

    title: ClassVar = words.MAP_TITLES["raid"]
    sources: ClassVar = "行政区划、道路、河流、执法行动"
    measured: gpd.GeoDataFrame
    raids: gpd.GeoDataFrame | None
    figures: Mapping[str, int]
    since: dt.date
    until: dt.date

    def parts(self, _: Land, __: Frame) -> Parts:
        """Points, or areas shaded by findings; the figures."""
        words = {"raids": "行动(次)", "dens": "捣毁窝点(个)", "rescued": "解救(人)"}
        told = figures_blocks(self.figures, words, since=self.since, until=self.until)
        if self.raids is None:
            shades = looks.choropleth(self.measured, "findings", "发现窝点的行动(次)")
            return Parts(under=list(shades), blocks=[*told, Paragraph(text=WITHOUT_POINTS)])
        outcomes = self.raids["outcome"].value_counts()
        lines = [(title, int(outcomes.get(outcome, 0))) for outcome, title in OUTCOMES.items()]
        results = Table(title="结果", head=("结果", "次"), lines=lines, shares=(3, 1))
        placed = self.raids[self.raids.geometry.notna()]
        return Parts(above=list(looks.marks(placed, "raids")), blocks=[*told, results])


def number_of(zone_id: str) -> str:
    """The last part of a zone's number, which names it on one day's map."""
    return zone_id.rpartition("-")[2]


def figures_blocks(
    figures: Mapping[str, int], words: Mapping[str, str], *, since: dt.date, until: dt.date
) -> list[Block]:
    """Those of the period's figures that have words, and which days the period is; until is exclusive."""
    lines = [(title, figures[name]) for name, title in words.items()]
    table = Table(title="本期数字", head=("项目", "数量"), lines=lines, shares=(3, 1))
    return [table, Paragraph(text=f"本期:{since:%Y-%m-%d} 至 {until:%Y-%m-%d}(不含当日)。")]


def _zone_names(zones: gpd.GeoDataFrame, frame: Frame) -> Iterator[Label]:
    for zone, shape in zip(zones["zone_id"], frame.to_paper(zones.geometry), strict=True):
        if not shape.is_empty:
            middle, gap = shape.centroid, max(1.6, float(shapely.minimum_bounding_radius(shape)))
            spots = [spot for more in (0, 3, 6) for spot in around(middle.x, middle.y, gap=gap + more)]
            yield Label(text=number_of(zone), spots=spots, size_pt=8, bold=True)
