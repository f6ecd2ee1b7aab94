"""Charts and maps of a real database, read back from their files."""

import io
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pypdf
import pytest
import shapely
import sqlalchemy as sa
from PIL import Image

from app.briefings.blocks import Paragraph
from app.briefings.lettering import clean
from app.briefings.paper import Paper
from app.briefings.sheet import Sheet, drawn
from app.core.periods import at_first
from app.core.words import BORDERS, CAUTION
from app.desks.prints.desk import CHART, gather, print_atlas, print_map, print_sheets
from app.service.fill_demo import fill_demo
from gis.errors import NotFound, Refused
from gis.workdays import Calendar
from layers import read, write
from layers.actor import LOCAL
from layers.catalog import LAYERS
from layers.database import transaction
from layers.demo.days import LAST_DAY
from layers.profile import CityProfile
from layers.read import Cut
from tests.app.briefings.test_sheet import boxes_of, overlaps, text_of
from tests.app.conftest import COUNTY, EAST, EAST_COUNTY, HOSTILE, WEST
from tests.builders import looking, slow

ELEMENTS = (
    "图例",
    "比例尺 1:",
    "坐标北",
    "数量",
    "状态截至",
    BORDERS,
    "第 1 页",
    "内部资料 不得公开",
    "EPSG:4548",
    "资料:",
)


@pytest.mark.parametrize("area", [WEST, *slow(EAST, COUNTY, EAST_COUNTY)])
def test_a_chart_holds_every_element_and_the_names_of_its_area(
    city_engine: sa.Engine, demo_profile: CityProfile, tmp_path: Path, area: str
) -> None:
    print_map(city_engine, LOCAL, demo_profile, CHART, tmp_path / "a.pdf", area=area)
    text = text_of((tmp_path / "a.pdf").read_bytes())
    assert [words for words in (*ELEMENTS, "区域分布图") if words not in text] == []


@pytest.mark.parametrize("map_name", [CHART, *slow("zones")])
def test_a_long_name_is_shortened_once_and_the_kind_of_map_stands_behind_it(
    own_engine: sa.Engine, demo_profile: CityProfile, map_name: str
) -> None:
    ending = "社区区域分布图" if map_name == CHART else "重点关注区和疑似热点图"
    name = "样板市东片区城南街道青山路以北、滨江路以南的老工业园旧厂房改造安置房第三社区"
    row = pd.DataFrame({"code": [WEST], "name": [name], "level": ["community"], "identity": [WEST]})
    with transaction(own_engine, LOCAL) as connection:
        shape = gpd.GeoDataFrame(row, geometry=[shapely.box(118, 27, 118.01, 27.01)], crs="EPSG:4490")
        write.load(connection, LAYERS["areas"], shape)
        sheets = gather(connection, demo_profile, map_name, WEST)
    heading = next(line for line in text_of(print_sheets(sheets, ".pdf")).splitlines() if line.endswith(ending))
    assert heading.count("…") == 1
    assert name.startswith(heading.removeprefix(demo_profile.handling_mark).split("…")[0])


def test_a_name_with_markup_in_it_is_printed_as_it_is(
    city_engine: sa.Engine, demo_profile: CityProfile, tmp_path: Path
) -> None:
    print_map(city_engine, LOCAL, demo_profile, CHART, tmp_path / "a.pdf", area=EAST)
    assert clean(HOSTILE)[:9] in text_of((tmp_path / "a.pdf").read_bytes())


@pytest.mark.parametrize("name", ["zones", *slow("heat", "raid")])
def test_each_map_is_a_page_and_a_picture_of_300_dpi(
    city_engine: sa.Engine, demo_profile: CityProfile, tmp_path: Path, name: str
) -> None:
    print_map(city_engine, LOCAL, demo_profile, name, tmp_path / "a.pdf")
    text = text_of((tmp_path / "a.pdf").read_bytes())
    assert [words for words in ELEMENTS if words not in text] == []
    assert (CAUTION in text) == (name == "zones")
    print_map(city_engine, LOCAL, demo_profile, name, tmp_path / "a.png", area=WEST)
    with Image.open(tmp_path / "a.png") as picture:
        assert sorted(round(side / 300 * 25.4) for side in picture.size) == [210, 297]
        assert [round(dots) for dots in picture.info["dpi"]] == [300, 300]


def test_a_city_without_areas_gets_one_sentence(own_engine: sa.Engine, demo_profile: CityProfile) -> None:
    with transaction(own_engine, LOCAL) as connection, pytest.raises(Refused, match="还没有边界"):
        gather(connection, demo_profile, "raid", None)


def test_a_raid_map_has_points_only_when_it_is_internal(city_engine: sa.Engine, demo_profile: CityProfile) -> None:
    with transaction(city_engine, LOCAL) as connection:
        for internal in (True, False):
            (sheet,) = gather(connection, demo_profile, "raid", None, internal=internal)
            assert sheet.view is not None
            assert any(layer.title.rpartition(":")[2] == "发现窝点" for layer in sheet.view.layers) == internal


@pytest.mark.parametrize("name", ["heat", "raid"])
def test_figures_of_a_period_stand_beside_the_days_they_are_of(
    city_engine: sa.Engine, demo_profile: CityProfile, name: str
) -> None:
    with transaction(city_engine, LOCAL) as connection:
        period = at_first(connection, demo_profile.zone)
        (sheet,) = gather(connection, demo_profile, name, None)
    (days,) = [block.text for block in sheet.blocks if isinstance(block, Paragraph) and "本期" in block.text]
    assert days == f"本期:{period.since:%Y-%m-%d} 至 {period.until:%Y-%m-%d}(不含当日)。"


