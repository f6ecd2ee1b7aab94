"""Small files of every kind, from which bytes nobody wrote are made."""

import io
import random
import zipfile
from collections.abc import Iterator

import geopandas as gpd
import openpyxl
import pyarrow as pa
import shapely
import xlsxwriter

from layers.intake import child
from tests.layers.intake.builders import EAST

ROWS = [
    ["编号", "社区代码", "地址", "经度", "纬度", "登记日期", "面积"],
    ["H1", EAST, "一路1号", 118.11, 26.61, "2026年9月1日", "约80㎡"],
    ["H2", EAST, "一路2号", 118.12, 26.61, "46266", "1,080"],
    ["合计", None, None, None, None, None, 1160],
]
KML = (
    '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder><Placemark><name>甲</name><ExtendedData>'
    '<Data name="地址"><value>一路1号</value></Data></ExtendedData><Point><coordinates>118.11,26.61,0</coordinates>'
    "</Point></Placemark></Folder></Document></kml>"
)
HTML = "<html><table>" + "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in ROWS) + "</table>"


def files() -> Iterator[bytes]:
    """One file of each kind that is read."""
    text = "\n".join(",".join("" if cell is None else str(cell) for cell in row) for row in ROWS)
    yield from (text.encode(), text.encode("gb18030"), text.replace(",", "\t").encode("utf-16"))
    yield from (KML.encode(), HTML.encode())
    yield from (_workbook(), _plain_workbook())
    frame = gpd.GeoDataFrame({"编号": ["V1"], "地址": ["a"]}, geometry=[shapely.Point(118.11, 26.61)], crs=4490)
    yield frame.to_json(drop_id=True, to_wgs84=False).encode()
    parquet = io.BytesIO()
    frame.to_parquet(parquet)
    yield parquet.getvalue()


def rows() -> Iterator[bytes]:
    """Inputs of the ``register`` target."""
    text = "\n".join("\t".join("" if cell is None else str(cell) for cell in row) for row in ROWS)
    for first in range(0, 64, 3):
        yield bytes([first]) + text.encode()


def answers() -> Iterator[bytes]:
    """Inputs of the ``answer`` target."""
    schema = pa.schema({"row": pa.int64(), "line": pa.null(), "wkb": pa.null(), "c0": pa.string()}, metadata={
        child.META: b'{"sheet": null, "typed": false, "crs": null, "merged": [], "encoding": null, "date1904": false}'
    })  # fmt: skip
    content = io.BytesIO()
    with pa.ipc.new_stream(content, schema) as stream:
        stream.write_batch(pa.record_batch([pa.array([1]), pa.nulls(1), pa.nulls(1), pa.array(["x"])], schema=schema))
    yield child.READY + bytes(8) + child.SHARE + b"\x32" + child.TABLE + content.getvalue() + child.END
    yield child.ERROR + (2).to_bytes(4, "little") + b"{}"


def broken(seed: bytes, chance: random.Random) -> bytes:
    """``seed`` with bytes changed, cut out, doubled or cut off."""
    data = bytearray(seed)
    for _ in range(chance.randint(1, 8)):
        at, length = chance.randrange(len(data) + 1), chance.choice((1, 1, 2, 8, 64, 512))
        match chance.randrange(4):
            case 0:
                data[at : at + length] = chance.randbytes(min(length, 8))
            case 1:
                del data[at : at + length]
            case 2:
                data[at:at] = data[max(0, at - length) : at]
            case _ if chance.random() < 0.2:
                del data[at:]
    return bytes(data)


def _workbook() -> bytes:
    content, book = io.BytesIO(), openpyxl.Workbook()
    for row in ROWS:
        book.active.append(row)
    book.active.merge_cells("A4:B4")
    book.save(content)
    return content.getvalue()


def _plain_workbook() -> bytes:
    """Its parts are not packed, so that changed bytes come through."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(ROWS):
            sheet.write_row(number, 0, row)
    return stored(content.getvalue())


def stored(packed: bytes) -> bytes:
    """The same archive with nothing packed."""
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(content, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    return content.getvalue()
