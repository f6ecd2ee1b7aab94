"""What kind of file this is, by its first bytes and, for archives, by the names inside; never by its extension."""

import re
from typing import BinaryIO, Literal

from gis.errors import IntakeError
from layers.intake.limits import Limits
from layers.intake.readers import archive, foreign, xml

Kind = Literal["csv", "html", "xlsx", "xls", "parquet", "gpkg", "geojson", "shp", "kml", "kmz", "osm"]

_HEAD = 8192
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: After the length of the first block; source: OpenStreetMap wiki, PBF format.
_OSM = b"\n\tOSMHeader"
_JSON = re.compile(rb"\{|\[\s*[\[{\"\d\]-]")
_DOCTYPE = re.compile(rb"<!(doctype(?!\s+html)|entity)\b")
_ROOT = re.compile(rb"<(?:[\w.-]+:)?([a-z][\w.-]*)")
_HTML_ROOTS = (b"html", b"head", b"body", b"meta", b"table", b"style", b"div", b"center", b"font")
_BY_START: dict[bytes, Kind] = {b"PAR1": "parquet", b"SQLite format 3\0": "gpkg", b"\x1f\x8b": "csv"}
_BY_MEMBER: tuple[tuple[str, Kind], ...] = (("xl/workbook.xml", "xlsx"), (".shp", "shp"), (".kml", "kmz"))


def kind_of(file: BinaryIO, limits: Limits) -> Kind:
    """The kind whose reader is to open ``file``; the position is back at the start afterwards.

    Raises:
        IntakeError: a kind that is not read (the sentence says what to do), an encrypted workbook, an archive that is
            not safe, a document that only points to other files.
    """
    file.seek(0)
    head = file.read(_HEAD)
    kind = "osm" if head.startswith(_OSM, 4) else _binary_kind(file, head, limits) or _text_kind(head)
    file.seek(0)
    return kind


def _binary_kind(file: BinaryIO, head: bytes, limits: Limits) -> Kind | None:
    foreign.refuse(head)
    for start, kind in _BY_START.items():
        if head.startswith(start):
            return kind
    if head.startswith(_OLE):
        return _ole_kind(file)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(file, limits)
    if b"\0" in head and not head.startswith(_BOMS):
        foreign.refuse_binary(head)
        raise IntakeError("这个文件不是表格或地图数据,认不出格式。", kind="not_readable")
    return None


def _zip_kind(file: BinaryIO, limits: Limits) -> Kind:
    names = [name.lower() for name in archive.members(file, limits)]
    for end, kind in _BY_MEMBER:
        if any(name.endswith(end) for name in names):
            return kind
    foreign.refuse_members(names)
    raise IntakeError("压缩包里没有 .shp 图层;表格等其他文件请解开后分别导入。", kind="not_readable")


def _ole_kind(file: BinaryIO) -> Kind:
    file.seek(0)
    content = file.read()
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise archive.encrypted("工作簿")
    if "Workbook".encode("utf-16-le") in content or "Book".encode("utf-16-le") in content:
        return "xls"
    foreign.refuse_ole(content)
    raise IntakeError("这个文件不是工作簿(可能是 Word 等文档),无法导入。", kind="not_readable")


def _text_kind(head: bytes) -> Kind:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n\x1e")
    if _JSON.match(text):
        return "geojson"
    return _markup_kind(text.lower()) if text.startswith(b"<") else "csv"


def _markup_kind(text: bytes) -> Kind:
    if _DOCTYPE.search(text):
        xml.refuse_foreign()
    root = match[1] if (match := _ROOT.search(text)) else b""
    if root == b"ogrvrtdatasource":
        raise IntakeError("这个文件只指向别的文件(VRT),其中没有数据,未读取。", kind="external_reference")
    if root == b"kml":
        return "kml"
    if root in _HTML_ROOTS:
        return "html"
    foreign.refuse_markup(root)
    raise IntakeError("这是一个 XML 文件,不是认得的地图或表格格式。", kind="not_readable")
