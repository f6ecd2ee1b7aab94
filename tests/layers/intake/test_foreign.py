"""Formats that are not taken are named, with what to do instead."""

import io
import struct
import zipfile

import pytest

from gis.errors import IntakeError
from layers.intake.limits import Limits
from layers.intake.readers import foreign
from layers.intake.readers.signature import kind_of

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
DBF = struct.pack("<4BIHH20x", 3, 126, 3, 1, 1, 65, 11) + b"name".ljust(11, b"\0") + b"C" + bytes(20)


def zipped(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return content.getvalue()


FORMATS = {
    ".tab": b"!table\n!version 300\n!charset WindowsSimpChinese\n",
    ".mif": b'Version 300\nCharset "WindowsSimpChinese"\nDelimiter ","\n',
    ".dxf": b"  0\r\nSECTION\r\n  2\r\nHEADER\r\n",
    "CAD": b"AutoCAD Binary DXF\r\n\x1a\0",
    ".dwg": b"AC1027\0\0\0\0",
    ".gdb": zipped("地块.gdb/a00000001.gdbtable", "地块.gdb/gdb"),
    ".mdb": b"\0\1\0\0Standard Jet DB\0",
    ".gpx": b'<?xml version="1.0"?><gpx version="1.1" creator="x"><trk/></gpx>',
    ".osm": b"<osm version='0.6'><node id='1'/></osm>",
    ".gml": b'<gml:FeatureCollection xmlns:gml="x"/>',
    ".ofd": zipped("OFD.xml", "Doc_0/Document.xml"),
    ".docx": zipped("[Content_Types].xml", "word/document.xml"),
    ".doc": OLE + "WordDocument".encode("utf-16-le"),
    ".pptx": zipped("ppt/presentation.xml"),
    "PDF": b"%PDF-1.7",
    "ods": zipped("mimetype", "content.xml"),
    ".shp": b"\0\0\x27\x0a" + bytes(96),
    ".dbf": DBF,
    ".fgb": b"fgb\3fgb\0",
    "RTF": b"{\\rtf1\\ansi",
    "RAR": b"Rar!\x1a\x07",
    "MapGIS": b"WMAP9022\0",
    ".vct": b"HeadBegin\nDataMark:CNSDTF-VCT\n",
    "图片": b"\x89PNG\r\n\x1a\n\0\0",
    "mht": b"MIME-Version: 1.0\r\n",
}


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_that_is_not_taken_is_named_by_its_content(name: str) -> None:
    with pytest.raises(IntakeError) as refused:
        kind_of(io.BytesIO(FORMATS[name]), Limits())
    assert refused.value.kind == "not_readable"
    assert name in refused.value.sentence
    assert "请" in refused.value.sentence


@pytest.mark.parametrize("ending", [".et", ".ET", ".tab", ".gdb", ".dxf", ".ofd", ".wt"])
def test_a_file_that_says_nothing_is_named_by_its_ending(ending: str) -> None:
    assert ending.lower() in (foreign.sentence_of(ending) or "")


@pytest.mark.parametrize(
    "ending", [".xlsx", ".xls", ".csv", ".txt", ".zip", ".gpkg", ".geojson", ".kml", ".parquet", ""]
)
def test_the_endings_of_files_that_are_taken_say_nothing(ending: str) -> None:
    assert foreign.sentence_of(ending) is None
