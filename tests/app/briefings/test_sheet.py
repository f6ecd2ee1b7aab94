"""A sheet is read back from its file: what must stand on it does, and no text breaks it."""

import datetime as dt
import io
import itertools
import re
import threading
from dataclasses import replace

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pypdf
import pytest
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.path import Path as Outline
from matplotlib.text import Text
from PIL import Image

from app.briefings import ground, looks, paper
from app.briefings.blocks import Paragraph, Table
from app.briefings.ground import Frame, Marks, Shapes, View, convergence, fit
from app.briefings.labels import Label, along, around, place, within
from app.briefings.lettering import GETA, clean, face, lacking, shortened, width_mm, wrapped
from app.briefings.paper import Look, Paper
from app.briefings.risk import Zones
from app.briefings.sheet import Form, Imprint, Sheet, crs_note, drawn, imprint_of
from app.briefings.subject import Land
from app.core.words import BORDERS
from app.maps.styles import EXPIRED, GRADES, SYMBOLS
from gis.errors import Refused
from layers.profile import CityProfile
from tests.builders import slow

RARE = "垅㙍墘洑"
ODD = [
    *("$x^2$ \\frac{1}{2}", "</script>${1}", "两\n行\t字", "长" * 400, "", " "),
    *("\x00\x1b[31m", "\u202e右到左", "%s {x} \\n", "𪨧😀"),
]
CRS = "EPSG:4548"


@pytest.fixture
def imprint(demo_profile: CityProfile) -> Imprint:
    return imprint_of(demo_profile, until=dt.date(2026, 11, 1), sources="出租屋、场所")


def sheet_of(imprint: Imprint, *texts: str, form: Form | None = None) -> Sheet:
    form = form or Form(landscape=True)
    about = gpd.GeoSeries([shapely.Point(500_000, 3_000_000).buffer(600)], crs=CRS)
    points = gpd.GeoSeries([shapely.Point(500_000 + 90 * n, 3_000_050) for n in range(-2, 3)], crs=CRS)
    frame = fit(about, form.map_box)
    spots = [around(*xy, gap=1.2) for xy in shapely.get_coordinates(frame.to_paper(points)).tolist()]
    grade = GRADES["red"]
    zone = Look(fill=grade.fill, line=grade.line, hatch="xx", opacity=0.3)
    return Sheet(
        title=(texts or ("社区区域分布图",))[0], subtitle="演示市", imprint=imprint, form=form,
        view=View(
            frame=frame,
            layers=[Shapes(shapes=about.buffer(-200), look=zone, title="红色"),
                    Marks(points=points, symbol=SYMBOLS["venues"]["hotel"], title="宾馆酒店")],
            labels=[Label(text=clean(text), spots=spot) for text, spot in zip(texts, spots, strict=False)],
        ),
        blocks=[Table(head=("登记", "数量"), lines=[(text, 7) for text in texts or ("流动",)], title="登记数")],
    )  # fmt: skip


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def pdf_of(*sheets: Sheet) -> bytes:
    return paper.printed(drawn(sheets), ".pdf", title="图")


@pytest.mark.parametrize("form", [Form(), Form(landscape=True), Form(size="A3"), Form(size="A3", landscape=True)])
def test_every_sheet_holds_what_no_sheet_is_without(imprint: Imprint, form: Form) -> None:
    text = text_of(pdf_of(sheet_of(imprint, form=form)))
    asked = (
        *("社区区域分布图", "图例", "宾馆酒店", "红色", "比例尺 1:", "北", "坐标北", "登记数", "状态截至 2026-11-01"),
        *("制图:演示市打击传销工作办公室(虚构)", "资料:出租屋、场所,截至 2026-11-01", "EPSG:4548"),
        *("中央经线 117°E", BORDERS, "第 1 页 / 共 1 页", "内部资料 不得公开"),
    )  # fmt: skip
    assert [words for words in asked if words not in text] == []


def test_rare_characters_of_place_names_are_read_back(imprint: Imprint) -> None:
    text = text_of(pdf_of(sheet_of(imprint, RARE)))
    assert [character for character in RARE if text.count(character) < 3] == []  # title, label, table
    assert lacking(RARE) == set()


