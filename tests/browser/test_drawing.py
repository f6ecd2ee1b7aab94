"""Zones drawn with a real mouse: kept, found again, changed, contested, removed and put back."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from layers.actor import LOCAL
from layers.database import transaction
from tests.browser.conftest import Site, Visit
from tests.browser.drawn import labels, overlaps

pytestmark = pytest.mark.browser

API = "/api/drawn-zones"
CORNERS = [(118.32, 27.14), (118.36, 27.14), (118.36, 27.17), (118.32, 27.17)]


def spot(page: Page, place: tuple[float, float]) -> tuple[float, float]:
    """Where on the page a place of the map is."""
    at = page.evaluate("([lng, lat]) => wuchuan.city.map.latLngToContainerPoint([lat, lng])", list(place))
    box = page.locator(".folium-map").bounding_box()
    assert box
    return box["x"] + at["x"], box["y"] + at["y"]


class Hand:
    """A mouse that counts its clicks."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0

    def press(self, selector: str) -> None:
        self.page.click(selector)
        self.clicks += 1

    def tap(self, place: tuple[float, float]) -> None:
        self.page.mouse.move(*spot(self.page, place), steps=4)
        self.page.mouse.down()
        self.page.mouse.up()
        self.clicks += 1


def draw(page: Page, name: str, places: list[tuple[float, float]], tool: str = "Polygon") -> Hand:
    hand = Hand(page)
    hand.press("#draw")
    hand.press(f'[data-tool="{tool}"]')
    page.wait_for_selector(".draw-tools >> text=取消")
    for place in places:
        hand.tap(place)
    page.wait_for_selector("#draw-form")
    page.keyboard.type(name)
    return hand


def stored(page: Page, site: Site) -> list[dict[str, Any]]:
    features: list[dict[str, Any]] = page.request.get(site.url + API).json()["features"]
    return features


def change(page: Page, site: Site, method: str, feature: dict[str, Any]) -> None:
    """Somebody else's change of that drawing."""
    token = page.request.get(site.url + "/api/session").json()["csrf_token"]
    headers = {"X-CSRF-Token": token, "If-Match": f'"{feature["version"]}"'}
    answer = page.request.fetch(f"{site.url}{API}/{feature['id']}", method=method, headers=headers, data=feature)
    assert answer.ok, answer.text()


@pytest.fixture(autouse=True)
def no_drawings(site: Site) -> Iterator[None]:
    """No drawing before a test, and none for the other tests of the site."""
    yield
    with transaction(site.engine, LOCAL) as connection:
        connection.execute(
            sa.text("UPDATE drawn_zones SET deleted_at = now(), version = version + 1 WHERE deleted_at IS NULL")
        )


def test_a_mouse_draws_names_and_saves_a_zone_in_nine_clicks_and_a_reload_finds_it(visit: Visit, site: Site) -> None:
    page = visit()
    assert not page.evaluate("'PM' in L")  # the tools are not fetched before somebody draws
    hand = draw(page, "东片", [*CORNERS, CORNERS[0]])
    hand.press('#draw-form [value="prone_area"]')
    hand.press("#draw-form .confirm")
    expect(page.locator("#draw-form")).to_have_count(0)
    expect(page.locator("path.drawn.prone_area")).to_have_count(1)
    assert hand.clicks <= 12
    (feature,) = stored(page, site)
    assert (feature["properties"]["name"], feature["geometry"]["type"]) == ("东片", "Polygon")
    for drawn, wanted in zip(feature["geometry"]["coordinates"][0], CORNERS, strict=False):
        assert drawn == pytest.approx(wanted, abs=0.003)
    again = visit()
    expect(again.locator("path.drawn.prone_area")).to_have_count(1)
    boxes = labels(again)
    assert "东片" in {box[4] for box in boxes}
    assert overlaps(boxes) == []
    expect(again.locator("#legend-lines")).to_contain_text("易发区")


@pytest.mark.slow
def test_a_former_version_is_seen_on_the_map_and_comes_back_by_a_button(visit: Visit, site: Site) -> None:
    page = visit()
    draw(page, "老样子", [*CORNERS, CORNERS[0]]).press("#draw-form .confirm")
    expect(page.locator("#draw-form")).to_have_count(0)
    (first,) = stored(page, site)
    moved = first | {"geometry": {"type": "Point", "coordinates": [118.34, 27.155]}}
    moved["properties"] = first["properties"] | {"name": "新样子"}
    change(page, site, "PUT", moved)
    page.evaluate("wuchuan.city.refresh('drawn_zones')")
    page.wait_for_function("() => wuchuan.city.labels && document.body.innerText.includes('新样子')")
    page.evaluate("wuchuan.city.open({lat: 27.155, lng: 118.34})")
    page.get_by_text("以前的版本(共 2 版)").click()
    expect(page.locator(".versions li")).to_have_count(1)
    expect(page.locator(".versions")).to_contain_text("重点区域“老样子”")
    page.get_by_role("button", name="在图上看").click()
    expect(page.locator('path[stroke="#c01f38"][stroke-dasharray="6 5"]')).to_have_count(1)
    page.get_by_role("button", name="恢复到这一版").click()
    expect(page.locator("path.drawn.key_area")).to_have_count(1)
    (back,) = stored(page, site)
    assert (back["version"], back["properties"]["name"], back["geometry"]) == (3, "老样子", first["geometry"])
    expect(page.locator('path[stroke="#c01f38"][stroke-dasharray="6 5"]')).to_have_count(0)


