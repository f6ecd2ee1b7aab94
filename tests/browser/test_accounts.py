"""Accounts in the browser: the slip, a password, the second factor, and a first page without what a role may not do."""

import pyotp
import pytest
from playwright.sync_api import Browser, expect

from app.core import passwords
from layers import accounts
from layers.actor import LOCAL
from layers.database import transaction
from tests.browser import city
from tests.browser.conftest import Site, Visit

PASSWORD = "three-old-camphor-trees"  # noqa: S105


def test_an_account_is_added_invited_and_signs_in_with_a_second_factor(site: Site, browser: Browser) -> None:
    page = site.context.new_page()
    page.goto(f"{site.url}/posts")
    page.get_by_role("link", name="账户", exact=True).first.click()
    page.get_by_label("账户(登录用").fill("受理一")
    page.get_by_label("角色").first.select_option("tip_desk")
    page.get_by_label("岗位(可以后再加)").fill(city.POST)
    page.get_by_role("button", name="登记").click()
    page.get_by_role("row", name="受理一").get_by_text("管理", exact=True).click()
    page.get_by_role("row", name="受理一").get_by_role("button", name="打印邀请单").click()
    slip = page.locator(".slip")
    expect(slip).to_contain_text("线索受理")
    assert slip.locator("svg").bounding_box()["width"] > 100
    link = slip.locator(".secret").inner_text()
    page.close()
    with browser.new_context() as context:
        guest = context.new_page()
        guest.goto(link)
        guest.get_by_label("新口令").fill(PASSWORD)
        guest.get_by_label("再填一遍").fill(PASSWORD)
        guest.get_by_role("button", name="设置口令并登录").click()
        secret = guest.locator(".pair .secret").inner_text()
        guest.get_by_label("六位动态码").fill(pyotp.TOTP(secret).now())
        guest.get_by_role("button", name="开启").click()
        expect(guest.locator("#factor-title + p")).to_contain_text("已开启")
        guest.get_by_role("button", name="退出").click()
        guest.wait_for_url("**/sign-in")
        guest.get_by_label("账户").fill("受理一")
        guest.get_by_label("口令").fill(PASSWORD)
        guest.get_by_role("button", name="登录").click()
        expect(guest.get_by_role("alert")).to_contain_text("账户、口令或动态码不对")


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_a_viewer_sees_the_map_without_what_it_may_not_do(site: Site, browser: Browser, width: int, dark: bool) -> None:
    with browser.new_context() as context:
        with transaction(site.engine, LOCAL) as connection:
            account_id = accounts.add(connection, f"看图的{width}", role="viewer", area_code="99", scope="")
            accounts.change(connection, account_id, password_hash=passwords.hashed(PASSWORD))
        door = context.new_page()
        door.goto(f"{site.url}/sign-in")
        door.get_by_label("账户").fill(f"看图的{width}")
        door.get_by_label("口令").fill(PASSWORD)
        door.get_by_role("button", name="登录").click()
        door.wait_for_url("**/")
        visit = Visit(context, site.url)
        page = visit("/", width=width, dark=dark)
        page.locator("#tab-layers").click()
        page.locator("#tab-zones").click()
        page.locator("#zones button").first.click()
        page.wait_for_timeout(300)
        expect(page.locator("#analyse")).to_be_hidden()
        assert page.locator("#draw").count() == 0
        assert {"线索", "行动", "导入", "账户"}.isdisjoint(page.locator(".rooms a").all_inner_texts())
        visit.end()