def test_fonts_are_embedded_and_drawn_as_lines(imprint: Imprint) -> None:
    page = pypdf.PdfReader(io.BytesIO(pdf_of(sheet_of(imprint)))).pages[0]
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    assert fonts
    assert all("NotoSansCJKsc" in str(font["/Name"]) + str(font["/FontDescriptor"]) for font in fonts)
    assert all(font["/CharProcs"] for font in fonts)
    assert list(page.images) == []


def test_a_character_without_glyph_is_a_geta_and_never_a_box() -> None:
    assert lacking("演示😀") == {"😀"}
    assert clean("演示😀") == "演示" + GETA


@pytest.mark.parametrize("text", ODD)
def test_no_text_breaks_a_sheet_or_is_parsed(imprint: Imprint, text: str) -> None:
    read = text_of(pdf_of(sheet_of(imprint, text)))
    shown = clean(text)
    assert shown[:12].replace(" ", "") in read.replace(" ", "").replace("\n", "")
    assert not any(character in read for character in "\x00\x1b\u202e")


def test_dollars_are_dollars(imprint: Imprint) -> None:
    assert "$x^2$" in text_of(pdf_of(sheet_of(imprint, "$x^2$")))


def boxes_of(page: Paper) -> list[shapely.Polygon]:
    """What matplotlib's own texts say of the room that each label on the map takes."""
    renderer = FigureCanvasAgg(page.figure).get_renderer()
    found = []
    for line in page.letters.lines:
        if line.name == "label":
            x, y = page.place.transform((line.x, line.y))
            font = face(size_pt=line.size_pt, bold=line.bold)
            text = Text(x, y, line.text, fontproperties=font, ha="center", va="center_baseline", figure=page.figure)
            box = shapely.box(*text.get_window_extent(renderer).extents)
            found.append(shapely.affinity.rotate(box, line.angle))
    return found


def overlaps(boxes: list[shapely.Polygon]) -> int:
    return sum(one.intersection(other).area > 0 for one, other in itertools.combinations(boxes, 2))


def test_labels_stay_apart_and_inside_their_frame(imprint: Imprint) -> None:
    names = [f"第{n}号宾馆酒店" for n in range(5)]
    (page,) = drawn([sheet_of(imprint, *names)])
    boxes = boxes_of(page)
    frame = shapely.box(*(np.array(Form(landscape=True).map_box) / 25.4 * page.figure.dpi))
    assert len(boxes) == 5
    assert overlaps(boxes) == 0
    assert all(frame.covers(box) for box in boxes)


def test_names_without_room_are_counted_on_the_sheet(imprint: Imprint) -> None:
    sheet = sheet_of(imprint, *["甲" * 60] * 5)
    assert sheet.view is not None
    tight = replace(sheet.view, labels=[replace(label, text="甲" * 90) for label in sheet.view.labels])
    assert "另有 5 处名称或数字因图面所限未注出" in text_of(pdf_of(replace(sheet, view=tight)))


def test_a_firm_name_may_lie_on_marks_and_another_may_not() -> None:
    mark = [shapely.box(45, 45, 55, 55)]
    for firm in (True, False):
        label = Label(text="名", spots=within(shapely.box(40, 40, 60, 60)), firm=firm)
        placed, left = place([label], frame=(44, 44, 56, 56), solid=[], marks=mark)
        assert (len(placed), len(left)) == (firm, not firm)


def test_a_road_name_turns_with_its_road_and_is_never_upside_down() -> None:
    slope = along(shapely.LineString([(100, 100), (0, 0)]), length_mm=20)
    assert [round(spot.angle) for spot in slope] == [45] * 5
    assert along(shapely.LineString([(0, 0), (10, 0)]), length_mm=20) == []
    assert along(shapely.LineString([(0, 0), (10, 0), (0, 1)]), length_mm=18) == []


def test_the_scale_is_round_and_the_area_is_on_the_paper() -> None:
    about = gpd.GeoSeries([shapely.box(0, 0, 1234, 777)], crs=CRS)
    frame = fit(about, (0, 0, 100, 100))
    assert frame.scale == 15_000
    assert shapely.box(*frame.metres).covers(about[0])
    assert shapely.get_coordinates(frame.to_paper(gpd.GeoSeries([shapely.Point(617, 388.5)])))[0] == pytest.approx(
        [50, 50]
    )