@pytest.mark.slow
def test_circles_points_lines_and_notes_are_kept_as_what_they_are(visit: Visit, site: Site) -> None:
    page = visit()
    for name, tool, places in (
        ("圈", "Circle", CORNERS[:2]),
        ("点", "Marker", CORNERS[2:3]),
        ("记", "Text", CORNERS[3:]),
    ):
        draw(page, name, places, tool).press("#draw-form .confirm")
        expect(page.locator("#draw-form")).to_have_count(0)
    hand = Hand(page)
    hand.press("#draw")
    hand.press('[data-tool="Line"]')
    page.wait_for_selector(".draw-tools >> text=取消")
    for place in CORNERS[:3]:
        hand.tap(place)
    page.click(".draw-tools >> text=完成")
    page.keyboard.type("线")
    page.keyboard.press("Enter")
    expect(page.locator("#draw-form")).to_have_count(0)
    found = {f["properties"]["name"]: f for f in stored(page, site)}
    kinds = {name: (f["geometry"]["type"], f["properties"]["family"]) for name, f in found.items()}
    assert kinds == {
        "圈": ("Point", "key_area"),
        "点": ("Point", "key_area"),
        "记": ("Point", "note"),
        "线": ("LineString", "key_area"),
    }
    assert found["圈"]["properties"]["radius_m"] == pytest.approx(3960, rel=0.05)
    assert found["点"]["properties"]["radius_m"] is None


@pytest.mark.slow
def test_escape_drops_the_pen_and_given_up_work_can_be_taken_up_again(visit: Visit, site: Site) -> None:
    page = visit()
    page.click("#draw")
    page.click('[data-tool="Polygon"]')
    page.keyboard.press("Escape")
    expect(page.locator("#draw")).to_be_visible()
    draw(page, "半途", CORNERS[:1], "Marker")
    page.keyboard.press("Escape")
    expect(page.locator("#draw-form")).to_have_count(0)
    page.click("#notice >> text=恢复")
    expect(page.locator("#draw-form [name=name]")).to_have_value("半途")
    page.reload()
    page.wait_for_selector('[data-drawn="all"]')
    page.click("#notice >> text=继续")
    expect(page.locator("#draw-form [name=name]")).to_have_value("半途")
    page.click("#draw-form .confirm")
    expect(page.locator("#draw-form")).to_have_count(0)
    assert [f["properties"]["name"] for f in stored(page, site)] == ["半途"]


@pytest.mark.slow
def test_a_vertex_is_dragged_a_name_changed_and_a_removed_zone_put_back(visit: Visit, site: Site) -> None:
    page = visit()
    draw(page, "旧名", [*CORNERS, CORNERS[0]]).press("#draw-form .confirm")
    expect(page.locator("#draw-form")).to_have_count(0)
    Hand(page).tap((118.34, 27.155))
    page.click(".popup >> text=编辑")
    page.wait_for_selector(".marker-icon")
    expect(page.locator(".popup")).to_have_count(0)  # it fades, and would catch the mouse
    page.fill("#draw-form [name=name]", "新名")
    page.mouse.move(*spot(page, CORNERS[2]))
    page.mouse.down()
    page.mouse.move(*spot(page, (118.38, 27.18)), steps=8)
    page.mouse.up()
    page.click("#draw-form .confirm")
    expect(page.locator("#draw-form")).to_have_count(0)
    (feature,) = stored(page, site)
    assert (feature["version"], feature["properties"]["name"]) == (2, "新名")
    assert feature["geometry"]["coordinates"][0][2] == pytest.approx((118.38, 27.18), abs=0.003)
    Hand(page).tap((118.34, 27.155))
    page.click(".popup >> text=删除")
    expect(page.locator("path.drawn")).to_have_count(0)
    page.click("#notice >> text=撤销")
    expect(page.locator("path.drawn")).to_have_count(1)
    assert [f["version"] for f in stored(page, site)] == [4]


