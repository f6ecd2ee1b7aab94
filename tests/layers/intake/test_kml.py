"""KML as its many writers make it: where attributes stand, prefixes, tracks, and archives of several files."""

import io
import zipfile

import pyarrow as pa
import pytest
import shapely

from gis.errors import IntakeError
from layers.catalog import layer_named
from layers.intake.raw import RawTable
from layers.intake.readers import kml
from layers.intake.register import understand
from tests.layers.intake.builders import CITY, areas, read_with

RING = "118.15,26.65 118.16,26.65 118.16,26.66 118.15,26.65"
AREA = (
    f"<Polygon><outerBoundaryIs><LinearRing><coordinates>{RING}</coordinates></LinearRing></outerBoundaryIs></Polygon>"
)
CODE = "990102001003"
ROW = "<tr><td>区划代码</td><td>990102001003</td></tr><tr bgcolor='#eee'><td>备用</td><td>&lt;Null&gt;</td></tr>"


def document(inside: str, *, before: str = "") -> str:
    return f"<kml><Document>{before}<Placemark><name>新测社区</name>{inside}{AREA}</Placemark></Document></kml>"


def described(page: str) -> str:
    return document(f"<description><![CDATA[{page}]]></description>")


SCHEMA = (
    '<Schema id="s1"><SimpleField name="f_1" type="string"><displayName>区划代码</displayName></SimpleField></Schema>'
    '<Schema id="s2"><SimpleField name="f_1" type="string"><displayName>备注</displayName></SimpleField></Schema>'
)
PLACES = {
    "data": document(f'<ExtendedData><Data name="区划代码"><value>{CODE}</value></Data></ExtendedData>'),
    "display name": document(
        f'<ExtendedData><Data name="f1"><displayName>区划代码</displayName><value>{CODE}</value></Data></ExtendedData>'
    ),
    "strange display name": document(
        f'<ExtendedData><Data name="code"><displayName>甲乙丙</displayName><value>{CODE}</value></Data></ExtendedData>'
    ),
    "schema": document(
        '<ExtendedData><SchemaData schemaUrl="#s1">'
        f'<SimpleData name="f_1">{CODE}</SimpleData></SchemaData></ExtendedData>',
        before=SCHEMA,
    ),
    "untyped": document(f'<ExtendedData xmlns:a="b"><a:code>{CODE}</a:code></ExtendedData>'),
    "table": described(f"<html><body><table border=1>{ROW}</table></body></html>"),
    "table in a table": described(
        f"<table><tr><td>新测社区</td></tr><tr><td><table>{ROW}</table></td></tr></table>"
    ),
    "headings": described(f"<table><tr><th>区划代码</th><td>{CODE}</td></tr></table>"),
    "headings above": described(
        f"<table><tr><th>区划代码</th><th>备用</th></tr><tr><td>{CODE}</td><td>无</td></tr></table>"
    ),
    "list": described(f"<ul><li><strong><span>区划代码</span>:</strong> <span>{CODE}</span></li></ul>"),
    "lines": described(f"区划代码: {CODE}<br>备用: 无"),
    "bold lines": described(f"<b>区划代码</b>:{CODE}<br/><b>备用</b>:无<br/>"),
    "prefix": document(f'<ExtendedData><Data name="code"><value>{CODE}</value></Data></ExtendedData>')
    .replace("</", "</k:").replace("<k:", "<").replace("<", "<k:").replace("<k:/k:", "</k:"),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_attributes_are_found_wherever_a_writer_puts_them(place: str) -> None:
    register = understand(read_with(kml.read, PLACES[place]), layer_named("areas"), profile=CITY, codes=areas())
    assert register.frame[["code", "name"]].to_numpy().tolist() == [[CODE, "新测社区"]]
    assert register.refused == ()
    assert not shapely.is_empty(register.frame.geometry[0])


def test_a_description_that_is_prose_stays_one() -> None:
    (table,) = read_with(kml.read, document("<description>夜间有人聚集:三楼</description>"))
    assert table.table.column("description").to_pylist() == ["夜间有人聚集:三楼"]


@pytest.mark.parametrize("prefix", ["gx:", "", "google:"])
def test_a_track_is_a_line_under_any_prefix(prefix: str) -> None:
    points = "<gx:coord>118 26 0</gx:coord><gx:coord>119 27 0</gx:coord>"
    track = f"<gx:MultiTrack><gx:Track><when>2026</when>{points}</gx:Track></gx:MultiTrack>"
    text = f"<kml><Placemark><name>甲</name>{track.replace('gx:', prefix)}</Placemark></kml>"
    (table,) = read_with(kml.read, text)
    assert shapely.from_wkb(table.wkb.to_pylist())[0].wkt == "LINESTRING (118 26, 119 27)"


def kmz(members: dict[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return content.getvalue()


def link(target: str) -> str:
    return f"<NetworkLink><name>更多</name><Link><href>{target}</href></Link></NetworkLink>"


def names(tables: list[RawTable]) -> list[list[str]]:
    return [table.table.column("name").to_pylist() for table in tables]


def test_every_file_of_an_archive_is_read_and_one_by_its_name() -> None:
    content = kmz({"doc.kml": document(""), "files/b.kml": document("").replace("新测", "次测")})
    assert names(read_with(kml.read, content)) == [["新测社区"], ["次测社区"]]
    assert names(read_with(kml.read, content, sheet="files/b.kml")) == [["次测社区"]]


def test_links_within_an_archive_are_followed_and_others_named() -> None:
    root = f"<kml><Document>{link('files/b.kml')}{link('https://map.invalid/c.kml')}</Document></kml>"
    tables = read_with(kml.read, kmz({"doc.kml": root, "files/b.kml": document("")}))
    assert names(tables) == [["新测社区"]]
    assert [
        (note.kind, "map.invalid/c.kml" in note.sentence, "b.kml" in note.sentence) for note in tables[0].notes
    ] == [("part_not_read", True, False)]


def test_a_note_on_links_is_a_warning_of_the_import() -> None:
    text = document(
        f"<ExtendedData><Data name='code'><value>{CODE}</value></Data></ExtendedData>", before=link("b.kml")
    )
    register = understand(read_with(kml.read, text), layer_named("areas"), profile=CITY, codes=areas())
    assert [(fault.kind, fault.row) for fault in register.warnings] == [("part_not_read", None)]


def test_an_archive_of_links_alone_is_refused() -> None:
    with pytest.raises(IntakeError) as refused:
        read_with(kml.read, kmz({"doc.kml": f"<kml><Document>{link('../c.kml')}</Document></kml>"}))
    assert refused.value.kind == "external_reference"


def test_placemarks_without_attributes_have_no_column_of_their_own() -> None:
    (table,) = read_with(kml.read, "<kml><Placemark><Point><coordinates>118,26</coordinates></Point></Placemark></kml>")
    assert (table.table.num_columns, pa.types.is_binary(table.wkb.type)) == (0, True)
