import datetime as dt
import re

import pytest
import shapely
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, Route, expect

from layers import tiles
from layers.actor import LOCAL
from layers.database import transaction
from layers.schema.tables.alerts import alerts
from tests.browser.city import BOUNDS, HOSTILE, RED
from tests.browser.conftest import Site, Visit
from tests.browser.drawn import labels, overlaps, pixels, wait_for_pixels
from tests.builders import slow

pytestmark = pytest.mark.browser

QUIET = (118.03, 27.18)  # in a community where nothing is


def _look(page: Page, place: tuple[float, float], zoom: float) -> None:
    page.evaluate("([lng, lat, zoom]) => wuchuan.city.map.setView([lat, lng], zoom, {animate: false})", [*place, zoom])


def _show(page: Page, key: str) -> None:
    page.click("#tab-layers")
    page.check(f"#layer-{key}")


def _click(page: Page, place: tuple[float, float]) -> None:
    spot = page.evaluate("([lng, lat]) => wuchuan.city.map.latLngToContainerPoint([lat, lng])", list(place))
    page.locator(".folium-map").click(position={"x": spot["x"], "y": spot["y"]})


def test_the_first_look_shows_borders_roads_zones_and_names_that_do_not_overlap(overview: Page) -> None:
    assert pixels(overview, "border") > 1000
    assert pixels(overview, "lines") > 300
    expect(overview.locator("path.zone")).to_have_count(3)
    boxes = labels(overview)
    assert {"东山县", "元山县", "红", "橙", "黄"} <= {box[4] for box in boxes}
    assert overlaps(boxes) == []
    expect(overview.locator("#stance")).to_have_text("红色区域只启动核查和走访,绝不是入户的依据")


def test_the_page_stays_under_60_kb_whatever_lies_behind_it(overview: Page, site: Site) -> None:
    body = overview.request.get(site.url + "/").body()
    assert len(body) < 60_000
    assert HOSTILE.encode() not in body


@pytest.mark.slow
def test_the_common_characters_of_a_page_come_in_one_file_a_weight(browser: Browser, site: Site) -> None:
    asked: list[str] = []
    with browser.new_context(storage_state=site.context.storage_state()) as empty:  # the shared one has its fonts
        page = empty.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(site.url)
        page.wait_for_selector('[data-drawn="all"]')
    fonts = [address for address in asked if ".woff2" in address]
    assert sorted(re.findall(r"simplified-(\d+)-normal\.woff2\?v=", " ".join(fonts))) == ["400", "600"]
    assert len(fonts) <= 4


@pytest.mark.slow
def test_figures_and_ten_counties_stand_beside_the_map_and_a_click_narrows_both(visit: Visit) -> None:
    page = visit()
    expect(page.locator("#counties tbody tr")).to_have_count(10)
    expect(page.locator('[data-figure="dens"] b')).to_have_text("6")
    expect(page.locator('[data-figure="overdue"] .note')).to_have_text("到 2026-01-31 未受理")
    assert "个" in page.locator('[data-figure="free"]').inner_text()
    page.click("#counties tbody tr:nth-child(1) button")
    expect(page.locator("#scope-area")).to_have_text("东山县")
    expect(page.locator('[data-figure="dens"] b')).to_have_text("0")
    expect(page.locator("path.zone")).to_have_count(1)
    assert "南山县" not in {box[4] for box in labels(page)}
    page.click("#counties .all")
    expect(page.locator("#scope-area")).to_have_text("全市")
    expect(page.locator("path.zone")).to_have_count(3)


@pytest.mark.slow
def test_the_rows_of_the_chosen_area_are_taken_away_as_a_workbook(visit: Visit) -> None:
    page = visit()
    page.click("#counties tbody tr:nth-child(1) button")
    page.click("#tab-layers")
    with page.expect_download() as fetched:
        page.get_by_role("link", name="下载宾馆和其他场所的 Excel 表").click()
    assert fetched.value.url.endswith("/exports/venues.xlsx?area=990101000000")
    assert fetched.value.suggested_filename == "场所990101000000.xlsx"


@pytest.mark.slow
def test_every_room_is_in_sight_on_a_phone(visit: Visit) -> None:
    for address in ("/", "/tips"):
        page = visit(address, width=390, height=844)
        rooms = page.locator(".rooms")
        expect(rooms).to_contain_text("90 秒走一遍")
        assert rooms.evaluate("each => each.scrollWidth <= each.clientWidth")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        ends = page.locator(".acting").evaluate("each => each.getBoundingClientRect().right")
        assert ends <= 390


