"""The tip desk and the review of a zone by real mouse and keyboard, clicks counted."""

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, Route, expect

from app.desks.tips import desk as tip_desk
from layers.actor import LOCAL
from layers.database import transaction
from layers.host import embedded
from tests.browser.conftest import Site, Visit
from tests.browser.drawn import asks_before_leaving
from tests.builders import as_owner

PHONE = "13800138000"


@pytest.fixture(autouse=True)
def as_it_was(site: Site, cluster: embedded.Cluster) -> Iterator[None]:
    """Only this page's own tips while it is tested; the other tests of the site count its tips and zones."""
    with transaction(site.engine, LOCAL) as connection:
        kept = connection.execute(sa.text("SELECT zone_id, grade, reviewed_on, expires_on FROM risk_zones")).mappings()
        zones = [dict(row) for row in kept]
        connection.execute(sa.text("UPDATE tips SET status = 'accepted' WHERE status = 'new'"))
    yield
    with as_owner(cluster, site.engine) as connection:
        connection.execute(sa.text("DELETE FROM tips WHERE tip_no LIKE 'X%'"))
        connection.execute(sa.text("UPDATE tips SET status = 'new' WHERE status = 'accepted'"))
        before = "UPDATE risk_zones SET grade = :grade, reviewed_on = :reviewed_on, expires_on = :expires_on"
        connection.execute(sa.text(f"{before} WHERE zone_id = :zone_id"), zones)


