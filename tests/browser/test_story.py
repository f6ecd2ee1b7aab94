"""The whole way by mouse and keyboard: a call, its zone drawn and reviewed, a raid planned, the order printed."""

import io
import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect
from pypdf import PdfReader

from layers.actor import LOCAL
from layers.database import transaction
from layers.host import embedded
from tests.browser.city import RED
from tests.browser.conftest import Site, Visit
from tests.browser.test_actions import AGENCIES, PLANNED, ZONE, ready, town
from tests.browser.test_drawing import draw
from tests.builders import as_owner

pytestmark = pytest.mark.browser

__all__ = ["town"]  # the road, the stations and the teams there
ROUND = [(RED[0] + dx, RED[1] + dy) for dx, dy in ((-0.02, -0.015), (0.02, -0.015), (0.02, 0.015), (-0.02, -0.015))]


@pytest.fixture
def unreviewed(site: Site, town: None) -> Iterator[None]:  # noqa: ARG001 - after the town is there
    """The zone as nobody has reviewed it; afterwards as the other tests of the site know it."""
    named = {"zone": ZONE}
    with transaction(site.engine, LOCAL) as connection:
        connection.execute(sa.text("UPDATE risk_zones SET reviewed_on = NULL WHERE zone_id = :zone"), named)
        kept = sa.text("SELECT grade, expires_on FROM risk_zones WHERE zone_id = :zone")
        before = dict(connection.execute(kept, named).mappings().one())
    yield
    with transaction(site.engine, LOCAL) as connection:
        back = (
            "UPDATE risk_zones SET grade = :grade, expires_on = :expires_on, reviewed_on = NULL WHERE zone_id = :zone"
        )
        connection.execute(sa.text(back), before | named)


@pytest.mark.usefixtures("unreviewed")
def test_one_person_walks_from_a_telephone_call_to_a_printed_order(
    visit: Visit, site: Site, cluster: embedded.Cluster
) -> None:
    page = visit("/tips")
    page.locator("#open-form").click()
    page.locator("#text").fill("解放路那栋楼每天早上有二十多人听课,来电13800138000")
    page.locator("#place-map").click()
    page.locator("#save").click()
    expect(page.locator("#tip .text")).to_contain_text("[已隐去]")
    page.keyboard.press("a")
    expect(page.locator("#done")).to_contain_text("已受理")

    page.locator(".rooms a", has_text="地图").click()
    page.wait_for_selector('[data-drawn="all"]')
    draw(page, "重点片区", ROUND).press("#draw-form .confirm")
    expect(page.locator("path.drawn")).to_have_count(1)
    page.locator("#first-zones button").first.click()
    page.locator("#review-reason").fill("两次走访见到集中授课")
    page.locator(".review .confirm").click()
    expect(page.locator(".zone-head")).to_contain_text("重点关注区")

    page.locator(".review a", has_text="列入行动").click()
    ready(page)
    page.keyboard.type("春季统一行动")
    for place in range(3):
        page.locator("#premises input").nth(place).click()
    page.get_by_role("button", name="排定队伍和路线").click()
    page.wait_for_url(PLANNED)
    ready(page)
    expect(page.locator("#facts")).to_contain_text("统一行动时间")
    with page.expect_download(timeout=90_000) as printed:  # what draws it is loaded first
        page.get_by_text("打印行动单").click(timeout=90_000)
    order = PdfReader(io.BytesIO(printed.value.path().read_bytes()))
    assert len(order.pages) == 3 * len(AGENCIES)
    text = re.sub(r"\s", "", order.pages[0].extract_text())
    assert "行动单" in text
    assert "统一行动时间" in text
    with as_owner(cluster, site.engine) as connection:
        connection.execute(sa.text("DELETE FROM tips WHERE tip_no LIKE 'X%'"))
        connection.execute(sa.text("UPDATE drawn_zones SET deleted_at = now(), version = version + 1"))