def test_true_north_turns_from_grid_north_by_the_meridian() -> None:
    def turn(east: float) -> float:
        about = gpd.GeoSeries([shapely.Point(500_000 + east, 3_000_000).buffer(10)], crs=CRS)
        return convergence(fit(about, (0, 0, 100, 100)))

    # Source: convergence ≈ Δλ · sin φ; 50 km at 27.1° north are 0.504° of longitude
    assert turn(0) == pytest.approx(0, abs=1e-9)
    assert turn(50_000) == pytest.approx(0.504 * np.sin(np.radians(27.1)), abs=0.003)


def test_long_names_wrap_or_are_cut_to_their_room() -> None:
    cut = shortened("福建省南平市延平区" * 9, width=40, size_pt=8)
    assert cut.endswith("…")
    assert width_mm(cut, size_pt=8) <= 40
    lines = wrapped("红色区域只启动核查和走访,绝不是入户的依据 wuchuan-3 method", width=30, size_pt=8)
    assert all(width_mm(line, size_pt=8) <= 33 for line in lines)
    assert not any(line[0] in ",。" for line in lines)
    assert any("wuchuan-3" in line for line in lines)


def test_of_a_long_text_only_what_stands_before_its_ending_is_cut_and_once() -> None:
    name = "样板市东片区城南街道青山路以北工业园旧厂房改造"
    cut = shortened(f"{name}社区区域分布图", width=80, size_pt=12, ending="社区区域分布图")
    before, rest = cut.split("…")
    assert (name.startswith(before), len(before) > 4, rest) == (True, True, "社区区域分布图")
    assert width_mm(cut, size_pt=12) <= 80
    # an ending that has no room itself is cut like the rest
    assert shortened("甲乙丙丁戊己庚辛", width=20, size_pt=12, ending="乙丙丁戊己庚辛").endswith("…")


def test_the_pages_of_a_chart_keep_what_they_are_of_at_the_end_of_a_long_title(imprint: Imprint) -> None:
    name, ending, whose = (
        "样板市东片区城南街道青山路以北" * 4,
        "社区区域分布图",
        " › 公安 › 第 1 个目标(未批准,不得行动)",
    )
    sheet = replace(
        sheet_of(imprint), title=f"{name}{ending}", title_ending=ending, more=[Paragraph(text="名册在此")],
        more_ending=":名册", subtitle=f"{name * 3}{whose}", subtitle_ending=whose,
    )  # fmt: skip
    text = text_of(pdf_of(sheet))
    titles = re.findall("样板市.*…(.*)", text)
    assert [title for title in titles if "图" in title] == ["社区区域分布图", "社区区域分布图:名册"]
    assert sum(title.startswith(whose.strip()) for title in titles) == 2


@pytest.mark.slow
def test_a_sheet_without_a_map_goes_on_over_pages_and_loses_nothing(imprint: Imprint) -> None:
    lines = [(f"目标{n}", "演示路" * 20) for n in range(60)]
    sheet = Sheet(
        title="行动令", subtitle="", imprint=imprint, form=Form(), blocks=[Table(head=("目标", "地址"), lines=lines)]
    )
    text = text_of(pdf_of(sheet, sheet))
    assert all(len(re.findall(rf"目标{n}(?!\d)", text)) == 2 for n in range(60))
    pages = len(drawn([sheet, sheet]))
    assert pages > 2
    assert f"第 {pages} 页 / 共 {pages} 页" in text


@pytest.mark.slow
@pytest.mark.parametrize("form", [Form(), *slow(Form(landscape=True))])
def test_rows_beside_a_map_go_on_over_numbered_pages_under_their_head(imprint: Imprint, form: Form) -> None:
    lines = [(f"{n}号楼", f"登记于{n}月") for n in range(300)]
    sheet = replace(sheet_of(imprint, form=form), blocks=[Table(head=("楼栋", "备注"), lines=lines, title="楼栋表")])
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf_of(sheet))).pages]
    assert len(pages) > 2
    read = re.findall(r"(\d+)号楼", "\n".join(pages))
    assert [int(number) for number in read] == list(range(300))
    assert all("楼栋" in page and "备注" in page for page in pages)
    assert all("楼栋表(续)" in page for page in pages[1:])
    for number, page in enumerate(pages, start=1):
        assert f"第 {number} 页 / 共 {len(pages)} 页" in page
        assert BORDERS in page
        assert imprint.handling_mark in page


