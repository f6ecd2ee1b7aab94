"""GeoJSON, and the other JSON that holds features: see ``objects``."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from gis.errors import IntakeError
from layers.intake.readers import Order, TableStream, chosen, nesting, objects, ogr, text

_LINKED_CRS = re.compile(rb'"crs"\s*:\s*\{[^{}]*"type"\s*:\s*"link"')
#: what GDAL reads otherwise than it is meant: coordinates in quotes, and a CRS within a geometry
_MISREAD = re.compile(rb'"coordinates"\s*:[\s\[]*"|"geometry"\s*:\s*\{[^{}\[]*"crs"')
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]')
_COLLECTION = re.compile(r'\s*:\s*"FeatureCollection"')
_HEAD = 1 << 16


def read(file: BinaryIO, order: Order) -> Iterator[TableStream]:
    """The one layer of the file, or each of a TopoJSON; text in gb18030 is understood too, though utf-8 is the rule.

    Raises:
        IntakeError: too_deep, not_readable, external_reference.
    """
    encoding = text.encoding_of(file)
    data = file.read()
    if encoding != "utf-8":
        data = data.decode(encoding).encode()
    nesting.refuse_deep_text(data, order.limits.depth)
    if _LINKED_CRS.search(data):
        raise IntakeError("文件的坐标系写在别处(crs 为 link),未读取。", kind="external_reference")
    if _is_collection(data[:_HEAD].decode(errors="ignore")) and not _MISREAD.search(data):
        yield from ogr.read_layer("GeoJSON:" + ogr.mount("file.geojson", data), 0, sheet=None)
        return
    tables = objects.tables(data.decode())
    names = [table.name for table in tables if table.name is not None]
    wanted = chosen(names, order) if names else []
    for table in tables:
        if table.name is None or table.name in wanted:
            yield objects.stream_of(table)


def _is_collection(head: str) -> bool:
    """Whether the outermost object says at its beginning that it is a FeatureCollection."""
    depth = 0
    for token in _TOKEN.finditer(head):
        if token[0] in "[{":
            depth += 1
        elif token[0] in "]}":
            depth -= 1
        elif token[0] == '"type"' and depth == 1 and _COLLECTION.match(head, token.end()):
            return True
    return False
