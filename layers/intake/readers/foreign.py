"""Formats that are not taken, each named with what to do instead.

They are known by their content, or where that says nothing by the ending of their name.
"""

import re
from pathlib import PurePath

from gis.errors import IntakeError

_AS_TABLE = "请在 Excel/WPS 中另存为 xlsx"
_AS_MAP = "请在 QGIS 等软件中导出为 GeoPackage、GeoJSON 或 KML"
_AS_DRAWING = "请在 CAD 或 QGIS 中导出为 GeoPackage 或 Shapefile(压缩成一个 zip)"
_WHOLE_SHAPES = "请把 .shp、.shx、.dbf、.prj 一起压缩成一个 zip"
_AS_SOURCE = "请提供原始的 xlsx 或 csv"

#: what a file is called, and the cure
_FORMATS = {
    "tab": ("MapInfo 表(.tab)", _AS_MAP),
    "mif": ("MapInfo 交换文件(.mif/.mid)", _AS_MAP),
    "dxf": ("CAD 图纸(.dxf)", _AS_DRAWING),
    "dwg": ("CAD 图纸(.dwg)", _AS_DRAWING),
    "dgn": ("MicroStation 图纸(.dgn)", _AS_DRAWING),
    "gdb": ("ArcGIS 文件地理数据库(.gdb)", _AS_MAP),
    "mdb": ("Access 数据库(.mdb/.accdb)", "请把其中的表导出为 xlsx 或 csv,图层导出为 GeoPackage"),
    "gpx": ("GPS 轨迹文件(.gpx)", "请在 QGIS 或谷歌地球中另存为 KML 或 GeoJSON"),
    "gml": ("GML 文件(.gml)", _AS_MAP),
    "osm": ("OpenStreetMap 的 XML 文件(.osm)", "请换用 .osm.pbf"),
    "ofd": ("版式文件(.ofd)", _AS_SOURCE),
    "pdf": ("PDF 文件", f"不是表格;{_AS_SOURCE}"),
    "word": ("文字文档(.doc/.docx/.wps)", "请把其中的表格复制到 xlsx 再导入"),
    "slides": ("演示文稿(.ppt/.pptx)", "请把其中的表格复制到 xlsx 再导入"),
    "et": ("WPS 表格(.et)", _AS_TABLE),
    "ods": ("xlsb、ods 工作簿", _AS_TABLE),
    "mht": ("“单个文件网页”(.mht)", f"不是工作簿;{_AS_TABLE}"),
    "xml_sheet": ("“XML 表格 2003”", _AS_TABLE),
    "shp": ("单独的 .shp 或 .shx 文件", _WHOLE_SHAPES),
    "dbf": ("单独的 .dbf 文件", f"{_WHOLE_SHAPES};没有图形的表另存为 xlsx 或 csv"),
    "fgb": ("FlatGeobuf 文件(.fgb)", _AS_MAP),
    "picture": ("图片", "不是表格或地图数据;" + _AS_SOURCE),
    "mapgis": ("MapGIS 文件(.wt/.wl/.wp)", "请在 MapGIS 中转换为 Shapefile,再压缩成一个 zip"),
    "rtf": ("RTF 文档", "请把其中的表格复制到 xlsx 再导入"),
    "vct": ("空间数据交换文件(.vct)", _AS_MAP),
    "rar": ("RAR 压缩包", "请改用 zip 压缩"),
    "7z": ("7z 压缩包", "请改用 zip 压缩"),
    "tar": ("tar、bz2 或 xz 压缩包", "请改用 zip 压缩"),
}