def test_a_zone_says_in_plain_words_why_it_is_red_and_what_red_is_not_for(visit: Visit) -> None:
    page = visit()
    page.click("#tab-zones")
    expect(page.locator("#zones .zone-number").first).to_have_text("001")  # as on the printed list
    page.click("#zones .zone-list button >> nth=0")
    panel = page.locator("#zones")
    expect(panel).to_contain_text("红色 001 号")
    for words in ("疑似热点(未核定)", "为什么是红色", "9个相互独立的举报来源", "2099-05-01", "状态截至", "2026-02-01"):
        expect(panel).to_contain_text(words)
    expect(panel).to_contain_text("红色区域只启动核查和走访,绝不是入户的依据")
    expect(panel).to_contain_text("2025-10-04 至 2026-01-31")
    page.click("text=返回清单")
    expect(panel).to_contain_text("不随时间滑块变化")
    page.click("#zones .zone-list button >> nth=1")
    expect(panel).to_contain_text("重点关注区(2026-01-20 核定)")


@pytest.mark.slow
def test_a_zone_that_has_lapsed_is_marked_counts_for_nothing_and_offers_no_review(visit: Visit, site: Site) -> None:
    change = sa.text("UPDATE risk_zones SET expires_on = :day WHERE grade = 'yellow'")
    with transaction(site.engine, LOCAL) as connection:
        connection.execute(change, {"day": dt.date(2026, 3, 1)})
    try:
        page = visit()
        expect(page.locator("#age")).to_contain_text("天前")
        expect(page.locator("#tab-zones")).to_have_text("热点 2")
        expect(page.locator("path.zone.expired")).to_have_count(1)
        expect(page.locator("#legend")).to_contain_text("已过期")
        page.click("#tab-zones")
        expect(page.locator("#zones .chips")).to_contain_text("黄色 0")
        expect(page.locator("#zones .chips")).to_contain_text("已过期 1")
        page.click("#zones .zone-list button >> nth=2")
        expect(page.locator("#zones .zone-head")).to_contain_text("2026-03-01 已过期")
        expect(page.locator("#zones .review")).to_contain_text("不能再核定")
        expect(page.locator("#review-reason")).to_have_count(0)
    finally:
        with transaction(site.engine, LOCAL) as connection:
            connection.execute(change, {"day": dt.date(2099, 5, 1)})


def test_a_click_on_a_zone_of_the_map_opens_its_reasons(visit: Visit) -> None:
    page = visit()
    _click(page, RED)
    expect(page.locator("#zones")).to_contain_text("为什么是红色")


@pytest.mark.slow
def test_a_click_beside_zones_and_marks_tells_of_the_community_there(visit: Visit) -> None:
    page = visit()
    _click(page, QUIET)
    popup = page.locator(".popup")
    for words in ("下湾村", "990601001002", "春山县 青石镇", "线索数", "场所数", "统计期间"):
        expect(popup).to_contain_text(words)


@pytest.mark.slow
def test_the_middle_of_the_map_tells_of_its_community_by_keyboard(visit: Visit) -> None:
    page = visit()
    _look(page, QUIET, 13)
    page.focus(".folium-map")
    page.keyboard.press("Enter")
    expect(page.locator(".popup")).to_contain_text("990601001002")


@pytest.mark.slow
def test_a_community_is_found_by_name_and_by_code_from_the_keyboard(visit: Visit) -> None:
    page = visit()
    page.get_by_label("查找", exact=True).fill("湾村")
    results = page.locator("#search-results [role=option]")
    expect(results).to_have_count(9)  # eight of twenty villages, and a zone in one
    expect(results.first).to_contain_text("东山县")
    page.fill("#search-text", "9906010010")
    expect(results).to_have_count(3)
    page.keyboard.press("ArrowUp")
    expect(results.nth(2)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.locator(".popup")).to_contain_text("990601001002")
    expect(page.locator(".popup a").first).to_have_attribute("href", "/charts/990601001002.pdf")
    assert page.evaluate("wuchuan.city.map.getZoom()") > 11
    expect(results).to_have_count(0)
    expect(page.locator("path.outlined")).to_have_count(1)
    expect(page.locator("path.dimmed")).to_have_count(1)


