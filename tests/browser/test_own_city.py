"""From the first start to the first plan of a city of one's own, by page alone: no terminal, few clicks."""

import datetime as dt
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_actions import Hand, ready

#: The budget is 60; a page that costs one more is seen here.
CLICKS = 33
START_SECONDS = 90
WEST, SOUTH, EAST, NORTH = 118.0, 26.9, 118.2, 27.1
#: Where thirty people saw the same flat.
LON, LAT = 118.06, 27.0
AGENCIES = ("公安", "市场监管", "政法委")
RENTALS, TEAMS, TIPS = 200, 6, 30


@pytest.fixture
def service() -> Iterator[str]:
    """`wuchuan up --no-demo` on a data folder of its own: its one-time link."""
    with tempfile.TemporaryDirectory(prefix="wcd-") as folder, socket.socket() as probe:
        Path(folder).chmod(0o755)
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        command = [sys.executable, "-m", "app.cli", "up", "--no-demo", "--port", str(port), "--data", f"{folder}/data"]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("WUCHUAN_")}  # noqa: TID251
        running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True)
        try:
            yield _link(running)
        finally:
            running.send_signal(signal.SIGTERM)
            running.communicate(timeout=60)


def _link(running: "subprocess.Popen[str]") -> str:
    assert running.stdout is not None
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        line = running.stdout.readline()
        if line.startswith("open "):
            return line.removeprefix("open ").strip()
    raise TimeoutError("up printed no link")


