"""The sheet every print of the house is made on: heading, map, side blocks, and the imprint no sheet is without."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import pyproj

from app.briefings import ground
from app.briefings.blocks import CONTINUED, Block, Legend, Paragraph, balanced, flow, parted, rows_of
from app.briefings.ground import View
from app.briefings.labels import Box
from app.briefings.lettering import clean, shortened, width_mm, wrapped
from app.briefings.paper import FAINT, Look, Paper, line_height, new_paper
from app.core import words
from layers.profile import CityProfile

ELSEWHERE = "图上放不下的表见同名的 PDF。"
MARK_COLOUR = "#a3122a"
MARGIN, GUTTER = 12, 5
HEAD, FOOT = 17, 13
SIDES = {"A4": (210, 297), "A3": (297, 420)}
#: Width of the column beside a landscape map, height of the band under a portrait one, mm.
BESIDE, BELOW = {"A4": 62, "A3": 84}, {"A4": 66, "A3": 92}


@dataclass(frozen=True, kw_only=True)
class Form:
    """A size of paper and which way it lies."""

    size: Literal["A4", "A3"] = "A4"
    landscape: bool = False

    @property
    def width(self) -> float:
        """In mm."""
        return SIDES[self.size][self.landscape]

    @property
    def height(self) -> float:
        """In mm."""
        return SIDES[self.size][not self.landscape]

    @property
    def body(self) -> Box:
        """The room between heading and imprint, mm."""
        return (MARGIN, MARGIN + FOOT, self.width - MARGIN, self.height - MARGIN - HEAD)

    @property
    def map_box(self) -> Box:
        """The room of the map, mm."""
        left, low, right, high = self.body
        if self.landscape:
            return (left, low, right - BESIDE[self.size] - GUTTER, high)
        return (left, low + BELOW[self.size] + GUTTER, right, high)

    @property
    def columns(self) -> list[Box]:
        """The room of the blocks beside or under the map, in the order in which they fill it."""
        left, low, right, high = self.body
        if self.landscape:
            return [(right - BESIDE[self.size], low, right, high)]
        number = 3
        width = (right - left - (number - 1) * GUTTER) / number
        starts = [left + n * (width + GUTTER) for n in range(number)]
        return [(start, low, start + width, low + BELOW[self.size]) for start in starts]


@dataclass(frozen=True, kw_only=True)
class Imprint:
    """What stands on every sheet whatever it shows; ``until`` is exclusive, ``sources`` name layers and files."""

    issuing_unit: str
    handling_mark: str
    until: dt.date
    sources: str
    metric_crs: str


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A page and those it goes on over. Without a ``view`` the blocks have the whole body, in ``columns`` side by side.

    Beside a view stand its legend and the ``blocks``, in a ``text_first`` sheet the legend last; those there is no room
    for, and ``more``, follow on pages of their own, whose title ends with ``more_ending`` where there is more.

    Where the heading is too long, what stands before ``title_ending`` and ``subtitle_ending`` is shortened.
    """

    title: str
    subtitle: str
    imprint: Imprint
    form: Form
    view: View | None = None
    blocks: Sequence[Block] = ()
    columns: int = 1
    text_first: bool = False
    more: Sequence[Block] = ()
    more_ending: str = ""
    title_ending: str = ""
    subtitle_ending: str = ""


def imprint_of(profile: CityProfile, *, until: dt.date, sources: str) -> Imprint:
    """The imprint of a city's sheets."""
    return Imprint(
        issuing_unit=profile.issuing_unit or profile.name,
        handling_mark=profile.handling_mark,
        until=until,
        sources=sources,
        metric_crs=profile.metric_crs,
    )


def drawn(sheets: Sequence[Sheet], *, alone: bool = False) -> list[Paper]:
    """The sheets on paper, numbered n/N; user text may be long or odd, and never breaks a sheet.

    What a page has no room for goes on over as many as it needs. Of a picture the first page stands ``alone``: where
    there would be others, it says so.
    """
    pages = [page for sheet in sheets[: 1 if alone else None] for page in _pages(sheet, alone=alone)]
    for number, (sheet, paper) in enumerate(pages, start=1):
        _heading(paper, sheet)
        _foot(paper, sheet, f"第 {number} 页 / 共 {len(pages)} 页")
    return [paper for _, paper in pages]


def _pages(sheet: Sheet, *, alone: bool) -> Iterator[tuple[Sheet, Paper]]:
    if sheet.view:
        paper = new_paper(sheet.form.width, sheet.form.height)
        left = _fill_beside(paper, sheet, sheet.view, alone=alone)
        yield sheet, paper
        if alone or not (left or sheet.more):
            return
        ending = sheet.more_ending if sheet.more else CONTINUED
        title, title_ending = f"{sheet.title}{ending}", f"{sheet.title_ending}{ending}"
        sheet = replace(
            sheet,
            title=title,
            title_ending=title_ending,
            form=Form(),
            view=None,
            blocks=[*left, *sheet.more],
            columns=2,
        )
    columns = _whole(sheet)
    rows = rows_of(sheet.blocks, columns[0][2] - columns[0][0])
    while rows:
        paper = new_paper(sheet.form.width, sheet.form.height)
        rest = flow(rows, columns, paper)
        yield sheet, paper
        rows = rest if len(rest) < len(rows) else rest[1:]  # one row higher than a page is given up