_BY_START = (
    (rb"Rar!", "rar"), (rb"7z\xbc\xaf", "7z"), (rb"BZh[1-9]|\xfd7zXZ", "tar"), (rb"%PDF", "pdf"),
    (rb"MIME-Version:", "mht"), (rb"\x00\x00\x27\x0a", "shp"), (rb"(?i)\s*!table\s", "tab"),
    (rb"(?i)\s*version\s+\d+\s+charset", "mif"),
    (rb"(\s*999\r?\n[^\n]*\n)?\s*0\r?\n\s*SECTION\r?\n|AutoCAD Binary DXF", "dxf"), (rb"AC10\d\d", "dwg"),
    (rb"\x08\x09\xfe\x02", "dgn"), (rb"\x00\x01\x00\x00Standard (Jet|ACE) DB", "mdb"), (rb"fgb\x03", "fgb"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8|II\*\x00|MM\x00\*|BM.{4}\x00\x00\x00\x00", "picture"), (rb"WMAP", "mapgis"),
    (rb"\{\\rtf", "rtf"), (rb"HeadBegin", "vct"),
)  # fmt: skip
_STARTS = [(re.compile(start, re.DOTALL), said) for start, said in _BY_START]
_BY_MEMBER = (
    ("ofd.xml", "ofd"), ("word/document.xml", "word"), ("ppt/presentation.xml", "slides"), (".gdbtable", "gdb"),
    ("xl/workbook.bin", "ods"), ("content.xml", "ods"), (".tab", "tab"), (".mif", "mif"), (".dxf", "dxf"),
    (".dwg", "dwg"), (".gpx", "gpx"), (".dbf", "dbf"),
)  # fmt: skip
_BY_ROOT = {b"gpx": "gpx", b"osm": "osm", b"workbook": "xml_sheet", b"featurecollection": "gml"}
_BY_STREAM = (("WordDocument", "word"), ("PowerPoint Document", "slides"))
#: a dbf: its version, a day, and lengths that fit each other
_DBF_VERSIONS = (0x03, 0x30, 0x31, 0x83, 0x8B, 0xF5)
_BY_ENDING = {
    ending: said
    for endings, said in (
        (".tab .map .id", "tab"), (".mif .mid", "mif"), (".dxf", "dxf"), (".dwg", "dwg"), (".dgn", "dgn"),
        (".gdb .gdbtable", "gdb"), (".mdb .accdb", "mdb"), (".gpx", "gpx"), (".gml", "gml"), (".osm", "osm"),
        (".et .ett", "et"), (".ofd", "ofd"), (".pdf", "pdf"), (".doc .docx .wps", "word"), (".ppt .pptx", "slides"),
        (".ods .xlsb", "ods"), (".shp .shx", "shp"), (".dbf", "dbf"), (".fgb", "fgb"), (".wt .wl .wp", "mapgis"),
        (".vct", "vct"), (".rar", "rar"), (".7z", "7z"), (".tar .bz2 .xz", "tar"),
    )
    for ending in endings.split()
}  # fmt: skip


def sentence_of(ending: str) -> str | None:
    """What to say of a file that could not be read, by the ending of its name; None for formats that are taken."""
    said = _BY_ENDING.get(ending.lower())
    return None if said is None else _sentence(said)


def named(error: IntakeError, name: str) -> IntakeError:
    """``error``, or where the file could not be read and the ending of its ``name`` tells why, that."""
    sentence = sentence_of(PurePath(name).suffix) if error.kind == "not_readable" else None
    return error if sentence is None else IntakeError(sentence, kind=error.kind)


def refuse(head: bytes) -> None:
    """Return for content that does not begin as a format that is not taken.

    Raises:
        IntakeError: not_readable, naming it and the cure; so do all of this module.
    """
    for start, said in _STARTS:
        if start.match(head):
            raise IntakeError(_sentence(said), kind="not_readable")


def refuse_binary(head: bytes) -> None:
    """Return for content with bytes of no text that is no dbf."""
    if len(head) > 32 and head[0] in _DBF_VERSIONS and 1 <= head[2] <= 12 and 1 <= head[3] <= 31:
        raise IntakeError(_sentence("dbf"), kind="not_readable")


def refuse_members(names: list[str]) -> None:
    """Return for an archive, by the names in it, that holds none of them."""
    for end, said in _BY_MEMBER:
        if any(name.endswith(end) for name in names):
            raise IntakeError(_sentence(said), kind="not_readable")


def refuse_ole(content: bytes) -> None:
    """Return for a compound document that is none of them."""
    for stream, said in _BY_STREAM:
        if stream.encode("utf-16-le") in content:
            raise IntakeError(_sentence(said), kind="not_readable")


def refuse_markup(root: bytes) -> None:
    """Return for XML with a root that is of none of them."""
    if root in _BY_ROOT:
        raise IntakeError(_sentence(_BY_ROOT[root]), kind="not_readable")


def _sentence(kind: str) -> str:
    name, cure = _FORMATS[kind]
    return f"这是{name},不能直接导入:{cure}。"