@pytest.mark.slow
@pytest.mark.parametrize("width", [1440, *slow(390)])
def test_one_box_finds_roads_and_zones_from_every_tab(visit: Visit, width: int) -> None:
    page = visit(width=width)
    page.click("#tab-layers")
    page.fill("#search-text", "一号路")
    results = page.locator("#search-results [role=option]")
    expect(results.first).to_contain_text("道路")
    results.first.click()
    expect(page.locator("path.place")).to_have_count(2)
    page.click("#tab-layers")
    page.fill("#search-text", "red-001")
    expect(results.first).to_contain_text("热点 2026-02-red-001")
    expect(results.first).to_contain_text("红 ")
    page.keyboard.press("Enter")
    expect(page.locator("#zones")).to_contain_text("独立的举报来源")
    expect(page.locator("path.place")).to_have_count(0)


@pytest.mark.slow
def test_a_name_that_no_area_has_is_said_not_to_be_found(visit: Visit) -> None:
    page = visit()
    page.fill("#search-text", "不存在")
    expect(page.locator("#search-none")).to_have_text("没有找到这个名称、地址或代码。")


@pytest.mark.slow
def test_communities_that_nobody_checked_are_unreported_and_not_none(visit: Visit) -> None:
    page = visit()
    page.click("#counties tbody tr:nth-child(1) button")
    expect(page.locator('[data-figure="free"] b')).to_have_text("未报告")
    expect(page.locator("#counties")).to_contain_text("没有检查记录的为“未报告”,不算无传销")


@pytest.mark.slow
def test_counts_of_layers_are_told_for_the_whole_city_when_a_county_is_chosen(visit: Visit) -> None:
    page = visit()
    _show(page, "venues")
    expect(page.locator('[data-rows="venues"]')).to_have_text("33")
    page.evaluate("wuchuan.city.setArea('990101000000')")
    expect(page.locator('[data-rows="venues"]')).to_have_text("全市 33")


@pytest.mark.slow
def test_areas_without_a_border_are_counted_beside_their_level(visit: Visit) -> None:
    page = visit()
    page.route("**/api/layers/areas?level=township", _without_borders)
    page.evaluate("wuchuan.city.reload()")
    page.click("#tab-layers")
    expect(page.locator('[data-rows="townships"]')).to_have_text("20,待绘边界 2 个")


def _without_borders(route: Route) -> None:
    answer = route.fetch()
    areas = answer.json()
    for feature in areas["features"][:2]:
        feature["geometry"] = None
    route.fulfill(response=answer, json=areas)


def test_grades_differ_in_pattern_and_word_as_well_as_colour(overview: Page) -> None:
    fills = [path.get_attribute("fill") for path in overview.locator("path.zone").all()]
    assert sorted(fills) == ["url(#zone-orange)", "url(#zone-red)", "url(#zone-yellow)"]
    marks = [path.get_attribute("d") for path in overview.locator(".leaflet-zones-pane pattern path").all()]
    assert len(set(marks)) == 3


def test_names_that_users_typed_stay_text(visit: Visit) -> None:
    page = visit()
    _show(page, "venues")
    _look(page, RED, 17)
    wait_for_pixels(page, "tiles")
    spot = page.evaluate(
        "() => { for (const l of wuchuan.city.groups.venues.getLayers()) for (const t of Object.values(l._tiles))"
        " for (const m of t.el.read ?? []) return wuchuan.city.map.unproject("
        "L.point(m).add(t.coords.scaleBy(l.getTileSize())), t.coords.z); }"
    )
    _look(page, (spot["lng"], spot["lat"]), 17)
    wait_for_pixels(page, "tiles")
    _click(page, (spot["lng"], spot["lat"]))
    expect(page.locator(".popup h3").first).to_contain_text(HOSTILE)
    page.click("#tab-zones")
    expect(page.locator("#zones")).to_contain_text("<img src=x")
    assert "hacked" not in page.title()


@pytest.mark.slow
def test_rental_units_are_dots_from_afar_and_houses_near(visit: Visit) -> None:
    page = visit()
    _show(page, "rental_units")
    far = wait_for_pixels(page, "tiles")
    expect(page.locator('[data-rows="rental_units"]')).to_have_text("600")
    _look(page, RED, 15)
    assert wait_for_pixels(page, "tiles", more_than=far) > far
    expect(page.locator("#legend")).to_contain_text("出租屋")
    page.uncheck("#layer-rental_units")
    expect(page.locator("#legend")).not_to_contain_text("出租屋")