def _fill_beside(paper: Paper, sheet: Sheet, view: View, *, alone: bool) -> list[Block]:
    """Draw the map and what there is room for beside it; gives back the blocks for the pages after it."""
    unnamed = ground.draw(paper, view)
    columns = sheet.form.columns
    note = f"另有 {len(unnamed)} 处名称或数字因图面所限未注出。" if unnamed else ""
    shown, left = parted(_beside(sheet, view, note), columns)
    if left and alone:
        shown, left = parted(_beside(sheet, view, f"{note}\n{ELSEWHERE}"), columns)
    rows = rows_of(shown, columns[0][2] - columns[0][0])
    flow(rows, columns if left else balanced(rows, columns), paper)
    return left


def _beside(sheet: Sheet, view: View, note: str) -> list[Block]:
    legend: list[Block] = [Legend(layers=list(reversed(view.layers))), Paragraph(text=note)]
    return [*sheet.blocks, *legend] if sheet.text_first else [*legend, *sheet.blocks]


def _whole(sheet: Sheet) -> list[Box]:
    left, low, right, high = sheet.form.body
    width = (right - left - (sheet.columns - 1) * GUTTER) / sheet.columns
    starts = [left + n * (width + GUTTER) for n in range(sheet.columns)]
    return [(start, low, start + width, high) for start in starts]


def _heading(paper: Paper, sheet: Sheet) -> None:
    form, big = sheet.form, 20 if sheet.form.size == "A4" else 26
    right, top = form.width - MARGIN, form.height - MARGIN
    mark = clean(sheet.imprint.handling_mark)
    mark_width = width_mm(mark, size_pt=9, bold=True) + 5 if mark else 0
    if mark:
        paper.box(right - mark_width, top - 7, mark_width, 6.6, Look(line=MARK_COLOUR, width_pt=0.8))
        paper.write(mark, right - mark_width / 2, top - 3.7, size_pt=9, bold=True, colour=MARK_COLOUR, align="center")
    room = right - MARGIN - mark_width - 6
    title = shortened(clean(sheet.title), width=room, size_pt=big, bold=True, ending=clean(sheet.title_ending))
    paper.write(title, MARGIN, top - 4.2, size_pt=big, bold=True, name="title")
    day = f"状态截至 {sheet.imprint.until:%Y-%m-%d}(不含当日)"
    subtitle = shortened(
        clean(sheet.subtitle), width=right - MARGIN - 50, size_pt=9, ending=clean(sheet.subtitle_ending)
    )
    paper.write(subtitle, MARGIN, top - 12.2, size_pt=9, colour=FAINT)
    paper.write(day, right, top - 12.2, size_pt=9, align="right")


def _foot(paper: Paper, sheet: Sheet, page: str) -> None:
    right, high, size = sheet.form.width - MARGIN, MARGIN + FOOT - 4, 6.8
    imprint = sheet.imprint
    paper.rule((MARGIN, high), (right, high), width_pt=0.6)
    paper.write(f"制图:{imprint.issuing_unit}", MARGIN, high - 3, size_pt=8, bold=True)
    paper.write(page, right, high - 3, size_pt=8, align="right")
    cut_off = f"资料:{imprint.sources},截至 {imprint.until:%Y-%m-%d}(不含当日)"
    told = f"{cut_off}。坐标系:{crs_note(imprint.metric_crs)}。{words.BORDERS}。"
    for row, line in enumerate(wrapped(clean(told), width=right - MARGIN, size_pt=size, most=2)):
        paper.write(line, MARGIN, high - 6.6 - row * line_height(size, leading=1.35), size_pt=size, colour=FAINT)


def crs_note(metric_crs: str) -> str:
    """The coordinate system in a reader's words, with its number."""
    crs = pyproj.CRS.from_user_input(metric_crs)
    name = "CGCS2000" if "China_2000" in crs.to_wkt("WKT1_ESRI") else (crs.geodetic_crs or crs).name
    operation = crs.coordinate_operation
    method = operation.method_name if operation else ""
    values = {parameter.name: parameter.value for parameter in operation.params} if operation else {}
    meridian = values.get("Longitude of natural origin")
    if method != "Transverse Mercator" or meridian is None:
        return f"{crs.name}({metric_crs})"
    return f"{name} 高斯–克吕格投影,中央经线 {meridian:g}°E({metric_crs})"
