"""What each reader makes of its kind of file; read here without the child, which test_sandbox.py has."""

import base64
import io
import sqlite3
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pytest
import shapely
import xlsxwriter

from gis.errors import IntakeError
from layers.intake.limits import Limits
from layers.intake.readers import (
    Order,
    TableStream,
    geojson,
    geopackage,
    html,
    kml,
    parquet,
    separated,
    shapefile,
    xls,
    xlsx,
)
from layers.intake.readers.serials import Shown, number_text, shown_as
from layers.intake.readers.signature import kind_of
from layers.intake.readers.text import refuse_garbled
from layers.intake.sandbox import open_file

ORDER = Order(limits=Limits())
REGISTER = "社区代码,社区名称,登记地址\n990101001001,青山社区,青山街道样板路1号\n990101001002,绿水村,绿水镇样板路2号\n"


def cells(found: TableStream) -> list[list[str | None]]:
    table = pa.Table.from_batches(found.batches, found.schema)
    return [list(row.values())[4:] for row in table.to_pylist()]


def column(found: TableStream, name: str) -> list[object]:
    return list(pa.Table.from_batches(found.batches, found.schema).column(name).to_pylist())


def text(content: str | bytes) -> TableStream:
    (found,) = separated.read(io.BytesIO(content if isinstance(content, bytes) else content.encode()), ORDER)
    return found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_csv_is_read_in_every_encoding_offices_use(encoding: str) -> None:
    assert cells(text(REGISTER.encode(encoding)))[2] == ["990101001002", "绿水村", "绿水镇样板路2号"]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimiter_is_the_one_that_cuts_evenly(delimiter: str) -> None:
    content = f"编号{delimiter}地址\n" + f"1{delimiter}样板路1号,二楼\n2{delimiter}样板路2号\n".replace(",", "，")
    assert [len(row) for row in cells(text(content))] == [2, 2, 2]


def test_sep_line_names_the_delimiter_counts_as_a_record_and_is_left_out() -> None:
    found = text("sep=;\r\n编号;内容\r\n1;a,b\r\n")
    assert cells(found) == [["编号", "内容"], ["1", "a,b"]]
    assert column(found, "row") == [2, 3]


def test_record_with_line_breaks_is_one_row_on_several_lines() -> None:
    found = text('编号,内容\n1,"一\n二\n三"\n\n2,四\n')
    assert cells(found) == [["编号", "内容"], ["1", "一\n二\n三"], [None, None], ["2", "四"]]
    assert (column(found, "row"), column(found, "line")) == ([1, 2, 3, 4], [1, 2, 5, 6])


def test_cell_longer_than_the_csv_module_likes_is_kept() -> None:
    assert cells(text("a,b\n1," + "长" * 200_000))[1] == ["1", "长" * 200_000]


def test_short_records_are_filled_with_nulls() -> None:
    assert cells(text("a,b,c\n1\n1,2\n")) == [["a", "b", "c"], ["1", None, None], ["1", "2", None]]


@pytest.mark.parametrize(
    "garbled",
    [
        REGISTER.encode("gbk").decode("latin-1"),
        REGISTER.encode().decode("cp1252", errors="replace").replace("\ufffd", "?"),
        REGISTER.encode().decode("gb18030", errors="replace").replace("\ufffd", "?"),
        REGISTER + "锟斤拷\n",
        REGISTER + "\ufffd\n",
        REGISTER + "\0\n",
    ],
    ids=["gbk as latin", "utf-8 as cp1252", "utf-8 as gbk", "kun jin kao", "replaced", "NUL"],
)
def test_text_that_went_through_a_wrong_encoding_is_stopped(garbled: str) -> None:
    found = text(garbled)
    with pytest.raises(IntakeError):
        refuse_garbled(next(iter(found.batches)))


@pytest.mark.parametrize(
    "honest", [REGISTER, "㵲溪村,镕,氵\n118°06′34.66″,26°40′,约80㎡\n", "São Paulo,Ñandú,€5\n", "联通,联通\n"]
)
def test_rare_characters_and_signs_are_no_mojibake(honest: str) -> None:
    refuse_garbled(next(iter(text(honest).batches)))


