"""A joint action planned with a real mouse and keyboard, from a reviewed zone to the table of who leaves when."""

import itertools
import math
import re
import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Locator, Page, expect

from app.core import passwords
from app.desks.actions.desk import approve, complete_target
from layers import accounts
from layers.actor import LOCAL, Actor
from layers.database import transaction
from layers.host import embedded
from layers.schema.tables import actions
from layers.schema.tables.house import posts
from layers.schema.tables.places import roads
from layers.schema.tables.results import risk_zones
from tests.browser.city import RED
from tests.browser.conftest import Site, Visit
from tests.browser.drawn import asks_before_leaving
from tests.builders import as_owner

#: Of the one who approves.
PASSWORD = "planned-on-a-tuesday"  # noqa: S105

ZONE = "2026-02-red-001"
AGENCIES = ("公安", "市场监管", "政法委")
MOST_CLICKS, TARGETS = 26, 12
TEAMS = TARGETS + 4  # of each agency; an approved action of the day sends some out
#: Somebody else, signed in elsewhere.
COLLEAGUE = Actor(account="另一人", post="乙岗", sign_in="another")
PLANNED = re.compile(r"/actions/\d+$")


@pytest.fixture(autouse=True, scope="module")
def town(site: Site, cluster: embedded.Cluster) -> Iterator[None]:
    """A road through the red zone, which is reviewed, teams of each agency, and two posts on duty."""
    lon, lat = RED
    way = f"SRID=4490;MULTILINESTRING(({lon - 0.03} {lat},{lon + 0.03} {lat}))"
    road = {"identity": uuid.uuid4(), "name": "青山路", "class": "trunk", "speed_kmh": 40, "geom": way}
    stations = [{"name": f"{agency}站", "agency": agency, "community_code": "990101001001",
                 "geom": f"SRID=4490;POINT({lon - 0.02} {lat})"} for agency in AGENCIES]  # fmt: skip
    teams = [{"name": f"{agency}{number}队", "agency": agency, "station": f"{agency}站", "size": 2,
              "ready_minutes": 5} for agency in AGENCIES for number in range(TEAMS)]  # fmt: skip
    with transaction(site.engine, LOCAL) as connection:
        connection.execute(roads.insert(), [road])
        connection.execute(risk_zones.update().where(risk_zones.c.zone_id == ZONE).values(reviewed_on="2026-02-01"))
        connection.execute(actions.stations.insert(), stations)
        connection.execute(actions.teams.insert(), teams)
        connection.execute(posts.insert(), [{"title": post, "area_code": "99"} for post in ("甲岗", "乙岗")])
    yield
    with as_owner(cluster, site.engine) as connection:
        for table in (actions.actions, actions.teams, actions.stations):
            connection.execute(table.delete())
        connection.execute(posts.delete().where(posts.c.post.in_(["甲岗", "乙岗"])))
        connection.execute(roads.delete().where(roads.c.name == road["name"]))
        connection.execute(risk_zones.update().where(risk_zones.c.zone_id == ZONE).values(reviewed_on=None))


def ready(page: Page) -> Page:
    page.wait_for_selector("#action[data-ready]")
    return page


class Hand:
    """A hand on the mouse that counts its clicks."""

    def __init__(self) -> None:
        self.clicks = 0

    def click(self, there: Locator) -> None:
        self.clicks += 1
        there.click()


@pytest.fixture
def evidence(site: Site, cluster: embedded.Cluster) -> Iterator[None]:
    """A tip at every point inside the zone, so that each premises has a number that points at it."""
    copied = (
        "INSERT INTO tips (tip_no, received_at, status, identity, geom)"
        " SELECT 'E' || row_number() OVER (), '2026-01-15', 'new', gen_random_uuid(), places.geom"
        " FROM (SELECT geom FROM venues UNION ALL SELECT geom FROM rental_units) AS places, risk_zones"
        " WHERE zone_id = :zone AND ST_Intersects(places.geom, risk_zones.geom)"
    )
    with transaction(site.engine, LOCAL) as connection:
        connection.execute(sa.text(copied), {"zone": ZONE})
        ends = sa.select(risk_zones.c.expires_on).where(risk_zones.c.zone_id == ZONE)
        expires_on = connection.execute(ends).scalar_one()
    yield
    with as_owner(cluster, site.engine) as connection:
        connection.execute(sa.text("DELETE FROM tips WHERE tip_no LIKE 'E%'"))
        connection.execute(sa.text("DELETE FROM zone_reviews"))
        connection.execute(risk_zones.update().where(risk_zones.c.zone_id == ZONE).values(expires_on=expires_on))


