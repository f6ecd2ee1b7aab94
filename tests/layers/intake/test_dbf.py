"""Shapefiles whose texts and headings fill the narrow columns of a dbf, in every encoding that offices use."""

import io
import struct
import zipfile

import pytest

from gis.errors import IntakeError
from layers.catalog import layer_named
from layers.intake.options import ReadOptions
from layers.intake.readers import shapefile
from layers.intake.register import Register, understand
from tests.layers.intake.builders import CITY, EAST, areas, read_with

Columns = dict[bytes, int]


def zipped(columns: Columns, rows: list[list[bytes]], cpg: str | None = None, language: int = 0) -> bytes:
    """A shapefile of records without a shape; text columns by heading and width, cells cut where these end."""
    length = 1 + sum(columns.values())
    dbf = struct.pack("<4BIHH17xB2x", 3, 126, 1, 1, len(rows), 33 + 32 * len(columns), length, language)
    for heading, width in columns.items():
        dbf += heading[:10].ljust(11, b"\0") + b"C" + bytes(4) + bytes([width]) + bytes(15)
    dbf += b"\r"
    for row in rows:
        dbf += b" " + b"".join(cell[:width].ljust(width) for cell, width in zip(row, columns.values(), strict=True))
    shapes = b"".join(struct.pack(">2i", n, 2) + bytes(4) for n in range(1, len(rows) + 1))
    index = b"".join(struct.pack(">2i", 50 + 6 * n, 2) for n in range(len(rows)))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for end, body in ((".shp", shapes), (".shx", index)):
            head = struct.pack(">7i", 9994, *[0] * 5, (100 + len(body)) // 2) + struct.pack("<2i", 1000, 0)
            archive.writestr("a" + end, head + bytes(64) + body)
        archive.writestr("a.dbf", dbf + b"\x1a")
        if cpg is not None:
            archive.writestr("a.cpg", cpg)
    return content.getvalue()


def read(content: bytes, layer: str = "rental_units", **options: object) -> Register:
    tables = read_with(shapefile.read, content)
    return understand(tables, layer_named(layer), profile=CITY, codes=areas(), options=ReadOptions(**options))


def columns(encoding: str, *headings: str, width: int = 60) -> Columns:
    return {heading.encode(encoding)[:10]: width for heading in headings}


def cells(encoding: str, *texts: str) -> list[bytes]:
    return [text.encode(encoding) for text in texts]


ENCODINGS = pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])


@ENCODINGS
@pytest.mark.parametrize("width", [127, 128, 200, 254])
def test_a_text_column_may_be_as_wide_as_a_dbf_allows(encoding: str, width: int) -> None:
    content = zipped(
        columns(encoding, "编号", "地址", "社区", width=width), [cells(encoding, "H1", "新华路一号", "松测社区")]
    )
    register = read(content)
    assert register.frame[["unit_code", "address", "community_code"]].to_numpy().tolist() == [
        ["H1", "新华路一号", EAST]
    ]
    assert [fault.kind for fault in register.warnings if fault.kind == "text_cut"] == []


@ENCODINGS
def test_headings_cut_to_ten_bytes_are_the_one_heading_they_can_be(encoding: str) -> None:
    headings = ("线索编号", "接报时间(年月日)", "案发地址", "社区代码", "线索内容")
    rows = [cells(encoding, "N7", "2026-03-01 10:00", "新华路一号", EAST, "夜间有人聚集")]
    register = read(zipped(columns(encoding, *headings), rows), "tips")
    fields = ["tip_no", "address", "community_code", "text"]
    assert register.frame[fields].to_numpy().tolist() == [["N7", "新华路一号", EAST, "夜间有人聚集"]]
    assert register.frame["received_at"].notna().all()
    assert [fault.value for fault in register.warnings if fault.kind == "heading_guessed"] == []


