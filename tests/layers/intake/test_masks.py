"""Whole numbers that a format shows as codes: the shown text for texts, the number for numbers."""

import io

import pytest
import xlsxwriter

from layers.catalog import layer_named
from layers.intake.readers import html, separated, xlsx
from layers.intake.readers.masks import shown_as_code
from layers.intake.register import Register, understand
from tests.layers.intake.builders import CITY, areas, read_with


@pytest.mark.parametrize(
    ("number", "code", "shown"),
    [
        ("124", "000000", "000124"),
        ("7", '"东-"000', "东-007"),
        ("1234567", "000-0000", "123-4567"),
        ("12345", "000", "12345"),
        ("7", r"\G\Y000", "GY007"),
        ("7", '"第"0"组"', "第7组"),
        ("7", "第0组", "第7组"),
        ("12", "[Red]0000_ ", "0012"),
        ("-5", "000;-000", "-005"),
        ("-5", "000", "-005"),
        ("20260301", "0000-00-00", "2026-03-01"),
        ("5", "General", None),
        ("5", "#,##0", None),
        ("5", "0.00", None),
        ("5", "0%", None),
        ("5", "[>9]000;0", None),
        ("5", '"甲"', None),
    ],
)
def test_a_format_of_codes_is_shown_as_a_spreadsheet_shows_it(number: str, code: str, shown: str | None) -> None:
    assert shown_as_code(number, code) == shown


HEAD = ["编号", "地址", "社区代码", "房间数", "月租金"]
ROWS = [[124, "一路1号", 990102001001, 3, 800], [7, "一路2号", 990102001002, 12, 1200]]
SHOWN = (
    "编号,地址,社区代码,房间数,月租金\n东-000124,一路1号,990102001001,3,800\n东-000007,一路2号,990102001002,12,1200\n"
)


def understood(tables: list) -> Register:  # type: ignore[type-arg]
    return understand(tables, layer_named("rental_units"), profile=CITY, codes=areas())


def test_a_register_is_the_same_as_a_workbook_with_formats_and_as_a_csv() -> None:
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    sheet = book.add_worksheet()
    formats = ['"东-"000000', None, "000000000000", '0"间"', "[$¥-804]#,##0"]
    sheet.write_row(0, 0, HEAD)
    for row, cells in enumerate(ROWS, start=1):
        for column, (cell, form) in enumerate(zip(cells, formats, strict=True)):
            sheet.write(row, column, cell, form and book.add_format({"num_format": form}))
    book.close()
    of_workbook, of_csv = (
        understood(read_with(xlsx.read, content.getvalue())),
        understood(read_with(separated.read, SHOWN)),
    )
    columns = ["unit_code", "community_code", "rooms", "rent_yuan", "identity"]
    assert of_workbook.refused == ()
    assert of_workbook.frame[columns].to_numpy().tolist() == of_csv.frame[columns].to_numpy().tolist()
    assert of_workbook.frame["unit_code"].tolist() == ["东-000124", "东-000007"]
    assert of_workbook.frame["rooms"].tolist() == [3, 12]


def test_a_web_page_of_a_spreadsheet_gives_codes_as_shown_and_numbers_as_they_are() -> None:
    heading = "".join(f"<td>{text}</td>" for text in [*HEAD, "面积"])
    page = (
        f'<html xmlns:x="urn:schemas-microsoft-com:office:excel"><table><tr>{heading}</tr>'
        '<tr><td x:num="124">000124</td><td>一路1号</td><td x:str>990102001001</td><td x:num>3</td>'
        '<td x:num="1200">¥1,200.00</td><td x:num="80.256">80.3</td></tr></table></html>'
    )
    register = understood(read_with(html.read, page))
    assert register.refused == ()
    fields = ["unit_code", "community_code", "rooms", "rent_yuan", "area_m2"]
    assert register.frame[fields].to_numpy().tolist() == [["000124", "990102001001", 3, 1200, 80.256]]