def frame(page: Page, hand: Hand, count: int) -> None:
    """One drag over the map that has just so many of the listed points inside: the westernmost of those on screen."""
    points = page.evaluate("""() => {
      const { map } = wuchuan.city, { left, top } = map.getContainer().getBoundingClientRect(), seen = [];
      map.eachLayer((layer) => layer.options?.fillColor === "#1f5a96" && layer.getLatLng && seen.push(layer));
      return seen.map((each) => map.latLngToContainerPoint(each.getLatLng())).map(({ x, y }) => [x + left, y + top]);
    }""")
    box = page.locator("#stage").bounding_box()
    assert box is not None
    points.sort()
    west, east = points[0][0] - 3, (points[count - 1][0] + points[count][0]) / 2
    north, south = min(y for _, y in points[:count]) - 3, max(y for _, y in points[:count]) + 3
    page.mouse.move(west, north)
    page.mouse.down()
    page.mouse.move((west + east) / 2, (north + south) / 2)
    page.mouse.move(east, south)
    page.mouse.up()
    hand.clicks += 1


@pytest.mark.usefixtures("evidence")
@pytest.mark.slow
def test_twelve_targets_go_from_the_map_to_the_printed_order_without_a_terminal(
    visit: Visit, browser: Browser, site: Site
) -> None:
    """Two people, one browser each; every click and drag is counted, and both stay under the budget of the journey."""
    page, hand = visit(), Hand()
    hand.click(page.locator("#tab-zones"))
    hand.click(page.locator("#zones").get_by_role("button", name="001").first)
    hand.click(page.locator("#review-reason"))
    page.keyboard.type("两次走访见到授课")
    hand.click(page.locator(".review .confirm"))
    expect(page.locator(".reviews")).to_contain_text("两次走访见到授课")  # stored: nothing typed is lost by leaving
    hand.click(page.get_by_role("link", name="列入行动"))
    page.wait_for_url("**/actions/new*")
    ready(page)
    page.wait_for_timeout(500)  # the map moves to the zone
    page.keyboard.type("十二处联合行动")  # the name's field is waiting for it
    hand.click(page.locator("#frame"))
    frame(page, hand, TARGETS)
    expect(page.locator("#targets > li")).to_have_count(TARGETS)
    hand.click(page.locator("#decision-legal_basis"))
    for words in ("《禁止传销条例》第十四条", "市场监督管理局", "演〔2026〕8号", "公演〔2026〕3号"):
        page.keyboard.type(words)
        page.keyboard.press("Tab")
    expect(page.locator("#count")).to_have_text("12 个,12 个文书齐全")
    expect(page.locator("#targets .told").first).to_contain_text(re.compile(r"线索\d+条:E\d+"))
    hand.click(page.get_by_role("button", name="排定队伍和路线"))
    page.wait_for_url(PLANNED)
    ready(page)
    expect(page.locator("#legs tr")).to_have_count(TARGETS * (1 + len(AGENCIES)))
    planned = hand.clicks
    expect(page.locator("#second")).to_contain_text("批准要由另一个账户以另一个岗位做")
    with transaction(site.engine, LOCAL) as connection:
        account_id = accounts.add(connection, "指挥二", role="planner", area_code="99", scope="")
        accounts.change(connection, account_id, password_hash=passwords.hashed(PASSWORD))
        accounts.give(connection, account_id, "甲岗")
    with browser.new_context() as context:
        second = context.new_page()
        second.goto(f"{site.url}/sign-in")
        second.keyboard.type("指挥二")
        second.keyboard.press("Tab")
        second.keyboard.type(PASSWORD)
        hand.click(second.get_by_role("button", name="登录"))
        second.wait_for_url("**/")
        hand.click(second.get_by_role("navigation").get_by_role("link", name="行动"))
        hand.click(second.get_by_role("link", name="十二处联合行动"))
        ready(second)
        hand.click(second.get_by_role("button", name="批准"))
        expect(second.locator("#status")).to_have_text("已批准")
        expect(second.locator("#facts")).to_contain_text("批准岗位甲岗")
        hand.clicks += 1  # 打印行动单, drawn here so that no worker is needed
        printed = second.request.get(f"{second.url}/order.pdf", timeout=0)
        assert (printed.status, printed.body()[:5]) == (200, b"%PDF-")
    assert (planned, hand.clicks) == (9, 14)
    assert hand.clicks <= MOST_CLICKS


