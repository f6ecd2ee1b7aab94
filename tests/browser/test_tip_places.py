"""A call from a house that registers know: placed while it is typed, its earlier tips shown before it is saved."""

import re
import time
from collections.abc import Iterator

import geopandas as gpd
import pandas as pd
import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from app.desks.tips import desk as tip_desk
from layers import gazetteer, write
from layers.actor import LOCAL, PUBLIC
from layers.catalog import LAYERS
from layers.database import transaction
from layers.host import embedded
from layers.profile import CityProfile
from tests.browser.conftest import Site, Visit
from tests.builders import as_owner, slow

EAST, NORTH, CODE = 118.07, 27.03, "990101002001"
SPREAD = 1e-4
#: what of the page reaches beyond its right edge
TOO_WIDE = """[...document.querySelectorAll('main *')]
    .filter((node) => node.getBoundingClientRect().right > innerWidth && !node.closest('.leaflet-container'))
    .map((node) => node.outerHTML.slice(0, 80))"""


@pytest.fixture(autouse=True)
def street(site: Site, cluster: embedded.Cluster, demo_profile: CityProfile) -> Iterator[None]:
    """桃李路 with the houses 1 to 9, forty tips about number 5, and a gazetteer that knows it."""
    numbers = [1, 3, 5, 7, 9]
    units = pd.DataFrame({"unit_code": [f"TL{n}" for n in numbers], "address": [f"桃李路{n}号" for n in numbers]})
    units = units.assign(community_code=CODE, identity="no:" + units["unit_code"])
    tips = pd.DataFrame({"tip_no": [f"TL{n}" for n in range(40)], "address": "桃李路5号", "status": "accepted"})
    tips = tips.assign(text="三楼每天早上有二十多人听课", identity="no:" + tips["tip_no"], community_code=CODE)
    received = pd.Timestamp("2024-03-01", tz="UTC") + pd.to_timedelta([10 * n for n in range(40)], unit="D")
    tips = tips.assign(received_at=received.astype("datetime64[us, UTC]"))
    with transaction(site.engine, LOCAL) as connection:
        east = [EAST + SPREAD * n for n in numbers]
        for key, frame, xs in (("rental_units", units, east), ("tips", tips, [EAST + SPREAD * 5] * 40)):
            points = gpd.points_from_xy(xs, [NORTH] * len(xs))
            write.load(connection, LAYERS[key], gpd.GeoDataFrame(frame, geometry=points, crs="EPSG:4490"))
    gazetteer.renew(site.engine, LOCAL, demo_profile)
    time.sleep(0.6)  # so old may the versions of the layers be
    yield
    with as_owner(cluster, site.engine) as connection:
        connection.execute(sa.text("DELETE FROM tips WHERE tip_no LIKE 'X%' OR tip_no LIKE 'TL%'"))
        connection.execute(sa.text("DELETE FROM rental_units WHERE unit_code LIKE 'TL%'"))
    gazetteer.renew(site.engine, LOCAL, demo_profile)


def _suggested(visit: Visit, width: int) -> None:
    """The web reads a new gazetteer aside: wait until it has."""
    page = visit("/tips", width=width)
    page.wait_for_function(
        "fetch('/api/places?q=桃李路5号').then((a) => a.json()).then((told) => told.sure)", polling=300
    )
    page.close()
    visit.pages.remove(page)


@pytest.mark.slow
@pytest.mark.parametrize("width", [1440, *slow(390)])
def test_a_call_with_a_registered_address_is_placed_and_its_forty_tips_shown_in_two_clicks(
    visit: Visit, site: Site, width: int
) -> None:
    _suggested(visit, width)
    page = visit("/tips", width=width)
    page.locator("#open-form").click()  # the first click
    expect(page.locator("#place-map .label.county").first).to_be_visible()
    page.locator("#text").fill("三楼每天早上有二十多人听课")
    page.locator("#address").press_sequentially("桃李路", delay=30)
    expect(page.locator("#candidates")).to_contain_text("桃李路1号")
    page.locator("#address").press_sequentially("5号2单元301室")
    expect(page.locator("#place-told")).to_contain_text("已按地址找到“桃李路5号”:118.07050,27.03000,误差约 30 米")
    expect(page.locator("#likely h3")).to_contain_text("可能重复的线索 40 条")
    expect(page.locator("#likely")).to_contain_text("上湾村 红石镇 东山县")
    boxes = [page.locator("#likely .original").nth(n).bounding_box() for n in range(2)]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert (boxes[1]["y"] == boxes[0]["y"]) == (width > 820)  # side by side where there is room
    assert page.evaluate(TOO_WIDE) == []
    page.locator("#save").click()  # the second
    expect(page.locator("#done")).to_contain_text("已登记")
    with transaction(site.engine, LOCAL) as connection:
        query = "SELECT round(ST_X(geom)::numeric, 4)::float8, place_error_m, community_code FROM tips"
        stored = connection.execute(sa.text(f"{query} WHERE tip_no LIKE 'X%'")).one()
    assert tuple(stored) == (118.0705, 30.0, CODE)
    expect(page.locator("#tip .small-map path").first).to_be_visible()
    expect(page.locator("#tip figcaption")).to_contain_text("按地址定位,误差约 30 米,不在任何热点里")
    expect(page.locator("#tip h2").nth(1)).to_have_text("可能重复 40 条")