@pytest.mark.slow
def test_borders_of_communities_are_built_when_somebody_comes_near(visit: Visit) -> None:
    page = visit()
    built = "wuchuan.city.groups.communities.getLayers().reduce((sum, areas) => sum + areas.getLayers().length, 0)"
    for zoom, near in ((9, False), (11, True), (12, True), (10, False)):
        _look(page, RED, zoom)
        assert (page.evaluate(built) > 0) is near, zoom


@pytest.mark.slow
def test_no_tile_is_asked_for_twice_while_the_zoom_of_the_tiles_stays(visit: Visit) -> None:
    page = visit()
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if "/tiles/rental_units/" in r.url else None)
    _show(page, "rental_units")
    wait_for_pixels(page, "tiles")
    zoom = page.evaluate("Math.round(wuchuan.city.map.getZoom())")
    for step in (0.25, -0.25):
        _look(page, RED, zoom + step)
    page.wait_for_function("wuchuan.city.groups.rental_units.getLayers().every((grid) => !grid.isLoading())")
    assert len(asked) == len(set(asked)) > 1
    assert pixels(page, "tiles")


@pytest.mark.slow
def test_no_tile_is_asked_for_where_the_city_has_no_place(visit: Visit) -> None:
    page = visit()
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if "/tiles/rental_units/" in r.url else None)
    _show(page, "rental_units")
    wait_for_pixels(page, "tiles")
    places = [tuple(map(int, re.findall(r"/(\d+)(?=[/.])", url)[-3:])) for url in asked]
    assert places
    for zoom, column, row in places:
        assert shapely.box(*tiles.bounds(zoom, column, row)).intersects(shapely.box(*BOUNDS))


@pytest.mark.slow
def test_tips_and_raids_are_drawn_for_the_chosen_months_alone(visit: Visit) -> None:
    page = visit()
    _show(page, "raids")
    all_year = wait_for_pixels(page, "marks")
    with page.expect_response(re.compile("/api/figures")):
        page.locator("#month-from").fill("23")
    page.wait_for_function("() => wuchuan.city.period.since === '2026-01-01'")
    page.wait_for_timeout(300)
    assert 0 < pixels(page, "marks") < all_year
    expect(page.locator('[data-figure="dens"] b')).to_have_text("1")


@pytest.mark.slow
def test_an_alert_is_opened_on_the_map_with_its_outline(visit: Visit, site: Site) -> None:
    square = shapely.MultiPolygon([shapely.box(118.0, 27.0, 118.05, 27.05)])
    row = {"county_code": "990101000000", "area_code": "990101001001", "communities": ["990101001001"],
           "since": "2026-01-01", "until": "2026-02-01", "observed": 9, "expected": 2.5, "llr": 8, "level": 5,
           "recurrence_days": 400, "chance_days": 7000, "raised_on": "2026-01-31", "loud_on": "2026-01-31",
           "method": "wuchuan-watch-9", "seed": 1, "post": "值班岗", "due_on": "2026-02-06",
           "geom": f"SRID=4490;{square.wkt}"}  # fmt: skip
    with transaction(site.engine, LOCAL) as connection:
        number = connection.execute(alerts.insert().values(**row).returning(alerts.c.alert_id)).scalar_one()
    try:
        page = visit(f"/#alert={number}")
        expect(page.locator(".popup")).to_contain_text(re.compile("收到9 条线索.*约 2.5 条.*值班岗"))
        expect(page.locator("path.alert-outline")).to_have_count(1)
        page.locator(".leaflet-popup-close-button").click()
        expect(page.locator("path.alert-outline")).to_have_count(0)
        _show(page, "alerts")
        expect(page.locator("#legend")).to_contain_text("未办结的预警")
        expect(visit(f"/#alert={number + 1}").locator("#notice")).to_contain_text("已经办结")
    finally:
        with transaction(site.engine, LOCAL) as connection:
            closed = {"result": "nothing", "closed_by": "值班岗", "closed_at": sa.func.now()}
            connection.execute(alerts.update().where(alerts.c.alert_id == number).values(**closed))


@pytest.mark.slow
def test_the_months_play_and_stop_at_the_end(visit: Visit) -> None:
    page = visit()
    page.clock.install()
    page.click("#play")
    expect(page.locator("#play")).to_have_attribute("aria-pressed", "true")
    page.clock.run_for(60_000)
    expect(page.locator("#play")).to_have_attribute("aria-pressed", "false")
    assert page.evaluate("wuchuan.city.period.until") == "2026-02-01"