@pytest.mark.slow
@pytest.mark.parametrize(("width", "dark"), [(1440, False), pytest.param(390, True, marks=pytest.mark.slow)])
def test_three_targets_are_planned_with_one_decision(visit: Visit, width: int, dark: bool) -> None:
    page, hand = ready(visit(f"/actions/new?zone={ZONE}", width=width, dark=dark)), Hand()
    page.keyboard.type(f"春季行动{width}")
    for place in range(3):
        hand.click(page.locator("#premises input").nth(place))
        assert page.evaluate("document.activeElement.closest('#premises') !== null")  # the keyboard stays in the list
    hand.click(page.locator("#decision-legal_basis"))
    for words in ("《禁止传销条例》第十四条", "市场监督管理局", "演〔2026〕8号", "公演〔2026〕3号"):
        page.keyboard.type(words)
        page.keyboard.press("Tab")
    for target in range(3):
        page.locator(f"#target-{target}-evidence").evaluate("field => (field.closest('details').open = true)")
        page.locator(f"#target-{target}-evidence").fill("三个互相独立的来源")
    page.locator("#target-1-document_no").fill("演〔2026〕9号")  # one target has a document of its own
    page.locator("#decision-document_no").fill("演〔2026〕10号")
    numbers = [page.locator(f"#target-{target}-document_no").input_value() for target in range(3)]
    assert numbers == ["演〔2026〕10号", "演〔2026〕9号", "演〔2026〕10号"]
    hand.click(page.get_by_role("button", name="排定队伍和路线"))
    page.wait_for_url(PLANNED)
    ready(page)
    expect(page.locator("#legs .badge.ready")).to_have_count(3)
    expect(page.locator("#legs tr")).to_have_count(3 + 3 * len(AGENCIES))
    expect(page.locator("#legs")).to_contain_text("09:4")
    expect(page.locator("#facts")).to_contain_text("统一行动时间10:00")
    expect(page.locator("#stage .target")).to_have_count(3)
    ways = page.locator("#stage path.leg").evaluate_all("paths => paths.map((path) => path.getAttribute('d'))")
    assert len(set(ways)) == 3 * len(AGENCIES)  # all from one yard along one road, and none covers another
    page.evaluate("wuchuan.city.map.setZoom(9, {animate: false})")  # where the three places are one
    middles = page.locator("#stage .target").evaluate_all(
        "marks => marks.map((mark) => mark.getBoundingClientRect()).map(({x, y}) => [x, y])"
    )
    assert min(math.dist(*pair) for pair in itertools.combinations(middles, 2)) >= 25
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.slow
def test_a_target_without_papers_is_shown_pending_and_is_completed_on_its_page(visit: Visit, site: Site) -> None:
    page = ready(visit(f"/actions/new?zone={ZONE}"))
    page.keyboard.type("待核行动")
    page.locator("#premises label", has_text="解放路1号").first.click()
    expect(page.locator("#targets .badge")).to_have_text("待核")
    page.get_by_role("button", name="排定队伍和路线").click()
    page.wait_for_url(PLANNED)
    ready(page)
    page.get_by_role("button", name="批准").click()
    expect(page.locator("#fault")).to_contain_text("第 1 个目标还是待核")
    for name in ("evidence", "legal_basis", "authority", "document_no", "police_document_no"):
        field = page.locator(f"#target-1-{name}")
        if field.is_visible():
            field.click()
            page.keyboard.type("有")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("#legs .badge")).to_have_text("文书齐全")
    page.get_by_role("button", name="批准").click()
    expect(page.locator("#fault")).to_contain_text("由“值班岗”排定或改过")
    action_id, colleague = int(page.url.rpartition("/")[2]), COLLEAGUE
    complete_target(site.engine, colleague, action_id, 1, {"evidence": "两次走访"}, version=3)
    page.reload()
    ready(page).get_by_role("button", name="批准").click()
    expect(page.locator("#status")).to_have_text("已批准")
    page.get_by_text("经过").click()
    expect(page.locator("#steps li").last).to_have_text(re.compile(r"^20\d\d-\d\d-\d\d \d\d:\d\d .+ 批准$"))
    visit.faults.clear()  # the browser notes the refusal that was asked for