@pytest.mark.slow
def test_of_an_unsure_address_at_most_three_candidates_are_offered_and_one_is_taken(visit: Visit) -> None:
    _suggested(visit, 1440)
    page = visit("/tips")
    page.locator("#open-form").click()
    page.locator("#address").fill("上湾村")  # the name of nineteen villages
    expect(page.locator("#candidates li")).to_have_count(3)
    expect(page.locator("#candidates li").first).to_contain_text("误差约")
    expect(page.locator("#address-told")).to_have_text("另有 16 处,请写明乡镇或社区。")
    expect(page.locator("#place-told")).to_contain_text("在地图上点一下")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#place-told")).to_contain_text("已选“上湾村”")
    page.locator("#address").fill("")


@pytest.mark.slow
def test_an_address_of_one_community_beside_another_is_warned_about(visit: Visit) -> None:
    _suggested(visit, 1440)
    page = visit("/tips")
    page.locator("#open-form").click()
    page.locator("#address").fill("南山县青石镇下湾村")
    page.locator("#community").fill(f"上湾村 {CODE}")
    page.locator("#community").blur()
    expect(page.locator("#likely .note")).to_have_text("地址写的是“下湾村”,而社区是“上湾村”,请核对")
    page.locator("#address").fill("")
    page.locator("#community").fill("")


@pytest.mark.slow
def test_a_name_that_several_communities_share_is_told_while_it_is_typed_and_one_is_chosen(visit: Visit) -> None:
    _suggested(visit, 1440)
    page = visit("/tips")
    page.locator("#open-form").click()
    page.locator("#community").press_sequentially("上湾村")
    told = page.locator("#community-told")
    expect(told).to_contain_text("有 19 个社区叫“上湾村”")
    told.get_by_role("button", name=f"东山县 红石镇 {CODE}").click()
    expect(page.locator("#community")).to_have_value(f"上湾村 {CODE}")
    expect(told).to_be_hidden()
    page.locator("#community").fill("")


@pytest.mark.slow
def test_a_tip_that_came_in_unplaced_is_put_where_its_address_may_lie_in_one_click(
    visit: Visit, site: Site, demo_profile: CityProfile
) -> None:
    with transaction(site.engine, LOCAL) as connection:
        told = tip_desk.NewTip(channel="网上举报", text="三楼每天早上有二十多人听课", address="上湾村")
        kept = tip_desk.add_tip(connection, PUBLIC, demo_profile, told)
    page = visit(f"/tips#tip={kept['tip_id']}")
    places = page.locator("#tip .places")
    expect(places.locator("h2")).to_have_text("地址可能是 19 处,选一处定位")
    expect(places.locator("summary")).to_contain_text("另有 16 处")
    expect(places.locator("ul").first.locator("li")).to_have_count(3)
    expect(places.locator("li").first).to_contain_text("误差约")
    places.get_by_role("button", name="定在这里").first.click()
    expect(page.locator("#done")).to_contain_text("已定位到“上湾村”,误差约")
    expect(page.locator("#tip .small-map path").first).to_be_visible()
    expect(page.locator("#tip .steps")).to_contain_text("定位:上湾村,误差约")
    expect(page.locator("#tip details.places summary").first).to_have_text("换一处定位")
    assert page.evaluate(TOO_WIDE) == []


@pytest.mark.slow
@pytest.mark.parametrize("width", [1440, *slow(390)])
def test_the_public_form_suggests_roads_and_no_house(visit: Visit, site: Site, width: int) -> None:
    page = visit("/tips", width=width)
    page.goto(f"{site.url}/tips/new")
    page.locator("#address").press_sequentially("一号路")
    expect(page.locator("#names li").first).to_contain_text("一号路")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#address")).to_have_value(re.compile("县.+镇.*村.*一号路"))
    page.locator("#address").fill("桃李路5号")
    page.wait_for_timeout(600)
    expect(page.locator("#names li")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
