"""The order of a joint action: nothing that its teams are told is lost, however much and however many."""

import datetime as dt
import io
import re
from typing import Any

import geopandas as gpd
import pandas as pd
import pypdf
import pytest
import shapely

from app.briefings import order, paper
from app.briefings.order import Ground
from app.briefings.sheet import Imprint, Sheet, drawn, imprint_of
from app.core.words import CAUTION_OF_ACTIONS
from layers.profile import CityProfile

CRS = "EPSG:4548"
AGENCIES = ("公安", "市场监管", "政法委")
AT = pd.Timestamp("2030-06-01 10:00", tz="Asia/Shanghai")


@pytest.fixture
def imprint(demo_profile: CityProfile) -> Imprint:
    return imprint_of(demo_profile, until=dt.date(2026, 11, 1), sources=order.SOURCES)


def sheet(imprint: Imprint, number: int, agency: int, **told: Any) -> Sheet:
    """Team ``agency`` of target ``number``, on a street of its own that runs east from its station."""
    east = 500_000.0 + 10 * number
    way = gpd.GeoSeries([shapely.LineString([(east, 3_000_000), (east + 900, 3_000_000)])], crs=CRS)
    street = gpd.GeoDataFrame({"name": [f"{number}街"], "class": ["primary"]}, geometry=way.to_numpy(), crs=CRS)
    area = gpd.GeoDataFrame(
        {"name": ["青山社区"], "level": "community"}, geometry=way.buffer(5_000).to_numpy(), crs=CRS
    )
    rivers = gpd.GeoDataFrame({"name": []}, geometry=[], crs=CRS)
    leg = pd.Series({
        "team": f"{AGENCIES[agency]}{number}队", "agency": AGENCIES[agency], "number": number, "officers": 2,
        "station": f"{number}号站", "ready_minutes": 5.0, "travel_minutes": 1.0, "km": 0.9,
        "notify_at": AT - pd.Timedelta("16min"), "leave_at": AT - pd.Timedelta("11min"),
        "arrive_at": AT - pd.Timedelta("10min"),
    })  # fmt: skip
    target = pd.Series({
        "address": f"{number}号店 {number}街8号", "dwelling": False, "pending": False, "evidence": f"证据{number}终",
        "legal_basis": f"依据{number}终", "authority": f"机关{number}终", "document_no": f"文号{number}终",
        "police_document_no": None,
    } | told)  # fmt: skip
    action = pd.Series({"name": "夜查", "date": dt.date(2030, 6, 1), "buffer_minutes": 10.0, "h_hour": AT,
                        "status": "approved", "planned_by": "甲岗", "approved_by": "乙岗"})  # fmt: skip
    return order.order(action, leg, target, way, agency, Ground(areas=area, roads=street, rivers=rivers), imprint)


def read(*sheets: Sheet) -> list[str]:
    pdf = paper.printed(drawn(sheets), ".pdf", title="行动单")
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def test_a_map_names_its_station_its_target_and_its_streets(imprint: Imprint) -> None:
    (page,) = drawn([sheet(imprint, 7, 0)])
    assert {"7号店", "7号站", "7街"} <= {line.text for line in page.letters.lines if line.name == "label"}


@pytest.mark.slow
def test_a_target_with_much_to_tell_goes_on_over_the_next_page(imprint: Imprint) -> None:
    told = "".join(f"第{n}条线索互相独立," for n in range(300))
    pages = read(sheet(imprint, 1, 0, evidence=told), sheet(imprint, 2, 0))
    text = "".join(pages).replace("\n", "")
    assert [int(n) for n in re.findall(r"第(\d+)条线索互相独立", text)] == list(range(300))
    assert "行动单 公安1队(续)" in pages[1]
    assert all(f"第 {n} 页 / 共 {len(pages)} 页" in page for n, page in enumerate(pages, start=1))
    assert [words for words in ("依据1终", "机关1终", "文号1终", "经1街") if words not in text] == []


@pytest.mark.slow
def test_an_order_for_33_targets_and_3_agencies_has_every_word_of_every_team(imprint: Imprint) -> None:
    pages = read(*(sheet(imprint, number, agency) for number in range(1, 34) for agency in range(3)))
    assert len(pages) == 99
    for n, page in enumerate(pages):
        number, agency = n // 3 + 1, AGENCIES[n % 3]
        asked = (
            *(f"行动单 {agency}{number}队", f"第 {number} 个目标", f"第 {n + 1} 页 / 共 99 页", CAUTION_OF_ACTIONS[:9]),
            *("09:49", "09:44 接通知", "09:50 到达", "10:00 统一行动时间", f"{number}号店 {number}街8号", "0.9 公里"),
            *(f"{words}{number}终" for words in ("证据依据:证据", "法律依据:依据", "批准机关:机关", "文号:文号")),
        )  # fmt: skip
        assert [words for words in asked if words not in page] == [], n
