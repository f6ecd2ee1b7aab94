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
_TAB = ("MapInfo 表(.tab)", _AS_MAP)
_MIF = ("MapInfo 交换文件(.mif/.mid)", _AS_MAP)
_DXF = ("CAD 图纸(.dxf)", _AS_DRAWING)
_DWG = ("CAD 图纸(.dwg)", _AS_DRAWING)
_DGN = ("MicroStation 图纸(.dgn)", _AS_DRAWING)
_GDB = ("ArcGIS 文件地理数据库(.gdb)", _AS_MAP)
_MDB = ("Access 数据库(.mdb/.accdb)", "请把其中的表导出为 xlsx 或 csv,图层导出为 GeoPackage")
_GPX = ("GPS 轨迹文件(.gpx)", "请在 QGIS 或谷歌地球中另存为 KML 或 GeoJSON")
_GML = ("GML 文件(.gml)", _AS_MAP)
_OSM = ("OpenStreetMap 的 XML 文件(.osm)", "请换用 .osm.pbf")
_OFD = ("版式文件(.ofd)", _AS_SOURCE)
_PDF = ("PDF 文件", f"不是表格;{_AS_SOURCE}")
_WORD = ("文字文档(.doc/.docx/.wps)", "请把其中的表格复制到 xlsx 再导入")
_SLIDES = ("演示文稿(.ppt/.pptx)", "请把其中的表格复制到 xlsx 再导入")
_ET = ("WPS 表格(.et)", _AS_TABLE)
_ODS = ("xlsb、ods 工作簿", _AS_TABLE)
_MHT = ("“单个文件网页”(.mht)", f"不是工作簿;{_AS_TABLE}")
_XML_SHEET = ("“XML 表格 2003”", _AS_TABLE)
_SHP = ("单独的 .shp 或 .shx 文件", _WHOLE_SHAPES)
_DBF = ("单独的 .dbf 文件", f"{_WHOLE_SHAPES};没有图形的表另存为 xlsx 或 csv")
_FGB = ("FlatGeobuf 文件(.fgb)", _AS_MAP)
_PICTURE = ("图片", "不是表格或地图数据;" + _AS_SOURCE)
_MAPGIS = ("MapGIS 文件(.wt/.wl/.wp)", "请在 MapGIS 中转换为 Shapefile,再压缩成一个 zip")
_RTF = ("RTF 文档", "请把其中的表格复制到 xlsx 再导入")
_VCT = ("空间数据交换文件(.vct)", _AS_MAP)
_RAR, _7Z, _TAR = ((f"{name} 压缩包", "请改用 zip 压缩") for name in ("RAR", "7z", "tar、bz2 或 xz"))

_BY_START = (
    (rb"Rar!", _RAR), (rb"7z\xbc\xaf", _7Z), (rb"BZh[1-9]|\xfd7zXZ", _TAR), (rb"%PDF", _PDF), (rb"MIME-Version:", _MHT),
    (rb"\x00\x00\x27\x0a", _SHP), (rb"(?i)\s*!table\s", _TAB), (rb"(?i)\s*version\s+\d+\s+charset", _MIF),
    (rb"(\s*999\r?\n[^\n]*\n)?\s*0\r?\n\s*SECTION\r?\n|AutoCAD Binary DXF", _DXF), (rb"AC10\d\d", _DWG),
    (rb"\x08\x09\xfe\x02", _DGN), (rb"\x00\x01\x00\x00Standard (Jet|ACE) DB", _MDB), (rb"fgb\x03", _FGB),
    (rb"\x89PNG|\xff\xd8\xff|GIF8|II\*\x00|MM\x00\*|BM.{4}\x00\x00\x00\x00", _PICTURE), (rb"WMAP", _MAPGIS),
    (rb"\{\\rtf", _RTF), (rb"HeadBegin", _VCT),
)  # fmt: skip
_STARTS = [(re.compile(start, re.DOTALL), said) for start, said in _BY_START]
_BY_MEMBER = (
    ("ofd.xml", _OFD), ("word/document.xml", _WORD), ("ppt/presentation.xml", _SLIDES), (".gdbtable", _GDB),
    ("xl/workbook.bin", _ODS), ("content.xml", _ODS), (".tab", _TAB), (".mif", _MIF), (".dxf", _DXF), (".dwg", _DWG),
    (".gpx", _GPX), (".dbf", _DBF),
)  # fmt: skip
_BY_ROOT = {b"gpx": _GPX, b"osm": _OSM, b"workbook": _XML_SHEET, b"featurecollection": _GML}
_BY_STREAM = (("WordDocument", _WORD), ("PowerPoint Document", _SLIDES))
#: a dbf: its version, a day, and lengths that fit each other
_DBF_VERSIONS = (0x03, 0x30, 0x31, 0x83, 0x8B, 0xF5)
_BY_ENDING = {
    ending: said
    for endings, said in (
        (".tab .map .id", _TAB), (".mif .mid", _MIF), (".dxf", _DXF), (".dwg", _DWG), (".dgn", _DGN),
        (".gdb .gdbtable", _GDB), (".mdb .accdb", _MDB), (".gpx", _GPX), (".gml", _GML), (".osm", _OSM),
        (".et .ett", _ET), (".ofd", _OFD), (".pdf", _PDF), (".doc .docx .wps", _WORD), (".ppt .pptx", _SLIDES),
        (".ods .xlsb", _ODS), (".shp .shx", _SHP), (".dbf", _DBF), (".fgb", _FGB), (".wt .wl .wp", _MAPGIS),
        (".vct", _VCT), (".rar", _RAR), (".7z", _7Z), (".tar .bz2 .xz", _TAR),
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
        raise IntakeError(_sentence(_DBF), kind="not_readable")


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


def _sentence(said: tuple[str, str]) -> str:
    name, cure = said
    return f"这是{name},不能直接导入:{cure}。"