@pytest.mark.slow
def test_whoever_would_undo_an_approval_is_asked_first(visit: Visit, site: Site) -> None:
    page = ready(visit(f"/actions/new?zone={ZONE}"))
    page.keyboard.type("批准过的行动")
    page.locator("#premises input").first.click()
    for name in ("legal_basis", "authority", "document_no", "police_document_no"):
        page.locator(f"#decision-{name}").fill("有")
    page.locator("#target-0-evidence").evaluate("field => (field.closest('details').open = true)")
    page.locator("#target-0-evidence").fill("两次走访")
    page.get_by_role("button", name="排定队伍和路线").click()
    page.wait_for_url(PLANNED)
    colleague = COLLEAGUE
    approve(site.engine, colleague, int(page.url.rpartition("/")[2]), version=2)
    page.reload()
    ready(page).get_by_role("button", name="重新排定").click()
    page.locator("#targets summary").click()
    page.locator("#target-1-evidence").fill("三次走访")
    page.get_by_role("button", name="保存").click()
    assert [fault.partition("。")[0] for fault in visit.faults] == ["dialog: 这个行动已经批准"] * 2
    visit.faults.clear()  # both were answered with no
    expect(page.locator("#target-1-evidence")).to_have_value("三次走访")
    expect(page.locator("#status")).to_have_text("已批准")
    with transaction(site.engine, LOCAL) as connection:
        stands = sa.select(actions.actions.c.status).where(actions.actions.c.name == "批准过的行动")
        assert connection.execute(stands).scalar_one() == "approved"


@pytest.mark.slow
def test_a_long_order_is_waited_for_and_handed_out(visit: Visit) -> None:
    page = ready(visit(f"/actions/new?zone={ZONE}"))
    page.keyboard.type("多页的行动")
    page.locator("#premises input").first.click()
    page.get_by_role("button", name="排定队伍和路线").click()
    page.wait_for_url(PLANNED)
    ready(page).evaluate("document.getElementById('action').dataset.few = 2")  # it has three pages
    order = f"{page.url}/order.pdf"
    told = iter(["todo", "doing", "failed", "doing", "succeeded"])
    page.route("**/api/actions/*/order", lambda route: route.fulfill(json={"job_id": 7, "order": order}))
    page.route("**/api/jobs/7", lambda route: route.fulfill(json={"status": next(told), "note": "磁盘已满"}))
    page.route(order, lambda route: route.fulfill(body="%PDF-", headers={"Content-Disposition": "attachment"}))
    page.get_by_text("打印行动单").click()
    expect(page.locator("#print")).to_have_text("正在制作 3 页…")
    expect(page.locator("#fault")).to_have_text("行动单没有做好:磁盘已满")
    with page.expect_download():
        page.get_by_text("打印行动单").click()
    expect(page.locator("#print")).to_have_text("打印行动单")