def test_the_last_byte_tells_two_cut_headings_apart() -> None:
    assert "社区代码".encode()[:10] != "社区名称".encode()[:10]
    rows = [cells("utf-8", "H1", "新华路一号", EAST, "松测社区")]
    register = read(zipped(columns("utf-8", "编号", "地址", "社区代码", "社区名称"), rows))
    assert register.frame["community_code"].tolist() == [EAST]
    assert register.refused == ()


def test_a_cut_heading_that_fits_two_fields_is_named_and_not_chosen() -> None:
    assert "出租屋面积".encode()[:10] == "出租屋间数".encode()[:10]
    rows = [cells("utf-8", f"H{n}", f"新华路{n}号", EAST, f"{n}8") for n in (1, 2, 3)]
    register = read(zipped(columns("utf-8", "编号", "地址", "社区代码", "出租屋面积"), rows))
    assert {"area_m2", "rooms"}.isdisjoint(register.frame.dropna(axis="columns", how="all").columns)
    assert [fault.value for fault in register.warnings if fault.kind == "column_unused"] == ["出租屋"]


def test_a_cut_heading_of_persons_still_refuses_the_file() -> None:
    content = zipped(
        columns("utf-8", "编号", "地址", "社区", "联系电话"),
        [cells("utf-8", "H1", "新华路一号", "松测社区", "13900000000")],
    )
    with pytest.raises(IntakeError, match="联系电话"):
        read(content)


def test_a_cut_heading_that_nothing_explains_can_be_named() -> None:
    content = zipped(columns("utf-8", "户籍册号", "地址", "社区"), [cells("utf-8", "H1", "新华路一号", "松测社区")])
    assert read(content, mapping={"unit_code": "户籍册"}).frame["unit_code"].tolist() == ["H1"]


@pytest.mark.parametrize(("encoding", "width"), [("utf-8", 10), ("utf-8", 11), ("gb18030", 9)])
def test_a_value_cut_within_a_character_loses_half_of_it_with_a_warning(encoding: str, width: int) -> None:
    wide = columns(encoding, "编号", "地址", "社区")
    wide["地址".encode(encoding)] = width
    rows = [cells(encoding, "H1", "新华路", "松测社区"), cells(encoding, "H2", "新华路中段二十四号", "松测社区")]
    register = read(zipped(wide, rows))
    assert register.frame["address"].tolist() == ["新华路", "新华路" if encoding == "utf-8" else "新华路中"]
    assert [(fault.kind, fault.row) for fault in register.warnings if fault.kind == "text_cut"] == [("text_cut", 2)]


@pytest.mark.parametrize("cpg", [None, "OEM", "ANSI 936", "UTF-8", "GBK", "cp936"])
@ENCODINGS
def test_a_wrong_or_odd_cpg_changes_nothing(encoding: str, cpg: str | None) -> None:
    rows = [cells(encoding, "H1", "新华路一号", "松测社区")]
    register = read(zipped(columns(encoding, "编号", "地址", "社区"), rows, cpg, language=0x57))
    assert register.frame["address"].tolist() == ["新华路一号"]


def test_bytes_that_are_both_are_read_as_the_cpg_says() -> None:
    assert "千平".encode("gbk").decode("utf-8")
    rows = [cells("gbk", "H1", "千平", "990102001001")]
    named = {b"unit_code": 20, b"address": 20, b"community": 20}
    mapping = {"community_code": "community"}
    assert read(zipped(named, rows, "ANSI 936"), mapping=mapping).frame["address"].tolist() == ["千平"]
    assert read(zipped(named, rows, None, language=0x4D), mapping=mapping).frame["address"].tolist() == ["千平"]


def test_widths_that_do_not_make_up_a_record_are_refused() -> None:
    whole = zipfile.ZipFile(io.BytesIO(zipped(columns("utf-8", "编号", "地址"), [cells("utf-8", "H1", "一路")])))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in whole.namelist():
            data = bytearray(whole.read(name))
            if name == "a.dbf":
                data[32 + 16] = 40
            archive.writestr(name, bytes(data))
    with pytest.raises(IntakeError, match="列宽"):
        read(content.getvalue())
