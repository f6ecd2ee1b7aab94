"""GeoJSON."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from gis.errors import IntakeError
from layers.intake.readers import Found, Order, ogr
from layers.intake.readers.nesting import refuse_deep_text
from layers.intake.readers.text import encoding_of

_LINKED_CRS = re.compile(rb'"crs"\s*:\s*\{[^{}]*"type"\s*:\s*"link"')


def read(file: BinaryIO, order: Order) -> Iterator[Found]:
    """The one layer of the file; text in gb18030 is understood too, though GeoJSON asks for utf-8.

    Raises:
        IntakeError: too_deep, not_readable, external_reference.
    """
    encoding = encoding_of(file)
    data = file.read()
    if encoding != "utf-8":
        data = data.decode(encoding).encode()
    refuse_deep_text(data, order.limits.depth)
    if _LINKED_CRS.search(data):
        raise IntakeError("文件的坐标系写在别处(crs 为 link),未读取。", kind="external_reference")
    yield from ogr.read_layer("GeoJSON:" + ogr.mount("file.geojson", data), 0, sheet=None)
