"""No text that anybody may type runs as a script: typed, refused, stored, and met again wherever it comes back."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Locator, Page, expect

from layers.actor import LOCAL
from layers.database import transaction
from layers.host import embedded
from layers.schema.tables import actions as action_tables
from layers.schema.tables import house
from tests.browser.city import RED, YELLOW
from tests.browser.conftest import Site, Visit
from tests.browser.payloads import DECISION, FIELDS, PAPERS, PAYLOADS
from tests.browser.test_actions import AGENCIES, PLANNED, ready, town
from tests.browser.test_drawing import change, draw, spot, stored
from tests.builders import as_owner

pytestmark = pytest.mark.browser

__all__ = ["town"]  # the road, the stations and the teams of an action
ZONE = "2026-02-yellow-001"
POSTS = [payload[:80] for payload in PAYLOADS]  # as much of them as the field takes
SAMPLE = PAYLOADS[5]
WALKS: dict[str, "Walk"] = {}
Walk = Callable[[Visit, Site, str], None]


@pytest.fixture(autouse=True)
def as_it_was(
    site: Site,
    cluster: embedded.Cluster,
    town: None,  # noqa: ARG001 - the town first
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[None]:
    """Posts that are called like the payloads, and nothing of all that afterwards."""
    monkeypatch.setattr("app.desks.tips.gate.Pace.allows", lambda *_, **__: True)
    posts = house.posts
    with transaction(site.engine, LOCAL) as connection:
        connection.execute(posts.insert(), [{"title": post, "area_code": "99"} for post in POSTS])
        connection.execute(sa.text("UPDATE tips SET status = 'accepted' WHERE status = 'new'"))
        kept = "SELECT zone_id, grade, reviewed_on, expires_on FROM risk_zones"
        zones = [dict(row) for row in connection.execute(sa.text(kept)).mappings()]
    yield
    with as_owner(cluster, site.engine) as connection:
        connection.execute(posts.delete().where(posts.c.post.in_(POSTS)))
        connection.execute(sa.text("DELETE FROM tips WHERE tip_no LIKE 'X%'"))
        connection.execute(sa.text("UPDATE tips SET status = 'new' WHERE status = 'accepted'"))
        connection.execute(sa.text("UPDATE drawn_zones SET deleted_at = now(), version = version + 1"))
        connection.execute(action_tables.actions.delete())
        before = "UPDATE risk_zones SET grade = :grade, reviewed_on = :reviewed_on, expires_on = :expires_on"
        connection.execute(sa.text(f"{before} WHERE zone_id = :zone_id"), zones)


def walk(of: Walk) -> Walk:
    """Take that walk into the test."""
    WALKS[of.__name__] = of
    return of


@pytest.mark.slow
def test_a_text_is_never_run_on_the_map(visit: Visit, site: Site) -> None:
    _walk(visit, site, "workbench", (SAMPLE,))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["desk", "posts", "public", "workbench", "action"])
def test_no_text_is_ever_run(visit: Visit, site: Site, name: str) -> None:
    _walk(visit, site, name, PAYLOADS)


def _walk(visit: Visit, site: Site, name: str, payloads: tuple[str, ...]) -> None:
    for payload in payloads:
        WALKS[name](visit, site, payload)
        for page in visit.pages:
            assert page.evaluate("window.ran") is None, payload
            page.close()
        visit.pages.clear()
    refused = ("400", "403", "404", "412")  # answers that the walk asks for, which the browser notes
    visit.faults = [
        f for f in visit.faults if not (f.startswith("console: Failed to load") and any(r in f for r in refused))
    ]


def typed(page: Page, address: str, selector: str, payload: str) -> Locator:
    """That field with as much of the text as it takes; the field stands in the table."""
    field = next(field for field in FIELDS if (field.page, field.selector) == (address, selector))
    box = page.locator(selector)
    box.fill(payload[: field.longest])
    return box


@walk
def desk(visit: Visit, site: Site, payload: str) -> None:
    page = visit("/tips")
    page.locator(".acting summary").click()
    typed(page, "/tips", "#acting-post", payload).press("Enter")
    expect(page.locator("#acting")).to_have_text(payload[:80])
    page.locator("#open-form").click()
    typed(page, "/tips", "#text", payload)
    typed(page, "/tips", "#source", payload)
    typed(page, "/tips", "#address", payload)
    typed(page, "/tips", "#community", payload)
    page.locator("#save").click()
    expect(page.locator("#fault")).to_contain_text("没有叫这个名字的社区")
    page.locator("#community").fill("")
    page.locator("#save").click()
    expect(page.locator("#tip .text").first).to_have_text(payload)
    typed(page, "/tips", "#more", payload[:80])  # the name of a unit is shorter than a reason
    page.locator('[data-key="T"]').click()
    expect(page.locator("#none")).to_be_visible()
    page.locator("#status").select_option("transferred")
    expect(page.locator("#tip .facts")).to_contain_text(payload[:80])
    tip_id = page.locator("#inbox [aria-current]").get_attribute("data-tip")
    taken = page.evaluate(
        """async ([tip_id, reason]) => {
          const { csrf_token } = await (await fetch("/api/session")).json();
          const headers = { "X-CSRF-Token": csrf_token, "Content-Type": "application/json" };
          const body = JSON.stringify({ step: "rejected", version: 2, reason });
          return (await fetch(`/tips/${tip_id}/steps`, { method: "POST", headers, body })).status;
        }""",
        [tip_id, payload],
    )
    assert taken == 200
    again = visit(f"/tips#tip={tip_id}")
    expect(again.locator("#tip .steps")).to_contain_text(f"{payload[:80]} 不予受理:{payload}")
    with again.expect_response("**/tips/inbox?*"):
        typed(again, "/tips", "#look", payload)
    opened(visit, site, f"/tips/{tip_id}")
    opened(visit, site, "/tips/inbox?status=rejected")
    opened(visit, site, "/api/layers/tips")
    opened(visit, site, f"/tips/inbox?status={payload}")


@walk
def posts(visit: Visit, site: Site, payload: str) -> None:
    page = visit.context.new_page()
    visit.pages.append(page)
    page.goto(f"{site.url}/posts")
    typed(page, "/posts", "#post", payload)
    typed(page, "/posts", "#area", payload)
    typed(page, "/posts", "#work_phone", payload)
    page.get_by_role("button", name="增加").click()
    expect(page.locator(".fault[role=alert]").last).to_be_visible()
    expect(page.locator("#post")).to_have_value(payload[:40])
    typed(page, "/posts", "#text", payload).press("Enter")
    expect(page.locator("table")).to_contain_text(payload[:40])
    opened(visit, site, f"/post?text={payload[:40]}")
    opened(visit, site, f"/api/posts?text={payload[:40]}")


def send(page: Page) -> None:
    """Press the one button, and wait for the page that takes the place of this one."""
    main = page.locator("main").element_handle()
    page.get_by_role("button").click()
    page.wait_for_function("(main) => !main.isConnected", arg=main)


@walk
def public(visit: Visit, site: Site, payload: str) -> None:
    page = visit.context.new_page()
    visit.pages.append(page)
    page.goto(f"{site.url}/tips/new")
    typed(page, "/tips/new", "#text", payload)
    typed(page, "/tips/new", "#address", payload)
    page.evaluate("document.querySelector('[name=key]').value = 'stale'")
    send(page)
    expect(page.locator("#text")).to_have_value(payload)
    typed(page, "/tips/new", "#website", payload)
    send(page)
    expect(page.locator("#address")).to_have_value(payload)
    send(page)
    expect(page.locator("h1")).to_have_text("已收到,谢谢")
    receipt = page.locator("#receipt").inner_text()
    page.goto(f"{site.url}/tips/receipt")
    typed(page, "/tips/receipt", "#number", payload)
    send(page)
    expect(page.locator(".fault")).to_contain_text("没有查到")
    page.locator("#number").fill(receipt)
    send(page)
    typed(page, "/tips/receipt", "#words", payload)
    send(page)
    expect(page.locator("[role=status]")).to_have_text("补充的内容已收到。")
    desk = visit("/tips")
    expect(desk.locator("#tip .text").first).to_have_text(payload)
    expect(desk.locator("#tip .steps")).to_contain_text(f"补充:{payload}")
    desk.locator('[data-key="A"]').click()
    expect(desk.locator("#done")).to_contain_text("已受理")


@walk
def workbench(visit: Visit, site: Site, payload: str) -> None:
    page = visit(f"/#zone={ZONE}")
    typed(page, "/", "#review-reason", payload)
    page.locator(".review .confirm").click()
    expect(page.locator(".reviews li").first).to_contain_text(payload)
    page.click("#tab-counties")
    typed(page, "/", "#search-text", payload)
    expect(page.locator("#search-none")).to_contain_text("没有找到")
    page.evaluate("wuchuan.city.map.setView([27.1, 118.25], 11, {animate: false})")
    draw(page, "", [YELLOW], "Marker")
    typed(page, "/", "#draw-form [name=name]", payload)
    typed(page, "/", "#draw-form [name=note]", payload)
    typed(page, "/", "#draw-form [role=combobox]", payload)
    page.reload()
    page.wait_for_selector('[data-drawn="all"]')
    page.click("#notice >> text=继续")
    expect(page.locator("#draw-form [name=note]")).to_have_value(payload)
    page.click("#draw-form .confirm")
    expect(page.locator("#draw-form")).to_have_count(0)
    page.wait_for_function("() => wuchuan.city.drawers.get('drawn_zones').rows === 1")
    feature = next(f for f in stored(page, site) if f["properties"]["name"] == payload[:60])
    page.evaluate("([lng, lat]) => wuchuan.city.open({lat, lng})", feature["geometry"]["coordinates"])
    expect(page.locator(".drawn-facts .note").first).to_have_text(payload)
    page.click(".popup >> text=编辑")
    page.wait_for_selector("#draw-form")
    change(page, site, "PUT", feature)
    page.click("#draw-form .confirm")
    expect(page.locator(".conflict table")).to_contain_text(payload)
    page.click(".conflict >> text=用现有版本")
    expect(page.locator("#draw-form")).to_have_count(0)
    for address in ("/api/drawn-zones", f"/api/drawn-zones/{feature['id']}", f"/api/zones/{ZONE}/review"):
        opened(visit, site, address)
    opened(visit, site, f"/api/places?q={payload}")
    if payload == SAMPLE:  # paper takes seconds, and takes every text the same way
        opened(visit, site, "/maps/zones.svg?area=990801001001")
    change(page, site, "DELETE", feature | {"version": 2})


@walk
def action(visit: Visit, site: Site, payload: str) -> None:
    page = ready(visit("/actions/new"))
    typed(page, "/actions/new", "#name", payload)
    typed(page, "/actions/new", "#text", payload).press("Enter")
    expect(page.locator("#none")).to_be_visible()
    page.evaluate(
        "([lng, lat]) => wuchuan.city.map.setView([lat, lng], 15, {animate: false})", [RED[0] + 0.025, RED[1]]
    )
    page.mouse.click(*spot(page, (RED[0] + 0.025, RED[1])))
    typed(page, "/actions/new", ".popup input", payload).press("Enter")
    page.locator("#targets .tick input").check()
    for name in DECISION:
        typed(page, "/actions/new", f"#decision-{name}", payload)
    for name in PAPERS:
        typed(page, "/actions/new", f"#target-0-{name}", payload)
    page.get_by_role("button", name="排定队伍和路线").click()
    page.wait_for_url(PLANNED)
    ready(page)
    expect(page.locator("h1")).to_have_text(payload[:60])
    expect(page.locator("#legs tr")).to_have_count(1 + len(AGENCIES))
    page.locator("summary").first.click()
    for name in PAPERS:
        typed(page, "/actions/1", f"#target-1-{name}", payload[::-1])
        typed(page, "/actions/1", f"#target-1-{name}", payload)
    with page.expect_response("**/targets/1") as answer:
        page.get_by_role("button", name="保存").click()
    assert answer.value.ok
    listed = visit.context.new_page()
    visit.pages.append(listed)
    listed.goto(f"{site.url}/actions")
    expect(listed.locator("table")).to_contain_text(payload[:60])
    number = page.url.rpartition("/")[2]
    if payload == SAMPLE:
        order = page.request.get(f"{site.url}/actions/{number}/order.pdf")
        assert (order.status, b"/JavaScript" in order.body(), b"/JS" in order.body()) == (200, False, False)
    opened(visit, site, f"/api/actions/{number}")
    opened(visit, site, f"/api/premises?text={payload[:40]}")


def opened(visit: Visit, site: Site, address: str) -> None:
    """An answer opened as a page of its own, as somebody may who follows its address."""
    page = visit.context.new_page()
    visit.pages.append(page)
    path, _, query = address.partition("?")
    name, _, value = query.partition("=")
    page.goto(f"{site.url}{path}" + (f"?{name}={page.evaluate('encodeURIComponent', value)}" if query else ""))


_UNKNOWN = """(known) => [...document.querySelectorAll(
    "input:not([type]), input[type=text], input[type=search], textarea, [contenteditable]"
)].filter((node) => !known.some((selector) => node.matches(selector))).map((node) => node.outerHTML)"""


@pytest.mark.slow
def test_every_field_that_takes_a_text_stands_in_the_table(visit: Visit) -> None:
    """Pages with all their forms open have no text field that the walks do not know."""
    opened = {
        "/tips": "#open-form",
        "/tips/new": None,
        "/tips/receipt": None,
        "/": None,
        "/actions/new": None,
        "/posts": None,
    }
    for address, button in opened.items():
        page = visit.context.new_page()
        visit.pages.append(page)
        page.goto(visit.home + address)
        if address == "/":
            page.wait_for_selector('[data-drawn="all"]')
            page.locator("#first-zones button").first.click()
            page.wait_for_selector("#review-reason")
            draw(page, "", [RED], "Marker")
        if address == "/actions/new":
            ready(page)
            page.mouse.click(*spot(page, RED))
            page.locator(".popup input").fill("这里")
            page.locator(".popup input").press("Enter")
        if button:
            page.locator(button).click()
        known = [field.selector for field in FIELDS if field.page == address]
        unknown = page.evaluate(_UNKNOWN, known)
        assert unknown == []
        page.close()
    visit.pages.clear()