@pytest.mark.slow
def test_heat_is_a_picture_with_a_legend_per_square_kilometre(visit: Visit) -> None:
    page = visit()
    _show(page, "heat")
    picture = page.locator("img.heat")
    expect(picture).to_be_visible()
    page.wait_for_function("() => document.querySelector('img.heat').naturalWidth > 500")
    expect(page.locator("#legend")).to_contain_text("条/km²")


@pytest.mark.slow
def test_areas_are_coloured_by_level_with_their_classes_in_the_legend(visit: Visit) -> None:
    page = visit()
    page.click("#tab-layers")
    for level, title in (("community", "社区(村)"), ("township", "乡镇(街道)"), ("county", "县(市、区)")):
        page.select_option('[aria-label="分布的区域"]', level)
        expect(page.locator("#legend")).to_contain_text(f"线索数(按{title})")
        assert wait_for_pixels(page, "choropleth", more_than=20_000)
    expect(page.locator("#legend")).to_contain_text("0 或没有记录")


def test_a_failed_answer_is_told_in_one_sentence_and_the_map_stays(visit: Visit) -> None:
    page = visit()
    page.route("**/api/heat?**", lambda route: route.fulfill(status=200, body="没有 JSON"))
    _show(page, "heat")
    expect(page.locator("#notice")).to_contain_text("“线索热力”没有取到")
    expect(page.locator("path.zone")).to_have_count(3)


@pytest.mark.slow
def test_the_phone_page_is_no_wider_than_the_phone_and_its_sheet_opens(visit: Visit) -> None:
    page = visit(width=390, height=844)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    peek = page.locator("#panel").bounding_box()
    page.click("#tab-zones")
    page.wait_for_timeout(400)
    half = page.locator("#panel").bounding_box()
    assert peek is not None
    assert half is not None
    assert half["height"] > 3 * peek["height"]
    page.click("#grip")
    page.wait_for_timeout(400)
    for control in page.locator("#play, #grip, .leaflet-control-zoom a, [role=tab]").all():
        box = control.bounding_box()
        assert box is not None
        assert max(box["width"], box["height"]) >= 44
    _show(page, "choropleth")
    for menu in page.locator(".choice select:visible").all():
        box = menu.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 390


@pytest.mark.slow
def test_everything_is_reached_by_keyboard(visit: Visit) -> None:
    page = visit()
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.focus("#tab-counties")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#tab-zones")).to_be_focused()
    expect(page.locator("#zones")).to_be_visible()
    page.focus("#zones .zone-list button >> nth=0")
    page.keyboard.press("Enter")
    expect(page.locator("#zones")).to_contain_text("为什么是红色")
    _look(page, RED, 15)
    page.click("text=返回清单")
    page.focus(".folium-map")
    page.keyboard.press("Enter")
    expect(page.locator("#zones")).to_contain_text("为什么是红色")


@pytest.mark.slow
def test_the_dark_scheme_reaches_the_ground_of_the_map(visit: Visit, overview: Page) -> None:
    light, dark = (
        p.locator(".folium-map").evaluate("map => map.style.background") for p in (overview, visit(dark=True))
    )
    assert light != dark


@pytest.mark.slow
def test_a_new_analysis_is_started_by_a_button_and_its_place_in_the_queue_is_shown(visit: Visit) -> None:
    page = visit()
    page.click("#analyse")
    expect(page.locator("#work")).to_contain_text("分析热点,排队中")
    expect(page.locator("#analyse")).to_be_disabled()


@pytest.mark.slow
def test_sheets_of_the_chosen_area_are_handed_out_from_the_list_of_layers(visit: Visit) -> None:
    page = visit()
    page.click("#counties tbody tr:nth-child(1) button")
    page.click("#tab-layers")
    expect(page.locator("#prints legend")).to_have_text("打印(东山县)")
    hrefs = [link.get_attribute("href") or "" for link in page.locator("#prints a").all()]
    assert [href.split("?")[0] for href in hrefs[:2]] == ["/maps/community.pdf", "/maps/community.png"]
    assert {href.partition("?area=")[2] for href in hrefs} == {"990101000000"}
    answer = page.request.get(page.url.rstrip("/") + hrefs[3])
    assert (answer.status, answer.headers["content-type"]) == (200, "image/png")