def _files(folder: Path) -> dict[str, Path]:
    """Six files as an office has them: two communities, flats, three stations, a net of roads, a month of tips."""
    middle = (WEST + EAST) / 2

    def box(west: float, east: float) -> str:
        return f'"POLYGON(({west} {SOUTH},{east} {SOUTH},{east} {NORTH},{west} {NORTH},{west} {SOUTH}))"'

    day = dt.datetime.now(dt.UTC).date()  # noqa: TID251 - the service takes what happened until today
    at = [(round(118.02 + 0.008 * (n % 20), 6), round(26.96 + 0.008 * (n // 20), 6)) for n in range(RENTALS)]
    seen = [(round(LON + 0.0002 * (n % 6), 6), round(LAT + 0.0002 * (n // 6), 6)) for n in range(TIPS)]
    across, up = np.arange(118.01, 118.2, 0.02), np.arange(26.94, 27.05, 0.02)
    rows = {
        "areas": [
            "代码,名称,级别,边界(WKT)",
            f"980000000000,青川市,市,{box(WEST, EAST)}",
            f"980102000000,东县,县,{box(WEST, EAST)}",
            f"980102001000,城关镇,乡镇,{box(WEST, EAST)}",
            f"980102001001,西街社区,社区,{box(WEST, middle)}",
            f"980102001002,东街社区,社区,{box(middle, EAST)}",
        ],
        "rental_units": [
            "出租屋编号,地址,房间数,经度(CGCS2000),纬度(CGCS2000)",
            *(f"C{n},新街{n + 1}号,{1 + n % 3},{lon},{lat}" for n, (lon, lat) in enumerate(at)),
        ],
        "stations": [
            "驻地名称,单位,经度(CGCS2000),纬度(CGCS2000)",
            *(f"{agency}驻地,{agency},{118.03 + 0.02 * n},26.98" for n, agency in enumerate(AGENCIES)),
        ],
        "teams": [
            "队伍名称,单位,人数,驻地",
            *(f"{agency}{n}队,{agency},3,{agency}驻地" for agency in AGENCIES for n in range(1, TEAMS // 3 + 1)),
        ],
        "roads": [
            "道路名称,等级,图形(WKT)",
            *(f'横{y:.2f},primary,"LINESTRING({",".join(f"{x:.2f} {y:.2f}" for x in across)})"' for y in up),
            *(f'纵{x:.2f},primary,"LINESTRING({",".join(f"{x:.2f} {y:.2f}" for y in up)})"' for x in across),
        ],
        "tips": [
            "线索编号,接报时间,渠道,内容,地址,经度(CGCS2000),纬度(CGCS2000)",
            *(
                f"X{n},{day - dt.timedelta(days=1 + n)} 09:00,举报电话,第{n}次看见多人早晚听课,新街{n}号,{lon},{lat}"
                for n, (lon, lat) in enumerate(seen)
            ),
        ],
    }  # fmt: skip
    paths = {key: folder / f"{key}.csv" for key in rows}
    for key, lines in rows.items():
        paths[key].write_text("\n".join(lines) + "\n", "utf-8-sig")
    return paths


def _import(page: Page, hand: Hand, button: str, path: Path, rows: int) -> None:
    """From the steps to the page of imports and back."""
    hand.click(page.get_by_role("link", name=button))
    page.locator("#file").set_input_files(path)  # the dialog of files
    hand.click(page.locator("#start"))
    expect(page.locator("#report")).to_be_visible(timeout=90_000)  # by the worker, on a busy machine
    expect(page.locator("#counts")).to_contain_text(re.compile(rf"新增\s*{rows}"))
    expect(page.locator("#faults-part")).to_be_hidden()
    hand.click(page.locator("#report").get_by_role("link", name="建库向导"))


def _leave_the_demo(page: Page, hand: Hand) -> None:
    """The profile of a city of its own, for which the service begins anew."""
    page.wait_for_url("**/start")  # the map of an empty city leads there

    hand.click(page.get_by_role("link", name="填写本市的配置"))
    hand.click(page.get_by_label("城市名称"))
    for words in ("青川市", "98", "", WEST, SOUTH, EAST, NORTH):
        page.keyboard.type(str(words))
        page.keyboard.press("Tab")
    hand.click(page.get_by_role("button", name="离开演示市,换成本市"))
    page.wait_for_url("**/start")
    expect(page.locator(".city")).to_have_text("青川市")
    expect(page.locator(".steps .next h2")).to_have_text("行政区划")


def _fill(page: Page, hand: Hand, files: dict[str, Path]) -> None:
    """The registers, one file each, and a post."""
    _import(page, hand, "导入区划", files["areas"], 5)
    hand.click(page.get_by_role("link", name="登记岗位"))
    hand.click(page.get_by_label("职务名称"))
    page.keyboard.type("指挥岗")
    page.keyboard.press("Enter")
    hand.click(page.locator(".acting summary"))
    page.locator("#acting-post").press_sequentially("指挥岗")
    page.keyboard.press("Enter")
    expect(page.locator("#acting")).to_have_text("指挥岗")
    hand.click(page.get_by_role("navigation").get_by_role("link", name="设置"))
    hand.click(page.get_by_role("link", name="建库向导"))

    _import(page, hand, "导入出租屋", files["rental_units"], RENTALS)
    _import(page, hand, "导入驻地", files["stations"], len(AGENCIES))
    _import(page, hand, "导入队伍", files["teams"], TEAMS)
    _import(page, hand, "导入道路", files["roads"], 16)
    _import(page, hand, "导入线索", files["tips"], TIPS)


def _plan(page: Page, hand: Hand) -> None:
    """An analysis, a review, a plan for one flat of the zone."""
    hand.click(page.get_by_role("button", name="开始分析"))
    hand.click(page.get_by_role("link", name="看这处热点"))
    hand.click(page.locator("#review-reason"))
    page.keyboard.type("两次走访见到授课")
    hand.click(page.locator(".review .confirm"))
    hand.click(page.get_by_role("link", name="列入行动"))
    page.wait_for_url("**/actions/new*")
    ready(page)
    page.keyboard.type("第一次行动")
    hand.click(page.locator("#premises input").first)
    hand.click(page.get_by_role("button", name="排定队伍和路线"))
    page.wait_for_url(re.compile(r"/actions/\d+$"))
    ready(page)
    expect(page.locator("#legs tr")).to_have_count(1 + len(AGENCIES))


@pytest.mark.slow
def test_an_empty_city_comes_to_its_own_first_plan_by_page_alone(
    service: str, browser: Browser, tmp_path: Path
) -> None:
    files, hand = _files(tmp_path), Hand()
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        page = context.new_page()
        page.set_default_timeout(60_000)
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(service)
        _leave_the_demo(page, hand)
        _fill(page, hand, files)
        _plan(page, hand)
        page.goto(service.partition("/enter")[0] + "/start")
        expect(page.locator(".steps .done")).to_have_count(10)
        assert faults == []
    assert hand.clicks == CLICKS