def test_an_area_without_boundary_or_without_name_gets_one_sentence(
    city_engine: sa.Engine, demo_profile: CityProfile, tmp_path: Path
) -> None:
    with pytest.raises(NotFound):
        print_map(city_engine, LOCAL, demo_profile, CHART, tmp_path / "a.pdf", area="990000000001")
    with pytest.raises(Refused, match="类型不对"):
        print_map(city_engine, LOCAL, demo_profile, CHART, tmp_path / "a.docx", area=WEST)
    with looking(city_engine) as connection:
        connection.execute(sa.text("UPDATE areas SET geom = NULL"))
        with pytest.raises(Refused, match="还没有边界") as caught:
            gather(connection, demo_profile, CHART, WEST)
    assert caught.value.kind == "no_boundary"
    assert list(tmp_path.iterdir()) == []


def test_premises_without_a_point_are_listed_on_their_chart(city_engine: sa.Engine, demo_profile: CityProfile) -> None:
    venue = (
        "INSERT INTO venues (venue_no, kind, name, address, community_code, identity)"
        " VALUES ('N1', 'hotel', '无坐标旅馆', '西县青山社区大路9号', :code, gen_random_uuid())"
    )
    with looking(city_engine) as connection:
        connection.execute(sa.text(venue), {"code": WEST})
        pages = [page.extract_text() for page in _pdf_pages(gather(connection, demo_profile, CHART, WEST))]
    assert "无坐标旅馆" in "".join(pages)


@pytest.mark.slow
def test_every_one_of_300_premises_and_300_buildings_is_read_back(
    city_engine: sa.Engine, demo_profile: CityProfile
) -> None:
    venues = (
        "INSERT INTO venues (venue_no, kind, name, address, community_code, identity, geom) SELECT 'N' || n, 'hotel',"
        " '第' || n || '旅馆', '西县青山社区大路' || n || '号', :code, gen_random_uuid(),"
        " ST_SetSRID(ST_MakePoint(118.05, 27.05), 4490) FROM generate_series(1, 300) AS n"
    )
    counts = (
        "INSERT INTO counts (community_code, month, register, count, building, identity) SELECT :code, '2026-01-01',"
        " 'floating', 1000 + n, '第' || n || '栋', gen_random_uuid() FROM generate_series(1, 300) AS n"
    )
    with looking(city_engine) as connection:
        for statement in (venues, counts):
            connection.execute(sa.text(statement), {"code": WEST})
        pages = [page.extract_text() for page in _pdf_pages(gather(connection, demo_profile, CHART, WEST))]
    text = "\n".join(pages)
    assert sorted(int(n) for n in re.findall(r"第(\d+)旅馆 ?\n?大路\1号", text)) == list(range(1, 301))
    read = re.findall(r"第(\d+)栋 ?\n?1,(\d{3})", text)
    assert [(int(name), int(number)) for name, number in read] == [(n, n) for n in range(1, 301)]
    assert all(f"第 {n} 页 / 共 {len(pages)} 页" in page for n, page in enumerate(pages, start=1))


@pytest.mark.slow
def test_a_map_of_an_area_says_how_much_of_it_has_no_boundary(
    city_engine: sa.Engine, demo_profile: CityProfile
) -> None:
    with looking(city_engine) as connection:
        connection.execute(sa.text("UPDATE areas SET geom = NULL WHERE code = :code"), {"code": EAST})
        for name in ("zones", "heat", "raid", CHART):
            text = text_of(print_sheets(gather(connection, demo_profile, name, None), ".pdf"))
            assert "有 1 个社区(村)待绘边界,图上没有。" in text
        assert "待绘边界" not in text_of(print_sheets(gather(connection, demo_profile, "zones", None), ".pdf"))


def _pdf_pages(sheets: list[Sheet]) -> list[pypdf.PageObject]:
    return list(pypdf.PdfReader(io.BytesIO(print_sheets(sheets, ".pdf"))).pages)


def test_an_atlas_has_a_page_for_each_community(
    city_engine: sa.Engine, demo_profile: CityProfile, tmp_path: Path
) -> None:
    assert print_atlas(city_engine, LOCAL, demo_profile, COUNTY, tmp_path / "a.pdf") == 1
    assert "第 1 页 / 共 1 页" in text_of((tmp_path / "a.pdf").read_bytes())
    with pytest.raises(Refused, match=r"要写成 \.pdf"):
        print_atlas(city_engine, LOCAL, demo_profile, COUNTY, tmp_path / "a.png")


@pytest.mark.slow
def test_on_fifty_charts_of_the_demo_city_no_label_touches_another_or_the_frame(
    own_engine: sa.Engine, demo_profile: CityProfile
) -> None:
    fill_demo(own_engine, LOCAL, last_day=LAST_DAY, calendar=Calendar())
    with transaction(own_engine, LOCAL) as connection:
        codes = read.layer(connection, "communities", Cut())["code"].tolist()
        units = read.layer(connection, "rental_units")["community_code"].value_counts()
        busiest = units.index[:20].tolist()
        chosen = [*busiest, *np.random.default_rng(4).choice(sorted(set(codes) - set(busiest)), 30, replace=False)]
        for code in chosen:
            sheets = gather(connection, demo_profile, CHART, str(code))
            (page, *_) = drawn(sheets)
            boxes = boxes_of(page)
            assert overlaps(boxes) == 0, code
            assert all(_frame_of(page).covers(box) for box in boxes), code
            assert len(boxes) > 3


def _frame_of(page: Paper) -> shapely.Polygon:
    """The map's own axes, in the dots that matplotlib counts."""
    (frame,) = page.figure.axes
    return shapely.box(*frame.get_window_extent().extents).buffer(0.5)