class Clicks:
    """Clicks with the mouse, counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def __call__(self, selector: str) -> None:
        self.page.locator(selector).first.click()
        self.count += 1


@pytest.mark.slow
def test_a_name_is_asked_about_before_a_tip_is_saved(visit: Visit) -> None:
    page = visit("/tips")
    page.locator("#open-form").click()
    page.locator("#text").fill("房东王小明说三楼每天早上有二十多人听课")
    page.locator("#save").click()
    expect(page.locator("#fault")).to_contain_text("好像写了人名:“王小明”")
    expect(page.locator("#text")).to_have_value(re.compile("王小明"))
    page.locator("#save").click()
    expect(page.locator("#tip h2").first).to_contain_text("X")
    visit.faults = [fault for fault in visit.faults if "409" not in fault]


@pytest.mark.parametrize(("width", "dark"), [(1440, False), pytest.param(390, True, marks=pytest.mark.slow)])
def test_a_call_is_typed_in_and_its_repetition_found(visit: Visit, width: int, dark: bool) -> None:
    page = visit("/tips", width=width, dark=dark)
    for number in (1, 2):
        page.locator("#open-form").click()
        expect(page.locator("#place-map .label.county").first).to_be_visible()
        page.locator("#text").fill(f"三楼出租屋每天早上有二十多人听课,房东电话{PHONE}")
        page.locator("#source").fill(f"12315-{number}")
        click = Clicks(page)
        click("#place-map")
        click("#save")
        expect(page.locator("#done")).to_contain_text("个人信息已隐去")
        assert click.count <= 3
    expect(page.locator("#tip .text").first).to_contain_text("[已隐去]")
    expect(page.locator(".original")).to_contain_text(re.compile("相距 [0-9]+ 米,同一天,文字相近 100%"))
    click = Clicks(page)
    click(".original .act")
    expect(page.locator("#done")).to_contain_text("已判为重复")
    assert click.count <= 2
    expect(page.locator("#inbox li")).to_have_count(1)
    expect(page.locator("#inbox [aria-current]")).to_have_count(1)  # a key does nothing while the next tip is fetched
    page.keyboard.press("r")
    expect(page.locator("#fault")).to_contain_text("理由")
    page.keyboard.press("a")
    expect(page.locator("#none")).to_be_visible()
    visit.faults = [fault for fault in visit.faults if "400" not in fault]


@pytest.mark.slow
def test_a_long_list_says_how_long_it_is_and_is_turned_and_searched(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tip_desk, "PAGE", 100)
    page = visit("/tips")
    page.locator("#status").select_option("accepted")
    expect(page.locator("#matched")).to_have_text("共 240 条,这里是第 1 到 100 条")
    expect(page.locator('#tip [data-key="R"]')).to_be_visible()
    expect(page.locator('#tip [data-key="A"]')).to_have_count(0)  # it is accepted
    for _ in range(2):
        page.locator("#on").click()
    expect(page.locator("#matched")).to_have_text("共 240 条,这里是第 201 到 240 条")
    expect(page.locator("#inbox li")).to_have_count(40)
    expect(page.locator("#on")).to_be_disabled()
    page.locator("#look").fill("t17")
    expect(page.locator("#matched")).to_have_text("共 11 条")  # T17 and T170 to T179, on the first page again
    expect(page.locator("#pages")).to_be_hidden()
    page.locator("#more").fill("经查不属实")
    page.locator("#inbox button").nth(1).click()
    expect(page.locator("#more")).to_have_value("")
    page.locator("#inbox button").first.click()
    expect(page.locator("#more")).to_have_value("经查不属实")
    assert asks_before_leaving(page)
    page.locator("#look").fill("没有的地方")
    expect(page.locator("#none")).to_be_visible()


@pytest.mark.slow
def test_who_comes_second_is_told_and_keeps_what_was_typed(visit: Visit) -> None:
    first = visit("/tips")
    first.locator("#open-form").click()
    first.locator("#text").fill("有人在会议室连日授课")
    first.locator("#save").click()
    expect(first.locator("#tip h2").first).to_contain_text("X")
    second = visit("/tips")
    first.keyboard.press("a")
    expect(first.locator("#done")).to_contain_text("已受理")
    second.locator("#more").fill("经查不属实")
    with second.expect_response("**/steps") as answer:
        second.locator('[data-key="R"]').click()
    assert answer.value.status == 412
    expect(second.locator("#fault")).to_contain_text("刚才已把这条线索受理")
    expect(second.locator("#more")).to_have_value("经查不属实")
    visit.faults = [fault for fault in visit.faults if "412" not in fault]


@pytest.mark.slow
def test_a_community_is_named_by_its_code_where_others_are_called_so_and_may_have_no_boundary(visit: Visit) -> None:
    page = visit("/tips")
    page.route("**/api/layers/communities", _without_borders)
    page.locator("#open-form").click()
    page.locator("#text").fill("祠堂里连日授课")
    for told, sentence in (("上湾村", "有 19 个社区叫“上湾村”"), ("没有的村", "没有叫这个名字的社区")):
        page.locator("#community").fill(told)
        page.locator("#save").click()
        expect(page.locator("p:has(> #community) > #fault")).to_contain_text(sentence)
        expect(page.locator("#text")).to_have_value("祠堂里连日授课")
    page.locator("#community").fill("上湾村 990101002001")
    page.locator("#community").press("Tab")
    expect(page.locator("#place-told")).to_contain_text("边界待绘")
    page.locator("#save").click()
    expect(page.locator("#tip .facts")).to_contain_text("上湾村")


def _without_borders(route: Route) -> None:
    answer = route.fetch()
    areas = answer.json()
    for feature in areas["features"]:
        feature["geometry"] = None
    route.fulfill(response=answer, json=areas)


@pytest.mark.slow
def test_a_place_outside_the_city_is_told_beside_the_map_and_the_words_stay(visit: Visit) -> None:
    page = visit("/tips")
    page.locator("#open-form").click()
    page.locator("#text").fill("城外有人授课")
    page.wait_for_load_state("networkidle")
    for _ in range(3):
        page.locator(".leaflet-control-zoom-out").click()
        page.wait_for_timeout(300)  # the glide of the map
    page.locator("#place-map").click(position={"x": 60, "y": 160})
    page.locator("#save").click()
    expect(page.locator("#fault + #place-told")).to_be_visible()
    expect(page.locator("#fault")).to_contain_text("范围内")
    expect(page.locator("#text")).to_have_value("城外有人授课")
    visit.faults = [fault for fault in visit.faults if "400" not in fault]


@pytest.mark.slow
def test_a_suspected_hotspot_is_reviewed_on_the_map(visit: Visit) -> None:
    page = visit("/")
    page.locator("#first-zones button").first.click()
    expect(page.locator(".zone-head")).to_contain_text("疑似热点(未核定)")
    page.locator(".review .confirm").click()
    expect(page.locator(".review .fault")).to_contain_text("请写明理由")
    assert not asks_before_leaving(page)
    page.locator("#review-reason").fill("两次走访见到集中授课")
    page.locator("#review-grade").select_option("orange")
    page.get_by_text("返回清单").click()
    page.locator("#zones .zone-list button").first.click()
    expect(page.locator("#review-reason")).to_have_value("两次走访见到集中授课")
    expect(page.locator("#review-grade")).to_have_value("orange")
    assert asks_before_leaving(page)
    page.locator(".review .confirm").click()
    expect(page.locator(".zone-head")).to_contain_text("重点关注区")
    expect(page.locator(".reviews")).to_contain_text("两次走访见到集中授课")
    expect(page.locator(".review a")).to_have_attribute("href", "/actions/new?zone=2026-02-red-001")
    page.locator("#review-reason").fill("第三次走访仍见到")
    page.locator(".review .confirm").click()
    expect(page.locator(".reviews li").first).to_contain_text("第三次走访仍见到")
    assert not asks_before_leaving(page)
    visit.faults = [fault for fault in visit.faults if "400" not in fault]
