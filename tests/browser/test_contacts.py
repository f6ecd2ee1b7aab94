"""A contact from a phone to the desk's screen: sealed in one browser, opened in another, plain nowhere between."""

import base64
import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from nacl import bindings, pwhash
from nacl.public import PrivateKey, SealedBox
from nacl.secret import SecretBox
from playwright.sync_api import Browser, Page, Request, expect

from layers import posts
from layers.actor import LOCAL
from layers.database import transaction
from layers.host import embedded
from tests.app.test_receipt_traces import dumped
from tests.browser import city
from tests.browser.conftest import Site, Visit
from tests.builders import as_owner

CONTACT = "王小明<img src=x onerror=window.ran=1> 手机13800138000 晚上七点后"
WORDS = {
    1: "一号口令 青山不改 绿水长流 四十二",
    2: "二号口令 月落乌啼 江枫渔火 三十七",
    3: "三号口令 春江潮水 海上明月 二十五",
}
SECOND, THIRD = "副班岗", "轮班岗"
REFUSED = """for (const name of ["instantiate", "instantiateStreaming", "compile"])
  WebAssembly[name] = () => Promise.reject(new WebAssembly.CompileError("refused by the policy"));"""
SECRETS = (CONTACT, "13800138000", *WORDS.values())


@pytest.fixture
def two_posts(site: Site, cluster: embedded.Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Further posts on duty; no tip, contact or key is left."""
    monkeypatch.setattr("app.desks.tips.gate.Pace.allows", lambda *_, **__: True)
    with transaction(site.engine, LOCAL) as connection:
        for title in (SECOND, THIRD):
            posts.add(connection, title, area_code="99")
    yield
    with as_owner(cluster, site.engine) as connection:
        for table in ("tips WHERE tip_no LIKE 'X%'", "desk_key_copies", "desk_keys"):
            connection.execute(sa.text(f"DELETE FROM {table}"))
        connection.execute(
            sa.text("DELETE FROM posts WHERE post IN (:second, :third)"), {"second": SECOND, "third": THIRD}
        )


class Wire:
    """All that pages send, as it leaves the browser."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def watch(self, page: Page) -> Page:
        page.on("request", self._note)
        return page

    def _note(self, request: Request) -> None:
        self.sent.append(f"{request.url} {request.post_data or ''}")

    def holds(self, text: str) -> bool:
        encoded = [text, "".join(f"%{byte:02X}" for byte in text.encode()), base64.b64encode(text.encode()).decode()]
        return any(each in sent for each in encoded for sent in self.sent)


def key_made(page: Page, *, holders: tuple[str, str] = (city.POST, SECOND)) -> None:
    """Two people at one desk, each with a passphrase."""
    for holder, title in enumerate(holders, start=1):
        page.locator(f"#post-{holder}").select_option(title)
        page.locator(f"#word-{holder}").fill(WORDS[holder])
        page.locator(f"#word-{holder}-again").fill(WORDS[holder])
    page.get_by_role("button", name="保存").click()
    expect(page.locator("#done")).to_have_text("密钥已保存")


def left(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/tips/new")
    page.locator("#text").fill("三楼出租屋每天早上有二十多人听课")
    page.locator("#contact").fill(CONTACT)
    page.get_by_role("button", name="提交").click()
    expect(page.locator("#receipt")).to_be_visible()


def opened(page: Page, word: str) -> None:
    page.locator("#list form input").first.fill(word)
    page.locator("#list form button").first.click()


@pytest.mark.usefixtures("two_posts")
def test_a_contact_goes_sealed_from_the_phone_to_the_desk_where_either_holder_opens_it(
    visit: Visit, site: Site, browser: Browser, cluster: embedded.Cluster
) -> None:
    wire = Wire()
    desk = wire.watch(visit("/contacts"))
    key_made(desk)
    with browser.new_context() as context:
        phone = wire.watch(context.new_page())
        left(phone, site)
        assert CONTACT not in phone.content()
    desk.reload()
    desk.wait_for_selector('[data-drawn="all"]')
    opened(desk, "不是口令不是口令不是口令")
    expect(desk.locator("#fault")).to_contain_text("口令不对,没有打开;这次打开已经记下")
    for holder in (1, 2):
        opened(desk, WORDS[holder])
        expect(desk.locator("#list .opened")).to_have_text(CONTACT)
        desk.reload()
        desk.wait_for_selector('[data-drawn="all"]')
    expect(desk.locator("#list")).to_contain_text("打开过 3 次")
    assert desk.evaluate("window.ran") is None
    narrow = visit("/contacts", width=390)
    assert narrow.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert any("contact_sealed=" in sent for sent in wire.sent)
    assert not [secret for secret in SECRETS if wire.holds(secret)]
    dump = dumped(cluster, site.engine)
    assert "三楼出租屋每天早上有二十多人听课" in dump
    assert not [secret for secret in SECRETS if secret in dump or secret.encode().hex() in dump]
    assert as_another_library_reads_it(site) == CONTACT


def as_another_library_reads_it(site: Site) -> str:
    """What PyNaCl makes of the rows with the second holder's passphrase: argon2id, secretbox, sealed box, padding."""
    query = """SELECT salt, wrapped, public_key, sealed_key, sealed FROM contacts JOIN contact_keys USING (contact_id)
               JOIN desk_keys USING (desk_key_id) JOIN desk_key_copies USING (desk_key_id) WHERE holder = 2"""
    with transaction(site.engine, LOCAL) as connection:
        row: Any = {name: bytes(value) for name, value in connection.execute(sa.text(query)).mappings().one().items()}
    word = WORDS[2].encode()
    wrapping = pwhash.argon2id.kdf(32, word, row["salt"], opslimit=3, memlimit=64 * 1024 * 1024)
    private = PrivateKey(SecretBox(wrapping).decrypt(row["wrapped"]))
    assert bytes(private.public_key) == row["public_key"]
    own = SealedBox(private).decrypt(row["sealed_key"])
    return bindings.sodium_unpad(SecretBox(own).decrypt(row["sealed"]), 768).decode()


@pytest.mark.usefixtures("two_posts")
def test_without_scripts_it_goes_as_it_is_and_opens_at_the_desk_all_the_same(
    visit: Visit, site: Site, browser: Browser, cluster: embedded.Cluster
) -> None:
    desk = visit("/contacts")
    key_made(desk)
    with browser.new_context(java_script_enabled=False) as context:
        left(context.new_page(), site)
    desk.reload()
    desk.wait_for_selector('[data-drawn="all"]')
    opened(desk, WORDS[1])
    expect(desk.locator("#list .opened")).to_have_text(CONTACT)
    assert CONTACT not in dumped(cluster, site.engine)


@pytest.mark.slow
@pytest.mark.usefixtures("two_posts")
def test_a_browser_whose_policy_lets_no_webassembly_run_seals_and_opens_as_well(
    visit: Visit, site: Site, browser: Browser
) -> None:
    """As the oldest ones that are served, which know no other permission than one for all of ``eval``."""
    wire, desk = Wire(), visit("/contacts")
    key_made(desk)
    with browser.new_context() as context:
        context.add_init_script(REFUSED)
        phone = wire.watch(context.new_page())
        left(phone, site)
    assert any("contact_sealed=" in sent for sent in wire.sent)
    assert not wire.holds(CONTACT)
    slow = visit.context.new_page()
    slow.add_init_script(REFUSED)
    slow.goto(f"{site.url}/contacts")
    opened(slow, WORDS[1])
    expect(slow.locator("#list .opened")).to_have_text(CONTACT, timeout=120_000)  # eight seconds of a quiet machine
    slow.close()


@pytest.mark.slow
@pytest.mark.usefixtures("two_posts")
def test_a_lost_passphrase_is_replaced_by_the_other_holders_and_what_was_left_still_opens(
    visit: Visit, site: Site, browser: Browser
) -> None:
    desk = visit("/contacts")
    key_made(desk)
    with browser.new_context() as context:
        left(context.new_page(), site)
    desk.locator("#replace").click()
    desk.locator("#which").select_option("1")
    desk.locator("#post-new").select_option(THIRD)
    for field, word in (("now", WORDS[2]), ("new", WORDS[3]), ("new-again", WORDS[3])):
        desk.locator(f"#word-{field}").fill(word)
    desk.get_by_role("button", name="保存").click()
    expect(desk.locator("#holders")).to_contain_text(f"{THIRD}、{SECOND}")
    opened(desk, WORDS[1])
    expect(desk.locator("#fault")).to_contain_text("口令不对")
    opened(desk, WORDS[3])
    expect(desk.locator("#list .opened")).to_have_text(CONTACT)


@pytest.mark.usefixtures("two_posts")
def test_a_caller_leaves_a_contact_by_telephone_and_the_reward_is_promised_and_paid(visit: Visit) -> None:
    wire, keys = Wire(), visit("/contacts")
    key_made(keys)
    tips = wire.watch(visit("/tips"))
    tips.locator("#open-form").click()
    tips.locator("#text").fill("电话里说三楼每天早上有人听课")
    tips.locator("#contact").fill(CONTACT)
    tips.locator("#save").click()
    expect(tips.locator("#tip")).to_contain_text("留有联系方式")
    assert not wire.holds(CONTACT)
    tips.get_by_role("link", name="留有联系方式").click()
    tips.wait_for_url(re.compile("/contacts#tip="))
    tips.get_by_role("button", name="承诺奖励").click()
    expect(tips.locator("#list li").first).to_contain_text("奖励已承诺")
    tips.get_by_role("button", name="已经发放").click()
    expect(tips.locator("#list li").first).to_contain_text(
        re.compile(r"奖励已发放\(20\d\d-\d\d-\d\d\),20\d\d-\d\d-\d\d 销毁")
    )
    expect(tips.get_by_role("button", name="奖励失效")).to_have_count(0)


@pytest.mark.usefixtures("two_posts")
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("短口令", "短口令", WORDS[2], WORDS[2]), "口令至少 16 个字符"),
        ((WORDS[1], WORDS[3], WORDS[2], WORDS[2]), "两次输入的口令不一样"),
        ((WORDS[1], WORDS[1], WORDS[1], WORDS[1]), "两个岗位的口令要不同"),
    ],
)
def test_a_weak_or_mistyped_passphrase_is_refused_before_anything_is_made(
    visit: Visit, site: Site, words: tuple[str, ...], sentence: str
) -> None:
    desk = visit("/contacts")
    desk.locator("#post-2").select_option(SECOND)
    for field, word in zip(("1", "1-again", "2", "2-again"), words, strict=True):
        desk.locator(f"#word-{field}").fill(word)
    desk.get_by_role("button", name="保存").click()
    expect(desk.locator("#fault")).to_contain_text(sentence)
    with transaction(site.engine, LOCAL) as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM desk_keys")).scalar_one() == 0