def test_a_picture_of_a_map_says_that_its_tables_go_on_elsewhere(imprint: Imprint) -> None:
    sheet = replace(sheet_of(imprint), blocks=[Table(head=("楼",), lines=[(f"{n}号楼",) for n in range(300)])])
    (page,) = drawn([sheet, sheet], alone=True)
    told = [line.text for line in page.letters.lines]
    assert {"图上放不下的表见同名的 PDF。", "第 1 页 / 共 1 页"} <= set(told)
    (page,) = drawn([sheet_of(imprint)], alone=True)
    assert "图上放不下的表见同名的 PDF。" not in [line.text for line in page.letters.lines]


def test_a_short_table_is_not_parted_and_nothing_overtakes_it(imprint: Imprint) -> None:
    tables = [Table(head=(f"表{n}", "数"), lines=[(f"表{n}行{m}", m) for m in range(12)]) for n in range(4)]
    pdf = pdf_of(replace(sheet_of(imprint), blocks=tables))
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    read = [re.findall(r"表(\d)行(\d+)", page) for page in pages]
    assert [row for rows in read for row in rows] == [(str(n), str(m)) for n in range(4) for m in range(12)]
    assert all(len(rows) % 12 == 0 for rows in read)


def test_no_line_begins_with_a_comma_or_ends_with_a_bracket() -> None:
    text = "从市场监管所出发,经昱和街、晨庭社区路,0.9 公里,约 1 分钟(按道路限速)到达"
    for width in np.arange(12, 60, 0.5):
        lines = wrapped(text, width=float(width), size_pt=8)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert not any(line[0] in ",、。)" or line[-1] == "(" for line in lines), lines


def test_a_picture_is_one_page_and_a_file_is_of_a_known_kind(imprint: Imprint) -> None:
    pages = drawn([Sheet(title="a", subtitle="", imprint=imprint, form=Form(), blocks=[Paragraph(text="字")])] * 2)
    with pytest.raises(Refused, match="只能写成"):
        paper.printed(pages, ".png", title="")
    with pytest.raises(Refused, match="类型不对"):
        paper.kind_of(paper.Path("a.doc"))