@pytest.mark.slow
def test_what_is_refused_stands_beside_its_field_and_the_work_stays(visit: Visit) -> None:
    page = ready(visit("/actions/new"))
    page.keyboard.type("过去的行动")
    page.locator("#date").fill("2020-01-01")
    page.get_by_role("button", name="排定队伍和路线").click()
    expect(page.locator("#fault")).to_have_text("请至少选一个目标")
    box = page.locator("#stage").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.get_by_placeholder("给这个位置起个名称").click()
    page.keyboard.type("路口仓库")
    page.keyboard.press("Enter")
    expect(page.locator("#targets")).to_contain_text("1. 路口仓库")
    page.get_by_role("button", name="排定队伍和路线").click()
    expect(page.locator("#fault")).to_contain_text("时间窗口已经过去")
    assert page.locator("p:has(> #since) > #fault").count() == 1
    expect(page.locator("#name")).to_have_value("过去的行动")
    visit.faults.clear()  # as above


@pytest.mark.slow
@pytest.mark.parametrize(
    ("targets", "sentence", "field"),
    [(1, "附近 500 米内没有道路", "#text"), pytest.param(TEAMS + 1, "队伍", "#agencies", marks=pytest.mark.slow)],
)
def test_what_cannot_be_planned_is_said_beside_its_field_and_every_target_stays(
    visit: Visit, targets: int, sentence: str, field: str
) -> None:
    page = ready(visit("/actions/new" if targets == 1 else f"/actions/new?zone={ZONE}"))
    page.keyboard.type("排不出的行动")
    if targets == 1:
        page.evaluate("([lng, lat]) => wuchuan.city.open({lng, lat})", [RED[0], RED[1] + 0.03])
        page.locator(".popup input").fill("山上仓库")
        page.keyboard.press("Enter")
    for place in range(targets) if targets > 1 else ():
        page.locator("#premises input").nth(place).click()
    page.locator("#target-0-evidence").fill("三个互相独立的来源")
    page.get_by_role("button", name="排定队伍和路线").click()
    expect(page.locator("#fault")).to_contain_text(sentence)
    assert page.locator(f":is(p, fieldset):has({field}) > #fault, {field} > #fault").count() == 1
    expect(page.locator("#targets > li")).to_have_count(targets)
    expect(page.locator("#target-0-evidence")).to_have_value("三个互相独立的来源")
    assert asks_before_leaving(page)
    visit.faults.clear()  # the browser notes the refusal that was asked for


@pytest.mark.slow
def test_a_stale_tab_shows_what_stands_now_and_keeps_what_was_typed(visit: Visit) -> None:
    first = ready(visit(f"/actions/new?zone={ZONE}"))
    first.keyboard.type("两人同改的行动")
    first.locator("#premises input").first.click()
    first.get_by_role("button", name="排定队伍和路线").click()
    first.wait_for_url(PLANNED)
    ready(first)
    second = ready(visit(f"/actions/{first.url.rpartition('/')[2]}"))
    first.locator("#target-1-authority").fill("市场监督管理局")
    with first.expect_response("**/targets/1"):
        first.get_by_role("button", name="保存").click()
    second.locator("#target-1-evidence").fill("两次走访见到授课")
    assert asks_before_leaving(second)
    second.get_by_role("button", name="保存").click()
    expect(second.locator('[data-target="1"] #fault')).to_contain_text("别人刚刚改过这个行动")
    expect(second.locator("#target-1-evidence")).to_have_value("两次走访见到授课")
    expect(second.locator("#target-1-authority")).to_have_value("市场监督管理局")
    second.get_by_role("button", name="保存").click()
    expect(second.get_by_role("button", name="保存")).to_be_disabled()
    assert not asks_before_leaving(second)
    first.reload()
    expect(ready(first).locator("#target-1-evidence")).to_have_value("两次走访见到授课")
    expect(first.locator("#target-1-authority")).to_have_value("市场监督管理局")
    visit.faults.clear()  # as above
