"""The upload page in a real browser: a file dropped, a column corrected by menu, imported, and the report read."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from app.desks.exports.desk import export_layer
from layers.actor import LOCAL
from layers.host import embedded
from layers.profile import CityProfile
from tests.browser.conftest import Site, Visit
from tests.builders import as_owner

PHONE = "13800138000"
ROWS = [
    ["演示市出租屋登记(高德坐标)"],
    ["序号", "房屋编号", "房东", "坐在哪里", "面积(㎡)", "经度", "纬度"],
    *[
        [n + 1, f"B{n}", name, f"新安路{n + 1}号", "约80㎡", 118.05, 27.05]
        for n, name in enumerate(["王芳", "李强", "张伟", "刘洋", "陈静"])
    ],
    [6, "B5", "赵磊", "新安路6号", "80-90", 118.05, 27.05],
    ["合计", 6],
]  # fmt: skip


@pytest.fixture(autouse=True)
def as_it_was(cluster: embedded.Cluster, site: Site) -> Iterator[None]:
    """The other tests of the site count its rental units."""
    yield
    with as_owner(cluster, site.engine) as connection:
        connection.execute(sa.text("DELETE FROM rental_units WHERE unit_code LIKE 'B_'"))


def book() -> bytes:
    made, content = openpyxl.Workbook(), io.BytesIO()
    for row in ROWS:
        made.active.append(row)
    made.save(content)
    return content.getvalue()


def drop(page: Page, content: bytes, name: str) -> None:
    """Let a file fall onto the field, as a mouse would."""
    page.evaluate(
        """([packed, name]) => {
          const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
          const files = new DataTransfer();
          files.items.add(new File([bytes], name));
          const field = document.getElementById("drop");
          for (const kind of ["dragenter", "dragover", "drop"])
            field.dispatchEvent(new DragEvent(kind, { dataTransfer: files, bubbles: true, cancelable: true }));
        }""",
        [base64.b64encode(content).decode(), name],
    )


@pytest.mark.parametrize(("width", "dark"), [(1440, False), pytest.param(390, True, marks=pytest.mark.slow)])
def test_a_register_is_dropped_corrected_imported_and_reported(
    visit: Visit, tmp_path: Path, width: int, dark: bool
) -> None:
    page = visit("/import", width=width, dark=dark)
    page.get_by_label("这是什么登记表").select_option("rental_units")
    drop(page, book(), f"出租屋{PHONE}.xlsx")
    expect(page.locator("#headings")).to_have_text("表头:第 2 行")
    expect(page.locator("#file-fault")).to_contain_text("“房东”")
    expect(page.locator("#start")).to_be_disabled()
    page.get_by_role("button", name="略过个人信息列:房东").click()
    page.get_by_label("“坐在哪里”列是什么").select_option("address")
    page.get_by_label("坐标系").select_option("wgs84")
    expect(page.locator("#columns tbody tr").first).to_contain_text("118.05, 27.05")
    expect(page.locator("#columns tbody")).not_to_contain_text("王芳")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="导入", exact=True).click()
    expect(page.locator("#report")).to_be_visible()
    expect(page.locator("#faults tbody tr")).to_have_count(1)
    expect(page.locator("#faults tbody")).to_contain_text("80-90")
    with page.expect_download() as fetched:
        page.get_by_role("link", name="下载未导入的行").click()
    fetched.value.save_as(tmp_path / "refused.xlsx")
    assert openpyxl.load_workbook(tmp_path / "refused.xlsx").active.max_row == 2
    page.get_by_role("button", name="再导入一个").click()
    expect(page.locator("#report")).to_be_hidden()


@pytest.mark.slow
def test_a_conflict_is_shown_before_anything_is_stored(
    visit: Visit, site: Site, cluster: embedded.Cluster, demo_profile: CityProfile, tmp_path: Path
) -> None:
    export_layer(site.engine, LOCAL, demo_profile, "rental_units", tmp_path / "a.xlsx")
    edited = openpyxl.load_workbook(tmp_path / "a.xlsx")
    sheet = edited.worksheets[0]
    headings = [cell.value for cell in sheet[1]]
    unit, was = (sheet.cell(row=2, column=headings.index(name) + 1).value for name in ("出租屋编号", "房间数"))
    sheet.cell(row=2, column=headings.index("房间数") + 1).value = 31
    edited.save(tmp_path / "a.xlsx")
    change = sa.text("UPDATE rental_units SET rooms = :rooms WHERE unit_code = :unit")
    with as_owner(cluster, site.engine) as connection:
        connection.execute(change, {"rooms": 32, "unit": unit})
    try:
        page = visit("/import")
        page.get_by_label("这是什么登记表").select_option("rental_units")
        page.set_input_files("#file", tmp_path / "a.xlsx")
        expect(page.locator("#difference")).to_contain_text("1 行有冲突", timeout=30_000)
        cells = page.locator("#clashes tbody tr td")
        expect(cells).to_have_text(["出租屋", "2", "房间数", "(空)" if was is None else str(was), "32", "31"])
        expect(page.locator("#start")).to_be_enabled()
    finally:
        with as_owner(cluster, site.engine) as connection:
            connection.execute(change, {"rooms": was, "unit": unit})


@pytest.mark.slow
def test_a_harmful_file_is_refused_in_one_sentence_and_the_page_goes_on(visit: Visit) -> None:
    page = visit("/import")
    page.get_by_label("这是什么登记表").select_option("tips")
    page.set_input_files("#file", {"name": "a.xlsx", "mimeType": "", "buffer": b"PK\x03\x04 cut off"})
    expect(page.locator("#fault")).to_have_text("压缩文件(或 xlsx)不完整或已损坏,请重新导出或重新传送。")
    visit.faults.clear()  # the browser reports the refusal's status
    page.set_input_files("#file", {"name": "a.csv", "mimeType": "", "buffer": "编号,时间\nT1,2026-03-01\n".encode()})
    expect(page.locator("#preview")).to_be_visible()
    expect(page.locator("#difference")).to_contain_text("不会导入", timeout=30_000)