def test_big5_is_refused_rather_than_read_as_gbk() -> None:
    with pytest.raises(IntakeError, match="编码"):
        text("社區代碼,登記地址\n1,青山街道樣板路號,聚會場所\n".encode("big5"))


def workbook(**options: object) -> tuple[io.BytesIO, xlsxwriter.Workbook]:
    content = io.BytesIO()
    return content, xlsxwriter.Workbook(content, {"in_memory": True, **options})


def test_workbook_cells_become_canonical_text() -> None:
    content, book = workbook()
    sheet = book.add_worksheet("登记")
    day, moment = book.add_format({"num_format": "yyyy/m/d"}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    values = ["编号", 12, 12.5, 990101001001, True, " 空格 ", 0.85]
    for place, value in enumerate(values):
        sheet.write(0, place, value)
    sheet.write(0, 7, 42493, day)
    sheet.write(0, 8, 42493.586805555555, moment)
    sheet.write_formula(0, 9, "=1/0", value="#DIV/0!")
    sheet.write_rich_string(0, 10, book.add_format({"bold": True}), "单位", "名称")
    book.close()
    (found,) = xlsx.read(content, ORDER)
    (row,) = cells(found)
    assert row[:7] == ["编号", "12", "12.5", "990101001001", "TRUE", " 空格 ", "0.85"]
    assert row[7:] == ["2016-05-03", "2016-05-03T14:05:00", "#DIV/0!", "单位名称"]


def test_formula_without_a_value_is_an_error_and_one_whose_value_is_empty_is_blank() -> None:
    content, book = workbook()
    sheet = book.add_worksheet()
    sheet.write("A1", "间数")
    sheet.write_formula("B1", '=IF(1,"","x")', value="")
    sheet.write_formula("C1", "=1+1", value="gone")
    sheet.write_formula("D1", "=1+1", value=7)
    book.close()
    whole = zipfile.ZipFile(content)
    changed = io.BytesIO()
    with zipfile.ZipFile(changed, "w") as archive:
        for name in whole.namelist():
            part = whole.read(name).replace(b"<v>gone</v>", b"").replace(b'r="B1"', b'r="B1" t="str"')
            archive.writestr(name, part.replace(b"<v>7</v>", b"<v></v>"))
    (found,) = xlsx.read(changed, ORDER)
    assert cells(found) == [["间数", None, "#N/A", "#N/A"]]


def test_merged_ranges_are_places_in_the_table_whatever_rows_were_left_out() -> None:
    content, book = workbook()
    sheet = book.add_worksheet()
    sheet.merge_range("A1:C1", "登记表")
    sheet.write("A2", "编号")
    sheet.merge_range("B500:B502", "青山社区")
    for row in (500, 501, 502):
        sheet.write(f"A{row}", row)
    book.close()
    (found,) = xlsx.read(content, ORDER)
    assert column(found, "row") == [1, 2, 500, 501, 502]
    assert found.merged == ((0, 0, 0, 1), (2, 1, 4, 1))


def test_blank_rows_between_are_kept_and_those_after_the_last_are_not() -> None:
    content, book = workbook()
    sheet = book.add_worksheet()
    bold = book.add_format({"bold": True})
    for row in range(50):
        sheet.write_blank(row, 0, None, bold)
    sheet.write("A3", "a")
    sheet.write("A6", "b")
    book.close()
    (found,) = xlsx.read(content, ORDER)
    assert (column(found, "row"), column(found, "c0")) == ([3, 4, 5, 6], ["a", None, None, "b"])


def test_sheets_of_a_1904_workbook_say_so_and_their_days_are_resolved() -> None:
    content, book = workbook(date_1904=True)
    sheet = book.add_worksheet("一")
    sheet.write(0, 0, 41031, book.add_format({"num_format": "yyyy-mm-dd"}))
    book.close()
    (found,) = xlsx.read(content, ORDER)
    assert (cells(found), found.date1904) == ([["2016-05-03"]], True)


def test_one_sheet_is_read_by_its_name_and_an_unknown_one_is_answered_with_the_known() -> None:
    content, book = workbook()
    for name in ("甲", "乙"):
        book.add_worksheet(name).write(0, 0, name)
    book.close()
    (found,) = xlsx.read(content, Order(limits=Limits(), sheet="乙"))
    assert cells(found) == [["乙"]]
    with pytest.raises(IntakeError, match="甲、乙"):
        list(xlsx.read(content, Order(limits=Limits(), sheet="丙")))


@pytest.mark.parametrize(
    ("raw", "shown", "written"),
    [
        ("42493", "number", "42493"),
        ("42493", "day", "2016-05-03"),
        ("59", "day", "1900-02-28"),
        ("60", "day", "60"),
        ("61", "day", "1900-03-01"),
        ("0.5", "time", "12:00:00"),
        ("42493.5", "time", "2016-05-03T12:00:00"),
        ("-1", "day", "-1"),
        ("1E5", "number", "100000"),
        ("9.9010100100101E+17", "number", "990101001001010000"),
        ("118.10", "number", "118.1"),
        ("1e300", "number", "1e+300"),
        ("#N/A", "number", "#N/A"),
    ],
)
def test_number_is_written_as_its_format_shows_it(raw: str, shown: Shown, written: str) -> None:
    assert number_text(raw, shown, date1904=False) == written


@pytest.mark.parametrize(
    ("number", "code", "shown"),
    [
        (14, None, "day"),
        (31, None, "day"),
        (20, None, "time"),
        (0, None, "number"),
        (176, 'yyyy"年"m"月"d"日"', "day"),
        (176, "yyyy年m月", "day"),
        (176, '[$-804]m"月"', "day"),
        (176, "h:mm AM/PM", "time"),
        (176, "[h]:mm", "number"),
        (176, '0.0"d"', "number"),
        (176, "[Red]#,##0;-#,##0", "number"),
        (176, "General", "number"),
    ],
)
def test_format_shows_a_day_a_time_or_a_number(number: int, code: str | None, shown: Shown) -> None:
    assert shown_as(number, code) == shown


#: an xls of one sheet: a merged title, headings, #REF!, a day, a moment, a boolean, a code, a bare serial
XLS = (
    "c-rk)TSyd982--8tnMye)@x{Ci;$Hml)XftYeM;ySUz+iC~cPvUA3hG3(_(n2qB1wq8Gt}9y0Tx3q_YFdkB;wf*^1!pL!{<%Y*Lp"
    "|NqY5rHx!DA(?MD|2gNsob%85&uwOGG;6&7PGJ=DPz4<^(}R>*JVnW4S9~D3X>!rd-IPoR{}nuL3S^2457S?yatt}%QD_)4o)HD!"
    "Q`(0P)U~&T{ELVh@u5+%50yj}t`R2#1>#k<(1SvAgx(g-M?$NG(<ii&bjQ_Rj0WmTH(9fIw^l5&3~;;m#OAGVHXskrc@}qFP;p%s"
    "wnPp$wk{Pxk&%W0P^4=^ZJ`L)GjSbWpp#G@4wnamMMfTO@baEv`J0<Jhr{E@rRgz%ucjZEwD*Cheuuxfd<EkFn9EQ74c|@CO~m(5"
    "i0AV!Y6j2^^MEY3UZkPXV2P$aH<a{EVZCe)oOGy@$A`{0pCiTmuI~+$O<w8<Q8p1;c}PK393!%)&dUdeY%sn#8%(+^yfmUgWJ)<p"
    "mY<LOox1tu<@Tofz<%L$%b^lKdRDQ2FmakK$T&kJE}=T5Qn6Sk^o+E+T*`$)b4io(lKMQWu&qaQ&Wf~z`q?OW6<9s1yoSoXpLX0Y"
    ">irN{OXb1Z=!x9HH-UZ>(-;QHo}V6+sWNr-3gbb*&Xu)Iy%SpS%a-NVe3tK~b-rd|n%5#BOXy>%@#ygQu)a#5uSB0|yk?JPyrxl2"
    "w|dhOSZiX<BkR)KRxFmOQyNP&dV_D5<2~yMY<02a2(Z2`wiT>LvC+vo2O~#Tj0`{dSj{aM^IG8k49j=6FvK4ITf?u%T5GsPL%e4X"
    "Cam|A`G_hl8+X}p+UjTEg#!l;95`^`z=4B5Ldk_Het|Zu>oi}{Q?36x)0AS)Z;~a8ooJ`$D18cUMH}T2bS5=_^5If;TWWze_Wwf0"
    "F6upk7Bq<;ElJN``ovPR-)F&wzQ4DGlI=g1jGzCw|DPAa`33"
)


def test_old_workbook_keeps_errors_days_and_merges() -> None:
    (found,) = xls.read(io.BytesIO(zlib.decompress(base64.b85decode(XLS))), ORDER)
    assert cells(found) == [
        ["登记表", None, None],
        ["编号", "间数", "日期"],
        ["甲", "#REF!", "2016-05-03"],
        ["乙", "12", "2016-05-03T14:05:00"],
        ["TRUE", "990102001001", "42493"],
    ]
    assert (found.sheet, found.merged) == ("台账", ((0, 0, 0, 2),))


def test_two_layers_of_one_name_in_two_folders_are_both_read(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    whole = zipfile.ZipFile(shapes(tmp_path / "s", "utf-8"))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for part in (".shp", ".shx", ".dbf"):
            data = next(whole.read(name) for name in whole.namelist() if name.lower().endswith(part))
            for name in ("甲/社区", "乙/社区", "__MACOSX/._社区"):
                archive.writestr(name + part, data)
    assert [found.sheet for found in shapefile.read(content, ORDER)] == ["甲/社区", "乙/社区"]


def test_web_page_named_xls_is_a_grid_with_its_spans_as_merges() -> None:
    page = (
        "<html><meta charset=gb2312><table><tr><th colspan=2>登记表</th></tr>\n"
        "<tr><td rowspan=2>青山<br>社区</td><td>1&amp;2</td></tr>\n<tr><td> 3 \n 4 </td></tr></table></html>"
    )
    (found,) = html.read(io.BytesIO(page.encode("gbk")), ORDER)
    assert cells(found) == [["登记表", None], ["青山\n社区", "1&2"], [None, "3 4"]]
    assert (found.merged, column(found, "line")) == (((0, 0, 0, 1), (1, 0, 2, 0)), [1, 2, 3])


KML = """<?xml version="1.0" encoding="GB2312"?>
<kml xmlns:gx="g"><Document><NetworkLink><href>b</href></NetworkLink><Folder>
<Placemark><name>甲</name><ExtendedData><Data name="坐标系"><value>GCJ-02</value></Data></ExtendedData>
<Polygon><outerBoundaryIs><LinearRing><coordinates>0,0,9 1,0 1,1 0,0</coordinates></LinearRing></outerBoundaryIs>
<innerBoundaryIs><LinearRing><coordinates>.5,.1 .6,.1 .6,.2 .5,.1</coordinates></LinearRing></innerBoundaryIs>
</Polygon></Placemark>
<Placemark><name>乙</name><gx:Track><when>2024</when><gx:coord>118 26 0</gx:coord></gx:Track></Placemark></Folder>
<Placemark><MultiGeometry><Point><coordinates>1, 2</coordinates></Point><LineString><coordinates>0,0 1,1</coordinates>
</LineString></MultiGeometry></Placemark><Placemark><Point><coordinates>东经,2</coordinates></Point></Placemark></Document></kml>"""


@pytest.mark.parametrize("packed", [False, True])
def test_kml_placemarks_come_in_document_order_with_every_geometry(packed: bool) -> None:
    content = io.BytesIO(KML.encode("gbk"))
    if packed:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("doc.kml", KML.encode("gbk"))
        content.seek(0)
    (found,) = kml.read(content, ORDER)
    table = pa.Table.from_batches(found.batches, found.schema)
    assert table.column("name").to_pylist() == ["甲", "乙", None, None]
    assert table.column("坐标系").to_pylist() == ["GCJ-02", None, None, None]
    assert [shape and shape.wkt for shape in shapely.from_wkb(table.column("wkb").to_pylist())] == [
        "POLYGON ((0 0, 1 0, 1 1, 0 0), (0.5 0.1, 0.6 0.1, 0.6 0.2, 0.5 0.1))",
        "POINT (118 26)",
        "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (0 0, 1 1))",
        None,
    ]


def areas() -> gpd.GeoDataFrame:
    values = {"代码": ["990101001001", "990101001002"], "名称": ["青山社区", "绿水村"], "人数": [3, 4]}
    return gpd.GeoDataFrame(values, geometry=[shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)], crs="EPSG:4490")


def check_areas(found: TableStream) -> None:
    table = pa.Table.from_batches(found.batches, found.schema)
    assert found.typed
    assert table.column("row").to_pylist() == [1, 2]
    assert table.column("名称").to_pylist() == ["青山社区", "绿水村"]
    assert table.column("人数").to_pylist() == [3, 4]
    assert shapely.from_wkb(table.column("wkb").to_pylist())[1].bounds == (1, 0, 2, 1)


def test_geoparquet_states_its_crs_and_leaves_out_what_is_no_attribute(tmp_path: Path) -> None:
    frame = areas()
    frame["框"] = pd.Series([{"x": 1}, {"x": 2}])
    frame["类别"] = pd.Categorical(["甲", "乙"])
    frame.to_parquet(tmp_path / "a.parquet")
    with (tmp_path / "a.parquet").open("rb") as file:
        (found,) = parquet.read(file, ORDER)
        check_areas(found)
    assert found.crs == "EPSG:4490"
    assert found.schema.names[4:] == ["代码", "名称", "人数", "类别"]
    assert found.schema.field("类别").type == pa.string()


def test_parquet_without_geometry_is_a_typed_table() -> None:
    content = io.BytesIO()
    pd.DataFrame({"编号": ["1"], "日期": pd.to_datetime(["2024-01-02"])}).to_parquet(content)
    (found,) = parquet.read(content, ORDER)
    assert (found.crs, found.schema.field("wkb").type, found.schema.names[4:]) == (None, pa.null(), ["编号", "日期"])


def test_geopackage_gives_each_layer_and_one_in_wal_mode_is_read_too(tmp_path: Path) -> None:
    areas().to_file(tmp_path / "a.gpkg", layer="甲")
    areas().to_file(tmp_path / "a.gpkg", layer="乙")
    with sqlite3.connect(tmp_path / "a.gpkg") as database:
        database.execute("PRAGMA journal_mode=WAL")
    database.close()
    names = []
    with (tmp_path / "a.gpkg").open("rb") as file:
        for found in geopackage.read(file, ORDER):
            names.append((found.sheet, found.crs))
            check_areas(found)
    assert names == [("甲", "EPSG:4490"), ("乙", "EPSG:4490")]


def test_text_of_a_geopackage_that_is_not_utf8_is_stopped(tmp_path: Path) -> None:
    areas()[["代码", "geometry"]].assign(name="x").to_file(tmp_path / "a.gpkg")
    with sqlite3.connect(tmp_path / "a.gpkg") as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("UPDATE a SET name = CAST(x'C7E0C9BD' AS TEXT)")
    database.close()
    with (tmp_path / "a.gpkg").open("rb") as file:
        tables = geopackage.read(file, ORDER)
        with pytest.raises(IntakeError, match="乱码"):
            refuse_garbled(next(iter(next(tables).batches)))


def test_geojson_in_gb18030_is_read(tmp_path: Path) -> None:
    areas().to_file(tmp_path / "a.geojson")
    content = (tmp_path / "a.geojson").read_text(encoding="utf-8").encode("gb18030")
    tables = geojson.read(io.BytesIO(content), ORDER)  # held open while the first is looked at
    check_areas(next(tables))


class OldName(zipfile.ZipInfo):
    """A member whose name is in GBK, which the archive does not say."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 - zipfile's own name
        return self.filename.encode("gbk"), 0


def shapes(folder: Path, encoding: str, *, without: tuple[str, ...] = (".cpg",)) -> BinaryIO:
    """A zipped shapefile as old Windows writes it: a folder, names in GBK, no .cpg."""
    areas().to_file(folder / "a.shp", encoding=encoding)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for part in sorted(folder.glob("a.*")):
            if part.suffix not in without:
                archive.writestr(OldName("数据/社区" + part.suffix.upper()), part.read_bytes())
    content.seek(0)
    return content


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_zipped_shapefile_is_decoded_by_what_decodes(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    tables = shapefile.read(shapes(tmp_path / "s", encoding), ORDER)
    found = next(tables)
    check_areas(found)
    assert (found.sheet, found.crs) == ("社区", "EPSG:4490")
    assert found.encoding == {"gbk": "gb18030"}.get(encoding, encoding)


def test_shapefile_without_prj_states_no_crs(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "a.zip").write_bytes(shapes(tmp_path / "s", "utf-8", without=(".prj", ".cpg")).read())
    assert open_file(tmp_path / "a.zip")[0].crs is None


def test_shapefile_without_dbf_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    with pytest.raises(IntakeError, match=r"\.dbf"):
        list(shapefile.read(shapes(tmp_path / "s", "utf-8", without=(".dbf", ".cpg")), ORDER))


@pytest.mark.parametrize("part", [".shp", ".dbf"])
def test_shapefile_that_was_cut_off_is_refused(part: str, tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    whole = zipfile.ZipFile(shapes(tmp_path / "s", "utf-8"))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in whole.namelist():
            data = whole.read(name)
            archive.writestr(name, data[:-40] if name.lower().endswith(part) else data)
    with pytest.raises(IntakeError, match="不完整"):
        list(shapefile.read(content, ORDER))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"PAR1....", "parquet"),
        (b"SQLite format 3\0", "gpkg"),
        (b"\x1f\x8b\x08", "csv"),
        (b'\xef\xbb\xbf \n{"type":', "geojson"),
        ("[样例]登记表,备注\n".encode(), "csv"),
        (b'<?xml version="1.0"?><!-- a --><kml xmlns="x"><Style id="s"/>', "kml"),
        (b"<!DOCTYPE html><html>", "html"),
        (b"<table border=1>", "html"),
        ("编号\t地址\n".encode("utf-16"), "csv"),
        ("编号,地址\n".encode("gbk"), "csv"),
    ],
)
def test_kind_is_told_by_the_first_bytes(content: bytes, kind: str) -> None:
    assert kind_of(io.BytesIO(content), Limits()) == kind


#: honest files and the rows of their tables
REAL = {
    "messy/open/1_出租屋/出租屋登记表.xlsx": [41, 17, 2, 3],
    "messy/open/2_宾馆酒店/宾馆酒店台账.xls": [24],
    "messy/open/2_宾馆酒店/宾馆酒店台账_WPS.xlsx": [18],
    "messy/open/2_宾馆酒店/宾馆酒店台账_系统导出.xls": [9],
    "messy/open/3_举报线索/举报线索登记.csv": [37],
    "messy/open/4_社区边界/社区边界.zip": [12],
    "messy/open/4_社区边界/社区边界_4548.gpkg": [12],
    "messy/open/4_社区边界/手机采集_社区.kml": [9],
    "messy/open/5_行动记录/行动记录.xlsx": [29],
    "messy/open/6_人口统计/人口统计.xlsx": [30],
    "messy/open/7_恶意文件/百万空行.xlsx": [7],
    "messy/open/7_恶意文件/远角单元格.xlsx": [3],
    "messy/open/7_恶意文件/公式注入.csv": [12],
    "messy/open/7_恶意文件/超长单元格.csv.gz": [4],
    "messy/open/7_恶意文件/异常坐标.csv": [15],
    "messy/open/7_恶意文件/异常坐标.geojson": [4],
    "messy/shp_utf8_no_cpg_china_provinces.zip": [1367],
    "incidents/portland_cfs_2016_08.csv.gz": [19_377],
    "incidents/portland_police_districts.gpkg": [60],
    "nanping/nanping_counties_datav_GCJ02.geojson": [10],
    "poi/guangzhou_lianjia_rentals_2020.csv": [11_129],
}


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize("name", REAL)
def test_real_file_gives_its_tables(name: str, shared_data: Path) -> None:
    assert [table.table.num_rows for table in open_file(shared_data / name)] == REAL[name]