@pytest.mark.slow
def test_who_was_slower_sees_both_versions_and_chooses(visit: Visit, site: Site) -> None:
    page = visit()
    draw(page, "起点", [*CORNERS, CORNERS[0]]).press("#draw-form .confirm")
    expect(page.locator("#draw-form")).to_have_count(0)
    for choice, name in (("用现有版本", "别人的"), ("保存我的", "我的")):
        expect(page.locator("#draw")).to_be_focused()  # what was saved is on the map again
        Hand(page).tap((118.34, 27.155))
        page.click(".popup >> text=编辑")
        page.fill("#draw-form [name=name]", "我的")
        (feature,) = stored(page, site)
        change(page, site, "PUT", {**feature, "properties": {**feature["properties"], "name": "别人的"}})
        page.click("#draw-form .confirm")
        expect(page.locator(".conflict")).to_contain_text("“别人的”已被别人修改")
        expect(page.locator(".conflict table")).to_contain_text("我的")
        page.click(f".conflict >> text={choice}")
        expect(page.locator("#draw-form")).to_have_count(0)
        assert [f["properties"]["name"] for f in stored(page, site)] == [name]
    visit.faults[:] = [fault for fault in visit.faults if "412" not in fault]


@pytest.mark.slow
def test_a_signed_out_page_and_a_refused_field_keep_the_work_and_say_so(visit: Visit, site: Site) -> None:
    page = visit()
    draw(page, " ", CORNERS[:1], "Marker")
    page.click("#draw-form .confirm")
    expect(page.locator('[data-fault="name"]')).to_have_text("请写名称")
    page.fill("#draw-form [name=name]", "留着")
    cookies = site.context.cookies()
    site.context.clear_cookies()
    page.click("#draw-form .confirm")
    expect(page.locator('[data-fault="geometry"]')).to_contain_text("图形还在这一页")
    site.context.add_cookies(cookies)  # type: ignore[arg-type]
    page.click("#draw-form .confirm")
    expect(page.locator("#draw-form")).to_have_count(0)
    assert [f["properties"]["name"] for f in stored(page, site)] == ["留着"]
    visit.faults[:] = [fault for fault in visit.faults if "400" not in fault and "401" not in fault]


@pytest.mark.slow
def test_a_border_that_crosses_itself_or_lies_outside_is_told_and_the_work_stays(visit: Visit, site: Site) -> None:
    page = visit()
    hand = Hand(page)
    hand.press("#draw")
    hand.press('[data-tool="Polygon"]')
    page.wait_for_selector(".draw-tools >> text=取消")
    hand.tap(CORNERS[0])
    hand.press(".draw-tools >> text=完成")
    expect(page.locator("#notice")).to_contain_text("图形还没有画完")
    for place in (CORNERS[2], CORNERS[1], CORNERS[3]):
        hand.tap(place)
    expect(page.locator("#notice")).to_contain_text("边界自己相交了")
    hand.press(".draw-tools >> text=完成")  # the three points that do not cross
    page.keyboard.type("城外")
    page.evaluate("""() => wuchuan.city.map.eachLayer((layer) => {
        if (layer.pm?.enabled?.()) layer.setLatLngs([[27.1, 118.6], [27.1, 118.7], [27.15, 118.65]]);
    })""")
    hand.press("#draw-form .confirm")
    expect(page.locator('[data-fault="geometry"]')).to_contain_text("本市范围之外")
    expect(page.locator("#draw-form [name=name]")).to_have_value("城外")
    assert stored(page, site) == []
    visit.faults[:] = [fault for fault in visit.faults if "400" not in fault]


@pytest.mark.slow
def test_a_phone_draws_as_well(visit: Visit, site: Site) -> None:
    page = visit(width=390, height=844)
    page.evaluate("wuchuan.city.map.setView([27.1, 118.25], 11, {animate: false})")
    hand = draw(page, "手机", [(118.25, 27.12)], "Marker")
    form, stage = (page.locator(selector).bounding_box() for selector in ("#draw-form", "#stage"))
    assert form
    assert stage
    assert form["height"] < stage["height"] / 3  # most of the map stays in sight
    assert spot(page, (118.25, 27.12))[1] < form["y"]
    hand.press("#draw-form .confirm")
    expect(page.locator("#draw-form")).to_have_count(0)
    assert [f["properties"]["name"] for f in stored(page, site)] == ["手机"]


@pytest.mark.slow
def test_the_form_finds_an_address_and_the_map_moves_there(visit: Visit) -> None:
    page = visit("/")
    draw(page, "路口", CORNERS[:1], tool="Marker")
    page.locator("#draw-form").get_by_label("找地点").fill("东山县红石镇上湾村")
    expect(page.locator("#draw-places li").first).to_contain_text("上湾村")
    page.keyboard.press("Enter")
    expect(page.locator("#draw-places")).to_be_hidden()
    expect(page.locator("#draw-form")).to_be_visible()  # nothing was stored by Enter
    found = page.request.get(f"{page.url.split('#')[0]}api/places?q=东山县红石镇上湾村").json()["places"][0]
    middle = page.evaluate("wuchuan.city.map.getCenter()")
    assert abs(middle["lng"] - found["lon"]) < 0.05
    assert abs(middle["lat"] - found["lat"]) < 0.05
    page.locator("#draw-form").get_by_text("放弃").click()
    assert page.locator("path.place").count() == 0
