"""A tip-giver at a phone: the receipt, the way back by it, and nothing of either left in the browser."""

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from layers.host import embedded
from tests.browser.conftest import Site
from tests.builders import as_owner

KEPT = """async () => [document.cookie, localStorage.length, sessionStorage.length,
  (await indexedDB.databases()).length, (await caches.keys()).length, history.length]"""


@pytest.fixture(autouse=True)
def at_any_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """All tests come from one address."""
    monkeypatch.setattr("app.desks.tips.gate.Pace.allows", lambda *_, **__: True)


@pytest.fixture
def phone(browser: Browser, site: Site, cluster: embedded.Cluster, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of somebody who never signed in, with or without scripts."""
    options = {"viewport": {"width": 390, "height": 844}, "java_script_enabled": getattr(request, "param", True)}
    with browser.new_context(**options) as context:
        yield context.new_page()
    with as_owner(cluster, site.engine) as connection:
        connection.execute(sa.text("DELETE FROM tips WHERE channel = '网上举报'"))


def submitted(page: Page, site: Site) -> str:
    page.goto(f"{site.url}/tips/new")
    page.locator("#text").fill("三楼出租屋每天早上有二十多人听课")
    page.get_by_role("button", name="提交").click()
    return page.locator("#receipt").inner_text()


@pytest.mark.parametrize("phone", [True, False], indirect=True)
def test_a_tip_giver_comes_back_by_the_receipt_and_adds_words_with_and_without_scripts(phone: Page, site: Site) -> None:
    number = submitted(phone, site)
    assert re.fullmatch(r"(\d{4} ){3}\d{4}", number)
    phone.get_by_role("link", name="查询").click()
    expect(phone).to_have_title("查询")
    phone.locator("#number").fill("1" * 16)
    phone.get_by_role("button").click()
    expect(phone.locator(".fault")).to_have_text("没有查到,请核对 16 位查询码")
    phone.locator("#number").fill(number)
    phone.get_by_role("button").click()
    expect(phone.locator("#state")).to_have_text("已登记")
    phone.locator("#words").fill("四楼也有")
    phone.get_by_role("button").click()
    expect(phone.locator("[role=status]")).to_have_text("补充的内容已收到。")
    assert phone.url == f"{site.url}/tips/receipt"


def test_neither_number_nor_words_stand_in_the_history_or_a_store_of_the_browser(phone: Page, site: Site) -> None:
    number = submitted(phone, site)
    assert phone.evaluate(KEPT) == ["", 0, 0, 0, 0, 2]  # the empty page and the form, sent without leaving it
    phone.goto(f"{site.url}/tips/receipt")
    phone.locator("#number").fill(number)
    phone.get_by_role("button").click()
    expect(phone.locator("#state")).to_be_visible()
    assert phone.evaluate(KEPT) == ["", 0, 0, 0, 0, 3]
    phone.goto("about:blank")
    phone.go_back()
    expect(phone.locator("#number")).to_have_value("")
    phone.go_back()
    expect(phone.locator("#text")).to_have_value("")
    assert number not in phone.content()


def test_a_name_is_asked_about_beside_the_form_and_the_second_press_goes_on(phone: Page, site: Site) -> None:
    phone.goto(f"{site.url}/tips/new")
    phone.locator("#text").fill("房东王小明说三楼每天早上有二十多人听课")
    phone.get_by_role("button", name="提交").click()
    expect(phone.locator(".fault")).to_contain_text("好像写了人名:“王小明”")
    expect(phone.locator("#text")).to_have_value(re.compile("王小明"))
    phone.get_by_role("button", name="提交").click()
    expect(phone.locator("#receipt")).to_be_visible()