def test_the_same_sheet_gives_the_same_bytes_in_every_thread(imprint: Imprint) -> None:
    before = dict(mpl.rcParams)
    made: list[bytes] = []
    threads = [threading.Thread(target=lambda: made.append(pdf_of(sheet_of(imprint, "甲", "乙")))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 4
    assert len(set(made)) == 1
    assert dict(mpl.rcParams) == before


def test_a_city_without_an_issuing_unit_prints_its_name(demo_profile: CityProfile) -> None:
    bare = replace(demo_profile, issuing_unit="")
    assert imprint_of(bare, until=dt.date(2026, 11, 1), sources="").issuing_unit == demo_profile.name


def test_another_projection_is_named_as_it_names_itself() -> None:
    assert crs_note("EPSG:4548") == "CGCS2000 高斯–克吕格投影,中央经线 117°E(EPSG:4548)"
    assert crs_note("EPSG:3035") == "ETRS89-extended / LAEA Europe(EPSG:3035)"
    assert isinstance(fit(gpd.GeoSeries([shapely.box(0, 0, 1, 1)], crs=CRS), (0, 0, 9, 9)), Frame)


def test_an_outline_keeps_its_holes_whichever_way_they_were_drawn() -> None:
    ring = shapely.box(0, 0, 10, 10).exterior.coords
    for hole in (shapely.box(2, 2, 4, 4).exterior.coords, shapely.box(2, 2, 4, 4).exterior.coords[::-1]):
        drawn_as = ground._outline(shapely.Polygon(ring, [hole]))
        assert (drawn_as.codes == Outline.MOVETO).sum() == 2
        corners = drawn_as.vertices
        turns = [shapely.LinearRing(part).is_ccw for part in (corners[:5], corners[5:])]
        assert sorted(turns) == [False, True]


def test_drawings_without_any_radius_are_drawn() -> None:
    told = {"family": ["key_area"], "radius_m": [None]}
    frame = gpd.GeoDataFrame(told, geometry=[shapely.box(0, 0, 9, 9)], crs=CRS)
    (area,) = looks.drawings(frame)
    assert area.title == "重点区域"


@pytest.mark.parametrize("scale", [5_000, 500_000])
def test_what_no_post_has_reviewed_is_told_from_what_one_has(scale: float) -> None:
    told = {"grade": "red", "reviewed_on": [dt.date(2026, 10, 1), None], "expired": False}
    frame = gpd.GeoDataFrame(told, geometry=[shapely.box(0, 0, 90, 90), shapely.box(200, 0, 290, 90)], crs=CRS)
    suspected, reviewed = looks.zones(frame, scale=scale)
    assert (suspected.title, reviewed.title) == ("红色:疑似热点(未核定)", "红色:重点关注区")
    if isinstance(suspected, Marks) and isinstance(reviewed, Marks):
        assert (scale, suspected.symbol.hollow, reviewed.symbol.hollow) == (500_000, True, False)
    elif isinstance(suspected, Shapes) and isinstance(reviewed, Shapes):
        assert (scale, bool(suspected.look.dash), bool(reviewed.look.dash)) == (5_000, True, False)
    assert type(suspected) is type(reviewed)


def test_what_has_lapsed_is_grey_on_paper_and_leaves_the_counts(demo_profile: CityProfile) -> None:
    squares = [shapely.box(500_000 + 200 * n, 3_000_000, 500_090 + 200 * n, 3_000_090) for n in range(3)]
    frame = gpd.GeoDataFrame(
        {
            "zone_id": ["Z-001", "Z-002", "Z-003"], "area_code": "990101001001", "grade": ["red", "red", "yellow"],
            "reviewed_on": [dt.date(2026, 10, 1), None, None], "sources": 9, "expires_on": dt.date(2026, 11, 5),
            "expired": [True, False, True],
        },
        geometry=squares, crs=CRS,
    )  # fmt: skip
    grey, red = looks.zones(frame, scale=5_000)
    assert (grey.title, red.title) == ("已过期", "红色:疑似热点(未核定)")
    assert isinstance(grey, Shapes)
    assert (len(grey.shapes), grey.look.fill) == (2, EXPIRED.fill)
    nowhere = gpd.GeoDataFrame({"code": [], "name": []}, geometry=[], crs=demo_profile.metric_crs)
    land = Land(areas=nowhere, roads=nowhere, rivers=nowhere)
    on_paper = fit(gpd.GeoSeries(squares, crs=CRS), Form().map_box)
    told = [block for block in Zones(zones=frame).parts(land, on_paper).blocks if isinstance(block, Table)]
    counts, listed = told
    assert [tuple(line) for line in counts.lines] == [("红色", 0, 1), ("橙色", 0, 0), ("黄色", 0, 0)]
    assert [line[-1] for line in listed.lines] == ["已过期", "2026-11-05", "已过期"]


def test_cells_of_a_table_keep_apart(imprint: Imprint) -> None:
    table = Table(head=("号", "来源", "失效日期"), lines=[("001", 36, "2027-01-26"), ("002", 8, "2026-12-28")])
    (page,) = drawn([replace(sheet_of(imprint), blocks=[table])])
    ends = {line.text: line for line in page.letters.lines}
    for number, day in (("36", "2027-01-26"), ("8", "2026-12-28"), ("来源", "失效日期")):
        assert ends[day].x - ends[number].x > 2  # the one ends, the other begins there


def test_a_halo_is_as_wide_in_a_picture_as_in_a_pdf() -> None:
    """White around one letter on black: the stroke's half width of 0.9 points is 3.75 dots at 300 to the inch."""
    page = paper.new_paper(30, 20)
    page.box(0, 0, 30, 20, Look(fill="#000000", width_pt=0))
    page.write("一", 15, 10, size_pt=20, colour="#000000", align="center", halo=True)
    with Image.open(io.BytesIO(paper.printed([page], ".png", title=""))) as picture:
        white = np.array(picture.convert("L")) > 128
    bar = white[:, white.shape[1] // 2]
    edges = np.flatnonzero(np.diff(bar.astype(int)))
    assert len(edges) == 4  # white over and under the one stroke of the letter
    assert [edges[1] - edges[0], edges[3] - edges[2]] == pytest.approx([3.75, 3.75], abs=1.1)
